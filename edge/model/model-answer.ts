import { z } from "zod";
import { AppError } from "../../schema/wire/error.ts";
import { type ModelUsage, readModelUsage, type UsageRoom, withUsage } from "../billing/model-usage.ts";
import { cappedRetryAfter, excerptOfBody, faultOfStatus, type ModelFault, modelFaults } from "./model-fault.ts";

/**
 * What a provider answers, checked before the agent's OpenCode reads it:
 * one that gets an answer without an end asks again at once, for ever.
 */

const knownFinishes = new Set(["stop", "length", "content_filter", "tool_calls", "function_call"]);
/** An answer's line is never longer; what is, is no answer. Characters. */
const longestLine = 8 * 1024 * 1024;
const modelCall = z.looseObject({ function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }) });
const message = z.looseObject({ content: z.string().nullish(), refusal: z.string().nullish(), tool_calls: z.array(modelCall).nullish() });
const chunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: message.nullish(), finish_reason: z.string().nullish() })).default([]),
  error: z.unknown().optional(),
  usage: z.unknown().optional(),
});
const wholeAnswer = z.looseObject({ choices: z.array(z.looseObject({ message })).min(1), usage: z.unknown().optional() });
/** What the call was: `requestBytes` of it, and what its answer may hold beside its text. */
export type ModelRequest = Omit<UsageRoom, "answerBytes">;
/** As many bytes of UTF-8 as a text has at most. */
const bytesOf = (text: string) => 3 * text.length;

type Judged = { line: string } | { fault: ModelFault };
/**
 * Looks at one line after another of a streamed answer; not by eventsource-parser, for
 * what is judged is passed on as it came. `fault` at its end: undefined when it is whole.
 */
export function answerReader(asked: ModelRequest) {
  const seen = {
    begun: false,
    called: false,
    finished: false,
    bytes: 0,
    used: undefined as ModelUsage | undefined,
    odd: undefined as string | undefined,
  };
  function judge(line: string): Judged {
    if (!line.startsWith("data:")) return line === "" || /^(?::|event:|id:|retry:)/.test(line) ? { line } : { fault: modelFaults.nonsense };
    const data = line.slice(5).trim();
    if (data === "") return { line: "" };
    if (data === "[DONE]") return { line };
    const parsed = chunk.safeParse(parseChunk(data));
    if (!parsed.success) return { fault: modelFaults.nonsense };
    if (parsed.data.error) return { fault: modelFaults.said(excerptOfBody(data)) };
    seen.begun = true;
    seen.bytes += bytesOf(data);
    const { used, odd } = readModelUsage(parsed.data.usage, { ...asked, answerBytes: seen.bytes });
    seen.used = used ?? seen.used;
    seen.odd = odd ?? seen.odd;
    for (const { delta, finish_reason: finish } of parsed.data.choices) {
      if (delta?.tool_calls?.length) seen.called = true;
      if (finish === "tool_calls" && !seen.called) return { fault: modelFaults.nonsense }; // OpenCode would ask again at once
      if (finish && knownFinishes.has(finish)) seen.finished = true;
    }
    if (odd === undefined && !data.includes('"refusal"')) return { line };
    const read = withRefusal(parsed.data);
    return { line: `data: ${JSON.stringify(odd === undefined ? read : withUsage(read, used))}` };
  }
  const fault = (): ModelFault | undefined => (seen.finished ? undefined : seen.begun ? modelFaults.cut : modelFaults.empty);
  return { judge, fault, used: () => seen.used, odd: () => seen.odd };
}
/** OpenCode does not read what a model refuses with: it becomes the answer's text. */
function withRefusal(parsed: z.infer<typeof chunk>): z.infer<typeof chunk> {
  const choices = parsed.choices.map(({ delta, ...choice }) =>
    delta?.refusal
      ? { ...choice, delta: { ...delta, refusal: null, content: `${delta.content ?? ""}${delta.refusal}` } }
      : { ...choice, delta },
  );
  return { ...parsed, choices };
}
function parseChunk(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller's shape refuses it
  }
}

/**
 * An answer that is none, as an error whose text the member
 * reads; the status says whether OpenCode tries again.
 */
export async function refuseAnswer(response: Response, streamed: boolean): Promise<Response | undefined> {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const wanted = streamed ? "text/event-stream" : "application/json";
  if (response.ok && response.body && type === wanted) return undefined;
  const text = await firstOf(response, { characters: 64 * 1024, silence: 5_000 });
  if (response.ok) {
    const words = excerptOfBody(text); // some providers refuse with 200
    throw new AppError("upstream", { what: "model", type }, { message: (words ? modelFaults.said(words) : modelFaults.page(type)).text });
  }
  const { status, passed, fault } = faultOfStatus(response.status, text);
  if (status === undefined) throw new AppError("upstream", { what: "model", status: response.status }, { message: fault.text });
  const error = { message: fault.text, type: "upstream", code: "upstream", param: null };
  const headers = new Headers({ "content-type": "application/json" });
  const wait = cappedRetryAfter(response.headers);
  if (wait !== undefined) headers.set("retry-after", String(wait));
  return new Response(passed ?? JSON.stringify({ error }), { status, headers });
}
/** The beginning of a body, as far as it comes. `silence`: milliseconds. */
async function firstOf(response: Response, most: { characters: number; silence: number }): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const next = reader ? await waitAtMost(most.silence, reader.read()) : undefined;
      if (!next || next === "silent" || next.done || text.length > most.characters) return text;
      text += decoder.decode(next.value, { stream: true });
    }
  } catch {
    return text; // it broke off: what came is all there is to tell
  } finally {
    reader?.cancel().catch(() => undefined); // it may have broken off already
  }
}

/** A whole answer, read and checked. */
export async function readWhole(
  response: Response,
  silence: number,
  asked: ModelRequest,
): Promise<{ text: string; used?: ModelUsage; odd?: string }> {
  const text = await firstOf(response, { characters: longestLine, silence });
  const json = parseChunk(text);
  const parsed = wholeAnswer.safeParse(json);
  if (!parsed.success)
    throw new AppError("upstream", { what: "model" }, { message: text === "" ? modelFaults.empty.text : modelFaults.nonsense.text });
  const known = readModelUsage(parsed.data.usage, { ...asked, answerBytes: bytesOf(text) });
  const answer = known.odd === undefined ? parsed.data : withUsage(parsed.data, known.used);
  const [first] = answer.choices;
  const refusal = first?.message.refusal;
  if (!first || !refusal || first.message.content) return { text: answer === parsed.data ? text : JSON.stringify(answer), ...known };
  const choices = [{ ...first, message: { ...first.message, content: refusal, refusal: null } }];
  return { text: JSON.stringify({ ...answer, choices }), ...known };
}

export type PassedStream = {
  reader: ReturnType<typeof answerReader>;
  /** Milliseconds until the first word, and between two. */
  silence: { first: number; between: number };
  /** The answer has ended, with a fault or whole. */
  ended: (fault: ModelFault | undefined) => void;
  /** Whoever reads it has gone. */
  left: () => void;
};
/**
 * Passes a streamed answer on line by line as it comes. One that breaks
 * off, is silent for too long or is no answer ends with an error of ours.
 */
export function passStream(
  from: ReadableStream<Uint8Array>,
  { reader: answer, silence, ended, left }: PassedStream,
): ReadableStream<Uint8Array> {
  const source = from.getReader();
  const [decoder, encoder] = [new TextDecoder(), new TextEncoder()];
  let [rest, begun] = ["", false];
  /** What of a piece is whole lines, and the fault in them. */
  function take(piece: string): { text: string; fault: ModelFault | undefined } {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    let text = "";
    for (const line of lines) {
      const judged = answer.judge(line.endsWith("\r") ? line.slice(0, -1) : line);
      if ("fault" in judged) return { text, fault: judged.fault };
      text += `${judged.line}\n`;
    }
    return { text, fault: rest.length > longestLine ? modelFaults.nonsense : undefined };
  }
  async function next(): Promise<{ text: string; fault: ModelFault | undefined; done: boolean }> {
    const wait = begun ? silence.between : silence.first;
    const piece = await waitAtMost(wait, source.read()).catch(() => ({ broke: true }) as const);
    if (piece === "silent") return { text: "", fault: modelFaults.silent(wait), done: true };
    if ("broke" in piece) return { text: "", fault: answer.fault(), done: true };
    if (piece.done) {
      const open = rest + decoder.decode();
      rest = "";
      const last = open === "" ? { text: "", fault: undefined } : take(`${open}\n`);
      return { text: last.text, fault: last.fault ?? answer.fault(), done: true };
    }
    begun = true;
    const taken = take(decoder.decode(piece.value, { stream: true }));
    return { ...taken, done: taken.fault !== undefined };
  }
  function end(to: ReadableStreamDefaultController<Uint8Array>, fault: ModelFault | undefined): void {
    if (fault) to.enqueue(encoder.encode(errorChunk(fault)));
    to.close();
    ended(fault);
    source.cancel().catch(() => undefined); // it has ended, or its fault has been told
  }
  return new ReadableStream({
    async pull(to) {
      for (;;) {
        const { text, fault, done } = await next();
        if (text) to.enqueue(encoder.encode(text));
        if (done) return end(to, fault);
        if (text) return;
      }
    },
    cancel() {
      left();
      return source.cancel();
    },
  });
}
const errorChunk = ({ text }: ModelFault) =>
  `\ndata: ${JSON.stringify({ error: { message: text, type: "upstream", code: "upstream", param: null } })}\n\ndata: [DONE]\n\n`;

function waitAtMost<T>(ms: number, work: Promise<T>): Promise<T | "silent"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

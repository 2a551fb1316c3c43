import { z } from "zod";
import { AppError } from "../../schema/wire/error.ts";
import { estimateUsage, type ModelUsage, readModelUsage, withUsage } from "../billing/model-usage.ts";
import { bytesOf, type ModelRequest, parseChunk } from "./answer-reader.ts";
import { type AnswerTimes, longestLine, waitAtMost } from "./answer-stream.ts";
import { CallNumbers, countSaid, endingNamed, modelMessage, plainMessage } from "./model-dialect.ts";
import { cappedRetryAfter, excerptOfBody, faultOfStatus, type KeyWhose, type ModelFault, modelFaults } from "./model-fault.ts";

const wholeChoice = z.looseObject({ message: modelMessage, finish_reason: z.string().nullish() });
const wholeAnswer = z.looseObject({ choices: z.array(wholeChoice).min(1), usage: z.unknown().optional() });

/**
 * An answer that is none, as an error whose text the member
 * reads; the status says whether OpenCode tries again.
 */
export async function refuseAnswer(response: Response, streamed: boolean, whose: KeyWhose): Promise<Response | undefined> {
  const type = (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const wanted = streamed ? "text/event-stream" : "application/json";
  if (response.ok && response.body && type === wanted) return undefined;
  const text = await firstOf(response, { characters: 64 * 1024, silence: 5_000, whole: 10_000 });
  if (response.ok) {
    if (excerptOfBody(text)) return refuseSaid(text); // some providers refuse with 200
    throw new AppError("upstream", { what: "model", type }, { message: modelFaults.page(type).text });
  }
  return refuseStatus(response.status, text, { headers: response.headers, whose });
}
function refuseStatus(told: number, body: string, { headers, whose }: { headers?: Headers; whose?: KeyWhose } = {}): Response {
  const { status, passed, fault } = faultOfStatus(told, body, whose);
  if (status === undefined) throw new AppError("upstream", { what: "model", status: told }, { message: fault.text });
  const error = { message: fault.text, type: "upstream", code: "upstream", param: null };
  const wait = headers && cappedRetryAfter(headers);
  const more: Record<string, string> = wait === undefined ? {} : { "retry-after": String(wait) };
  return new Response(passed ?? JSON.stringify({ error }), { status, headers: { "content-type": "application/json", ...more } });
}
const saidStatus = z.looseObject({ error: z.looseObject({ code: z.union([z.number(), z.string()]).nullish() }) });
/** A refusal that came as an answer, by the status that it names; 400 for a conversation that is too long. */
function refuseSaid(body: string): Response {
  const code = saidStatus.safeParse(parseChunk(body)).data?.error.code;
  if (code === "context_length_exceeded") return refuseStatus(400, body);
  const status = Number(code);
  if (Number.isInteger(status) && status >= 400 && status < 600) return refuseStatus(status, body);
  throw new AppError("upstream", { what: "model" }, { message: modelFaults.said(body).text });
}
/** A streamed answer that came to nothing before its first word. */
export function refuseOpening(fault: ModelFault): Response {
  if (fault.said !== undefined) return refuseSaid(fault.said);
  if (!fault.final) throw new AppError("upstream", { what: "model" }, { message: fault.text });
  return Response.json({ error: { message: fault.text, type: "upstream", code: "upstream", param: null } }, { status: 400 });
}
/** The beginning of a body, as far as it comes. `silence` between two pieces and `whole`: milliseconds. */
export async function firstOf(response: Response, most: { characters: number; silence: number; whole: number }): Promise<string> {
  const end = Date.now() + most.whole;
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const next = reader ? await waitAtMost(Math.max(0, Math.min(most.silence, end - Date.now())), reader.read()) : undefined;
      if (!next || next === "silent" || next.done || text.length > most.characters) return text;
      text += decoder.decode(next.value, { stream: true });
    }
  } catch {
    return text; // it broke off: what came is all there is to tell
  } finally {
    reader?.cancel().catch(() => undefined); // it may have broken off already
  }
}

/** A whole answer, read and checked, in OpenAI's words. */
export async function readWhole(
  response: Response,
  times: AnswerTimes,
  asked: ModelRequest,
): Promise<{ text: string; used: ModelUsage; odd?: string }> {
  const text = await firstOf(response, { characters: longestLine, silence: times.first, whole: times.whole });
  const parsed = wholeAnswer.safeParse(parseChunk(text));
  if (!parsed.success)
    throw new AppError("upstream", { what: "model" }, { message: text === "" ? modelFaults.empty.text : modelFaults.nonsense.text });
  const choices = parsed.data.choices.map(plainChoice);
  const said = choices.reduce((sum, { message }) => sum + countSaid(message), 0);
  const known = readModelUsage(parsed.data.usage, { ...asked, answerBytes: bytesOf(text) });
  const used = known.used ?? estimateUsage(asked.requestBytes, said);
  const answer = { ...parsed.data, choices };
  return { text: JSON.stringify(known.odd === undefined && known.used ? answer : withUsage(answer, used)), ...known, used };
}
function plainChoice(choice: z.infer<typeof wholeChoice>): z.infer<typeof wholeChoice> {
  const message = plainMessage(choice.message);
  const calls = message.tool_calls ? new CallNumbers().place(message.tool_calls) : undefined;
  const finish = choice.finish_reason && (endingNamed(choice.finish_reason) ?? choice.finish_reason);
  return { ...choice, message: calls?.length ? { ...message, tool_calls: calls } : message, finish_reason: finish };
}

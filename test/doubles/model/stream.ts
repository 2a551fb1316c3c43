import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import type { ChatIn, Step, ToolUse } from "./wire.ts";

/** The id of a call: the provider's own, or a number in its answer. */
const callId = (step: Step, id: string, index: number) =>
  step.numbered ? `functions.${step.tools?.[index]?.tool}:${index}` : `call_${id.slice(9)}_${index}`;
const tokens = (text: string) => Math.ceil(text.length / 4);

/** Text cut as a busy provider sends it: four tokens at a time, each a word or part of one with its space. */
export function pieces(text: string): string[] {
  return text.match(/(?:\s*[^\s]{1,5}){1,4}/g)?.concat(/\s+$/.exec(text)?.[0] ?? []) ?? (text ? [text] : []);
}

function stretched(args: ToolUse["args"], length: number | undefined): ToolUse["args"] {
  const [name, text] = Object.entries(args).at(-1) ?? [];
  return length === undefined || name === undefined ? args : { ...args, [name]: String(text).repeat(length).slice(0, length) };
}

/** Arguments of a tool as they come: 48 characters at a time, of long ones a twelfth. */
function fragments(text: string): string[] {
  const each = Math.max(48, Math.ceil(text.length / 12));
  return Array.from({ length: Math.ceil(text.length / each) }, (_, index) => text.slice(index * each, (index + 1) * each));
}

function chunksOf(step: Step): string[] {
  if (step.chunks === undefined) return pieces(step.text ?? "");
  return Array.from({ length: step.chunks }, (_, index) => (step.chunks === 1 ? (step.text ?? "x") : `${step.text ?? "x"}${index} `));
}

export function usageOf(chat: ChatIn, step: Step) {
  if (step.usage) return step.usage;
  const prompt = step.promptTokens ?? tokens(JSON.stringify(chat.messages));
  const completion = Math.max(1, tokens((step.text ?? "") + JSON.stringify(step.tools ?? "")) * (step.chunks ?? 1));
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** Streams one step as server-sent events; stops when the caller goes away. */
export async function stream(response: ServerResponse, chat: ChatIn, step: Step, id: string): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const base = { id, object: "chat.completion.chunk", created: Math.floor(Date.now() / 1000), model: chat.model };
  const line = (body: object) => response.write(`data: ${JSON.stringify({ ...base, ...body })}\n\n`);
  const send = (delta: object, finish: string | null = null) => line({ choices: [{ index: 0, delta, finish_reason: finish }] });
  const wait = (ms: number) => after(ms, undefined, { signal: gone.signal });
  try {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.socket?.setNoDelay(true);
    send({ role: "assistant", content: "" });
    for (const piece of chunksOf(step)) {
      send({ content: step.stamp ? `<${(performance.timeOrigin + performance.now()).toFixed(3)}>` : piece });
      await wait(step.gapMs ?? 16);
    }
    if (step.refusal) send({ refusal: step.refusal });
    if (step.cut === "reset") return void response.destroy();
    if (step.cut === "end") return void response.end();
    if (step.hang) await new Promise((_, reject) => gone.signal.addEventListener("abort", () => reject(gone.signal.reason)));
    for (const [index, use] of (step.tools ?? []).entries()) {
      send({ tool_calls: [{ index, id: callId(step, id, index), type: "function", function: { name: use.tool, arguments: "" } }] });
      for (const fragment of fragments(JSON.stringify(stretched(use.args, step.stretch)))) {
        send({ tool_calls: [{ index, function: { arguments: fragment } }] });
        await wait(1);
      }
    }
    send({}, step.finish === undefined ? (step.tools?.length ? "tool_calls" : "stop") : step.finish);
    if (chat.stream_options?.include_usage) line({ choices: [], usage: usageOf(chat, step) });
    response.end("data: [DONE]\n\n");
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

/** Streams the pieces of a step as they are, and no faster than they are read. */
export async function streamRaw(response: ServerResponse, { raw = [], repeat = 1, gapMs = 0 }: Step): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.socket?.setNoDelay(true);
  try {
    for (let round = 0; round < repeat; round++)
      for (const piece of raw) {
        if (!response.write(piece)) await once(response, "drain", { signal: gone.signal });
        if (gapMs > 0) await after(gapMs, undefined, { signal: gone.signal });
      }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

/** The same step as one JSON answer. */
export function whole(chat: ChatIn, step: Step, id: string): object {
  const calls = step.tools?.map((use, index) => ({
    id: callId(step, id, index),
    type: "function",
    function: { name: use.tool, arguments: JSON.stringify(use.args) },
  }));
  const refusal = step.refusal === undefined ? {} : { refusal: step.refusal };
  const message = { role: "assistant", content: step.text ?? null, ...refusal, ...(calls?.length ? { tool_calls: calls } : {}) };
  const choice = { index: 0, message, finish_reason: calls?.length ? "tool_calls" : "stop" };
  return {
    id,
    object: "chat.completion",
    created: Math.floor(Date.now() / 1000),
    model: chat.model,
    choices: [choice],
    usage: usageOf(chat, step),
  };
}

import type { ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { z } from "zod";
import { pieces } from "./stream.ts";
import type { ChatIn, Message, Step } from "./wire.ts";

/** The other providers' APIs: small, in their real shapes, playing the same scripts. */
export type DialectName = "responses" | "messages" | "generate";
const usedOf = z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).catch({ prompt_tokens: 17, completion_tokens: 9 });

const textParts = z
  .array(z.looseObject({ text: z.string().optional() }))
  .transform((parts) => parts.map(({ text }) => text ?? "").join(""));
const texts = z.union([z.string(), textParts]);
const turn = z.looseObject({ role: z.string().default("user"), content: texts.optional(), parts: textParts.optional() });
const asked = z.looseObject({
  messages: z.array(turn).optional(),
  contents: z.array(turn).optional(),
  input: z.union([z.string(), z.array(turn)]).optional(),
  stream: z.boolean().default(false),
  model: z.string().optional(),
});
/** The call as the scripts read it, whatever its dialect; undefined for none. */
export function readDialect(body: unknown, model: string | undefined): { chat: ChatIn; parameters: object } | undefined {
  const parsed = asked.safeParse(body);
  if (!parsed.success) return undefined;
  const { messages, contents, input, stream, model: named, ...parameters } = parsed.data;
  const turns = messages ?? contents ?? (typeof input === "string" ? [{ role: "user", content: input }] : input) ?? [];
  const said: Message[] = turns.map(({ role, content, parts }) => ({ role, content: content ?? parts ?? "" }));
  return { chat: { model: model ?? named ?? "", messages: said, stream, tools: [{ function: { name: "read" } }] }, parameters };
}

type Sent = { event?: string; data: object };
const call = (step: Step) => step.tools?.[0];
const args = (step: Step) => JSON.stringify(call(step)?.args ?? {});

function responses(step: Step, model: string): { events: Sent[]; whole: object } {
  const { prompt_tokens: input_tokens, completion_tokens: output_tokens } = usedOf.parse(step.usage);
  const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
  const message = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    content: [{ type: "output_text", text: step.text ?? "", annotations: [] }],
  };
  const tool = call(step) && { type: "function_call", id: "fc_1", call_id: "call_1", name: call(step)?.tool, arguments: args(step) };
  const base = { id: "resp_1", object: "response", model, output: [] };
  const whole = { ...base, status: "completed", output: tool ? [message, tool] : [message], usage, error: null };
  const data = (type: string, more: object): Sent => ({ event: type, data: { type, ...more } });
  const events = [
    data("response.created", { response: { ...base, status: "in_progress", error: null } }),
    ...pieces(step.text ?? "").map((delta) => data("response.output_text.delta", { item_id: "msg_1", delta })),
    ...(tool ? [data("response.function_call_arguments.delta", { item_id: "fc_1", delta: args(step) })] : []),
    data("response.completed", { response: whole }),
  ];
  return { events, whole };
}
function messages(step: Step, model: string): { events: Sent[]; whole: object } {
  const { prompt_tokens, completion_tokens: output_tokens } = usedOf.parse(step.usage);
  const usage = { input_tokens: prompt_tokens - 5, cache_creation_input_tokens: 2, cache_read_input_tokens: 3, output_tokens };
  const tool = call(step) && { type: "tool_use", id: "toolu_1", name: call(step)?.tool, input: call(step)?.args };
  const base = { id: "msg_1", type: "message", role: "assistant", model, content: [], stop_reason: null };
  const whole = {
    ...{ ...base, content: [{ type: "text", text: step.text ?? "" }, ...(tool ? [tool] : [])] },
    ...{ stop_reason: tool ? "tool_use" : "end_turn", usage },
  };
  const data = (type: string, more: object): Sent => ({ event: type, data: { type, ...more } });
  const text = (said: string) => data("content_block_delta", { index: 0, delta: { type: "text_delta", text: said } });
  const events = [
    data("message_start", { message: { ...base, usage: { ...usage, output_tokens: 1 } } }),
    data("ping", {}),
    data("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ...pieces(step.text ?? "").map(text),
    ...(tool ? [data("content_block_delta", { index: 1, delta: { type: "input_json_delta", partial_json: args(step) } })] : []),
    data("message_delta", { delta: { stop_reason: whole.stop_reason }, usage: { output_tokens } }),
    data("message_stop", {}),
  ];
  return { events, whole };
}
function generate(step: Step, model: string): { events: Sent[]; whole: object } {
  const { prompt_tokens, completion_tokens } = usedOf.parse(step.usage);
  const usageMetadata = { promptTokenCount: prompt_tokens, candidatesTokenCount: completion_tokens - 2, thoughtsTokenCount: 2 };
  const tool = call(step) ? [{ functionCall: { name: call(step)?.tool, args: call(step)?.args } }] : [];
  const candidateOf = (parts: object[], more: object = {}) => ({
    candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
    modelVersion: model,
  });
  const whole = { ...candidateOf([{ text: step.text ?? "" }, ...tool], { finishReason: "STOP" }), usageMetadata };
  const events = [
    ...pieces(step.text ?? "").map((text) => ({ data: candidateOf([{ text }]) })),
    { data: { ...candidateOf(tool.length > 0 ? tool : [{ text: "" }], { finishReason: "STOP" }), usageMetadata } },
  ];
  return { events, whole };
}
const answers = { responses, messages, generate };

/** Answers one step. `\r\n` ends Google's lines. */
export async function answerDialect(response: ServerResponse, name: DialectName, chat: ChatIn, step: Step): Promise<void> {
  const { events, whole } = answers[name](step, chat.model);
  if (!chat.stream) return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole, null, 2));
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const end = name === "generate" ? "\r\n" : "\n";
  try {
    const last = step.cut === undefined && !step.hang ? events.length : events.length - 1;
    for (const { event, data } of events.slice(0, last)) {
      response.write(`${event ? `event: ${event}${end}` : ""}data: ${JSON.stringify(data)}${end}${end}`);
      await after(step.gapMs ?? 4, undefined, { signal: gone.signal });
    }
    if (step.hang) await new Promise((_, reject) => gone.signal.addEventListener("abort", () => reject(gone.signal.reason)));
    if (step.cut === "reset") return void response.destroy();
    response.end();
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

import { z } from "zod";
import { type Dialect, dataEvent } from "./dialect.ts";

/**
 * Anthropic's Messages. Tools that Anthropic itself would run, and servers that it would call, are not had
 * here.
 */
const anthropicRequest = z.object({
  model: z.string().optional(),
  messages: z.array(z.unknown()).min(1),
  system: z.union([z.string(), z.array(z.unknown())]).optional(),
  max_tokens: z.number().int().positive(),
  stream: z.boolean().optional(),
  temperature: z.number().optional(),
  top_p: z.number().optional(),
  top_k: z.number().optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(z.looseObject({ name: z.string(), type: z.literal("custom").optional() })).optional(),
  tool_choice: z.unknown().optional(),
  thinking: z.unknown().optional(),
});

const anthropicCount = z.number().nullish();
const anthropicUsage = z
  .looseObject({
    input_tokens: anthropicCount,
    cache_creation_input_tokens: anthropicCount,
    cache_read_input_tokens: anthropicCount,
    output_tokens: anthropicCount,
  })
  .nullish()
  .catch(undefined);
type Used = z.infer<typeof anthropicUsage>;
const wholeMessage = z.looseObject({ type: z.literal("message"), content: z.array(z.unknown()), usage: anthropicUsage });
const delta = z.looseObject({ text: z.string().optional(), thinking: z.string().optional(), partial_json: z.string().optional() });
const event = z.looseObject({
  type: z.string(),
  message: z.looseObject({ usage: anthropicUsage }).nullish(),
  usage: anthropicUsage,
  delta: delta.nullish().catch(undefined),
  error: z.looseObject({ message: z.string() }).nullish(),
});
/** What Anthropic read from its cache, or put there, it has read as well. */
function countUsed(used: Used): { input?: number; output?: number } {
  if (!used) return {};
  const { input_tokens: fresh, cache_creation_input_tokens: made, cache_read_input_tokens: read, output_tokens: output } = used;
  const input = typeof fresh === "number" ? fresh + (made ?? 0) + (read ?? 0) : undefined;
  return { ...(input === undefined ? {} : { input }), ...(typeof output === "number" ? { output } : {}) };
}
export const messagesDialect: Dialect = {
  name: "messages",
  request: anthropicRequest,
  mostOutput: ({ max_tokens: most }) => most,
  address: ({ door }) => `${door.url}/messages`,
  fill: ({ body, model, stream }) => ({ ...body, model, stream }),
  read: (said) => {
    const answer = wholeMessage.safeParse(said);
    if (answer.success) return { ...countUsed(answer.data.usage), said: JSON.stringify(answer.data.content).length, ended: true };
    const parsed = event.safeParse(said);
    if (!parsed.success) return undefined;
    const { type, message, usage: used, delta: piece, error } = parsed.data;
    if (type === "error") return { said: 0, failed: error?.message ?? "it gave no reason" };
    const text = (piece?.text ?? "") + (piece?.thinking ?? "") + (piece?.partial_json ?? "");
    return { ...countUsed(message?.usage), ...countUsed(used), said: text.length, ended: type === "message_stop" };
  },
  error: (status, text) => ({ type: "error", error: { type: errorType(status), message: text } }),
  errorEvent: (text) => dataEvent({ type: "error", error: { type: "api_error", message: text } }, "error"),
};
function errorType(status: number): string {
  if (status === 429) return "rate_limit_error";
  if (status === 401) return "authentication_error";
  if (status === 402 || status === 403) return "permission_error";
  return status === 404 ? "not_found_error" : status < 500 ? "invalid_request_error" : "api_error";
}

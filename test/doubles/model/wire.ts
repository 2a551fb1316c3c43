import { z } from "zod";

/** What an OpenAI-compatible chat endpoint is sent, as far as this model reads it. */
const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z
  .union([z.string(), z.array(part)])
  .nullish()
  .transform((value) => (Array.isArray(value) ? value.map((part) => part.text ?? "").join("") : (value ?? "")));
const toolCall = z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) });
const message = z.object({
  role: z.string(),
  content,
  tool_calls: z.array(toolCall).optional(),
  tool_call_id: z.string().optional(),
  reasoning_content: z.string().optional(),
});
export const chatIn = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean().optional() }).optional(),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })).default([]),
});
export type ChatIn = z.infer<typeof chatIn>;
export type Message = z.infer<typeof message>;

/** One call of a tool with what came back, undefined while nothing did. */
export type Called = { tool: string; args: Record<string, unknown>; result: string | undefined };

export type ToolUse = { tool: string; args: Record<string, unknown> };
/** What the model does next. `text` comes before `tools`. Times are milliseconds. */
export type Step = {
  text?: string;
  tools?: ToolUse[];
  /** Sends the text this many times, numbered, one chunk each; without it the text is cut as tokens are. */
  chunks?: number;
  gapMs?: number;
  /** Each chunk is the time at which it was sent, for measuring. */
  stamp?: boolean;
  delayMs?: number;
  hang?: boolean;
  status?: number;
  body?: string;
  retryAfter?: number;
  promptTokens?: number;
  /** Tells this of what it used, true or not. */
  usage?: Record<string, unknown>;
  /** Misbehaves so only the first few times that this is asked, then does as the rest of the step says. */
  times?: number;
  /** The type of `body`, for an answer that is a page. */
  contentType?: string;
  /** Drops the connection: before a word is said, or behind the text; `end` closes it as if that were all. */
  cut?: "before" | "reset" | "end";
  /** The reason of its end that it gives, or none. */
  finish?: string | null;
  /** Refuses in words, in the field that is made for it. */
  refusal?: string;
  /** Numbers its calls in each answer from 0, as some providers do. */
  numbered?: boolean;
  /** The last text of its calls' arguments is repeated to so many characters. */
  stretch?: number;
  /** The body of a stream, piece by piece as it is: another dialect, or none. */
  raw?: string[];
  /** Sends `raw` so often. */
  repeat?: number;
  /** Fails as this model, and answers as another. */
  failsAs?: string;
  /** Refuses a call that has this parameter, itself or in a message, in OpenAI's words for it. */
  refuses?: string;
};

const object = z.record(z.string(), z.unknown());
export function parseArgs(text: string): Record<string, unknown> {
  try {
    return object.parse(JSON.parse(text));
  } catch {
    return {}; // an earlier answer of ours cannot be unreadable; another model's may
  }
}

/** The calls since the last message of the person, in order. */
export function calledSince(messages: Message[], from: number): Called[] {
  const rest = messages.slice(from + 1);
  const results = new Map(rest.filter((message) => message.role === "tool").map((message) => [message.tool_call_id, message.content]));
  return rest.flatMap((message) =>
    (message.tool_calls ?? []).map((call) => ({
      tool: call.function.name,
      args: parseArgs(call.function.arguments),
      result: results.get(call.id),
    })),
  );
}

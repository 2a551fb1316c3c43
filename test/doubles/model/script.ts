import { z } from "zod";
import type { Message, Step } from "./wire.ts";

const use = z.object({ tool: z.string(), args: z.record(z.string(), z.unknown()) });
const scripted = z.array(
  z.union([
    use.transform((tool): Step => ({ tools: [tool] })),
    z.strictObject({
      text: z.string().optional(),
      tools: z.array(use).optional(),
      chunks: z.number().int().positive().optional(),
      gapMs: z.number().nonnegative().optional(),
      stamp: z.boolean().optional(),
      delayMs: z.number().nonnegative().optional(),
      hang: z.boolean().optional(),
      status: z.number().int().optional(),
      body: z.string().optional(),
      retryAfter: z.number().optional(),
      promptTokens: z.number().int().optional(),
      usage: z.record(z.string(), z.unknown()).optional(),
      times: z.number().int().positive().optional(),
      contentType: z.string().optional(),
      cut: z.enum(["before", "reset", "end"]).optional(),
      finish: z.string().nullable().optional(),
      refusal: z.string().optional(),
      numbered: z.boolean().optional(),
      stretch: z.number().int().positive().optional(),
      raw: z.array(z.string()).optional(),
      repeat: z.number().int().positive().optional(),
      refuses: z.string().optional(),
      failsAs: z.string().optional(),
    }),
  ]),
);

const overflow = {
  message: "This model's maximum context length is 8192 tokens. However, your messages resulted in 20480 tokens.",
  type: "invalid_request_error",
  param: "messages",
  code: "context_length_exceeded",
};
export const tooLongWithTools = "TOO-LONG-WITH-TOOLS";
/**
 * A conversation in which somebody says `TOO-LONG` is longer than this model takes. `TOO-LONG-WITH-TOOLS` is
 * so only where the call has tools: its summary can still be made, and says it again.
 */
export function overflowStep(messages: readonly Message[], tools: boolean): Step | undefined {
  const said = messages.some(({ role, content }) => role !== "system" && /TOO-LONG(?!-WITH)/.test(content));
  const besideTools = tools && messages.some(({ role, content }) => role !== "system" && content.includes(tooLongWithTools));
  return said || besideTools ? { status: 400, body: JSON.stringify({ error: overflow }) } : undefined;
}

/**
 * The next step of `SCRIPT:[…]END` in the person's last message; undefined where there is none. The last step
 * repeats, and an interrupted step is done again.
 */
export function scriptStep(messages: Message[], last: number): Step | undefined {
  const match = /SCRIPT:([\s\S]*)END/.exec(messages[last]?.content ?? "");
  if (!match) return undefined;
  const steps = scripted.safeParse(parse(match[1]!));
  if (!steps.success) return { text: `This script does not parse: ${z.prettifyError(steps.error)}` };
  const begun = (messages[last]?.content ?? "").startsWith("You were interrupted")
    ? messages.findIndex((message) => message.role === "user" && message.content.includes(match[0]))
    : last;
  const done = messages.slice(begun + 1).filter((message) => message.role === "assistant").length;
  const step = (steps.data[Math.min(done, steps.data.length - 1)] as Step | undefined) ?? { text: "An empty script." };
  return fillIn(step, messages, last);
}
/** `$TASK` and `$COMMIT` of a step: the task that it is part of, and the commit that was last printed. */
function fillIn(step: Step, messages: Message[], last: number): Step {
  const task = /\btsk_[0-9A-Z]{26}\b/.exec(messages[last]?.content ?? "")?.[0] ?? "";
  const commit = messages.flatMap(({ content }) => /^commit ([0-9a-f]{40})/m.exec(content)?.[1] ?? []).at(-1) ?? "";
  const fill = (value: unknown) => (value === "$TASK" ? task : value === "$COMMIT" ? commit : value);
  const tools = step.tools?.map(({ tool, args }) => ({
    tool,
    args: Object.fromEntries(Object.entries(args).map(([key, value]) => [key, fill(value)])),
  }));
  return tools ? { ...step, tools } : step;
}
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // reported by the shape
  }
}

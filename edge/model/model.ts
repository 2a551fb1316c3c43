import { z } from "zod";
import type { ModelAlias } from "../../schema/model.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import type { ProviderDoor } from "../provider/provider-test.ts";
import type { AnswerTimes } from "./answer-stream.ts";
import { firstOf } from "./model-answer.ts";
import { modelFaults } from "./model-fault.ts";
import type { ModelSource } from "./model-source.ts";

/**
 * The provider behind the gateway. What an agent may say of a
 * call: everything but which model, and that usage is told.
 */
export const chatRequest = z.looseObject({
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({}).optional(),
});
export type ChatRequest = z.infer<typeof chatRequest>;

/**
 * The provider's name of what a type calls fast, standard or
 * deep: MODEL_NAME unless the installation says otherwise.
 */
export function modelNamed(config: EdgeConfig, alias: ModelAlias): string {
  return { fast: config.MODEL_FAST, standard: config.MODEL_STANDARD, deep: config.MODEL_DEEP }[alias] ?? config.MODEL_NAME;
}

/** How long a model may take and be silent; before its first word twice as long as between two. */
export function answerTimes(config: EdgeConfig): AnswerTimes {
  return { first: 2 * config.MODEL_SILENCE, between: config.MODEL_SILENCE, whole: config.MODEL_LONGEST };
}

/**
 * What a provider's model does not take as OpenCode says it. OpenAI's models that think refuse
 * `max_tokens` in favour of `max_completion_tokens`, some servers know no `stream_options`,
 * and some do not take back the thoughts that they have sent.
 */
const quirks = {
  max_completion_tokens: ({ max_tokens: limit, ...rest }: ChatRequest): ChatRequest =>
    limit === undefined ? rest : { max_completion_tokens: limit, ...rest },
  stream_options: ({ stream_options: _options, ...rest }: ChatRequest): ChatRequest => rest,
  reasoning_content: (call: ChatRequest): ChatRequest => ({ ...call, messages: call.messages.map(withoutThoughts) }),
};
type Quirk = keyof typeof quirks;
/** The quirks that were met, by provider and model. Another Worker learns them by one refused call. */
const metQuirks = new Map<string, Set<Quirk>>();
const mostQuirks = 1_000;
const thoughts = z.looseObject({ reasoning_content: z.string() });
function withoutThoughts(message: unknown): unknown {
  const { reasoning_content: _thoughts, ...rest } = thoughts.safeParse(message).data ?? {};
  return _thoughts === undefined ? message : rest;
}
const unwanted = /unsupported|not supported|not permitted|unknown|unrecognized|unexpected/i;
/** The quirk that a refusal names, of those that the call did not respect. */
function namedQuirk(refusal: string, call: ChatRequest): Quirk | undefined {
  if (call.max_tokens !== undefined && refusal.includes("max_completion_tokens")) return "max_completion_tokens";
  if (call.stream_options !== undefined && refusal.includes("stream_options")) return "stream_options";
  const thinks = refusal.includes("reasoning_content") && unwanted.test(refusal); // others want the thoughts back
  return thinks && call.messages.some((message) => thoughts.safeParse(message).success) ? "reasoning_content" : undefined;
}

export type ModelCall = { asked: ChatRequest; stop: AbortSignal };
/** Sends the call as this provider takes it. `stop` ends it whenever it fires. */
export async function callModel(config: EdgeConfig, source: ModelSource, { asked, stop }: ModelCall): Promise<Response> {
  const { door, model } = source;
  const url = `${chatBase(door)}/chat/completions`;
  const key = `${url} ${model}`;
  const met = metQuirks.get(key) ?? new Set<Quirk>();
  for (;;) {
    const options = asked.stream ? { stream_options: { ...asked.stream_options, include_usage: true } } : {};
    const call = [...met].reduce<ChatRequest>((body, quirk) => quirks[quirk](body), { ...asked, model, ...options });
    const accept = call.stream ? "text/event-stream" : "application/json";
    const headers = { authorization: `Bearer ${door.key}`, "content-type": "application/json", accept };
    const response = await postCall(config, door.send, { url, headers, body: JSON.stringify(call), stop });
    if (response.status !== 400 && response.status !== 422) return response;
    const refusal = await firstOf(response, { characters: 64 * 1024, silence: 5_000, whole: 10_000 });
    const quirk = namedQuirk(refusal, call);
    if (!quirk) return new Response(refusal, { status: response.status, headers: response.headers });
    if (metQuirks.size >= mostQuirks) metQuirks.clear(); // members name providers of their own
    metQuirks.set(key, met.add(quirk));
  }
}
/** Where a provider takes OpenAI's chat completions. */
const chatBase = ({ provider, url }: ProviderDoor): string => (provider === "google" ? `${url}/openai` : url);

type PostedCall = { url: string; headers: Record<string, string>; body: string; stop: AbortSignal };
/** One call with a key; nothing of the caller's headers goes along. */
export async function postCall(config: EdgeConfig, send: typeof fetch, { url, headers, body, stop }: PostedCall): Promise<Response> {
  const { first } = answerTimes(config);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), first);
  try {
    return await send(url, { method: "POST", headers, body, signal: AbortSignal.any([stop, late.signal]), redirect: "manual" });
  } catch (cause) {
    if (late.signal.aborted) throw new AppError("timeout", { what: "model" }, { cause, message: modelFaults.late(first).text });
    throw new AppError("upstream", { what: "model" }, { cause, message: modelFaults.unreached.text });
  } finally {
    clearTimeout(timer);
  }
}

const sparing = (status: number) => status === 401 || status === 402 || status === 403 || status === 429 || status >= 500;
/**
 * The first answer of several sources, before its first byte: one that is not reached, or that refuses for a
 * reason of its own, gives way to the next one. The last one's refusal is the answer.
 */
export async function callFirst(
  sources: readonly ModelSource[],
  stop: AbortSignal,
  call: (source: ModelSource) => Promise<Response>,
  gaveWay: (source: ModelSource, why: number | string) => void,
): Promise<{ source: ModelSource; response: Response }> {
  for (const [at, source] of sources.entries()) {
    const last = at === sources.length - 1;
    const response = await call(source).catch((error: unknown) => {
      if (last || stop.aborted || !(error instanceof AppError)) throw error;
      gaveWay(source, error.code);
      return undefined;
    });
    if (response && (last || !sparing(response.status))) return { source, response };
    if (response) gaveWay(source, response.status);
    await response?.body?.cancel();
  }
  throw new AppError("not_found", { what: "model" }, { message: "No model is there for this." });
}

import { z } from "zod";
import type { ModelAlias } from "../../schema/model.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { modelFaults } from "./model-fault.ts";

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

/** How long a model may be silent: before its first word twice as long as between two. Milliseconds. */
export function silenceLimits(config: EdgeConfig): { first: number; between: number } {
  return { first: 2 * config.MODEL_SILENCE, between: config.MODEL_SILENCE };
}

/**
 * Sends the call with the platform's key and model; nothing of the
 * caller's headers goes along. `stop` ends it whenever it fires.
 */
export async function callModel(config: EdgeConfig, name: string, asked: ChatRequest, stop: AbortController): Promise<Response> {
  const options = asked.stream ? { stream_options: { ...asked.stream_options, include_usage: true } } : {};
  const { first } = silenceLimits(config);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, first);
  try {
    return await fetch(`${config.MODEL_URL}/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${config.MODEL_KEY}`,
        "content-type": "application/json",
        accept: asked.stream ? "text/event-stream" : "application/json",
      },
      body: JSON.stringify({ ...asked, model: name, ...options }),
      signal: stop.signal,
      redirect: "manual",
    });
  } catch (cause) {
    if (late) throw new AppError("timeout", { what: "model" }, { cause, message: modelFaults.late(first).text });
    throw new AppError("upstream", { what: "model" }, { cause, message: modelFaults.unreached.text });
  } finally {
    clearTimeout(timer);
  }
}

import { z } from "zod";
import { AppError } from "../schema/error.ts";
import type { ModelAlias } from "../schema/model.ts";
import type { Config } from "./env.ts";

/** The provider behind the gateway. What an agent may say of a call: everything but which model, and that usage is told. */
export const chat = z.looseObject({
  messages: z.array(z.unknown()).min(1),
  stream: z.boolean().optional(),
  stream_options: z.looseObject({}).optional(),
});
export type Chat = z.infer<typeof chat>;

/** The provider's name of what a type calls fast, standard or deep: MODEL_NAME unless the installation says otherwise. */
export function modelNamed(config: Config, alias: ModelAlias): string {
  return { fast: config.MODEL_FAST, standard: config.MODEL_STANDARD, deep: config.MODEL_DEEP }[alias] ?? config.MODEL_NAME;
}

/** A model may think this long before its first byte. */
const firstByte = 120_000;
const kept = ["content-type", "retry-after", "retry-after-ms"];

/** Sends the call with the platform's key and model; nothing of the caller's headers goes along. `stop` ends it whenever it fires. */
export async function callModel(config: Config, name: string, asked: Chat, stop: AbortController): Promise<Response> {
  const options = asked.stream ? { stream_options: { ...asked.stream_options, include_usage: true } } : {};
  const late = setTimeout(() => stop.abort(), firstByte);
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
    throw new AppError("upstream", { what: "model" }, { cause });
  } finally {
    clearTimeout(late);
  }
}

/** Those headers of the provider's answer that its client needs. */
export function answerHeaders(response: Response): Headers {
  const headers = new Headers();
  for (const name of kept) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** Passes the answer on byte by byte while `see` reads along; `ended` is called when it is whole or broke off, `left` when its reader goes. */
export function pass(
  from: ReadableStream<Uint8Array>,
  { see, ended, left }: { see: (chunk: Uint8Array) => void; ended: () => void; left: () => void },
): ReadableStream {
  const reader = from.getReader();
  return new ReadableStream({
    async pull(to) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          ended();
          return to.close();
        }
        see(value);
        to.enqueue(value);
      } catch (error) {
        ended();
        to.error(error);
      }
    },
    cancel: left,
  });
}

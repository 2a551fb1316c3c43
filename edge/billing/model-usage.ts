import { z } from "zod";

/** What a provider says a call used; other fields pass. */
const tokens = z.number().int().nonnegative();
const reportedUsage = z.object({ prompt_tokens: tokens, completion_tokens: tokens });
/** `estimated`: by what came, for a provider that does not say it. */
export type ModelUsage = { inputTokens: number; outputTokens: number; estimated?: true };

/** No token is shorter than a byte. `unseen`: tokens of thought that a provider may count and not send. */
export type UsageRoom = { requestBytes: number; answerBytes: number; unseen: number };
/** What a model may think unseen in a call that sets no limit. */
const mostUnseen = 131_072;
const limitOf = z.number().int().min(1).max(1_000_000);
/** The limit that a call sets to what its model says, in tokens. */
export const readOutputLimit = (said: unknown): number | undefined => limitOf.safeParse(said).data;
export function countUnseen(outputLimit: number | undefined): number {
  return outputLimit ?? mostUnseen;
}

/**
 * What an answer's `usage` says, never more than the request and the answer can hold. `odd`:
 * what is wrong with it, for the log; `used` is absent where nothing can be made of it.
 */
export function readModelUsage(said: unknown, room: UsageRoom): { used?: ModelUsage; odd?: string } {
  if (said === undefined || said === null) return {};
  const parsed = reportedUsage.safeParse(said);
  const told = JSON.stringify(said).slice(0, 200);
  if (!parsed.success) return { odd: `the provider's usage is none: ${told}` };
  const { prompt_tokens: input, completion_tokens: output } = parsed.data;
  const inputTokens = Math.min(input, room.requestBytes);
  const outputTokens = Math.min(output, room.answerBytes + room.unseen);
  const used = { inputTokens, outputTokens };
  if (inputTokens === input && outputTokens === output) return { used };
  return {
    used,
    odd: `the provider's usage is more than the call can hold, which counts instead (${inputTokens} and ${outputTokens}): ${told}`,
  };
}
/** Characters of a token in most languages. */
const tokenLength = 4;
/** What a call used where its provider does not say it, or was not waited for. */
export function estimateUsage(requestBytes: number, saidChars: number): ModelUsage {
  return { inputTokens: Math.ceil(requestBytes / tokenLength), outputTokens: Math.ceil(saidChars / tokenLength), estimated: true };
}
/** An answer, or a piece of one, with the usage that counts: whoever reads it bills by it too. */
export function withUsage<T extends object>(answer: T, used: ModelUsage | undefined): T {
  if (!used) return { ...answer, usage: null };
  const { inputTokens, outputTokens } = used;
  const total = inputTokens + outputTokens;
  return { ...answer, usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: total } };
}

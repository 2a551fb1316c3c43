import { z } from "zod";
import { costMicros } from "../../schema/billing/price.ts";
import { usageTable } from "../../schema/billing/usage.table.ts";
import type { AgentClaims } from "../../schema/machine/machine.ts";
import type { ModelAlias } from "../../schema/model.ts";
import { newId } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

/** What a provider says a call used; other fields pass. */
const tokens = z.number().int().nonnegative();
const reportedUsage = z.object({ prompt_tokens: tokens, completion_tokens: tokens });
export type ModelUsage = { inputTokens: number; outputTokens: number };

/** No token is shorter than a byte. `unseen`: tokens of thought that a provider may count and not send. */
export type UsageRoom = { requestBytes: number; answerBytes: number; unseen: number };
/** What a model may think unseen in a call that sets no limit. */
const mostUnseen = 131_072;
const limitOf = z.number().int().min(1).max(1_000_000);
export function countUnseen(call: Record<string, unknown>): number {
  return limitOf.safeParse(call.max_completion_tokens ?? call.max_tokens).data ?? mostUnseen;
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
/** An answer, or a piece of one, with the usage that counts: whoever reads it bills by it too. */
export function withUsage<T extends object>(answer: T, used: ModelUsage | undefined): T {
  if (!used) return { ...answer, usage: null };
  const { inputTokens, outputTokens } = used;
  const total = inputTokens + outputTokens;
  return { ...answer, usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: total } };
}

/** One ledger row a call. `used` is absent when the provider's answer broke off before it said so. */
export async function recordUsage(
  db: Database,
  agent: AgentClaims,
  call: { session: string; requestId: string; model: string; alias: ModelAlias },
  used: ModelUsage | undefined,
): Promise<void> {
  const { inputTokens, outputTokens } = used ?? { inputTokens: 0, outputTokens: 0 };
  await db.insert(usageTable).values({
    id: newId("usg"),
    member: agent.member,
    agent: agent.agent,
    ...call,
    inputTokens,
    outputTokens,
    costMicros: costMicros(call.model, inputTokens, outputTokens),
    unknown: used ? 0 : 1,
    at: Date.now(),
  });
}

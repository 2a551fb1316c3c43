import { and, count, desc, eq, gte, sum } from "drizzle-orm";
import { usages } from "../schema/billing/usage.table.ts";
import type { Id } from "../schema/wire/id.ts";
import type { Database } from "./kernel/db.ts";

/** What a member's model calls have cost since `from` (milliseconds since 1970), in millionths of a dollar. */
export async function spent(db: Database, member: Id<"mem">, from: number): Promise<{ micros: number; calls: number }> {
  const row = await db
    .select({ micros: sum(usages.costMicros), calls: count() })
    .from(usages)
    .where(and(eq(usages.member, member), gte(usages.at, from)))
    .get();
  return { micros: Number(row?.micros ?? 0), calls: row?.calls ?? 0 };
}

export type AgentSpent = { agent: Id<"agt">; costMicros: number; inputTokens: number; outputTokens: number; calls: number };
/** The same by agent, the dearest first. */
export async function spentByAgent(db: Database, member: Id<"mem">, from: number): Promise<AgentSpent[]> {
  const rows = await db
    .select({
      agent: usages.agent,
      cost: sum(usages.costMicros),
      input: sum(usages.inputTokens),
      output: sum(usages.outputTokens),
      calls: count(),
    })
    .from(usages)
    .where(and(eq(usages.member, member), gte(usages.at, from)))
    .groupBy(usages.agent)
    .orderBy(desc(sum(usages.costMicros)), usages.agent);
  return rows.map(({ agent, cost, input, output, calls }) => ({
    ...{ agent, calls, costMicros: Number(cost ?? 0) },
    ...{ inputTokens: Number(input ?? 0), outputTokens: Number(output ?? 0) },
  }));
}

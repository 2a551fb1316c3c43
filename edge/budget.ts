import { and, count, desc, eq, gte, sql, sum } from "drizzle-orm";
import { usageTable } from "../schema/billing/usage.table.ts";
import type { Id } from "../schema/wire/id.ts";
import type { Database } from "./kernel/db.ts";

/**
 * What a member's model calls have cost since `from` (milliseconds since 1970), in millionths of a dollar.
 */
export async function readMemberUsage(db: Database, member: Id<"mem">, from: number): Promise<{ micros: number; calls: number }> {
  const row = await db
    .select({ micros: sum(usageTable.costMicros), calls: count() })
    .from(usageTable)
    .where(and(eq(usageTable.member, member), gte(usageTable.at, from)))
    .get();
  return { micros: Number(row?.micros ?? 0), calls: row?.calls ?? 0 };
}

export type AgentUsage = {
  agent: Id<"agt">;
  costMicros: number;
  inputTokens: number;
  outputTokens: number;
  calls: number;
  ownMicros: number;
};
/** The same by agent, the dearest first. */
export async function readUsageByAgent(db: Database, member: Id<"mem">, from: number): Promise<AgentUsage[]> {
  const rows = await db
    .select({
      agent: usageTable.agent,
      cost: sum(usageTable.costMicros),
      theirs: sum(usageTable.ownMicros),
      input: sum(usageTable.inputTokens),
      output: sum(usageTable.outputTokens),
      calls: count(),
    })
    .from(usageTable)
    .where(and(eq(usageTable.member, member), gte(usageTable.at, from)))
    .groupBy(usageTable.agent)
    .orderBy(desc(sql`sum(${usageTable.costMicros} + ${usageTable.ownMicros})`), usageTable.agent);
  return rows.map(({ agent, cost, theirs, input, output, calls }) => ({
    ...{ agent, calls, costMicros: Number(cost ?? 0), ownMicros: Number(theirs ?? 0) },
    ...{ inputTokens: Number(input ?? 0), outputTokens: Number(output ?? 0) },
  }));
}

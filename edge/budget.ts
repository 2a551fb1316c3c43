import { and, count, eq, gte, sum } from "drizzle-orm";
import type { Id } from "../schema/id.ts";
import { usages } from "../schema/usage.table.ts";
import type { Database } from "./db.ts";

/** What a member's model calls have cost since `from` (milliseconds since 1970), in millionths of a dollar. */
export async function spent(db: Database, member: Id<"mem">, from: number): Promise<{ micros: number; calls: number }> {
  const row = await db
    .select({ micros: sum(usages.costMicros), calls: count() })
    .from(usages)
    .where(and(eq(usages.member, member), gte(usages.at, from)))
    .get();
  return { micros: Number(row?.micros ?? 0), calls: row?.calls ?? 0 };
}

import { and, eq, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import type { StackTrouble } from "../../schema/stack/stack.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { askActor } from "../actor/rivet.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { findTrouble } from "./stack-trouble.ts";

/** How many actors one look tells; the next look, seconds later, tells the next. */
const mostAtOnce = 20;
const looked = 500;

/** Stacks that may be in trouble, or were. They are few, whatever the number of all stacks. */
export function findSuspectStacks(db: Database, now: number) {
  const silent = or(isNull(machineTable.lastHeartbeat), lt(machineTable.lastHeartbeat, now - limits.hostSilent));
  const placed = sql`${stackTable.epoch} > 0`;
  const gone = or(isNull(machineTable.id), eq(machineTable.state, "left"), eq(machineTable.state, "revoked"), silent);
  const said = or(
    eq(stackTable.hostMissing, true),
    eq(stackTable.actorMissing, true),
    isNotNull(stackTable.trouble),
    isNotNull(stackTable.troubleTold),
  );
  const lost = sql`${stackTable.boxLostAt} is not ${stackTable.boxLostTold}`;
  return db
    .select()
    .from(stackTable)
    .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
    .where(and(placed, ne(stackTable.ceiling, "erased"), or(gone, said, lost)))
    .orderBy(stackTable.troubleSince) // those of which nothing is known come first
    .limit(looked);
}

/**
 * Writes down what has changed, and tells the actors that do not
 * know it yet; one that can't be reached is told at the next look.
 */
export async function lookForTrouble(config: EdgeConfig, db: Database, now: number): Promise<void> {
  const boxes: { member: Id<"mem">; at: number }[] = [];
  const untold: { member: Id<"mem">; trouble: StackTrouble | null }[] = [];
  for (const { stack, machine } of await findSuspectStacks(db, now)) {
    const trouble = findTrouble(stack, machine, now);
    if (trouble !== stack.trouble)
      await db
        .update(stackTable)
        .set({ trouble, troubleSince: trouble === null ? null : now })
        .where(eq(stackTable.id, stack.id));
    if (stack.boxLostAt !== null && stack.boxLostAt !== stack.boxLostTold) boxes.push({ member: stack.member, at: stack.boxLostAt });
    if (trouble !== stack.troubleTold) untold.push({ member: stack.member, trouble });
  }
  await Promise.allSettled([
    ...untold.slice(0, mostAtOnce).map((stack) => tell(config, db, stack.member, stack.trouble)),
    ...boxes.slice(0, mostAtOnce).map((stack) => tellLost(config, db, stack.member, stack.at)),
  ]);
}

async function tell(config: EdgeConfig, db: Database, member: Id<"mem">, trouble: StackTrouble | null): Promise<void> {
  await askActor({ config, member, requestId: newId("req") }, "trouble", { trouble });
  await db.update(stackTable).set({ troubleTold: trouble }).where(eq(stackTable.member, member));
}

/** The actor itself finds out which of its agents have lost what they knew. */
async function tellLost(config: EdgeConfig, db: Database, member: Id<"mem">, at: number): Promise<void> {
  await askActor({ config, member, requestId: newId("req") }, "boxLost", {});
  await db.update(stackTable).set({ boxLostTold: at }).where(eq(stackTable.member, member));
}

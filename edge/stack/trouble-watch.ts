import { and, eq, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { actionDeadline, askActor } from "../actor/rivet.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { findTrouble } from "./stack-trouble.ts";

/** How many actors are told at once, by whomever: each may have to wake for it. */
const mostAtOnce = 20;
/** How long one telling may take; then another look may try. Longer than an action may. */
const tellingWithin = actionDeadline + 2_000;
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
 * Writes down what has changed, and tells the actors that do not know it yet. Every host and every runner
 * brings about such looks, many at the same time: each actor is told by one of them. One that could not be
 * reached is told again after those that nobody has tried.
 */
export async function lookForTrouble(config: EdgeConfig, db: Database, now: number): Promise<void> {
  const untold: StackRow[] = [];
  for (const { stack, machine } of await findSuspectStacks(db, now)) {
    const trouble = findTrouble(stack, machine, now);
    if (trouble !== stack.trouble)
      await db
        .update(stackTable)
        .set({ trouble, troubleSince: trouble === null ? null : now })
        .where(eq(stackTable.id, stack.id));
    const isTold = trouble === stack.troubleTold && stack.boxLostAt === stack.boxLostTold;
    if (!isTold && stack.tellingUntil <= now) untold.push({ ...stack, trouble });
  }
  const next = untold.sort((a, b) => a.tellingUntil - b.tellingUntil).slice(0, mostAtOnce);
  await Promise.allSettled(next.map((stack) => tell(config, db, stack, now)));
}

async function tell(config: EdgeConfig, db: Database, stack: StackRow, now: number): Promise<void> {
  const { id, member, trouble, troubleTold, boxLostAt, boxLostTold } = stack;
  const beingTold = sql`(select count(*) from ${stackTable} where ${stackTable.tellingUntil} > ${now})`;
  const taken = await db
    .update(stackTable)
    .set({ tellingUntil: now + tellingWithin })
    .where(and(eq(stackTable.id, id), eq(stackTable.tellingUntil, stack.tellingUntil), lt(beingTold, mostAtOnce)));
  if (taken.rowsAffected === 0) return; // another look tells it, or enough others
  const caller = { config, member, requestId: newId("req") };
  if (trouble !== troubleTold) {
    await askActor(caller, "trouble", { trouble });
    await db.update(stackTable).set({ troubleTold: trouble }).where(eq(stackTable.id, id));
  }
  if (boxLostAt !== null && boxLostAt !== boxLostTold) {
    await askActor(caller, "boxLost", {}); // it finds out itself which of its agents have lost what they knew
    await db.update(stackTable).set({ boxLostTold: boxLostAt }).where(eq(stackTable.id, id));
  }
  await db.update(stackTable).set({ tellingUntil: now }).where(eq(stackTable.id, id));
}

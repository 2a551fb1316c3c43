import { and, asc, eq, isNotNull, isNull, lte, ne } from "drizzle-orm";
import { registryAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { assignSlots, lineTimes } from "../../schema/stack/slot-line.ts";
import { idleStopMs } from "../../schema/stack/stack.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { creationInput } from "../actor/actor-registry.ts";
import { actionDeadline, askActor } from "../actor/rivet.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { listCandidates } from "./placement.ts";
import { listLine } from "./slot.ts";

/** How many actors one look calls. */
const mostCalled = 20;
const mostSilent = 5;
/** How long one call may take; then another look may call the same actor. Longer than an action may take. */
const callingWithin = actionDeadline + 2_000;

/** Those in line whose actor has stopped asking, or was never told. */
async function listSilent(db: Database, now: number): Promise<Id<"mem">[]> {
  const silent = lte(stackTable.slotAskedAt, now - lineTimes.keptFor);
  const rows = await db
    .select({ member: stackTable.member })
    .from(stackTable)
    .where(and(isNotNull(stackTable.waitingSince), isNull(stackTable.slotSince), ne(stackTable.ceiling, "erased"), silent))
    .orderBy(asc(stackTable.tellingUntil), asc(stackTable.waitingSince))
    .limit(mostSilent);
  return rows.map(({ member }) => member);
}

/** Those who hold a slot and have asked for nothing in a long time. */
async function listQuiet(db: Database, now: number): Promise<Id<"mem">[]> {
  const { status, lastActivity } = registryAgentTable;
  const rows = await db
    .select({ member: stackTable.member })
    .from(stackTable)
    .innerJoin(registryAgentTable, eq(registryAgentTable.member, stackTable.member))
    .where(
      and(isNotNull(stackTable.slotSince), eq(status, "ready"), lte(lastActivity, now - 2 * idleStopMs), lte(stackTable.tellingUntil, now)),
    )
    .orderBy(asc(stackTable.tellingUntil))
    .limit(mostSilent);
  return rows.map(({ member }) => member);
}
/** An actor that is woken looks whether its stack is idle; one that slept since before it did so did not. */
async function wakeQuiet(config: EdgeConfig, db: Database, member: Id<"mem">, now: number): Promise<void> {
  if (!(await claim(db, member, now))) return;
  await askActor({ config, member, requestId: newId("req") }, "lineMoved", {});
  await db.update(stackTable).set({ tellingUntil: now }).where(eq(stackTable.member, member));
}

/**
 * Calls those who would get a slot now, the longest waiting first: each then asks for it itself, as it does
 * by the clock too, so that a call that is lost costs seconds and no slot is kept for who does not come.
 */
export async function callNextInLine(config: EdgeConfig, db: Database, now: number): Promise<void> {
  const cells = await db.selectDistinct({ cell: stackTable.cell }).from(stackTable).where(isNotNull(stackTable.waitingSince));
  const called: Id<"mem">[] = cells.length > 0 ? await listSilent(db, now) : [];
  for (const { cell } of cells) {
    const hosts = await listCandidates(db, cell, now);
    if (!hosts.some(({ held, capacity }) => held < capacity.stacks)) continue;
    called.push(...assignSlots(await listLine(db, cell, now), hosts).keys());
  }
  const quiet = cells.length > 0 ? await listQuiet(db, now) : [];
  await Promise.allSettled([
    ...called.slice(0, mostCalled).map((member) => callWaiting(config, db, member, now)),
    ...quiet.map((member) => wakeQuiet(config, db, member, now)),
  ]);
}

/** Of several looks at the same time one calls an actor. */
async function claim(db: Database, member: Id<"mem">, now: number): Promise<boolean> {
  const taken = await db
    .update(stackTable)
    .set({ tellingUntil: now + callingWithin })
    .where(and(eq(stackTable.member, member), lte(stackTable.tellingUntil, now)));
  return taken.rowsAffected === 1;
}
async function callWaiting(config: EdgeConfig, db: Database, member: Id<"mem">, now: number): Promise<void> {
  if (!(await claim(db, member, now))) return;
  const create = await creationInput(db, member);
  if (!create) return;
  const row = await db.select({ seen: stackTable.slotAskedAt }).from(stackTable).where(eq(stackTable.member, member)).get();
  const { waits } = await askActor({ config, member, requestId: newId("req") }, "lineMoved", {}, { create });
  // Its member has stopped it, or it has failed: it enters the line anew when it is wanted.
  const unasked = and(eq(stackTable.member, member), isNull(stackTable.slotSince), eq(stackTable.slotAskedAt, row?.seen ?? 0));
  await db
    .update(stackTable)
    .set({ tellingUntil: now, ...(waits ? {} : { waitingSince: null }) })
    .where(waits ? eq(stackTable.member, member) : unasked);
}

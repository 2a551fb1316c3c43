import { and, asc, count, eq, gt, isNotNull, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import { type HeartbeatIn, isHostGone } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { type PlacementCandidate, placement } from "../../schema/stack/placement.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { assignSlots, lineTimes, type SlotWait, type Waiter } from "../../schema/stack/slot-line.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { listCandidates, releasePlace, reservePlace, reserveSlot } from "./placement.ts";

/**
 * A slot is what of a host a stack takes that runs, or is about to. It is taken by the start that needs it
 * and given back when the host says that a later stop is carried out: both by compare-and-set, ordered by
 * the generations of the actor's commands, so that a start between the two keeps it.
 */
export type SlotAnswer = { stack: StackRow } | { waiting: SlotWait };

/** Those in line who still ask. */
const inLine = (cell: string, now: number) =>
  and(
    eq(stackTable.cell, cell),
    isNotNull(stackTable.waitingSince),
    isNull(stackTable.slotSince),
    ne(stackTable.ceiling, "erased"),
    gt(stackTable.slotAskedAt, now - lineTimes.keptFor),
  );
const mostInLine = 500;
type LinePlace = Pick<StackRow, "id" | "cell" | "host" | "waitingSince">;
const before = ({ id, waitingSince }: LinePlace) =>
  waitingSince === null
    ? undefined
    : or(lt(stackTable.waitingSince, waitingSince), and(eq(stackTable.waitingSince, waitingSince), lt(stackTable.id, id)));

/** Who waits, the longest first; only those before `stack` where it is given. */
export async function listLine(db: Database, cell: string, now: number, stack?: LinePlace): Promise<(Waiter & { seen: number })[]> {
  return db
    .select({ member: stackTable.member, host: stackTable.host, seen: stackTable.slotAskedAt })
    .from(stackTable)
    .where(and(inLine(cell, now), stack && before(stack)))
    .orderBy(asc(stackTable.waitingSince), asc(stackTable.id))
    .limit(mostInLine);
}

/** Where a stack stands among those who could take the slot that it waits for; null when not in line. */
export async function readLinePlace(db: Database, stack: StackRow, now: number): Promise<SlotWait | null> {
  const { waitingSince, host } = stack;
  if (waitingSince === null || stack.slotSince !== null || stack.ceiling === "erased") return null;
  const rival = host === null ? undefined : or(isNull(stackTable.host), eq(stackTable.host, host));
  const row = await db
    .select({ earlier: count() })
    .from(stackTable)
    .where(and(inLine(stack.cell, now), before(stack), rival))
    .get();
  return { place: (row?.earlier ?? 0) + 1, since: waitingSince };
}

/** Enters the line, or says that it still waits: since when does not change. Undefined once it has a slot. */
async function enterLine(db: Database, stack: StackRow, now: number): Promise<SlotWait | undefined> {
  const waitingSince = sql`coalesce(${stackTable.waitingSince}, ${now})`;
  const [row] = await db
    .update(stackTable)
    .set({ waitingSince, slotAskedAt: now })
    .where(and(eq(stackTable.id, stack.id), isNull(stackTable.slotSince), ne(stackTable.ceiling, "erased")))
    .returning();
  return (row && (await readLinePlace(db, row, now))) ?? undefined;
}
/** Its member wants it to run no more. */
export async function leaveLine(db: Database, member: Id<"mem">): Promise<void> {
  await db
    .update(stackTable)
    .set({ waitingSince: null })
    .where(and(eq(stackTable.member, member), isNotNull(stackTable.waitingSince)));
}

/** The slot that the stack has already, for this start as well. False where it was given back meanwhile. */
async function keepTakenSlot(db: Database, stack: StackRow, generation: number, now: number): Promise<boolean> {
  const kept = await db
    .update(stackTable)
    .set({ slotGeneration: sql`max(${stackTable.slotGeneration}, ${generation})`, slotAskedAt: now })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch), isNotNull(stackTable.slotSince)));
  return kept.rowsAffected === 1;
}

/** Where the stack gets a slot now, those who came before it served first. */
async function chooseHost(db: Database, stack: StackRow, hosts: PlacementCandidate[], pin: Id<"hst"> | undefined, now: number) {
  const me: Waiter = { member: stack.member, host: stack.host, pin };
  if (assignSlots([me], hosts).size === 0) return undefined; // none is free at all
  const earlier = await listLine(db, stack.cell, now, stack);
  return assignSlots([...earlier.filter(({ member }) => member !== stack.member), me], hosts).get(stack.member);
}
/** Only disks lack room: that is another fault, and waiting in line does not end it. */
const lackOnlyDisk = (stack: StackRow, hosts: PlacementCandidate[], pin: Id<"hst"> | undefined): boolean =>
  stack.host === null &&
  hosts.some(({ full }) => full) &&
  placement({ member: stack.member, pin }, hosts) === undefined &&
  placement(
    { member: stack.member, pin },
    hosts.map((host) => ({ ...host, full: false })),
  ) !== undefined;

const mostSlotTries = 10;
type SlotWish = {
  /** Of the actor's command that starts it. */
  generation: number;
  pin?: Id<"hst"> | undefined;
};
/**
 * The stack with a slot on the host that has its volumes, or on any where none has; else its place in line.
 * Asked again it answers the same. `storage_full` when only disks lack room.
 */
export async function takeSlot(db: Database, member: Id<"mem">, { generation, pin }: SlotWish): Promise<SlotAnswer> {
  for (let tries = 0; tries < mostSlotTries; tries++) {
    const now = Date.now();
    const row = await db
      .select()
      .from(stackTable)
      .leftJoin(machineTable, eq(machineTable.id, stackTable.host))
      .where(eq(stackTable.member, member))
      .get();
    if (!row || row.stack.ceiling === "erased") throw new AppError("not_found");
    const { stack, machine } = row;
    // An edge of before there were slots takes a host alone away.
    const lostHost = stack.host === null ? stack.slotSince !== null : machine === null || isHostGone(machine.state);
    if (lostHost) {
      await releasePlace(db, stack);
      continue;
    }
    if (stack.slotSince !== null) {
      if (await keepTakenSlot(db, stack, generation, now)) return { stack };
      continue;
    }
    const hosts = await listCandidates(db, stack.cell, now);
    const host = await chooseHost(db, stack, hosts, pin, now);
    if (host === undefined) {
      if (lackOnlyDisk(stack, hosts, pin)) throw new AppError("storage_full", { retryAfter: 30 });
      const waiting = await enterLine(db, stack, now);
      if (waiting) return { waiting };
      continue;
    }
    const wanted = { host, generation, now };
    await (stack.host === null ? reservePlace(db, stack, wanted) : reserveSlot(db, stack, wanted)); // the next round reads what is
  }
  throw new AppError("no_capacity", { retryAfter: 5 });
}

/** States in which nothing of a stack takes memory. */
const atRest = new Set(["stopped", "absent"]);
/** A slot of which its host has never heard: who asked for it has not come, and asks no more. */
async function giveUnused(db: Database, row: StackRow, now: number): Promise<boolean> {
  if (row.slotSince === null || row.slotAskedAt > now - lineTimes.keptFor) return false;
  const unasked = and(eq(stackTable.slotAskedAt, row.slotAskedAt), eq(stackTable.slotGeneration, row.slotGeneration));
  const given = await db
    .update(stackTable)
    .set({ slotSince: null })
    .where(and(eq(stackTable.id, row.id), eq(stackTable.epoch, row.epoch), isNotNull(stackTable.slotSince), unasked));
  return given.rowsAffected === 1;
}
/**
 * Keeps what a host says of its stacks' slots: one whose stop is carried out gives its slot back, unless a
 * later start has asked for it since, and so does one that the host does not know, some time after it was
 * asked for; one that runs without a slot is counted. Answers whether any came free.
 */
export async function noteSlots(db: Database, rows: readonly StackRow[], said: HeartbeatIn["stacks"], now: number): Promise<boolean> {
  const lines = new Map(said.map((line) => [`${line.member} ${line.epoch}`, line]));
  let freed = false;
  for (const row of rows) {
    const line = lines.get(`${row.member} ${row.epoch}`);
    if (!line) freed = (await giveUnused(db, row, now)) || freed;
    if (line?.tier === undefined) continue; // a host of before there were slots does not say
    const here = and(eq(stackTable.id, row.id), eq(stackTable.epoch, row.epoch));
    if (row.slotSince !== null && line.tier === "stopped" && atRest.has(line.observed) && line.generation >= row.slotGeneration) {
      const done = and(here, isNotNull(stackTable.slotSince), lte(stackTable.slotGeneration, line.generation));
      const given = await db.update(stackTable).set({ slotSince: null, slotGeneration: line.generation }).where(done);
      freed ||= given.rowsAffected === 1;
    }
    if (row.slotSince === null && line.tier !== "stopped" && !atRest.has(line.observed))
      await db
        .update(stackTable)
        .set({ slotSince: now, slotGeneration: line.generation, waitingSince: null })
        .where(and(here, isNull(stackTable.slotSince), lte(stackTable.slotGeneration, line.generation))); // an older word is late
  }
  return freed;
}

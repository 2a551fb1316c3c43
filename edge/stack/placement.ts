import { and, count, eq, isNull, sql } from "drizzle-orm";
import { type HostState, hostHealth } from "../../schema/machine/host.ts";
import { type MachineRow, machineTable } from "../../schema/machine/machine.table.ts";
import type { PlacementCandidate } from "../../schema/stack/placement.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Database } from "../kernel/db.ts";

/** All hosts, with how many stacks each has, and how many of its slots are taken. */
export async function listHosts(db: Database): Promise<{ host: MachineRow; placed: number; held: number }[]> {
  const rows = await db.select().from(machineTable).where(eq(machineTable.role, "host"));
  const counts = await db
    .select({ host: stackTable.host, placed: count(), held: count(stackTable.slotSince) })
    .from(stackTable)
    .where(sql`${stackTable.host} is not null`)
    .groupBy(stackTable.host);
  return rows.map((host) => {
    const { placed = 0, held = 0 } = counts.find((row) => row.host === host.id) ?? {};
    return { host, placed, held };
  });
}
export function healthOfHost(host: MachineRow, now: number) {
  return hostHealth(host.lastHeartbeat ?? undefined, host.lastProbe ?? undefined, now, limits.hostSilent);
}
/** The hosts of a cell as placement knows them. */
export async function listCandidates(db: Database, cell: string, now: number): Promise<PlacementCandidate[]> {
  const all = await listHosts(db);
  return all
    .filter(({ host }) => host.cell === cell)
    .map(({ host, placed, held }) => ({
      id: id("hst").parse(host.id),
      state: host.state,
      health: healthOfHost(host, now),
      zone: host.zone,
      capacity: { cpus: host.cpus, memoryMb: host.memoryMb, stacks: host.stacks },
      held,
      placed,
      full: host.full,
      closed: host.closed,
      owner: host.owner ?? undefined,
    }));
}

/** Whether a host has a slot free, and is in one of these states: part of the statement that takes it. */
function hasFreeSlot(host: Id<"hst">, states: readonly HostState[]) {
  const held = sql`(select count(*) from ${stackTable} where ${stackTable.host} = ${host} and ${stackTable.slotSince} is not null)`;
  return sql`${held} < (select ${machineTable.stacks} from ${machineTable} where ${machineTable.id} = ${host} and ${machineTable.state} in ${states})`;
}
type SlotOrder = { host: Id<"hst">; generation: number; now: number };
const slotTaken = ({ generation, now }: SlotOrder) => ({
  slotSince: now,
  slotGeneration: generation,
  slotAskedAt: now,
  waitingSince: null,
});
const isOpen = sql`${stackTable.ceiling} <> 'erased'`;

/** A place and a slot on a host in one statement, only while the stack has no place and the host a slot. */
export async function reservePlace(db: Database, stack: StackRow, wanted: SlotOrder): Promise<boolean> {
  const { host, now } = wanted;
  const won = await db
    .update(stackTable)
    .set({ host, epoch: stack.epoch + 1, placedAt: now, hostMissing: false, ...slotTaken(wanted) })
    .where(
      and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch), isNull(stackTable.host), isOpen, hasFreeSlot(host, ["ready"])),
    );
  return won.rowsAffected === 1;
}
/** A slot where the stack has its place. */
export async function reserveSlot(db: Database, stack: StackRow, wanted: SlotOrder): Promise<boolean> {
  const { host } = wanted;
  const here = and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch), eq(stackTable.host, host));
  const won = await db
    .update(stackTable)
    .set(slotTaken(wanted))
    .where(and(here, isNull(stackTable.slotSince), isOpen, hasFreeSlot(host, ["ready", "draining"])));
  return won.rowsAffected === 1;
}

/**
 * Gives up the place of a stack whose host is gone: its next place has another epoch, and what is left of it
 * there gets no lease. One that ran goes to the head of the line, by when it had its slot; one that had
 * stopped is placed again when it wakes.
 */
export async function releasePlace(db: Database, stack: StackRow): Promise<void> {
  const waitingSince = sql`coalesce(${stackTable.waitingSince}, ${stackTable.slotSince})`;
  await db
    .update(stackTable)
    .set({ host: null, slotSince: null, waitingSince })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch)));
}

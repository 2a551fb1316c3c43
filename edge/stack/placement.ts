import { and, count, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { hostHealth, isHostGone } from "../../schema/machine/host.ts";
import { type MachineRow, machineTable } from "../../schema/machine/machine.table.ts";
import { type PlacementCandidate, placement } from "../../schema/stack/placement.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Database } from "../kernel/db.ts";

/** All hosts, with how many stacks each has. */
export async function listHosts(db: Database): Promise<{ host: MachineRow; placed: number }[]> {
  const rows = await db.select().from(machineTable).where(eq(machineTable.role, "host"));
  const counts = await db
    .select({ host: stackTable.host, placed: count() })
    .from(stackTable)
    .where(isNotNull(stackTable.host))
    .groupBy(stackTable.host);
  return rows.map((host) => ({ host, placed: counts.find((row) => row.host === host.id)?.placed ?? 0 }));
}
export function healthOfHost(host: MachineRow, now: number) {
  return hostHealth(host.lastHeartbeat ?? undefined, host.lastProbe ?? undefined, now, limits.hostSilent);
}
function candidate(host: MachineRow, placed: number, now: number): PlacementCandidate {
  return {
    id: id("hst").parse(host.id),
    state: host.state,
    health: healthOfHost(host, now),
    zone: host.zone,
    capacity: { cpus: host.cpus, memoryMb: host.memoryMb, stacks: host.stacks },
    placed,
    full: host.full,
    owner: host.owner ?? undefined,
  };
}

/** Reserves room on `host`: one statement, true only while the stack has no place and the host has room. */
async function reserve(db: Database, stack: StackRow, host: Id<"hst">, now: number): Promise<boolean> {
  const room = sql`(select count(*) from ${stackTable} where ${stackTable.host} = ${host}) < (select ${machineTable.stacks} from ${machineTable} where ${machineTable.id} = ${host} and ${machineTable.state} = 'ready')`;
  const won = await db
    .update(stackTable)
    .set({ host, epoch: stack.epoch + 1, placedAt: now, hostMissing: false })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch), isNull(stackTable.host), room));
  return won.rowsAffected === 1;
}

/**
 * Gives up the place of a stack whose host is gone: its next place
 * has another epoch, and what is left of it there gets no lease.
 */
export async function releaseStack(db: Database, stack: StackRow): Promise<void> {
  await db
    .update(stackTable)
    .set({ host: null })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.epoch, stack.epoch)));
}

/**
 * The stack with a host: the one it has, or a new one (`pin`, where given) by
 * compare-and-set. `no_capacity` when none has room, `storage_full` when only disks lack it.
 */
export async function placeStack(db: Database, member: Id<"mem">, pin?: Id<"hst">): Promise<StackRow> {
  let full = false;
  for (let attempt = 0; attempt < 10; attempt++) {
    const now = Date.now();
    const stack = await db.select().from(stackTable).where(eq(stackTable.member, member)).get();
    if (!stack) throw new AppError("not_found");
    const all = await listHosts(db);
    const here = stack.host === null ? undefined : all.find(({ host }) => host.id === stack.host);
    if (here && !isHostGone(here.host.state)) return stack;
    if (stack.host !== null) {
      await releaseStack(db, stack);
      continue;
    }
    const candidates = all.filter(({ host }) => host.cell === stack.cell).map(({ host, placed }) => candidate(host, placed, now));
    const chosen = placement({ member, pin }, candidates);
    full =
      !chosen &&
      placement(
        { member, pin },
        candidates.map((host) => ({ ...host, full: false })),
      ) !== undefined;
    if (!chosen) break;
    await reserve(db, stack, chosen, now); // won or lost: the next round reads what is
  }
  throw new AppError(full ? "storage_full" : "no_capacity", { retryAfter: full ? 30 : 5 });
}

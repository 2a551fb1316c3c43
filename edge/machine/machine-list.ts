import { desc, eq, gt } from "drizzle-orm";
import { z } from "zod";
import { isHostGone } from "../../schema/machine/host.ts";
import { joinTokenTable, type MachineRow, machineEventTable, machineTable } from "../../schema/machine/machine.table.ts";
import type { MachineId } from "../../schema/machine/machine.ts";
import {
  type HostView,
  type hostsOut,
  hostView,
  type MachineEventView,
  type MachineOut,
  machineOut,
  type RunnerView,
  runnerView,
} from "../../schema/machine/machine-view.ts";
import { registryAgentTable, stackTable } from "../../schema/stack/registry.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Database } from "../kernel/db.ts";
import { listHosts as allHosts, healthOfHost } from "../stack/placement.ts";
import { troubleView } from "../stack/stack-trouble.ts";
import { findSuspectStacks } from "../stack/trouble-watch.ts";
import { listCertificates, readSerials } from "./machine-event.ts";

const mostShown = 100;
const lostShownFor = 7 * dayMs;

/**
 * Whether nothing on a host can still hold a lease: it is lost, or
 * its calls are refused and it was silent for longer than a lease.
 */
export function isHostOut(host: MachineRow, now: number): boolean {
  if (healthOfHost(host, now) === "lost") return true;
  return isHostGone(host.state) && (host.lastHeartbeat === null || now - host.lastHeartbeat > limits.lease + 5_000);
}

function viewRunner(row: MachineRow, serial: string | undefined, now: number): RunnerView {
  // A runner is heard whenever it asks for the hosts that it probes; nobody probes it.
  const health = row.lastHeartbeat !== null && now - row.lastHeartbeat <= limits.hostSilent ? "ok" : "lost";
  return z.object(runnerView.shape).parse({ ...row, health, serial: serial ?? null });
}

/** Hosts with their stacks that can't go on, runners, and stacks that have no host. */
export async function listMachines(db: Database, now: number): Promise<z.infer<typeof hostsOut>> {
  const rows = await allHosts(db);
  const wrong = await findSuspectStacks(db, now);
  const serials = await readSerials(db);
  const lost = await db
    .select({ stack: stackTable.id, host: stackTable.host, at: stackTable.boxLostAt })
    .from(stackTable)
    .where(gt(stackTable.boxLostAt, now - lostShownFor))
    .orderBy(desc(stackTable.boxLostAt));
  const views = rows.map(({ host, placed, held }) => ({
    ...host,
    serial: serials.get(host.id) ?? null,
    health: healthOfHost(host, now),
    capacity: { cpus: host.cpus, memoryMb: host.memoryMb, stacks: host.stacks },
    placed,
    held,
    lostBoxes: lost
      .filter((box) => box.host === host.id)
      .map(({ stack, at }) => ({ stack, at: at ?? now }))
      .slice(0, mostShown),
    troubles: wrong
      .filter(({ stack }) => stack.host === host.id)
      .flatMap(({ stack, machine }) => {
        const found = troubleView(stack, machine, now);
        return found ? [{ stack: stack.id, trouble: found.code, since: found.since }] : [];
      })
      .slice(0, mostShown),
  }));
  const runners = await db.select().from(machineTable).where(eq(machineTable.role, "runner"));
  const homeless = wrong.filter(({ stack }) => stack.host === null).slice(0, mostShown);
  return {
    hosts: views.map((view) => z.object(hostView.shape).parse(view)),
    runners: runners.map((runner) => viewRunner(runner, serials.get(runner.id), now)),
    homeless: homeless.map(({ stack }) => ({ stack: stack.id, since: stack.troubleSince })),
  };
}

async function readStacks(db: Database, row: MachineRow, now: number): Promise<MachineOut["stacks"]> {
  if (row.role !== "host") return [];
  const found = await db
    .select()
    .from(stackTable)
    .leftJoin(registryAgentTable, eq(registryAgentTable.member, stackTable.member))
    .where(eq(stackTable.host, row.id as HostView["id"]))
    .orderBy(stackTable.placedAt)
    .limit(500);
  return found.map(({ stack, agent }) => {
    const trouble = troubleView(stack, row, now)?.code ?? null;
    const away = trouble === "host_lost" || trouble === "host_removed";
    const { id, member, epoch } = stack;
    return { stack: id, member, epoch, observed: away ? "unreachable" : (agent?.observed ?? "absent"), trouble };
  });
}

/** Silence ends in an event once the machine is back; until then it is told as what it is now. */
function tellSilence(row: MachineRow, health: HostView["health"], newest: number): MachineEventView[] {
  if (health === "ok" || isHostGone(row.state) || row.lastHeartbeat === null) return [];
  return [{ sequence: newest + 1, kind: "silent", at: row.lastHeartbeat + limits.hostSilent, by: null, detail: "It is silent still." }];
}

/** One machine with all that is known of it. */
export async function readMachine(db: Database, machine: MachineId, now: number): Promise<MachineOut> {
  const row = await db.select().from(machineTable).where(eq(machineTable.id, machine)).get();
  if (!row) throw new AppError("not_found");
  const { hosts, runners } = await listMachines(db, now);
  const host = hosts.find(({ id }) => id === machine) ?? null;
  const runner = runners.find(({ id }) => id === machine) ?? null;
  const events = await db
    .select()
    .from(machineEventTable)
    .where(eq(machineEventTable.machine, machine))
    .orderBy(desc(machineEventTable.sequence))
    .limit(200);
  const issued = await listCertificates(db, machine);
  const unknown = { serial: null, issuedAt: row.createdAt, endsAt: row.certificateEnds }; // it joined before they were kept
  const token = await db.select({ id: joinTokenTable.id }).from(joinTokenTable).where(eq(joinTokenTable.machine, machine)).get();
  return machineOut.parse({
    host,
    runner,
    stacks: await readStacks(db, row, now),
    events: [...tellSilence(row, (host ?? runner)?.health ?? "ok", events[0]?.sequence ?? 0), ...events],
    certificates: issued.length > 0 ? issued : [unknown],
    evictable: row.role === "host" && isHostOut(row, now),
    joinedBy: token?.id ?? null,
  });
}

import { desc, eq, gt } from "drizzle-orm";
import { z } from "zod";
import { capacityShape, hostStates } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { stackTroubles } from "../../schema/stack/stack.ts";
import { id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { listHosts as allHosts, healthOfHost } from "../stack/placement.ts";
import { troubleView } from "../stack/stack-trouble.ts";
import { findSuspectStacks } from "../stack/trouble-watch.ts";

const hostView = z
  .object({
    id: id("hst"),
    name: z.string(),
    state: z.enum(hostStates),
    health: z.enum(["ok", "silent", "lost"]),
    address: z.string().nullable(),
    port: z.number().int().nullable(),
    zone: z.string(),
    capacity: capacityShape,
    placed: z.number().int(),
    lastHeartbeat: z.number().nullable(),
    lastProbe: z.number().nullable(),
    certificateEnds: z.number(),
    /** Its disk has less than the reserve left: it takes no new stack. */
    full: z.boolean(),
    /**
     * Stacks of which the agents' box lost what it held in the
     * last week, the newest hundred. They go on from Git.
     */
    lostBoxes: z.array(z.object({ stack: id("stk"), at: z.number() })),
    /** Stacks that are placed here and can't go on, the first hundred, and why. */
    troubles: z.array(z.object({ stack: id("stk"), trouble: z.enum(stackTroubles), since: z.number() })),
  })
  .meta({ id: "Host" });
const runnerView = z
  .object({ id: id("rnr"), name: z.string(), state: z.enum(hostStates), certificateEnds: z.number(), createdAt: z.number() })
  .meta({ id: "Runner" });
export const hostsOut = z.object({
  hosts: z.array(hostView),
  runners: z.array(runnerView),
  /** Stacks without a host: their machine is gone and none has taken them. */
  homeless: z.array(z.object({ stack: id("stk"), since: z.number().nullable() })),
});
const mostShown = 100;
const lostShownFor = 7 * 24 * 3_600_000;
/** Hosts with their stacks that can't go on, runners, and stacks that have no host. */
export async function listMachines(db: Database, now: number): Promise<z.infer<typeof hostsOut>> {
  const rows = await allHosts(db);
  const wrong = await findSuspectStacks(db, now);
  const lost = await db
    .select({ stack: stackTable.id, host: stackTable.host, at: stackTable.boxLostAt })
    .from(stackTable)
    .where(gt(stackTable.boxLostAt, now - lostShownFor))
    .orderBy(desc(stackTable.boxLostAt));
  const views = rows.map(({ host, placed }) => ({
    ...host,
    id: id("hst").parse(host.id),
    health: healthOfHost(host, now),
    capacity: { cpus: host.cpus, memoryMb: host.memoryMb, stacks: host.stacks },
    placed,
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
  return hostsOut.parse({
    hosts: views.map((view) => z.object(hostView.shape).parse(view)),
    runners: runners.map((runner) => z.object(runnerView.shape).parse(runner)),
    homeless: homeless.map(({ stack }) => ({ stack: stack.id, since: stack.troubleSince })),
  });
}

import { createRoute } from "@hono/zod-openapi";
import { and, desc, eq, gt, isNotNull, notInArray } from "drizzle-orm";
import { z } from "zod";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import {
  capacityShape,
  certificateIn,
  heartbeatIn,
  heartbeatOut,
  hostStates,
  isHostGone,
  joinIn,
  joinOut,
  machineRole,
  nextHostState,
  probeIn,
} from "../../schema/machine/host.ts";
import { type MachineRow, machineTable } from "../../schema/machine/machine.table.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { stackTroubles } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { withCeiling } from "../billing/entitlement.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { limitByAddress, requireOperator, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { forgetAnswers, idempotent } from "../kernel/idempotency.ts";
import { forgetDeliveries } from "../reminder/reminder-delivery.ts";
import { listHosts as allHosts, healthOfHost, placeStack, releaseStack } from "../stack/placement.ts";
import { troubleView } from "../stack/stack-trouble.ts";
import { findSuspectStacks, lookForTrouble } from "../stack/trouble-watch.ts";
import { authority, certify, readCsr } from "./certificate-authority.ts";
import { joinMachine, newJoinToken } from "./join.ts";
import { forgetCalls, requireMachine } from "./machine-auth.ts";

const hostParams = z.object({ id: id("hst") });
const machineParams = z.object({ id: z.union([id("hst"), id("rnr")]) });
const machineRoute = { tags: ["Hosts"], security: [{ machine: [] }] };
const operatorRoute = { tags: ["Hosts"], security: [{ session: [] }] };
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
const hostsOut = z.object({
  hosts: z.array(hostView),
  runners: z.array(runnerView),
  /** Stacks without a host: their machine is gone and none has taken them. */
  homeless: z.array(z.object({ stack: id("stk"), since: z.number().nullable() })),
});
const mostShown = 100;
const lostShownFor = 7 * 24 * 3_600_000;
const hostDone = z.object({ ok: z.literal(true) });
const evicted = z.object({ placed: z.number().int(), homeless: z.number().int() });
const evictIn = z.strictObject({
  /** The host that takes them; each finds its own where none is named. */
  to: id("hst").optional(),
});
const mineOut = z.object({
  hosts: z.array(z.object({ id: id("hst"), address: z.string(), port: z.number().int() })),
  revoked: z.array(z.string()),
});

/** Hosts with their stacks that can't go on, runners, and stacks that have no host. */
async function listMachines(db: Database, now: number): Promise<z.infer<typeof hostsOut>> {
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

/**
 * Keeps what a host says of its stacks' memories and boxes. Whether
 * one of them is in trouble, or was, or has lost something untold.
 */
async function noteMissing(db: Database, rows: StackRow[], said: z.infer<typeof heartbeatIn>["stacks"]): Promise<boolean> {
  const lines = new Map(said.map((stack) => [`${stack.member} ${stack.epoch}`, stack]));
  let troubled = false;
  for (const row of rows) {
    const line = lines.get(`${row.member} ${row.epoch}`);
    const hostMissing = line ? line.memoryMissing === true : row.hostMissing;
    const boxLostAt = line?.boxLostAt ?? row.boxLostAt;
    if (hostMissing !== row.hostMissing || boxLostAt !== row.boxLostAt)
      await db.update(stackTable).set({ hostMissing, boxLostAt }).where(eq(stackTable.id, row.id));
    troubled ||= hostMissing || row.hostMissing || row.trouble !== null || row.troubleTold !== null || boxLostAt !== row.boxLostTold;
  }
  return troubled;
}

/** Machines whose certificates would still hold, but for the operator who revoked them. */
async function revokedNow(db: Database, now: number): Promise<string[]> {
  const rows = await db
    .select({ id: machineTable.id })
    .from(machineTable)
    .where(and(eq(machineTable.state, "revoked"), gt(machineTable.certificateEnds, now - limits.skew * 1000)));
  return rows.map((row) => row.id);
}

/**
 * Whether nothing on a host can still hold a lease: it is lost, or
 * its calls are refused and it was silent for longer than a lease.
 */
function isOut(host: MachineRow, now: number): boolean {
  if (healthOfHost(host, now) === "lost") return true;
  return isHostGone(host.state) && (host.lastHeartbeat === null || now - host.lastHeartbeat > limits.lease + 5_000);
}
/**
 * Takes every stack from a host and places it elsewhere, or leaves it without a place where none has room.
 */
async function evict(db: Database, host: Id<"hst">, to: Id<"hst"> | undefined): Promise<{ placed: number; homeless: number }> {
  const counts = { placed: 0, homeless: 0 };
  for (const stack of await db.select().from(stackTable).where(eq(stackTable.host, host))) {
    await releaseStack(db, stack);
    const there = await placeStack(db, stack.member, to).catch((error: unknown) => {
      if (error instanceof AppError && (error.code === "no_capacity" || error.code === "storage_full")) return undefined;
      throw error;
    });
    counts[there ? "placed" : "homeless"] += 1;
  }
  return counts;
}

export const hostRoutes = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/tokens",
      summary: "A token with which one machine may join (operators)",
      ...operatorRoute,
      middleware: [requireSession, requireOperator, jsonBody, idempotent] as const,
      request: { body: jsonRequest(z.strictObject({ role: machineRole })) },
      responses: { 201: jsonAnswer("Shown once", z.object({ token: z.string(), expiresAt: z.number() })), ...refusalAnswers },
    }),
    async (c) => c.json(await newJoinToken(c.var.config, c.var.db, c.req.valid("json").role, c.var.member.id), 201),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/join",
      tags: ["Hosts"],
      summary: "Join with a token: the machine's key is certified",
      middleware: [limitByAddress, jsonBody] as const,
      request: { body: jsonRequest(joinIn) },
      responses: { 200: jsonAnswer("Its id and certificate", joinOut), ...refusalAnswers },
    }),
    async (c) => c.json(await joinMachine(c.var.config, c.var.db, c.req.valid("json")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/hosts/mine",
      summary: "The hosts a runner probes (runners)",
      ...machineRoute,
      middleware: [requireMachine("runner")] as const,
      responses: {
        200: jsonAnswer("Hosts, and machines that nobody takes calls from any more", mineOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const rows = await c.var.db
        .select()
        .from(machineTable)
        .where(
          and(
            eq(machineTable.role, "host"),
            notInArray(machineTable.state, ["left", "revoked"]),
            isNotNull(machineTable.address),
            isNotNull(machineTable.port),
          ),
        );
      const there = rows.map((row) => ({ id: id("hst").parse(row.id), address: row.address!, port: row.port! }));
      return c.json({ hosts: there, revoked: await revokedNow(c.var.db, Date.now()) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/hosts",
      summary: "All hosts (operators)",
      ...operatorRoute,
      middleware: [requireSession, requireOperator] as const,
      responses: { 200: jsonAnswer("Hosts with what is wrong on them, and runners", hostsOut), ...refusalAnswers },
    }),
    async (c) => c.json(await listMachines(c.var.db, Date.now()), 200),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/drain",
      summary: "Place nothing more on a host (operators)",
      ...operatorRoute,
      middleware: [requireSession, requireOperator, jsonBody, idempotent] as const,
      request: { params: hostParams, body: emptyBody },
      responses: { 200: jsonAnswer("Draining", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const host = c.req.valid("param").id;
      const row = await db.select().from(machineTable).where(eq(machineTable.id, host)).get();
      if (!row) throw new AppError("not_found");
      if (!nextHostState(row.state, "draining")) throw new AppError("conflict", { state: row.state });
      const won = await db
        .update(machineTable)
        .set({ state: "draining" })
        .where(and(eq(machineTable.id, host), eq(machineTable.state, row.state)));
      if (won.rowsAffected === 0) throw new AppError("conflict");
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/revoke",
      summary:
        "Take a machine's word no more: the edge refuses its key at once, hosts and runners its certificate within seconds (operators)",
      ...operatorRoute,
      middleware: [requireSession, requireOperator, jsonBody, idempotent] as const,
      request: { params: machineParams, body: emptyBody },
      responses: { 200: jsonAnswer("Revoked for good; it may join anew, as another machine", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const machine = c.req.valid("param").id;
      const won = await c.var.db.update(machineTable).set({ state: "revoked", nextPublicKey: null }).where(eq(machineTable.id, machine));
      if (won.rowsAffected === 0) throw new AppError("not_found");
      c.executionCtx.waitUntil(lookForTrouble(c.var.config, c.var.db, Date.now()));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/evict",
      summary: "Place the stacks of a lost, left or revoked host elsewhere; what is left of them there gets no lease again (operators)",
      ...operatorRoute,
      middleware: [requireSession, requireOperator, jsonBody, idempotent] as const,
      request: { params: hostParams, body: { required: false, content: { "application/json": { schema: evictIn } } } },
      responses: { 200: jsonAnswer("How many have a place, and how many wait for room", evicted), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const host = c.req.valid("param").id;
      const row = await db.select().from(machineTable).where(eq(machineTable.id, host)).get();
      if (!row || row.role !== "host") throw new AppError("not_found");
      const text = "This host still answers, or did so a moment ago. Revoke it, and evict its stacks once its leases have ended.";
      if (!isOut(row, Date.now())) throw new AppError("conflict", { state: row.state, retryAfter: 30 }, { message: text });
      const counts = await evict(db, host, c.req.valid("json").to);
      c.executionCtx.waitUntil(lookForTrouble(config, db, Date.now()));
      return c.json(counts, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/certificate",
      summary: "Renew the certificate (the machine itself)",
      ...machineRoute,
      middleware: [requireMachine("host", "runner")] as const,
      request: { params: machineParams, body: jsonRequest(certificateIn) },
      responses: { 200: jsonAnswer("The new certificate", joinOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      const { csr, publicKey } = await readCsr(c.req.valid("json").csr);
      const ca = await authority(config, db);
      const { certificate, expiresAt } = await certify(config, ca, csr, row.id, row.address ?? undefined);
      const nextPublicKey = publicKey === row.publicKey ? null : publicKey;
      await db.update(machineTable).set({ certificateEnds: expiresAt, nextPublicKey }).where(eq(machineTable.id, row.id));
      return c.json({ id: row.id, role: row.role, certificate, ca: ca.certificate, expiresAt }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/heartbeat",
      summary: "A host lives; the answer renews the leases of its stacks (the host itself)",
      ...machineRoute,
      middleware: [requireMachine("host")] as const,
      request: { params: hostParams, body: jsonRequest(heartbeatIn) },
      responses: { 200: jsonAnswer("Leases", heartbeatOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      const host = c.req.valid("param").id;
      if (host !== row.id) throw new AppError("not_found");
      const { capacity: has, sequence, full = false, stacks: said } = c.req.valid("json");
      const now = Date.now();
      const state = row.state === "joining" ? "ready" : row.state; // its first heartbeat: it serves
      await db
        .update(machineTable)
        .set({ ...has, full, state, lastHeartbeat: now, heartbeatSequence: sequence })
        .where(and(eq(machineTable.id, host), eq(machineTable.state, row.state)));
      if (sequence % 100 === 0)
        c.executionCtx.waitUntil(Promise.all([forgetCalls(db, now), forgetAnswers(db, now), forgetDeliveries(db, now)]));
      const placed = await db
        .select()
        .from(stackTable)
        .leftJoin(subscriptionTable, eq(subscriptionTable.member, stackTable.member))
        .where(eq(stackTable.host, host));
      const leases = [];
      for (const { stack, subscription } of placed) leases.push(await withCeiling(db, stack, subscription, now));
      if (await noteMissing(db, leases, said)) c.executionCtx.waitUntil(lookForTrouble(c.var.config, db, now));
      const view = leases.map(({ member, epoch, ceiling, ceilingRev }) => ({ member, epoch, ceiling, ceilingRev }));
      return c.json({ leaseMs: limits.lease, revoked: await revokedNow(db, now), stacks: view }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/leave",
      summary: "A host goes for good: its stacks find another place when they are next wanted (the host itself)",
      ...machineRoute,
      middleware: [requireMachine("host")] as const,
      request: { params: hostParams },
      responses: { 200: jsonAnswer("It has left; its calls are refused from now on", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      await db.update(machineTable).set({ state: "left" }).where(eq(machineTable.id, row.id)); // from every state
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/probe",
      summary: "Whether a runner could reach the host (runners)",
      ...machineRoute,
      middleware: [requireMachine("runner")] as const,
      request: { params: hostParams, body: jsonRequest(probeIn) },
      responses: { 200: jsonAnswer("Noted", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const host = and(eq(machineTable.id, c.req.valid("param").id), eq(machineTable.role, "host"));
      const lastProbe = c.req.valid("json").reachable ? { lastProbe: Date.now() } : {}; // by the edge's clock: runners' may differ
      const row = await db.select({ id: machineTable.id }).from(machineTable).where(host).get();
      if (!row) throw new AppError("not_found");
      if (lastProbe.lastProbe !== undefined) await db.update(machineTable).set(lastProbe).where(host);
      else c.executionCtx.waitUntil(lookForTrouble(c.var.config, db, Date.now()));
      return c.json({ ok: true as const }, 200);
    },
  );

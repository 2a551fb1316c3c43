import { and, eq, gt, isNotNull, ne, notInArray, sql } from "drizzle-orm";
import { z } from "zod";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { allowedBy } from "../../schema/billing/subscription-plan.ts";
import { certificateIn, heartbeatIn, heartbeatOut, joinIn, joinOut, probeIn } from "../../schema/machine/host.ts";
import { type MachineRow, machineTable } from "../../schema/machine/machine.table.ts";
import { type StackRow, stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { driveErasures, listLeftStacks, noteErasedStacks } from "../account/erase.ts";
import { beginUsedTrials, stackLimitsOf, withCeiling } from "../billing/entitlement.ts";
import { runChores } from "../chores.ts";
import { hostDoor, machineDoor, publicDoor, runnerDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { limitByAddress } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { tellLapsed } from "../stack/lapse.ts";
import { callNextInLine } from "../stack/line.ts";
import { noteSlots } from "../stack/slot.ts";
import { noteStackTime, noteStackUse } from "../stack/stack-use.ts";
import { lookForTrouble } from "../stack/trouble-watch.ts";
import { authority, certify, readCsr } from "./certificate-authority.ts";
import { joinMachine } from "./join.ts";
import { addMachineEvent, addMachineEventIf } from "./machine-event.ts";

/** So long the answer with the leases waits for what stacks used to be kept; else the host tells it again. */
const useKeptWithin = 1_000;

export const hostParams = z.object({ id: id("hst") });
export const machineParams = z.object({ id: z.union([id("hst"), id("rnr")]) });
export const hostDone = z.object({ ok: z.literal(true) });
const mineOut = z.object({
  hosts: z.array(z.object({ id: id("hst"), address: z.string(), port: z.number().int() })),
  revoked: z.array(z.string()),
});

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

/** A silence that is over: how long it was is known only now. Written once, before the word that ended it. */
async function tellReturn(db: Database, machine: MachineRow, now: number): Promise<void> {
  const { id, lastHeartbeat: last } = machine;
  if (last === null || now - last <= limits.hostSilent) return;
  const still = sql`${machineTable.lastHeartbeat} = ${last}`; // a second call at the same time finds another
  await db.batch([
    addMachineEventIf(db, id, "silent", { at: last + limits.hostSilent }, still),
    addMachineEventIf(db, id, "back", { at: now, detail: `It was not heard for ${Math.round((now - last) / 1000)} s.` }, still),
    db
      .update(machineTable)
      .set({ lastHeartbeat: now })
      .where(and(eq(machineTable.id, id), still)),
  ]);
}
const heardEvery = 15_000;
/** A runner has no heartbeat: it is heard when it asks for hosts, written a few times a minute. */
async function noteHeard(db: Database, machine: MachineRow, now: number): Promise<void> {
  if (machine.lastHeartbeat !== null && now - machine.lastHeartbeat < heardEvery) return;
  await tellReturn(db, machine, now);
  await db.update(machineTable).set({ lastHeartbeat: now }).where(eq(machineTable.id, machine.id));
}

/** Machines whose certificates would still hold, but for the operator who revoked them. */
export async function revokedNow(db: Database, now: number): Promise<string[]> {
  const rows = await db
    .select({ id: machineTable.id })
    .from(machineTable)
    .where(and(eq(machineTable.state, "revoked"), gt(machineTable.certificateEnds, now - limits.skew * 1000)));
  return rows.map((row) => row.id);
}

export const machineRoutes = newApp()
  .openapi(
    publicDoor(limitByAddress, {
      method: "post",
      path: "/hosts/join",
      tags: ["Hosts"],
      summary: "Join with a token: the machine's key is certified",
      request: { body: jsonRequest(joinIn) },
      responses: { 200: jsonAnswer("Its id and certificate", joinOut), ...refusalAnswers },
    }),
    async (c) => c.json(await joinMachine(c.var.config, c.var.db, c.req.valid("json")), 200),
  )
  .openapi(
    runnerDoor({
      method: "get",
      path: "/hosts/mine",
      summary: "The hosts a runner probes (runners)",
      tags: ["Hosts"],
      responses: {
        200: jsonAnswer("Hosts, and machines that nobody takes calls from any more", mineOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      await noteHeard(c.var.db, c.var.machine, Date.now());
      const rows = await c.var.db
        .select()
        .from(machineTable)
        .where(
          and(
            eq(machineTable.role, "host"),
            eq(machineTable.cell, c.var.machine.cell),
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
    machineDoor({
      method: "post",
      path: "/hosts/{id}/certificate",
      summary: "Renew the certificate (the machine itself)",
      tags: ["Hosts"],
      request: { params: machineParams, body: jsonRequest(certificateIn) },
      responses: { 200: jsonAnswer("The new certificate", joinOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      const { csr, publicKey } = await readCsr(c.req.valid("json").csr);
      const ca = await authority(config, db);
      const { certificate, expiresAt, serial } = await certify(config, ca, csr, row.id, row.address ?? undefined);
      const nextPublicKey = publicKey === row.publicKey ? null : publicKey;
      await db.batch([
        db.update(machineTable).set({ certificateEnds: expiresAt, nextPublicKey }).where(eq(machineTable.id, row.id)),
        addMachineEvent(db, row.id, "renewed", { at: Date.now(), serial, certificateEnds: expiresAt }),
      ]);
      return c.json({ id: row.id, role: row.role, certificate, ca: ca.certificate, expiresAt }, 200);
    },
  )
  .openapi(
    hostDoor({
      method: "post",
      path: "/hosts/{id}/heartbeat",
      summary: "A host lives; the answer renews the leases of its stacks (the host itself)",
      tags: ["Hosts"],
      request: { params: hostParams, body: jsonRequest(heartbeatIn) },
      responses: { 200: jsonAnswer("Leases", heartbeatOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      const host = c.req.valid("param").id;
      if (host !== row.id) throw new AppError("not_found");
      const { capacity: has, sequence, full = false, closed = false, stacks: said, ...more } = c.req.valid("json");
      const { erased = [], versions = null, load = null, image = null } = more;
      const now = Date.now();
      const state = row.state === "joining" ? "ready" : row.state; // its first heartbeat: it serves
      await tellReturn(db, row, now);
      await db
        .update(machineTable)
        .set({ ...has, full, closed, state, versions, load, image, lastHeartbeat: now, heartbeatSequence: sequence })
        .where(and(eq(machineTable.id, host), eq(machineTable.state, row.state)));
      if (sequence % 6 === 0) {
        // each half minute
        c.executionCtx.waitUntil(runChores({ env: c.env, ...c.var }, now));
        c.executionCtx.waitUntil(noteStackTime(db, host, said, now).then(() => beginUsedTrials(db, host, now)));
      }
      if (erased.length > 0) {
        await noteErasedStacks(db, host, erased, now);
        c.executionCtx.waitUntil(driveErasures({ env: c.env, ...c.var }, now));
      }
      const kept = noteStackUse(db, host, said, now).then(
        () => true,
        (error: unknown) => c.var.log("error", "what stacks used was not kept", { host, error }),
      );
      c.executionCtx.waitUntil(kept);
      const placed = await db
        .select()
        .from(stackTable)
        .leftJoin(subscriptionTable, eq(subscriptionTable.member, stackTable.member))
        .where(eq(stackTable.host, host));
      const leases = [];
      for (const { stack, subscription } of placed) leases.push(await withCeiling(db, stack, subscription, now));
      // Its host stops it by this answer: its agent is told at once, and by a later look where that fails.
      const fell = leases.some(({ ceiling }, n) => ceiling !== "running" && placed[n]?.stack.ceiling === "running");
      if (fell) c.executionCtx.waitUntil(tellLapsed(c.var.config, db, now));
      const plans = new Map(placed.map(({ stack, subscription }) => [stack.member, subscription]));
      const freed = await noteSlots(db, leases, said, now);
      if (freed || row.state === "joining") c.executionCtx.waitUntil(callNextInLine(c.var.config, db, now));
      if (await noteMissing(db, leases, said)) c.executionCtx.waitUntil(lookForTrouble(c.var.config, db, now));
      const view = leases.map(({ member, epoch, ceiling, ceilingRev }) => {
        const plan = plans.get(member);
        return { member, epoch, ceiling, ceilingRev, ...(plan ? { limits: stackLimitsOf(plan), diskMb: allowedBy(plan).diskMb } : {}) };
      });
      const stacks = [...view, ...(await listLeftStacks(db, said, view))];
      const useTaken = await Promise.race([kept, new Promise((resolve) => setTimeout(resolve, useKeptWithin))]).then(
        (done) => done === true,
      );
      return c.json({ leaseMs: limits.lease, useTaken, revoked: await revokedNow(db, now), stacks }, 200);
    },
  )
  .openapi(
    hostDoor({
      method: "post",
      path: "/hosts/{id}/leave",
      summary: "A host goes for good: its stacks find another place when they are next wanted (the host itself)",
      tags: ["Hosts"],
      request: { params: hostParams },
      responses: { 200: jsonAnswer("It has left; its calls are refused from now on", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      await db.batch([
        addMachineEventIf(db, row.id, "left", { at: Date.now() }, ne(machineTable.state, "left")),
        db.update(machineTable).set({ state: "left" }).where(eq(machineTable.id, row.id)), // from every state
      ]);
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "post",
      path: "/hosts/{id}/probe",
      summary: "Whether a runner could reach the host (runners)",
      tags: ["Hosts"],
      request: { params: hostParams, body: jsonRequest(probeIn) },
      responses: { 200: jsonAnswer("Noted", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const host = and(
        eq(machineTable.id, c.req.valid("param").id),
        eq(machineTable.role, "host"),
        eq(machineTable.cell, c.var.machine.cell),
      );
      const lastProbe = c.req.valid("json").reachable ? { lastProbe: Date.now() } : {}; // by the edge's clock: runners' may differ
      const row = await db.select({ id: machineTable.id }).from(machineTable).where(host).get();
      if (!row) throw new AppError("not_found");
      if (lastProbe.lastProbe !== undefined) await db.update(machineTable).set(lastProbe).where(host);
      else c.executionCtx.waitUntil(lookForTrouble(c.var.config, db, Date.now()));
      return c.json({ ok: true as const }, 200);
    },
  );

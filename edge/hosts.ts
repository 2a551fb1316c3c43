import { createRoute } from "@hono/zod-openapi";
import { and, eq, isNotNull, ne } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../schema/error.ts";
import {
  capacity,
  certificateIn,
  heartbeatIn,
  heartbeatOut,
  hostStates,
  joinIn,
  joinOut,
  probeIn,
  role,
  transition,
} from "../schema/host.ts";
import { id } from "../schema/id.ts";
import { limits } from "../schema/limits.ts";
import { machines } from "../schema/machine.table.ts";
import { stacks } from "../schema/registry.table.ts";
import { subscriptions } from "../schema/subscription.table.ts";
import { anyone, operator, session } from "./auth.ts";
import { authority, certify, readCsr } from "./ca.ts";
import { withCeiling } from "./entitlement.ts";
import { answer, body, jsonBody, newApp, nothing, refusals } from "./http.ts";
import { forgetAnswers, idempotent } from "./idempotency.ts";
import { join, newJoinToken } from "./join.ts";
import { forgetCalls, machine } from "./machine-auth.ts";
import { hosts as allHosts, healthOf } from "./placement.ts";
import { forgetDeliveries } from "./remind.ts";

const hostParams = z.object({ id: id("hst") });
const machineParams = z.object({ id: z.union([id("hst"), id("rnr")]) });
const signed = { tags: ["Hosts"], security: [{ machine: [] }] };
const operators = { tags: ["Hosts"], security: [{ session: [] }] };
const hostView = z
  .object({
    id: id("hst"),
    name: z.string(),
    state: z.enum(hostStates),
    health: z.enum(["ok", "silent", "lost"]),
    address: z.string().nullable(),
    port: z.number().int().nullable(),
    zone: z.string(),
    capacity,
    placed: z.number().int(),
    lastHeartbeat: z.number().nullable(),
    lastProbe: z.number().nullable(),
    certificateEnds: z.number(),
  })
  .meta({ id: "Host" });
const done = z.object({ ok: z.literal(true) });

export const hosts = newApp()
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/tokens",
      summary: "A token with which one machine may join (operators)",
      ...operators,
      middleware: [session, operator, jsonBody, idempotent] as const,
      request: { body: body(z.strictObject({ role })) },
      responses: { 201: answer("Shown once", z.object({ token: z.string(), expiresAt: z.number() })), ...refusals },
    }),
    async (c) => c.json(await newJoinToken(c.var.config, c.var.db, c.req.valid("json").role, c.var.member.id), 201),
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/join",
      tags: ["Hosts"],
      summary: "Join with a token: the machine's key is certified",
      middleware: [anyone, jsonBody] as const,
      request: { body: body(joinIn) },
      responses: { 200: answer("Its id and certificate", joinOut), ...refusals },
    }),
    async (c) => c.json(await join(c.var.config, c.var.db, c.req.valid("json")), 200),
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/hosts/mine",
      summary: "The hosts a runner probes (runners)",
      ...signed,
      middleware: [machine("runner")] as const,
      responses: {
        200: answer("Hosts", z.object({ hosts: z.array(z.object({ id: id("hst"), address: z.string(), port: z.number().int() })) })),
        ...refusals,
      },
    }),
    async (c) => {
      const rows = await c.var.db
        .select()
        .from(machines)
        .where(and(eq(machines.role, "host"), ne(machines.state, "left"), isNotNull(machines.address), isNotNull(machines.port)));
      return c.json({ hosts: rows.map((row) => ({ id: id("hst").parse(row.id), address: row.address!, port: row.port! })) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "get",
      path: "/hosts",
      summary: "All hosts (operators)",
      ...operators,
      middleware: [session, operator] as const,
      responses: { 200: answer("Hosts", z.object({ hosts: z.array(hostView) })), ...refusals },
    }),
    async (c) => {
      const now = Date.now();
      const rows = await allHosts(c.var.db);
      const view = rows.map(({ host, placed }) => ({
        ...host,
        id: id("hst").parse(host.id),
        health: healthOf(host, now),
        capacity: { cpus: host.cpus, memoryMb: host.memoryMb, stacks: host.stacks },
        placed,
      }));
      return c.json({ hosts: view.map((host) => z.object(hostView.shape).parse(host)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/drain",
      summary: "Place nothing more on a host (operators)",
      ...operators,
      middleware: [session, operator, jsonBody, idempotent] as const,
      request: { params: hostParams, body: nothing },
      responses: { 200: answer("Draining", done), ...refusals },
    }),
    async (c) => {
      const { db } = c.var;
      const host = c.req.valid("param").id;
      const row = await db.select().from(machines).where(eq(machines.id, host)).get();
      if (!row) throw new AppError("not_found");
      if (!transition(row.state, "draining")) throw new AppError("conflict", { state: row.state });
      const won = await db
        .update(machines)
        .set({ state: "draining" })
        .where(and(eq(machines.id, host), eq(machines.state, row.state)));
      if (won.rowsAffected === 0) throw new AppError("conflict");
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/certificate",
      summary: "Renew the certificate (the machine itself)",
      ...signed,
      middleware: [machine("host", "runner")] as const,
      request: { params: machineParams, body: body(certificateIn) },
      responses: { 200: answer("The new certificate", joinOut), ...refusals },
    }),
    async (c) => {
      const { db, config, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      const { csr, publicKey } = await readCsr(c.req.valid("json").csr);
      const ca = await authority(config, db);
      const { certificate, expiresAt } = await certify(config, ca, csr, row.id, row.address ?? undefined);
      const nextPublicKey = publicKey === row.publicKey ? null : publicKey;
      await db.update(machines).set({ certificateEnds: expiresAt, nextPublicKey }).where(eq(machines.id, row.id));
      return c.json({ id: row.id, role: row.role, certificate, ca: ca.certificate, expiresAt }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/heartbeat",
      summary: "A host lives; the answer renews the leases of its stacks (the host itself)",
      ...signed,
      middleware: [machine("host")] as const,
      request: { params: hostParams, body: body(heartbeatIn) },
      responses: { 200: answer("Leases", heartbeatOut), ...refusals },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      const host = c.req.valid("param").id;
      if (host !== row.id) throw new AppError("not_found");
      const { capacity: has, sequence } = c.req.valid("json");
      const now = Date.now();
      const state = row.state === "joining" ? "ready" : row.state; // its first heartbeat: it serves
      await db
        .update(machines)
        .set({ ...has, state, lastHeartbeat: now, heartbeatSequence: sequence })
        .where(and(eq(machines.id, host), eq(machines.state, row.state)));
      if (sequence % 100 === 0)
        c.executionCtx.waitUntil(Promise.all([forgetCalls(db, now), forgetAnswers(db, now), forgetDeliveries(db, now)]));
      const placed = await db
        .select()
        .from(stacks)
        .leftJoin(subscriptions, eq(subscriptions.member, stacks.member))
        .where(eq(stacks.host, host));
      const leases = [];
      for (const { stack, subscription } of placed) leases.push(await withCeiling(db, stack, subscription, now));
      const view = leases.map(({ member, epoch, ceiling, ceilingRev }) => ({ member, epoch, ceiling, ceilingRev }));
      return c.json({ leaseMs: limits.lease, stacks: view }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/leave",
      summary: "A host goes for good: its stacks find another place when they are next wanted (the host itself)",
      ...signed,
      middleware: [machine("host")] as const,
      request: { params: hostParams },
      responses: { 200: answer("It has left; its calls are refused from now on", done), ...refusals },
    }),
    async (c) => {
      const { db, machine: row } = c.var;
      if (c.req.valid("param").id !== row.id) throw new AppError("not_found");
      await db.update(machines).set({ state: "left" }).where(eq(machines.id, row.id)); // from every state
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/hosts/{id}/probe",
      summary: "Whether a runner could reach the host (runners)",
      ...signed,
      middleware: [machine("runner")] as const,
      request: { params: hostParams, body: body(probeIn) },
      responses: { 200: answer("Noted", done), ...refusals },
    }),
    async (c) => {
      const { db } = c.var;
      const host = and(eq(machines.id, c.req.valid("param").id), eq(machines.role, "host"));
      const lastProbe = c.req.valid("json").reachable ? { lastProbe: Date.now() } : {}; // by the edge's clock: runners' may differ
      const row = await db.select({ id: machines.id }).from(machines).where(host).get();
      if (!row) throw new AppError("not_found");
      if (lastProbe.lastProbe !== undefined) await db.update(machines).set(lastProbe).where(host);
      return c.json({ ok: true as const }, 200);
    },
  );

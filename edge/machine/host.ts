import { createRoute } from "@hono/zod-openapi";
import { and, eq } from "drizzle-orm";
import { z } from "zod";
import { isHostGone, machineRole, nextHostState } from "../../schema/machine/host.ts";
import { type MachineRow, machineTable } from "../../schema/machine/machine.table.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { emptyBody, jsonAnswer, jsonBody, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { requireOperator, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { healthOfHost, placeStack, releaseStack } from "../stack/placement.ts";
import { lookForTrouble } from "../stack/trouble-watch.ts";
import { newJoinToken } from "./join.ts";
import { hostDone, hostParams, machineParams } from "./machine-call.ts";
import { hostsOut, listMachines } from "./machine-list.ts";

const operatorRoute = { tags: ["Hosts"], security: [{ session: [] }] };
const evicted = z.object({ placed: z.number().int(), homeless: z.number().int() });
const evictIn = z.strictObject({
  /** The host that takes them; each finds its own where none is named. */
  to: id("hst").optional(),
});
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
      summary: "Revoke a machine: the edge refuses its key at once, hosts and runners refuse its certificate within seconds (operators)",
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
  );

import { and, eq, ne, sql } from "drizzle-orm";
import type { z } from "zod";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { nextHostState } from "../../schema/machine/host.ts";
import { machineTable } from "../../schema/machine/machine.table.ts";
import { evictIn, evictOut, hostsOut, machineOut, revokeIn } from "../../schema/machine/machine-view.ts";
import { stackTable } from "../../schema/stack/registry.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { withCeiling } from "../billing/entitlement.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { requireOperator } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { releasePlace } from "../stack/placement.ts";
import { leaveLine, takeSlot } from "../stack/slot.ts";
import { moveStackUse } from "../stack/stack-use.ts";
import { lookForTrouble } from "../stack/trouble-watch.ts";
import { hostDone, hostParams, machineParams } from "./machine-call.ts";
import { addMachineEvent, addMachineEventIf } from "./machine-event.ts";
import { isHostOut, listMachines, readMachine } from "./machine-list.ts";

/**
 * Takes every stack from a host and places those elsewhere that ran, or leaves them in line where none has
 * room. One that had stopped, or may not run, is placed when it starts.
 */
async function evict(db: Database, host: Id<"hst">, to: Id<"hst"> | undefined): Promise<z.infer<typeof evictOut>> {
  const counts = { placed: 0, homeless: 0, stopped: 0 };
  if (to) await moveStackUse(db, host, to);
  const joined = db.select().from(stackTable).leftJoin(subscriptionTable, eq(subscriptionTable.member, stackTable.member));
  for (const { stack: row, subscription } of await joined.where(eq(stackTable.host, host))) {
    const stack = await withCeiling(db, row, subscription, Date.now());
    await releasePlace(db, stack);
    if (stack.ceiling !== "running") await leaveLine(db, stack.member);
    if (stack.ceiling !== "running" || (stack.slotSince === null && stack.waitingSince === null)) {
      counts.stopped += 1;
      continue;
    }
    const there = await takeSlot(db, stack.member, { generation: 0, pin: to }).catch((error: unknown) => {
      const gone = error instanceof AppError && error.code === "not_found"; // it is being erased
      if (gone || (error instanceof AppError && (error.code === "no_capacity" || error.code === "storage_full"))) return undefined;
      throw error;
    });
    counts[there && "stack" in there ? "placed" : "homeless"] += 1;
  }
  return counts;
}

/** Whether a host takes new stacks. Saying what is so already changes and tells nothing. */
async function setDraining(db: Database, host: Id<"hst">, draining: boolean, by: Id<"mem">): Promise<void> {
  const row = await db.select().from(machineTable).where(eq(machineTable.id, host)).get();
  if (row?.role !== "host") throw new AppError("not_found");
  const state = draining ? "draining" : "ready";
  if (row.state === state || (!draining && row.state === "joining")) return;
  if (!nextHostState(row.state, state)) throw new AppError("conflict", { state: row.state });
  const [, won] = await db.batch([
    addMachineEventIf(db, host, draining ? "draining" : "undrained", { at: Date.now(), by }, sql`${machineTable.state} = ${row.state}`),
    db
      .update(machineTable)
      .set({ state })
      .where(and(eq(machineTable.id, host), eq(machineTable.state, row.state))),
  ]);
  if (won.rowsAffected === 0) throw new AppError("conflict");
}

export const hostRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/hosts",
      summary: "All hosts and runners (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      responses: { 200: jsonAnswer("Hosts with what is wrong on them, and runners", hostsOut), ...refusalAnswers },
    }),
    async (c) => c.json(await listMachines(c.var.db, Date.now()), 200),
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/hosts/{id}",
      summary: "One machine: its stacks, its events, its certificates (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: machineParams },
      responses: { 200: jsonAnswer("The machine", machineOut), ...refusalAnswers },
    }),
    async (c) => c.json(await readMachine(c.var.db, c.req.valid("param").id, Date.now()), 200),
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/hosts/{id}/drain",
      summary: "Place nothing more on a host (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: hostParams },
      responses: { 200: jsonAnswer("Draining", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      await setDraining(c.var.db, c.req.valid("param").id, true, c.var.member.id);
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/hosts/{id}/undrain",
      summary: "Place new stacks on a host again (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: hostParams },
      responses: { 200: jsonAnswer("It takes new stacks", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      await setDraining(c.var.db, c.req.valid("param").id, false, c.var.member.id);
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/hosts/{id}/revoke",
      summary: "Revoke a machine: the edge refuses its key at once, hosts and runners refuse its certificate within seconds (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: machineParams, body: { required: false, content: { "application/json": { schema: revokeIn } } } },
      responses: { 200: jsonAnswer("Revoked for good; it may join anew, as another machine", hostDone), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const machine = c.req.valid("param").id;
      const { reason } = c.req.valid("json");
      const words = { at: Date.now(), by: member.id, ...(reason === undefined ? {} : { detail: reason }) };
      await db.batch([
        addMachineEventIf(db, machine, "revoked", words, sql`${machineTable.state} <> 'revoked'`), // the first reason stays
        db
          .update(machineTable)
          .set({ state: "revoked", nextPublicKey: null })
          .where(and(eq(machineTable.id, machine), ne(machineTable.state, "revoked"))),
      ]);
      const row = await db.select({ state: machineTable.state }).from(machineTable).where(eq(machineTable.id, machine)).get();
      if (!row) throw new AppError("not_found");
      c.executionCtx.waitUntil(lookForTrouble(c.var.config, db, Date.now()));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/hosts/{id}/evict",
      summary: "Place the stacks of a lost, left or revoked host elsewhere; what is left of them there gets no lease again (operators)",
      tags: ["Hosts"],
      before: [requireOperator],
      scope: "session",
      request: { params: hostParams, body: { required: false, content: { "application/json": { schema: evictIn } } } },
      responses: { 200: jsonAnswer("How many have a place, and how many wait for room", evictOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config, member } = c.var;
      const host = c.req.valid("param").id;
      const now = Date.now();
      const row = await db.select().from(machineTable).where(eq(machineTable.id, host)).get();
      if (row?.role !== "host") throw new AppError("not_found");
      const text = "This host still answers, or did so a moment ago. Revoke it, and evict its stacks once its leases have ended.";
      if (!isHostOut(row, now)) throw new AppError("conflict", { state: row.state, retryAfter: 30 }, { message: text });
      const counts = await evict(db, host, c.req.valid("json").to);
      const { placed, homeless, stopped } = counts;
      const detail = `${placed} stacks placed elsewhere, ${homeless} wait for room, ${stopped} are stopped and placed when they wake`;
      if (placed + homeless + stopped > 0) await addMachineEvent(db, host, "evicted", { at: now, by: member.id, detail });
      c.executionCtx.waitUntil(lookForTrouble(config, db, now));
      return c.json(counts, 200);
    },
  );

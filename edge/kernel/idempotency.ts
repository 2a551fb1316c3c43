import { and, eq, isNull, lt } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { idempotencyTable } from "../../schema/idempotency/idempotency.table.ts";
import { AppError, errorBody, errorTable } from "../../schema/wire/error.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { EdgeApp } from "../http.ts";
import type { Database } from "./db.ts";
import { openSealed, sealValue } from "./envelope.ts";
import { unlessFull } from "./storage-full.ts";

const keyShape = z.string().regex(/^[\x21-\x7e]{1,200}$/);
/** A first call that has not ended by then counts as dead; no request here lasts as long. */
const longestCall = 60_000;
/** `body` is null where it is not kept: it held what is shown once. */
const keptAnswer = z.object({ status: z.number().int(), type: z.string(), body: z.string().nullable() });
type Slot = { scope: string; route: string; key: string };

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
const at = (slot: Slot) =>
  and(eq(idempotencyTable.scope, slot.scope), eq(idempotencyTable.route, slot.route), eq(idempotencyTable.key, slot.key));

/**
 * Takes the slot for this call, or says how the call that holds it ended. Of two calls that take it, the
 * primary key or `startedAt` lets one win.
 */
async function takeSlot(
  db: Database,
  slot: Slot,
  bodyHash: string,
  now: number,
): Promise<{ mine: true } | { mine: false; answer: string }> {
  const made = await db
    .insert(idempotencyTable)
    .values({ ...slot, bodyHash, startedAt: now })
    .onConflictDoNothing();
  if (made.rowsAffected === 1) return { mine: true };
  const row = await db.select().from(idempotencyTable).where(at(slot)).get();
  if (!row) throw new AppError("in_progress"); // it was let go between the two statements
  const old = row.startedAt < now - limits.idempotencyHours * 3_600_000;
  if (!old && row.bodyHash !== bodyHash) throw new AppError("idempotency_mismatch");
  if (!old && row.answer !== null) return { mine: false, answer: row.answer };
  if (!old && row.startedAt > now - longestCall) throw new AppError("in_progress");
  const won = await db
    .update(idempotencyTable)
    .set({ startedAt: now, bodyHash, answer: null })
    .where(and(at(slot), eq(idempotencyTable.startedAt, row.startedAt)));
  if (won.rowsAffected === 0) throw new AppError("in_progress");
  return { mine: true };
}

/** Whether another try could end otherwise: such an answer is not kept. */
function isPassing(status: number, body: string): boolean {
  if (status < 400) return false;
  const parsed = errorBody.safeParse(JSON.parse(body));
  return status >= 500 || !parsed.success || errorTable[parsed.data.error.code].retryable;
}

/** Of a call: what a repeat must say again. A body that the door has not read is no part of the call. */
const hashAsked = async ({ req }: Context<EdgeApp>): Promise<string> =>
  digest(((await req.bodyCache.text) ?? "") + new URL(req.url).search);

/**
 * After authentication and body: the first answer to an `Idempotency-Key` is the answer to every repeat of
 * that call. It is kept sealed. `once`: what the call makes is a secret that is shown once, and kept nowhere:
 * a repeat hears that it was made. While the database has no room a call goes on without, as its audit does:
 * what stops, ends or takes back is wanted just then, and what makes something finds no room itself.
 */
const keepAnswers = (once: boolean) =>
  createMiddleware<EdgeApp>(async (c, next) => {
    const header = c.req.header("idempotency-key");
    if (header === undefined) return next();
    const key = keyShape.safeParse(header);
    if (!key.success) throw new AppError("invalid", { issues: [{ path: "idempotency-key", message: "1 to 200 visible characters" }] });
    const { db, config, who: caller } = c.var;
    const slot = { scope: caller, route: `${c.req.method} ${c.req.path}`, key: key.data };
    const record = JSON.stringify(slot);
    const now = Date.now();
    const taken = await unlessFull(takeSlot(db, slot, await hashAsked(c), now));
    if (!taken) return next();
    if (!taken.mine) {
      const first = keptAnswer.parse(JSON.parse(await openSealed(config, caller, record, taken.answer)));
      if (first.body === null || (once && first.status < 400)) throw new AppError("shown_once");
      return new Response(first.body, { status: first.status, headers: { "content-type": first.type, "idempotent-replay": "true" } });
    }
    await next(); // a refusal of the handler has become a response here
    const body = await c.res.clone().text();
    const mine = and(at(slot), eq(idempotencyTable.startedAt, now), isNull(idempotencyTable.answer));
    if (isPassing(c.res.status, body)) await unlessFull(db.delete(idempotencyTable).where(mine));
    else {
      const { status, headers } = c.res;
      const kept = once && status < 400 ? null : body;
      const answer = JSON.stringify({ status, type: headers.get("content-type") ?? "application/json", body: kept });
      const sealed = await sealValue(config, caller, record, answer);
      await unlessFull(db.update(idempotencyTable).set({ answer: sealed }).where(mine));
    }
  });
export const idempotent = keepAnswers(false);
export const idempotentOnce = keepAnswers(true);

/** Forgets answers that no repeat may ask for any more. */
export async function forgetAnswers(db: Database, now: number): Promise<void> {
  await db.delete(idempotencyTable).where(lt(idempotencyTable.startedAt, now - limits.idempotencyHours * 3_600_000));
}

import { and, asc, desc, eq, inArray, like, lt, or } from "drizzle-orm";
import type { Context } from "hono";
import { routePath } from "hono/route";
import { auditPendingTable, auditTable } from "../../schema/audit/audit.table.ts";
import {
  type AuditActor,
  type AuditEntry,
  type AuditResult,
  type AuditRow,
  auditRoot,
  describeCall,
  hashAuditRow,
  isAudited,
  projectOfEntry,
} from "../../schema/audit/audit.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import { type Database, isDatabaseBusy } from "./db.ts";
import { unlessFull } from "./storage-full.ts";

/** A change that a request makes, from its beginning on. */
export type AuditCall = {
  member: Id<"mem">;
  key: string;
  by: AuditActor;
  change: Pick<AuditEntry, "kind" | "action" | "target" | "project">;
  request: Id<"req">;
  at: number;
  /** Milliseconds until it was known who calls. */
  admitted: number;
  /** The actor has written the row, in the transaction of its change. */
  told: boolean;
  /** How it ended, where the answer's status does not say it: git's own answers are 200. */
  result?: AuditResult;
};
const ofPending = (member: Id<"mem">, keys: string[]) => and(eq(auditPendingTable.member, member), inArray(auditPendingTable.key, keys));

function entryOf({ at, by, change, request, admitted }: AuditCall, result: AuditResult): AuditEntry {
  const begun = { at, by, ...change, request, result };
  if (result === "unknown") return { ...begun, ms: 0, steps: [] };
  const ms = Math.max(admitted, Date.now() - at);
  const steps = [
    { name: "admitted", ms: admitted },
    { name: "done", ms: ms - admitted },
  ];
  return { ...begun, ms, steps };
}

/** Calls that change nothing of a member's, though they are no GET. */
const changeless: ReadonlySet<string> = new Set([
  "/actors/:actorId/ticket",
  "/billing/refresh",
  "/previews/:previewId/entry",
  "/projects/:project/entries",
  "/quests/preview",
]);
/**
 * Once it is known who calls, and before the change: from here on it has a row, whatever dies. While the
 * database has no room the call goes on without: what it would change there is refused too, and the actor
 * writes rows of its own.
 */
export async function beginAudit(
  c: Context,
  { db, requestId, startedAt: at }: EdgeApp["Variables"],
  member: Id<"mem">,
  by: AuditActor,
): Promise<void> {
  const { method } = c.req;
  const route = routePath(c, -1);
  if (method === "GET" || method === "HEAD" || changeless.has(route)) return;
  const now = Date.now();
  const [key, change] = [newId("adt", now), describeCall(method, route, c.req.param())];
  const call: AuditCall = { member, key, by, change, request: requestId, at, admitted: now - at, told: false };
  const pending = { member, key, entry: entryOf(call, "unknown"), startedAt: now, done: false };
  if (await unlessFull(db.insert(auditPendingTable).values(pending))) c.set("audit", call);
}

/** Whether the answer is the first one again: that change has its row. */
const isReplay = (c: Context<EdgeApp>) => c.res.headers.get("idempotent-replay") === "true";
function resultOf(c: Context<EdgeApp>): AuditResult {
  const ended = c.get("audit")?.result;
  if (ended !== undefined) return ended;
  if (c.res.status < 400) return "ok";
  if (c.error instanceof AppError) return c.error.code;
  return c.res.status < 500 ? "not_found" : "internal";
}
/** After the answer: the change has its end and its place in the chain. True where the edge wrote the row. */
export async function endAudit(c: Context<EdgeApp>, call: AuditCall): Promise<boolean> {
  const { db } = c.var;
  const result = resultOf(c);
  const mine = ofPending(call.member, [call.key]);
  const platforms = call.by.kind === "platform" && result !== "ok"; // the runner tries again, or there was nothing
  if ((call.told && result === "ok") || isReplay(c) || platforms || !isAudited(result)) {
    await db.delete(auditPendingTable).where(mine);
    return false;
  }
  await chainPending(db, call.member, Date.now(), { key: call.key, entry: entryOf(call, result), startedAt: call.at });
  return true;
}

/** A call that has not ended by then has died; no request here lasts as long. */
export const longestAuditCall = 120_000;
const mostChained = 200;
const mostTries = 20;
type Pending = typeof auditPendingTable.$inferSelect;

function selectPending(db: Database, member: Id<"mem">, now: number) {
  const ended = or(eq(auditPendingTable.done, true), lt(auditPendingTable.startedAt, now - longestAuditCall));
  return db
    .select()
    .from(auditPendingTable)
    .where(and(eq(auditPendingTable.member, member), ended))
    .orderBy(asc(auditPendingTable.startedAt), asc(auditPendingTable.key))
    .limit(mostChained);
}
/** Which are in the chain already; of a call that died, whether the actor has told its change. */
async function readKnown(db: Database, member: Id<"mem">, pending: readonly Pending[]): Promise<Set<string>> {
  if (pending.length === 0) return new Set();
  const ofMember = eq(auditTable.member, member);
  const keys = pending.map(({ key }) => key);
  const same = await db
    .select({ key: auditTable.key })
    .from(auditTable)
    .where(and(ofMember, inArray(auditTable.key, keys)));
  const known = new Set(same.map(({ key }) => key));
  for (const { key, done, entry } of pending) {
    if (done) continue;
    const told = and(ofMember, eq(auditTable.request, entry.request), like(auditTable.key, "actor:%"));
    if (await db.select({ seq: auditTable.seq }).from(auditTable).where(told).get()) known.add(key);
  }
  return known;
}
type ChainEnd = { seq: number; hash: string };
const selectEnd = (db: Database, member: Id<"mem">) =>
  db
    .select({ seq: auditTable.seq, hash: auditTable.hash })
    .from(auditTable)
    .where(eq(auditTable.member, member))
    .orderBy(desc(auditTable.seq))
    .limit(1);
export const readAuditEnd = async (db: Database, member: Id<"mem">): Promise<ChainEnd> =>
  (await selectEnd(db, member).get()) ?? { seq: 0, hash: auditRoot };
async function makeRows(member: Id<"mem">, end: ChainEnd, ended: readonly Pick<Pending, "key" | "entry">[]) {
  const rows: (typeof auditTable.$inferInsert)[] = [];
  let { seq, hash: prev } = end;
  for (const { key, entry } of ended) {
    seq += 1;
    const hash = await hashAuditRow(entry, { member, seq, prev });
    const { at, kind, request } = entry;
    const project = projectOfEntry(entry) ?? null;
    rows.push({ member, seq, key, at, kind, by: entry.by.kind, project, request, entry, prev, hash });
    prev = hash;
  }
  return rows;
}
/** Whether another writer was first: a row took this place, or is this one. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && String(error.code).startsWith("SQLITE_CONSTRAINT")) || isTaken(error.cause);
}

/**
 * Puts what has ended into its member's chain, with `last`, whose end only its caller knows so far. Of
 * writers at once one has each place; whoever comes too late writes down that `last` has ended, so that
 * others may take it along, and reads again.
 */
export async function chainPending(db: Database, member: Id<"mem">, now: number, last?: Omit<Pending, "member" | "done">): Promise<void> {
  // One that has gone on for too long may be in the chain already, as a call that died.
  let mine = last && last.startedAt > now - longestAuditCall / 2 ? [last] : [];
  if (last && mine.length === 0) await noteEnd(db, member, last);
  for (let tries = 0; ; tries++) {
    const [pending, [end]] = await db.batch([selectPending(db, member, now), selectEnd(db, member)]);
    if (pending.length + mine.length === 0) return;
    const known = await readKnown(db, member, pending);
    const ended = [...pending.filter(({ key }) => !known.has(key)), ...mine];
    const rows = await makeRows(member, end ?? { seq: 0, hash: auditRoot }, ended);
    const keys = [...pending, ...mine].map(({ key }) => key);
    const gone = db.delete(auditPendingTable).where(ofPending(member, keys));
    try {
      if (rows.length > 0) await db.batch([db.insert(auditTable).values(rows), gone]);
      else await gone;
      if (pending.length < mostChained) return;
      [mine, tries] = [[], 0];
    } catch (error) {
      if ((!isTaken(error) && !isDatabaseBusy(error)) || tries > mostTries) throw error;
      if (last && mine.length > 0) await noteEnd(db, member, last);
      mine = [];
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (tries + 1)));
    }
  }
}
const noteEnd = (db: Database, member: Id<"mem">, { key, entry }: Pick<Pending, "key" | "entry">) =>
  db
    .update(auditPendingTable)
    .set({ entry, done: true })
    .where(ofPending(member, [key]));

/** Members who wait for their rows since a while: who should have written them has died. */
export async function listStalePending(db: Database, now: number): Promise<Id<"mem">[]> {
  const rows = await db
    .selectDistinct({ member: auditPendingTable.member })
    .from(auditPendingTable)
    .where(lt(auditPendingTable.startedAt, now - longestAuditCall))
    .limit(100);
  return rows.map(({ member }) => member);
}

/** A stored row as it travels. */
export const viewAuditRow = ({ member, seq, prev, hash, entry }: typeof auditTable.$inferSelect): AuditRow => ({
  ...entry,
  ...{ v: 1, member, seq, prev, hash },
});

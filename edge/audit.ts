import { and, asc, desc, eq, gt, gte, lt, sql } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { CompactSign, importJWK } from "jose";
import { z } from "zod";
import { auditAnchorTable, auditPendingTable, auditTable } from "../schema/audit/audit.table.ts";
import {
  type AuditEntry,
  type AuditHead,
  type AuditQuery,
  auditHeadOut,
  auditHeadType,
  auditPage,
  auditQuery,
  auditRowsIn,
} from "../schema/audit/audit.ts";
import { stackTable } from "../schema/stack/registry.table.ts";
import { canonicalJson } from "../schema/wire/canonical.ts";
import { AppError } from "../schema/wire/error.ts";
import { type Id, id, newId } from "../schema/wire/id.ts";
import type { Logger } from "../schema/wire/log.ts";
import { askActor } from "./actor/rivet.ts";
import { memberDoor, runnerDoor } from "./door.ts";
import type { EdgeConfig } from "./env.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "./http.ts";
import { chainPending, endAudit, listStalePending, readAuditEnd, viewAuditRow } from "./kernel/audit.ts";
import type { Database } from "./kernel/db.ts";
import { receiptKeyInForce } from "./receipt.ts";

/** So often at most an actor is asked to keep the head of its member's chain. */
const anchorWait = 60_000;
type Anchoring = { config: EdgeConfig; db: Database; log: Logger };
/** The actor keeps the head of the chain in the member's Gitea; who has no stack has none. */
async function askAnchor({ config, db, log }: Anchoring, member: Id<"mem">): Promise<void> {
  const askedAt = Date.now();
  if (!(await db.select({ id: stackTable.id }).from(stackTable).where(eq(stackTable.member, member)).get())) return;
  const asked = await db
    .insert(auditAnchorTable)
    .values({ member, askedAt })
    .onConflictDoUpdate({
      target: auditAnchorTable.member,
      set: { askedAt },
      setWhere: lt(auditAnchorTable.askedAt, askedAt - anchorWait),
    });
  if (asked.rowsAffected === 0) return;
  await askActor({ config, member, requestId: newId("req") }, "anchorAudit", {}).catch(async (error: unknown) => {
    log("warn", "the head of an audit waits", { member, error });
    await db.delete(auditAnchorTable).where(eq(auditAnchorTable.member, member)); // the next change asks again
  });
}

/** A row that is no change of its caller's own: it is in the chain when this returns, or this throws. */
export async function chainAuditEntry(on: Anchoring, member: Id<"mem">, entry: AuditEntry): Promise<void> {
  // Of writers at once the later one finds it here, and takes it along.
  await on.db.insert(auditPendingTable).values({ member, key: newId("adt", entry.at), entry, startedAt: entry.at, done: true });
  await chainPending(on.db, member, entry.at);
}

/** Around every request: a change that has begun has its row when the answer is made. */
export const auditChanges = createMiddleware<EdgeApp>(async (c, next) => {
  await next();
  const call = c.get("audit");
  if (!call) return;
  const finish = async () => {
    if (await endAudit(c, call)) await askAnchor(c.var, call.member);
  };
  c.executionCtx.waitUntil(finish().catch((error: unknown) => c.var.log("error", "a row of the audit waits", { key: call.key, error })));
});
/** Rows whose call has died, or whose writer has; called again and again. */
export async function chainStaleAudits(on: Anchoring): Promise<void> {
  for (const member of await listStalePending(on.db, Date.now())) {
    await chainPending(on.db, member, Date.now());
    await askAnchor(on, member);
  }
}

/** A page of a member's audit, newest first; of a project, by what its rows name it. */
export async function listAudit(db: Database, member: Id<"mem">, { by, kind, from, to, cursor, limit }: AuditQuery, project?: string) {
  const ofMember = eq(auditTable.member, member);
  const after =
    cursor === undefined
      ? undefined
      : sql`(${auditTable.at}, ${auditTable.seq}) < (select "at", "seq" from "audit" where "member" = ${member} and "seq" = ${cursor})`;
  const rows = await db
    .select()
    .from(auditTable)
    .where(
      and(
        ofMember,
        by === undefined ? undefined : eq(auditTable.by, by),
        kind === undefined ? undefined : eq(auditTable.kind, kind),
        project === undefined ? undefined : eq(auditTable.project, project),
        from === undefined ? undefined : gte(auditTable.at, from),
        to === undefined ? undefined : lt(auditTable.at, to),
        after,
      ),
    )
    .orderBy(desc(auditTable.at), desc(auditTable.seq))
    .limit(limit + 1);
  const shown = rows.slice(0, limit).map(viewAuditRow);
  return { rows: shown, next: rows.length > limit ? String(shown.at(-1)?.seq ?? "") : null };
}

const exportedAtOnce = 1_000;
/** Every row of a chain, one a line as canonical JSON, oldest first; as fast as it is read. */
export function exportAudit(db: Database, member: Id<"mem">): ReadableStream<Uint8Array> {
  let seq = 0;
  return new ReadableStream({
    async pull(controller) {
      const rows = await db
        .select()
        .from(auditTable)
        .where(and(eq(auditTable.member, member), gt(auditTable.seq, seq)))
        .orderBy(asc(auditTable.seq))
        .limit(exportedAtOnce);
      seq = rows.at(-1)?.seq ?? seq;
      if (rows.length > 0)
        controller.enqueue(new TextEncoder().encode(rows.map((row) => `${canonicalJson(viewAuditRow(row))}\n`).join("")));
      if (rows.length < exportedAtOnce) controller.close();
    },
  });
}

/** Where the chain stands, signed with the key of receipts. */
async function signHead(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<z.infer<typeof auditHeadOut>> {
  const { seq, hash } = await readAuditEnd(db, member);
  if (seq === 0) return { seq, head: null };
  const at = Date.now();
  const key = await receiptKeyInForce(config, db, at);
  const said: AuditHead = { type: "urn:growqr:audit-head:v1", member, seq, hash, at };
  const head = await new CompactSign(new TextEncoder().encode(canonicalJson(said)))
    .setProtectedHeader({ alg: "ES256", kid: key.kid, typ: auditHeadType })
    .sign(await importJWK({ ...key }, "ES256"));
  return { seq, head };
}

const auditedMember = z.object({ member: id("mem") });

export const auditRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/audit",
      summary: "Your audit, newest first: each change, who made it, on what, how it ended and how long it took; never what was written",
      tags: ["Audit"],
      request: { query: auditQuery },
      responses: { 200: jsonAnswer("A page of it", auditPage), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      await chainPending(db, member.id, Date.now());
      return c.json(await listAudit(db, member.id, c.req.valid("query")), 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/audit/export",
      summary: "All rows of your audit, one a line, oldest first: what verify-audit.mjs checks",
      tags: ["Audit"],
      responses: {
        200: { description: "JSON lines", content: { "application/x-ndjson": { schema: z.string() } } },
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { db, member } = c.var;
      await chainPending(db, member.id, Date.now());
      const headers = { "content-type": "application/x-ndjson", "content-disposition": 'attachment; filename="audit.ndjson"' };
      return new Response(exportAudit(db, member.id), { headers }) as never; // lines as they come; Hono's type knows JSON and text
    },
  )
  .openapi(
    runnerDoor({
      method: "post",
      path: "/stacks/{member}/audit",
      summary: "Hand over what an actor has written down of its changes; each row is taken once",
      tags: ["Stacks"],
      request: { params: auditedMember, body: jsonRequest(auditRowsIn) },
      responses: { 200: jsonAnswer("Taken", z.object({ taken: z.number().int() })), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { member } = c.req.valid("param");
      const { rows } = c.req.valid("json");
      if (!(await db.select({ id: stackTable.id }).from(stackTable).where(eq(stackTable.member, member)).get()))
        throw new AppError("not_found");
      const startedAt = Date.now();
      await db
        .insert(auditPendingTable)
        .values(rows.map(({ id: rowId, entry }) => ({ member, key: `actor:${rowId}`, entry, startedAt, done: true })))
        .onConflictDoNothing();
      await chainPending(db, member, startedAt);
      return c.json({ taken: rows.length }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "get",
      path: "/stacks/{member}/audit/head",
      summary: "Where a member's audit stands, signed, to be kept in their Gitea",
      tags: ["Stacks"],
      request: { params: auditedMember },
      responses: { 200: jsonAnswer("The head", auditHeadOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const { member } = c.req.valid("param");
      return c.json(await signHead(config, db, member), 200);
    },
  );

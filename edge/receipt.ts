import { and, asc, desc, eq, gt, isNull, or } from "drizzle-orm";
import { exportJWK, generateKeyPair } from "jose";
import { z } from "zod";
import { repoName } from "../schema/proof/proof.ts";
import { type ReceiptRow, receiptKeyTable, receiptTable } from "../schema/receipt/receipt.table.ts";
import { makeStatement, receiptKey, signReceipt } from "../schema/receipt/receipt.ts";
import { receiptIn, receiptOut, receiptStaleIn, receiptView } from "../schema/receipt/receipt-api.ts";
import { stackTable } from "../schema/stack/registry.table.ts";
import { commitHash } from "../schema/task/task-command.ts";
import { dayMs } from "../schema/wire/duration.ts";
import { AppError } from "../schema/wire/error.ts";
import { id, newId } from "../schema/wire/id.ts";
import { type PublicKey, publicPart, receiptKeyPrefix, revocation } from "../schema/wire/key.ts";
import { queryNumber } from "../schema/wire/query-number.ts";
import { memberDoor, runnerDoor } from "./door.ts";
import type { EdgeConfig } from "./env.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "./http.ts";
import { requireOperator } from "./kernel/auth.ts";
import type { Database } from "./kernel/db.ts";
import { openSealed, sealValue } from "./kernel/envelope.ts";

/** A receipt key is in force for this long; the next receipt after that makes a new one. */
const keyDays = 90;
export const receiptKeyRecord = (kid: string) => `receipt:${kid}`;

async function newKey(config: EdgeConfig, db: Database, now: number): Promise<void> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x, y, d } = await exportJWK(privateKey);
  const kid = `${receiptKeyPrefix}${newId("req").slice(4).toLowerCase()}`;
  const sealedKey = await sealValue(config, "edge", receiptKeyRecord(kid), d!);
  await db.insert(receiptKeyTable).values({ kid, x: x!, y: y!, sealedKey, createdAt: now });
}
/** The key that signs now. Of two made at once both are kept, and both verify. */
export async function receiptKeyInForce(config: EdgeConfig, db: Database, now: number) {
  const newest = () =>
    db
      .select()
      .from(receiptKeyTable)
      .where(and(gt(receiptKeyTable.createdAt, now - keyDays * dayMs), isNull(receiptKeyTable.revokedAt)))
      .orderBy(desc(receiptKeyTable.createdAt), desc(receiptKeyTable.kid))
      .limit(1)
      .get();
  if (!(await newest())) await newKey(config, db, now);
  const row = await newest();
  if (!row) throw new AppError("internal", { what: "the receipt key that was just made is gone" });
  const d = await openSealed(config, "edge", receiptKeyRecord(row.kid), row.sealedKey);
  return receiptKey.parse({ kty: "EC", crv: "P-256", kid: row.kid, x: row.x, y: row.y, d });
}
/** Public halves of all receipt keys that were ever made. */
export async function receiptPublicKeys(db: Database): Promise<PublicKey[]> {
  const rows = await db.select().from(receiptKeyTable).orderBy(asc(receiptKeyTable.createdAt));
  return rows.map(({ revokedAt, revokedReason, ...row }) => {
    const revoked = revokedAt === null ? undefined : { revoked_at: Math.floor(revokedAt / 1000), reason: revokedReason ?? "unspecified" };
    return { ...publicPart({ ...row, class: "receipt" }), ...(revoked ? { revoked } : {}) };
  });
}

/** `at` (milliseconds since 1970, now when absent): what the key signs from then on is not valid. */
const revokeIn = z.strictObject({ reason: revocation.shape.reason, at: z.number().int().positive().optional() });
const revoked = z.object({ kid: z.string(), revokedAt: z.number(), reason: revocation.shape.reason }).meta({ id: "RevokedKey" });

const viewReceipt = (row: ReceiptRow) => receiptView.parse(row);
const receiptPage = z.object({
  receipts: z.array(receiptView),
  /** Give it as `cursor` for the next page; null at the end. */ next: id("rct").nullable(),
});
const receiptQuery = z.strictObject({
  repo: repoName.optional(),
  task: id("tsk").optional(),
  commit: commitHash.optional(),
  /** Only those whose branch has no newer commits. */
  current: z.enum(["true"]).optional(),
  cursor: id("rct").optional(),
  limit: queryNumber(z.number().int().min(1).max(100)).default(50),
});
const memberParams = z.object({ member: id("mem") });
const receiptParams = memberParams.extend({ receiptId: id("rct") });

export const receiptRoutes = newApp()
  .openapi(
    runnerDoor({
      method: "post",
      path: "/stacks/{member}/receipts",
      summary: "Sign what a run showed; the same run gets the same receipt",
      tags: ["Stacks"],
      request: { params: memberParams, body: jsonRequest(receiptIn) },
      responses: { 200: jsonAnswer("The receipt", receiptOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, config } = c.var;
      const { member } = c.req.valid("param");
      const input = c.req.valid("json");
      if (!(await db.select({ id: stackTable.id }).from(stackTable).where(eq(stackTable.member, member)).get()))
        throw new AppError("not_found");
      const known = () =>
        db
          .select()
          .from(receiptTable)
          .where(and(eq(receiptTable.member, member), eq(receiptTable.run, input.run)))
          .get();
      const before = await known();
      if (!before) {
        const now = Date.now();
        const receiptId = newId("rct", now);
        const key = await receiptKeyInForce(config, db, now);
        const { repo: repository, run, title, branch, ...proof } = input;
        const receipt = await signReceipt(key, makeStatement({ ...proof, id: receiptId, repository }));
        const { task, commit } = input;
        const about = { task, title, repo: repository, branch, commit, key: key.kid, checks: input.checks.length };
        await db
          .insert(receiptTable)
          .values({ id: receiptId, member, run, ...about, receipt, issuedAt: now })
          .onConflictDoNothing();
      }
      const row = before ?? (await known());
      if (!row) throw new AppError("internal", { what: "the receipt that was just written is gone" });
      if (row.commit !== input.commit || row.task !== input.task || row.repo !== input.repo)
        throw new AppError("conflict", { run: input.run });
      return c.json({ id: row.id, receipt: row.receipt }, 200);
    },
  )
  .openapi(
    runnerDoor({
      method: "put",
      path: "/stacks/{member}/receipts/{receiptId}",
      summary: "Note that a receipt's branch has newer commits; the first time counts",
      tags: ["Stacks"],
      request: { params: receiptParams, body: jsonRequest(receiptStaleIn) },
      responses: { 200: jsonAnswer("Noted", z.object({ ok: z.literal(true), changed: z.boolean() })), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const { member, receiptId } = c.req.valid("param");
      const ofMember = and(eq(receiptTable.member, member), eq(receiptTable.id, receiptId));
      const done = await db
        .update(receiptTable)
        .set({ staleAt: c.req.valid("json").staleAt })
        .where(and(ofMember, isNull(receiptTable.staleAt)));
      if (done.rowsAffected === 0 && !(await db.select({ id: receiptTable.id }).from(receiptTable).where(ofMember).get()))
        throw new AppError("not_found");
      return c.json({ ok: true as const, changed: done.rowsAffected === 1 }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/receipts/keys/{kid}/revoke",
      tags: ["Receipts"],
      summary: "Revoke a key of receipts (operators): what it signed before holds, and says so. Of two times the earlier counts",
      before: [requireOperator],
      scope: "session",
      request: {
        params: z.object({
          kid: z
            .string()
            .regex(/^receipt-/)
            .max(60),
        }),
        body: jsonRequest(revokeIn),
      },
      responses: { 200: jsonAnswer("Revoked; the next receipt has another key", revoked), ...refusalAnswers },
    }),
    async (c) => {
      const { db } = c.var;
      const thisKey = eq(receiptKeyTable.kid, c.req.valid("param").kid);
      const { reason, at: revokedAt = Date.now() } = c.req.valid("json");
      await db
        .update(receiptKeyTable)
        .set({ revokedAt, revokedReason: reason })
        .where(and(thisKey, or(isNull(receiptKeyTable.revokedAt), gt(receiptKeyTable.revokedAt, revokedAt))));
      const row = await db.select().from(receiptKeyTable).where(thisKey).get();
      if (!row || row.revokedAt === null) throw new AppError("not_found");
      return c.json({ kid: row.kid, revokedAt: row.revokedAt, reason: row.revokedReason ?? "unspecified" }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/receipts",
      summary: "Your receipts, oldest first",
      tags: ["Receipts"],
      request: { query: receiptQuery },
      responses: { 200: jsonAnswer("A page of them", receiptPage), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { repo, task, commit, current, cursor, limit } = c.req.valid("query");
      const rows = await db
        .select()
        .from(receiptTable)
        .where(
          and(
            eq(receiptTable.member, member.id),
            repo === undefined ? undefined : eq(receiptTable.repo, repo),
            task === undefined ? undefined : eq(receiptTable.task, task),
            commit === undefined ? undefined : eq(receiptTable.commit, commit),
            current === undefined ? undefined : isNull(receiptTable.staleAt),
            cursor === undefined ? undefined : gt(receiptTable.id, cursor),
          ),
        )
        .orderBy(asc(receiptTable.id))
        .limit(limit + 1);
      const shown = rows.slice(0, limit);
      return c.json({ receipts: shown.map(viewReceipt), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "get",
      path: "/receipts/{receiptId}",
      summary: "One of your receipts",
      tags: ["Receipts"],
      request: { params: z.object({ receiptId: id("rct") }) },
      responses: { 200: jsonAnswer("The receipt", receiptView), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { receiptId } = c.req.valid("param");
      const row = await db
        .select()
        .from(receiptTable)
        .where(and(eq(receiptTable.member, member.id), eq(receiptTable.id, receiptId)))
        .get();
      if (!row) throw new AppError("not_found");
      return c.json(viewReceipt(row), 200);
    },
  );

import { verifyToken } from "@clerk/backend";
import { and, eq, lte } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { base64url, decodeProtectedHeader } from "jose";
import { z } from "zod";
import { type ErasureRow, erasureTable } from "../../schema/account/erasure.table.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { supportRoleTable } from "../../schema/account/support.table.ts";
import { readCredentials } from "../../schema/wire/authorization.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import type { EdgeApp } from "../http.ts";
import { beginAudit } from "./audit.ts";
import type { Database } from "./db.ts";

/**
 * What a session token must say. The library checks signature, times
 * and `azp`; issuer, session and pending state are checked here.
 */
const sessionClaims = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(200),
  sid: z.string().min(1),
  azp: z.string().min(1),
  sts: z.string().optional(),
  name: z.string().max(200).optional(),
  email: z.string().max(320).optional(),
  iat: z.number(),
});
/** `at`: when the token was made, milliseconds since 1970. */
export type Identity = { subject: string; name: string; email: string; at: number };

/** The person a session token speaks for, or `unauthenticated`; no network is used. */
async function identify(config: EdgeConfig, token: string): Promise<Identity> {
  try {
    const { kid, crit } = decodeProtectedHeader(token);
    if (crit !== undefined) throw new Error("asks for an extension that is not known here");
    if (config.IDENTITY_KEY_ID !== undefined && kid !== config.IDENTITY_KEY_ID) throw new Error("another key");
    const payload = await verifyToken(token, {
      jwtKey: config.IDENTITY_JWT_KEY,
      authorizedParties: config.IDENTITY_PARTIES,
      clockSkewInMs: 5_000,
    });
    const claims = sessionClaims.parse(payload);
    if (claims.iss !== config.IDENTITY_ISSUER) throw new Error("another issuer");
    if (claims.sts === "pending") throw new Error("the session is pending");
    return { subject: claims.sub, name: claims.name ?? "", email: claims.email ?? "", at: claims.iat * 1000 };
  } catch (cause) {
    throw new AppError("unauthenticated", {}, { cause });
  }
}

/** How an erased person is known: by nothing that says who they were. */
export async function hashSubject(subject: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subject))));
}
export async function findErasure(db: Database, subject: string): Promise<ErasureRow | undefined> {
  return db
    .select()
    .from(erasureTable)
    .where(eq(erasureTable.subjectHash, await hashSubject(subject)))
    .get();
}
export const findMember = (db: Database, subject: string): Promise<MemberRow | undefined> =>
  db.select().from(memberTable).where(eq(memberTable.subject, subject)).get();

/**
 * The member's row, made on first sight and kept to what the identity provider says. Nobody is made of a
 * token that outlived its account.
 */
async function memberOf(db: Database, { subject, name, email, at }: Identity): Promise<MemberRow> {
  let row = await findMember(db, subject);
  if (!row) {
    if (await findErasure(db, subject)) throw new AppError("erased");
    await db
      .insert(memberTable)
      .values({ id: newId("mem"), subject, name, email, profileAt: at, createdAt: Date.now() })
      .onConflictDoNothing();
    row = await findMember(db, subject);
  }
  if (!row) throw new AppError("internal", { what: "a member row that was just made is gone" });
  if (row.erasingSince !== null) throw new AppError("erased");
  const changes = { ...(name && name !== row.name ? { name } : {}), ...(email && email !== row.email ? { email } : {}) };
  // A token of the last minute may be older than what the provider has told since.
  if (Object.keys(changes).length === 0 || at < row.profileAt) return row;
  await db
    .update(memberTable)
    .set({ ...changes, profileAt: at })
    .where(and(eq(memberTable.id, row.id), lte(memberTable.profileAt, at)));
  return { ...row, ...changes };
}

export function readBearer(c: Pick<Caller, "req">): string {
  const token = readCredentials(c.req.header("authorization"), "Bearer");
  if (token === undefined) throw new AppError("unauthenticated");
  return token;
}

/** Counts one call against a limit per key; over it the caller is told when to come back. */
export async function countAgainstLimit(by: RateLimit, key: string): Promise<void> {
  // A limiter that can't count (its disk is full) stops nobody.
  const { success } = await by.limit({ key }).catch(() => ({ success: true }));
  if (!success) throw new AppError("rate_limited", { retryAfter: 10 });
}
/** Where an unauthenticated call comes from, as far as the platform in front says. */
type Caller = { env: Bindings; req: { header(name: string): string | undefined } };
export const callerAddress = (c: Pick<Caller, "req">): string => c.req.header("cf-connecting-ip") ?? "local";

/**
 * Before what nobody needs to sign in for and what asks the
 * database: calls are counted by where they come from.
 */
export const limitByAddress = createMiddleware<EdgeApp>(async (c, next) => {
  await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
  await next();
});

/** Before what anybody may read and the database is not asked for: many people may sit behind one address. */
export const limitPagesByAddress = createMiddleware<EdgeApp>(async (c, next) => {
  await countAgainstLimit(c.env.RATE, `page ${callerAddress(c)}`);
  await next();
});

/**
 * Addresses that failed too often, and until when they wait.
 * This isolate's alone: the count is the platform's.
 */
const slowed = new Map<string, number>();
/**
 * Checks credentials that only the database can tell right from
 * wrong. Who fails too often waits before it is asked again.
 */
export async function guardDatabase<T>(c: Caller, check: () => Promise<T>): Promise<T> {
  const from = callerAddress(c);
  if ((slowed.get(from) ?? 0) > Date.now()) throw new AppError("rate_limited", { retryAfter: 10 });
  try {
    return await check();
  } catch (error) {
    const stranger = error instanceof AppError && error.code === "unauthenticated";
    if (stranger && !(await c.env.RATE_OPEN.limit({ key: `stranger ${from}` })).success) {
      if (slowed.size > 1_000) slowed.clear();
      slowed.set(from, Date.now() + 10_000);
    }
    throw error;
  }
}

export type SessionVariables = { Variables: { member: MemberRow; operator: boolean } };

/** Whom the session token of a call speaks for, whether or not they are a member. */
export function readIdentity(c: Pick<Caller, "req"> & { var: Pick<EdgeApp["Variables"], "config"> }): Promise<Identity> {
  const token = readBearer(c);
  if (token.length > limits.sessionTokenBytes) throw new AppError("unauthenticated");
  return identify(c.var.config, token);
}

/** `Authorization: Bearer <session token>`: sets `member`. */
export const requireSession = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  const { config, db } = c.var;
  const identity = await readIdentity(c);
  const member = await memberOf(db, identity);
  c.set("member", member);
  c.set("operator", config.OPERATORS.includes(identity.subject));
  c.set("who", member.id);
  await countAgainstLimit(c.env.RATE, member.id);
  await beginAudit(c, c.var, member.id, { kind: "member", id: member.id });
  await next();
});

/** After `requireSession`: operators only. */
export const requireOperator = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  if (!c.get("operator")) throw new AppError("forbidden");
  const audit = c.get("audit");
  if (audit) audit.by = { kind: "operator", id: c.get("member").id };
  await next();
});

export async function hasSupportRole(db: Database, member: MemberRow): Promise<boolean> {
  const { member: id } = supportRoleTable;
  return (await db.select({ id }).from(supportRoleTable).where(eq(id, member.id)).get()) !== undefined;
}
/** After `requireSession`: who has the role of support. An operator has it only when it was given to them. */
export const requireSupport = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  const member = c.get("member");
  if (!(await hasSupportRole(c.var.db, member))) throw new AppError("forbidden");
  const audit = c.get("audit");
  if (audit) audit.by = { kind: "support", id: member.id };
  await next();
});

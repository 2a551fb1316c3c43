import { verifyToken } from "@clerk/backend";
import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { decodeProtectedHeader } from "jose";
import { z } from "zod";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { readCredentials } from "../../schema/wire/authorization.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Bindings, EdgeConfig } from "../env.ts";
import type { EdgeApp } from "../http.ts";
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
});
type Identity = { subject: string; name: string; email: string };

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
    return { subject: claims.sub, name: claims.name ?? "", email: claims.email ?? "" };
  } catch (cause) {
    throw new AppError("unauthenticated", {}, { cause });
  }
}

/** The member's row, made on first sight and kept to what the identity provider says. */
async function memberOf(db: Database, identity: Identity): Promise<MemberRow> {
  const find = () => db.select().from(memberTable).where(eq(memberTable.subject, identity.subject)).get();
  let row = await find();
  if (!row) {
    await db
      .insert(memberTable)
      .values({ id: newId("mem"), ...identity, createdAt: Date.now() })
      .onConflictDoNothing();
    row = await find();
  }
  if (!row) throw new AppError("internal", { what: "a member row that was just made is gone" });
  const changes = {
    ...(identity.name && identity.name !== row.name ? { name: identity.name } : {}),
    ...(identity.email && identity.email !== row.email ? { email: identity.email } : {}),
  };
  if (Object.keys(changes).length === 0) return row;
  await db.update(memberTable).set(changes).where(eq(memberTable.id, row.id));
  return { ...row, ...changes };
}

export function readBearer(c: Context): string {
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

/** `Authorization: Bearer <session token>`: sets `member`. */
export const requireSession = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  const { config, db } = c.var;
  const token = readBearer(c);
  if (token.length > limits.sessionTokenBytes) throw new AppError("unauthenticated");
  const identity = await identify(config, token);
  const member = await memberOf(db, identity);
  c.set("member", member);
  c.set("operator", config.OPERATORS.includes(identity.subject));
  c.set("who", member.id);
  await countAgainstLimit(c.env.RATE, member.id);
  await next();
});

/** After `requireSession`: operators only. */
export const requireOperator = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  if (!c.get("operator")) throw new AppError("forbidden");
  await next();
});

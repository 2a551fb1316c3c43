import type { MiddlewareHandler } from "hono";
import { createMiddleware } from "hono/factory";
import { type RouteScope, takesScope } from "../../schema/account/access-token.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import type { GivenRole } from "../../schema/account/role.ts";
import { memberActor } from "../../schema/audit/audit.ts";
import { readCredentials } from "../../schema/wire/authorization.ts";
import { AppError } from "../../schema/wire/error.ts";
import { startOfText } from "../../schema/wire/foreign-text.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Bindings } from "../env.ts";
import type { EdgeApp } from "../http.ts";
import { findAccessToken, isAccessToken, refuseProgram, refuseScope } from "./access-token.ts";
import { beginAudit } from "./audit.ts";
import { findErasure, findMember, findOrMakeMember, findSignedIn, hashSubject, type Identity, refreshRoles } from "./member-row.ts";
import { readSessionToken } from "./session-token.ts";

export function readBearer(c: Pick<Caller, "req">): string {
  const token = readCredentials(c.req.header("authorization"), "Bearer");
  if (token === undefined) throw new AppError("unauthenticated");
  return token;
}

/** Counts one call against a limit per key; over it the caller is told when to come back, in these words. */
export async function countAgainstLimit(by: RateLimit, key: string, message?: string): Promise<void> {
  // A limiter that can't count (its disk is full) stops nobody.
  const { success } = await by.limit({ key }).catch(() => ({ success: true }));
  if (!success) throw new AppError("rate_limited", { retryAfter: 10 }, message === undefined ? {} : { message });
}
/** A member's call that asks Stripe, whatever becomes of it. */
export const countStripeCall = (env: Pick<Bindings, "RATE_STRIPE">, member: string): Promise<void> =>
  countAgainstLimit(env.RATE_STRIPE, member, "You asked for payments very often. Wait ten seconds, then try again.");

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

function limitReadersOf(page: string) {
  return createMiddleware<EdgeApp>(async (c, next) => {
    await countAgainstLimit(c.env.RATE, `${page} ${callerAddress(c)}`);
    await next();
  });
}
/** Before what anybody may read and the database is not asked for: many people may sit behind one address. */
export const limitPagesByAddress = limitReadersOf("page");
/** The same before what each open page asks, which must use up no page's own calls. */
export const limitLooksByAddress = limitReadersOf("ready");

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

/** `signIn`: by which the caller's browser is signed in. */
export type SessionVariables = { Variables: { member: MemberRow; signIn: string } };

type SessionCall = Caller & { var: Pick<EdgeApp["Variables"], "config" | "db" | "log">; executionCtx: Pick<ExecutionContext, "waitUntil"> };
/** What a call's own work may ask of its surroundings: `hold` lets work go on though the caller has gone. */
const worldOf = (c: SessionCall) => ({
  ...c.var,
  hold: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  count: () => countAgainstLimit(c.env.RATE_OPEN, `keys ${callerAddress(c)}`),
});
/** Whom the session token of a call speaks for, whether or not they are a member. */
async function readIdentity(c: SessionCall): Promise<Identity> {
  const token = readBearer(c);
  if (token.length > limits.sessionTokenBytes) throw new AppError("unauthenticated");
  if (isAccessToken(token)) throw refuseProgram();
  const { sub, sid, name, email, iat } = await readSessionToken(worldOf(c), token);
  return { subject: sub, signIn: sid, name: startOfText(name ?? "", 200), email: email ?? "", at: iat * 1000 };
}

type MemberCaller = { member: MemberRow; signIn: string; refusal?: AppError | undefined };
async function readSessionCaller(c: SessionCall): Promise<MemberCaller> {
  const identity = await readIdentity(c);
  return { member: await findOrMakeMember(worldOf(c), identity), signIn: identity.signIn };
}
/** Whose access token it is, and how it is refused without the scope. Throws where it has ended. */
async function readTokenCaller(c: SessionCall, token: string, scope: RouteScope): Promise<MemberCaller> {
  const { member, token: row } = await guardDatabase(c, () => findAccessToken(c.var.db, token, Date.now()));
  const refusal = takesScope(row.scopes, scope) ? undefined : refuseScope(row.scopes, scope);
  return { member, signIn: row.id, refusal };
}
/** One for each scope, so that the doors' test knows them. */
const memberGuards = new Map<RouteScope, MiddlewareHandler<EdgeApp & SessionVariables>>();
/** `Authorization: Bearer`, a session token or an access token of that scope: sets `member` and `signIn`. */
export function requireMember(scope: RouteScope): MiddlewareHandler<EdgeApp & SessionVariables> {
  const known = memberGuards.get(scope);
  if (known) return known;
  const guard = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
    const bearer = readBearer(c);
    const program = isAccessToken(bearer);
    const { member, signIn, refusal } = program ? await readTokenCaller(c, bearer, scope) : await readSessionCaller(c);
    c.set("member", member);
    c.set("signIn", signIn);
    c.set("who", member.id);
    await countAgainstLimit(c.env.RATE, program ? signIn : member.id); // each token has a count of its own
    await beginAudit(c, c.var, member.id, memberActor(member.id, signIn));
    if (refusal) throw refusal; // what a token tried beyond its scopes is seen, too
    await next();
  });
  memberGuards.set(scope, guard);
  return guard;
}

export type PersonVariables = { Variables: { identity: Identity } };
/** Whoever has a session, also one whose account is being erased: they are told how far that is. */
export const requireIdentity = createMiddleware<EdgeApp & PersonVariables>(async (c, next) => {
  const identity = await readIdentity(c);
  c.set("identity", identity);
  // Their sign-in ends with the account: they are told how far that is all the same.
  const find = (await findErasure(c.var.db, identity.subject)) ? findMember(c.var.db, identity.subject) : findSignedIn(c.var.db, identity);
  const caller = (await find)?.id ?? (await hashSubject(identity.subject));
  c.set("who", caller);
  await countAgainstLimit(c.env.RATE, caller);
  await next();
});

/**
 * After `requireMember("session")`: who has a role, by the row that this very call has read. No role implies
 * another.
 */
const requireRole = (role: GivenRole) =>
  createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
    const member = await refreshRoles(worldOf(c), c.get("member"));
    if (!member.roles.includes(role)) throw new AppError("forbidden");
    const audit = c.get("audit");
    if (audit) audit.by = { kind: role, id: member.id };
    await next();
  });
/**
 * After `requireMember`, before what asks Stripe: no member may use up the calls that it takes of all.
 */
export const limitStripeCalls = createMiddleware<EdgeApp & SessionVariables>(async (c, next) => {
  await countStripeCall(c.env, c.get("member").id);
  await next();
});

export const requireOperator = requireRole("operator");
export const requireSupport = requireRole("support");

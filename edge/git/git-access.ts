import { and, eq, gt } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { takesScope } from "../../schema/account/access-token.ts";
import { type GitTokenRow, gitTokenTable } from "../../schema/git/git-token.table.ts";
import { gitPasswordOf, gitTokenShape, isPushable, ownRepo } from "../../schema/git/git-token.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import { findAccessToken, isAccessToken } from "../kernel/access-token.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import { wakeSleeper } from "../stack/wake.ts";

/**
 * Who a stock git client is let in as, and for which repository. What it is told, git shows to who runs
 * it.
 */
export const gitWords = {
  token:
    "Give a Git token as the password, or an access token. You make one in GrowQR, under Settings; one that has ended or was revoked opens nothing.",
  missing: "This token opens no repository by that name.",
  push: "This token reads. Make one that may push in GrowQR, under Git tokens, or ask your agents for the change.",
  scope: "This access token is neither for reading nor for git. Make another in GrowQR, under Access tokens.",
  kept: "The platform alone writes to this repository: nothing can be pushed here.",
  wakes: "The stack with this repository is coming up. Run this again in half a minute.",
  stopped: "The stack with this repository is not running. Start your stack first (in GrowQR), or ask its owner to, then run this again.",
  garbage: "This is not what git asks for. Use a stock git client.",
  away: "The stack with this repository can't be reached right now. Run this again in a moment.",
} as const;
export const refuseGit = (
  code: "unauthenticated" | "not_found" | "forbidden" | "unavailable" | "invalid" | "unsupported_media_type",
  message: string,
  cause?: unknown,
) => new AppError(code, {}, { message, cause });

/** Who came with a token, what it opens, and whether it may push. `signIn`: an access token's id. */
export type GitRight = Pick<GitTokenRow, "member" | "repositories" | "scope"> & { signIn?: Id<"pat"> };
export type GitVariables = { Variables: { gitToken: GitRight } };
export type GitCall = Context<EdgeApp & GitVariables>;
/**
 * What an access token opens for git: with `read` any repository of its member's, with `git` those that can
 * be pushed to. Which there are, the host knows.
 */
async function readAccess(c: GitCall, password: string): Promise<GitRight> {
  const { member, token } = await findAccessToken(c.var.db, password, Date.now()).catch((cause: unknown) => {
    throw cause instanceof AppError && cause.code === "unauthenticated" ? refuseGit("unauthenticated", gitWords.token, cause) : cause;
  });
  await countAgainstLimit(c.env.RATE, token.id);
  const [reads, pushes] = [takesScope(token.scopes, "read"), takesScope(token.scopes, "git")];
  if (!reads && !pushes) throw refuseGit("forbidden", gitWords.scope);
  const { data: named } = ownRepo.safeParse(`${c.req.param("owner")}/${c.req.param("repository")}`.replace(/\.git$/, ""));
  const opens = named !== undefined && (reads || isPushable(named));
  return { signIn: token.id, member: member.id, repositories: opens ? [named] : [], scope: pushes ? "push" : "read" };
}
async function readGitToken({ db }: EdgeApp["Variables"], password: string): Promise<GitRight | undefined> {
  if (!gitTokenShape.test(password)) return undefined;
  const now = Date.now();
  const named = and(eq(gitTokenTable.hash, await hashSha256(password)), gt(gitTokenTable.expiresAt, now));
  const row = await db.select().from(gitTokenTable).where(named).get();
  if (row && (row.lastUsedAt ?? 0) < now - 60_000)
    await db.update(gitTokenTable).set({ lastUsedAt: now }).where(eq(gitTokenTable.id, row.id)); // to the minute
  return row;
}
/** A Git token as the password, or an access token: sets `gitToken`. */
export const requireGitToken = createMiddleware<EdgeApp & GitVariables>(async (c, next) => {
  await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
  const password = gitPasswordOf(c.req.header("authorization")) ?? "";
  const right = isAccessToken(password) ? await readAccess(c, password) : await readGitToken(c.var, password);
  if (!right) throw refuseGit("unauthenticated", gitWords.token);
  c.set("who", right.member);
  c.set("gitToken", right);
  await next();
});
/** The repository of the address, when the token names it. */
export function findNamedRepository(c: GitCall): string {
  const address = `${c.req.param("owner")}/${c.req.param("repository")}`;
  const named = c.var.gitToken.repositories.find((name) => `${name}.git` === address);
  if (named === undefined) throw refuseGit("not_found", gitWords.missing);
  return named;
}

/** The stack is not up: one that sleeps is woken for it. */
export async function explainStopped(c: GitCall, cause: AppError): Promise<AppError> {
  return refuseGit("unavailable", (await wakeSleeper(c.var, c.var.gitToken.member)) ? gitWords.wakes : gitWords.stopped, cause);
}
/**
 * What a failure behind the relay means for who runs git. The
 * stack's state is a cache: it chooses words only.
 */
export async function explainGitFailure(c: GitCall, cause: unknown): Promise<unknown> {
  if (!(cause instanceof AppError)) return cause;
  if (cause.meta.status === 400 || cause.meta.status === 415) return refuseGit("invalid", gitWords.garbage, cause);
  const stack = await c.var.db
    .select({ observed: registryAgentTable.observed })
    .from(registryAgentTable)
    .where(eq(registryAgentTable.member, c.var.gitToken.member))
    .get();
  if (stack?.observed !== "running") return explainStopped(c, cause);
  return cause.meta.status === 404 ? refuseGit("not_found", gitWords.missing, cause) : refuseGit("unavailable", gitWords.away, cause);
}

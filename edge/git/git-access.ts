import { and, eq, gt } from "drizzle-orm";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type GitTokenRow, gitTokenTable } from "../../schema/git/git-token.table.ts";
import { gitTokenOf } from "../../schema/git/git-token.ts";
import { registryAgentTable } from "../../schema/stack/registry.table.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeApp } from "../http.ts";
import { callerAddress, countAgainstLimit } from "../kernel/auth.ts";
import { wakeSleeper } from "../stack/wake.ts";

/**
 * Who a stock git client is let in as, and for which repository. What it is told, git shows to who runs
 * it.
 */
export const gitWords = {
  token: "Give a Git token as the password. You make one in GrowQR, under Git tokens; one that has ended or was revoked opens nothing.",
  missing: "This Git token opens no repository by that name.",
  push: "This Git token reads. Make one that may push in GrowQR, under Git tokens, or ask your agents for the change.",
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

export type GitVariables = { Variables: { gitToken: GitTokenRow } };
export type GitCall = Context<EdgeApp & GitVariables>;
/** A Git token as the password: sets `gitToken`. Its last use is noted to the minute. */
export const requireGitToken = createMiddleware<EdgeApp & GitVariables>(async (c, next) => {
  const { db } = c.var;
  await countAgainstLimit(c.env.RATE_OPEN, callerAddress(c));
  const token = gitTokenOf(c.req.header("authorization"));
  const now = Date.now();
  const row =
    token &&
    (await db
      .select()
      .from(gitTokenTable)
      .where(and(eq(gitTokenTable.hash, await hashSha256(token)), gt(gitTokenTable.expiresAt, now)))
      .get());
  if (!row) throw refuseGit("unauthenticated", gitWords.token);
  c.set("who", row.member);
  if ((row.lastUsedAt ?? 0) < now - 60_000) await db.update(gitTokenTable).set({ lastUsedAt: now }).where(eq(gitTokenTable.id, row.id));
  c.set("gitToken", row);
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

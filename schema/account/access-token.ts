import { z } from "zod";
import { tokenName } from "../git/git-token.ts";
import { id } from "../wire/id.ts";

/**
 * A member's own key for a program that uses the API: a phone app, a CI, another agent. Shown once; only its
 * hash is kept.
 *
 * `read` looks at everything but values of secrets, and clones. `work` has agents work: messages, tasks,
 * plans, quests, goals, releases, looking at what runs. `git` changes repositories, by the API and by git.
 * `admin` decides what agents ask and may do (memory holds their rules), and changes what costs, opens or
 * ends something: plan, secrets, keys, Git tokens, terminals, who sees a project, its deletion. None implies
 * another. None makes or removes access tokens, erases the account or stands for a role: that takes a
 * sign-in.
 */
export const accessScopes = ["read", "work", "git", "admin"] as const;
export type AccessScope = (typeof accessScopes)[number];
/**
 * What a route takes of an access token. `all`: what is opened can do all that a member can, so that a token
 * needs every scope. `session`: no token opens it.
 */
export type RouteScope = AccessScope | "all" | "session";
export function takesScope(has: readonly AccessScope[], wanted: RouteScope): boolean {
  if (wanted === "session") return false;
  return wanted === "all" ? accessScopes.every((each) => has.includes(each)) : has.includes(wanted);
}
export const mostAccessTokens = 20;
/** Seconds. */
export const accessTokenLife = { least: 3_600, usual: 90 * 86_400, most: 365 * 86_400 } as const;
export const accessTokenShape = /^gqp_[A-Za-z0-9_-]{43}$/;

export const accessTokenIn = z.strictObject({
  name: tokenName,
  scopes: z
    .array(z.enum(accessScopes))
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, "must name each scope once"),
  expiresIn: z.number().int().min(accessTokenLife.least).max(accessTokenLife.most).default(accessTokenLife.usual),
});
export const accessTokenView = z.object({
  id: id("pat"),
  name: z.string(),
  scopes: z.array(z.enum(accessScopes)),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** To the minute; null when it was never used. */
  lastUsedAt: z.number().nullable(),
  /** Then it ended at `expiresAt`, by its member. */
  revoked: z.boolean(),
});
export type AccessTokenView = z.infer<typeof accessTokenView>;
export const accessTokensOut = z.object({ accessTokens: z.array(accessTokenView) }).meta({ id: "AccessTokens" });
/** What POST /account/tokens answers: the only place where the token itself stands. */
export const accessTokenMade = z.object({ accessToken: accessTokenView, token: z.string() }).meta({ id: "AccessTokenMade" });

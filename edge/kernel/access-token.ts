import { and, eq, gt } from "drizzle-orm";
import { type AccessTokenRow, accessTokenTable } from "../../schema/account/access-token.table.ts";
import { type AccessScope, accessTokenShape, type RouteScope } from "../../schema/account/access-token.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Database } from "./db.ts";
import { unlessFull } from "./storage-full.ts";

/** Access tokens at the doors: whose one is, and what it may. They are made in account/access-token.ts. */
export const isAccessToken = (bearer: string): boolean => bearer.startsWith("gqp_");

/** The token's row and its member. Its last use is noted to the minute. */
export async function findAccessToken(db: Database, token: string, now: number): Promise<{ token: AccessTokenRow; member: MemberRow }> {
  const { hash, expiresAt, revoked } = accessTokenTable;
  const message = "This access token has ended or was revoked. Make another in GrowQR, under Settings.";
  const found = accessTokenShape.test(token)
    ? await db
        .select({ token: accessTokenTable, member: memberTable })
        .from(accessTokenTable)
        .innerJoin(memberTable, eq(memberTable.id, accessTokenTable.member))
        .where(and(eq(hash, await hashSha256(token)), gt(expiresAt, now), eq(revoked, false)))
        .get()
    : undefined;
  if (!found) throw new AppError("unauthenticated", {}, { message });
  if (found.member.erasingSince !== null) throw new AppError("erased");
  const { id, lastUsedAt } = found.token;
  if ((lastUsedAt ?? 0) < now - 60_000)
    await unlessFull(db.update(accessTokenTable).set({ lastUsedAt: now }).where(eq(accessTokenTable.id, id)));
  return found;
}

/** What a token is told that may not do this. */
export function refuseScope(has: readonly AccessScope[], wanted: RouteScope): AppError {
  if (wanted === "session") return refuseProgram();
  const takes = wanted === "all" ? "all of read, work, git and admin" : wanted;
  return new AppError("forbidden", { what: "scope" }, { message: `This takes ${takes}; the access token has ${has.join(", ")}.` });
}
/** What any token is told where its member must be signed in. */
export const refuseProgram = () =>
  new AppError("forbidden", { what: "scope" }, { message: "This takes its member, signed in: no access token does it." });

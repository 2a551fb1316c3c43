import { and, count, desc, eq, gt, isNull, lt, lte } from "drizzle-orm";
import { z } from "zod";
import { type AccessTokenRow, accessTokenTable } from "../../schema/account/access-token.table.ts";
import { accessTokenIn, accessTokenMade, accessTokensOut, accessTokenView, mostAccessTokens } from "../../schema/account/access-token.ts";
import { gitTokenTable } from "../../schema/git/git-token.table.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { retryPause } from "../../schema/wire/retry-pause.ts";
import { memberDoor } from "../door.ts";
import { type EdgeApp, jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";
import { noteEndedSignIn } from "../kernel/sign-in.ts";
import { endConnections } from "./open-connections.ts";

/**
 * A member's tokens for programs. What one opens is at the doors (door.ts); its id stands for the sign-in of
 * what is opened by it, so that its end ends that, too.
 */
/** An ended one is listed for so long: its owner sees why a program stopped, and which had done what. */
const endedDays = 30;
export async function forgetAccessTokens(db: Database, now: number): Promise<void> {
  const { expiresAt, closeAt } = accessTokenTable;
  await db.delete(accessTokenTable).where(and(lt(expiresAt, now - endedDays * dayMs), isNull(closeAt)));
}

type TokenWorld = Pick<EdgeApp["Variables"], "config" | "db" | "log" | "requestId">;
type ClosingToken = Pick<AccessTokenRow, "id" | "member" | "closeAt" | "closeAttempts">;
/** How long who ends what a token holds open has it alone, in milliseconds: longer than that takes. */
const heldFor = 60_000;
/**
 * Ends what an ended token holds open, by the one who holds its row (`closeAt`). What can't be reached now is
 * told again by the clock.
 */
async function closeToken(world: TokenWorld, { id: token, member, closeAt, closeAttempts }: ClosingToken): Promise<void> {
  const { db, log } = world;
  const isHeld = and(eq(accessTokenTable.id, token), eq(accessTokenTable.closeAt, closeAt ?? 0));
  const settle = (values: Partial<AccessTokenRow>) => db.update(accessTokenTable).set(values).where(isHeld);
  try {
    await endConnections(world, { member, signIn: token });
    await settle({ closeAt: null });
  } catch (error) {
    log("warn", "what an access token holds open is not ended yet", { member, token, error });
    await settle({ closeAttempts: closeAttempts + 1, closeAt: Date.now() + retryPause(closeAttempts) });
  }
}
const mostClosedAtOnce = 20;
/** What the token was given, and what was made with it, opens nothing more, whoever can't be told. */
async function takeGivenBack(db: Database, token: Id<"pat">, now: number): Promise<void> {
  await db.delete(gitTokenTable).where(eq(gitTokenTable.madeBy, token));
  await noteEndedSignIn(db, token, now);
}
/** By the clock: tokens whose time is over, and those whose open connections could not be ended before. */
export async function closeEndedTokens(world: TokenWorld, now: number): Promise<void> {
  const { db } = world;
  const { id: token, closeAt } = accessTokenTable;
  const rows = await db.select().from(accessTokenTable).where(lte(closeAt, now)).orderBy(closeAt).limit(mostClosedAtOnce);
  const closeOne = async (row: AccessTokenRow) => {
    await takeGivenBack(db, row.id, now);
    const held = { ...row, closeAt: now + heldFor };
    const isMine = and(eq(token, row.id), eq(closeAt, row.closeAt ?? 0));
    const { rowsAffected } = await db.update(accessTokenTable).set({ closeAt: held.closeAt }).where(isMine);
    if (rowsAffected > 0) await closeToken(world, held);
  };
  await Promise.all(rows.map(closeOne)); // none waits for another's host
}
/** Revokes one of a member's tokens, or all: they open nothing more. What they hold open is to be closed. */
async function endTokens(db: Database, member: Id<"mem">, named: Id<"pat"> | undefined, now: number): Promise<AccessTokenRow[]> {
  const live = and(
    eq(accessTokenTable.member, member),
    eq(accessTokenTable.revoked, false),
    gt(accessTokenTable.expiresAt, now),
    named === undefined ? undefined : eq(accessTokenTable.id, named),
  );
  const ended = { revoked: true, expiresAt: now, closeAt: now + heldFor };
  const rows = await db.update(accessTokenTable).set(ended).where(live).returning();
  for (const { id: token } of rows) await takeGivenBack(db, token, now);
  return rows;
}
/** Of somebody whom the identity provider has shut out: no program goes on in their name. */
export async function revokeAllTokens(world: TokenWorld, member: Id<"mem">, now: number): Promise<void> {
  const rows = await endTokens(world.db, member, undefined, now);
  await world.db.delete(gitTokenTable).where(eq(gitTokenTable.member, member));
  await Promise.all(rows.map((row) => closeToken(world, row)));
}

const mostTokensShown = 100;
export const accessTokenRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/account/tokens",
      summary:
        "Your access tokens, the newest hundred, ended ones for a month: what each may, until when, when it was last used; never the token",
      tags: ["Account"],
      responses: { 200: jsonAnswer("Access tokens", accessTokensOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { member: holder, createdAt } = accessTokenTable;
      const rows = await db.select().from(accessTokenTable).where(eq(holder, member.id)).orderBy(desc(createdAt)).limit(mostTokensShown);
      return c.json({ accessTokens: rows.map((row) => accessTokenView.parse(row)) }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/account/tokens",
      summary: "Make an access token for a program. It is shown this once",
      tags: ["Account"],
      key: "once",
      scope: "session",
      request: { body: jsonRequest(accessTokenIn) },
      responses: { 201: jsonAnswer("The token", accessTokenMade), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { expiresIn, ...asked } = c.req.valid("json");
      const createdAt = Date.now();
      const live = and(eq(accessTokenTable.member, member.id), gt(accessTokenTable.expiresAt, createdAt));
      const kept = await db.select({ n: count() }).from(accessTokenTable).where(live).get();
      if ((kept?.n ?? 0) >= mostAccessTokens)
        throw new AppError("conflict", {}, { message: `You have ${mostAccessTokens} access tokens already; revoke one first.` });
      const token = `gqp_${drawSecretText()}`;
      const made = { ...asked, id: newId("pat", createdAt), createdAt, expiresAt: createdAt + expiresIn * 1_000 };
      await db.insert(accessTokenTable).values({ ...made, member: member.id, hash: await hashSha256(token), closeAt: made.expiresAt });
      const audit = c.get("audit");
      if (audit) audit.change.target = made.id;
      return c.json({ accessToken: { ...made, lastUsedAt: null, revoked: false }, token }, 201);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/account/tokens/{tokenId}",
      summary: "Revoke an access token: its next call is refused, what it holds open ends, and Git tokens that were made with it are gone",
      tags: ["Account"],
      scope: "session",
      request: { params: z.object({ tokenId: id("pat") }) },
      responses: { 200: jsonAnswer("It opens nothing more", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { tokenId } = c.req.valid("param");
      const [row] = await endTokens(db, member.id, tokenId, Date.now());
      if (row)
        c.executionCtx.waitUntil(closeToken(c.var, row)); // an agent or a host that is away is told by the clock
      else await requireToken(db, member.id, tokenId); // it has ended: by a call before, or by its time
      return c.json({ removed: true }, 200);
    },
  );
async function requireToken(db: Database, member: Id<"mem">, token: Id<"pat">): Promise<void> {
  const mine = and(eq(accessTokenTable.member, member), eq(accessTokenTable.id, token));
  if (!(await db.select({ id: accessTokenTable.id }).from(accessTokenTable).where(mine).get())) throw new AppError("not_found");
}

import { createRoute } from "@hono/zod-openapi";
import { and, count, desc, eq, lt } from "drizzle-orm";
import { base64url } from "jose";
import { z } from "zod";
import { gitTokenTable } from "../../schema/git/git-token.table.ts";
import { gitTokenIn, gitTokenMade, gitTokensOut, gitTokenView, mostGitTokens } from "../../schema/git/git-token.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";

/** Keys of a member's for stock git clients; what they open is in git.ts. */
const gitTokenRoute = { tags: ["Git"], security: [{ session: [] }] };
/**
 * An ended one is still listed, so that its owner sees why a
 * clone stopped working; a new one makes room by the old.
 */
const endedDays = 30;

export const gitTokenRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/git/tokens",
      summary: "Your Git tokens, newest first: what each opens, until when, when it was last used; never the token",
      ...gitTokenRoute,
      middleware: middlewares(requireSession),
      responses: { 200: jsonAnswer("Git tokens", gitTokensOut.meta({ id: "GitTokens" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const rows = await db
        .select()
        .from(gitTokenTable)
        .where(eq(gitTokenTable.member, member.id))
        .orderBy(desc(gitTokenTable.createdAt), desc(gitTokenTable.id));
      return c.json({ tokens: rows.map((row) => gitTokenView.parse(row)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "post",
      path: "/git/tokens",
      summary: "Make a Git token for some of your repositories. It is shown this once; clone with it as the password",
      ...gitTokenRoute,
      middleware: middlewares(requireSession, jsonBody, idempotent),
      request: { body: jsonRequest(gitTokenIn) },
      responses: { 201: jsonAnswer("The token", gitTokenMade.meta({ id: "GitTokenMade" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const { expiresIn, ...asked } = c.req.valid("json");
      const createdAt = Date.now();
      const ofMember = eq(gitTokenTable.member, member.id);
      await db.delete(gitTokenTable).where(and(ofMember, lt(gitTokenTable.expiresAt, createdAt - endedDays * dayMs)));
      const kept = await db.select({ n: count() }).from(gitTokenTable).where(ofMember).get();
      if ((kept?.n ?? 0) >= mostGitTokens)
        throw new AppError("conflict", {}, { message: `You have ${mostGitTokens} Git tokens already; revoke one first.` });
      const token = `gqt_${base64url.encode(crypto.getRandomValues(new Uint8Array(32)))}`;
      const made = { ...asked, id: newId("gtk", createdAt), createdAt, expiresAt: createdAt + expiresIn * 1_000 };
      await db.insert(gitTokenTable).values({ ...made, member: member.id, hash: await hashSha256(token) });
      return c.json({ gitToken: { ...made, lastUsedAt: null }, token }, 201);
    },
  )
  .openapi(
    createRoute({
      method: "delete",
      path: "/git/tokens/{tokenId}",
      summary: "Revoke a Git token: the next call with it is refused",
      ...gitTokenRoute,
      middleware: middlewares(requireSession),
      request: { params: z.object({ tokenId: id("gtk") }) },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      const done = await db
        .delete(gitTokenTable)
        .where(and(eq(gitTokenTable.member, member.id), eq(gitTokenTable.id, c.req.valid("param").tokenId)));
      if (done.rowsAffected === 0) throw new AppError("not_found");
      return c.json({ removed: true }, 200);
    },
  );

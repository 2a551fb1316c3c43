import { and, count, desc, eq, lt } from "drizzle-orm";
import { z } from "zod";
import { accessTokenTable } from "../../schema/account/access-token.table.ts";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { type GitTokenRow, gitTokenTable } from "../../schema/git/git-token.table.ts";
import { type GitTokenView, gitTokenIn, gitTokenMade, gitTokensOut, gitTokenView, mostGitTokens } from "../../schema/git/git-token.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { removedOut } from "../../schema/wire/removed.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";

/** Keys of a member's for stock git clients; what they open is in git.ts. */
/**
 * An ended one is still listed, so that its owner sees why a
 * clone stopped working; a new one makes room by the old.
 */
const endedDays = 30;

type AskedToken = Pick<GitTokenRow, "name" | "repositories" | "scope" | "kind"> & { expiresIn: number };
type Maker = Pick<SessionVariables["Variables"], "signIn"> & { db: Database; member: Pick<MemberRow, "id"> };
/** The access token that makes one, and its end; a member's own has none. */
async function findMaker(db: Database, signIn: string): Promise<[Id<"pat"> | null, number]> {
  const { data: token } = id("pat").safeParse(signIn);
  if (token === undefined) return [null, Number.POSITIVE_INFINITY];
  const { id: named, expiresAt } = accessTokenTable;
  const row = await db.select({ expiresAt }).from(accessTokenTable).where(eq(named, token)).get();
  return [token, row?.expiresAt ?? 0];
}
/** Makes a token of the member's, and room for it by those that ended long ago. */
export async function makeGitToken(
  { db, member: { id: member }, signIn }: Maker,
  { expiresIn, ...asked }: AskedToken,
): Promise<z.infer<typeof gitTokenMade>> {
  const createdAt = Date.now();
  const ofMember = eq(gitTokenTable.member, member);
  await db.delete(gitTokenTable).where(and(ofMember, lt(gitTokenTable.expiresAt, createdAt - endedDays * dayMs)));
  const kept = await db.select({ n: count() }).from(gitTokenTable).where(ofMember).get();
  if ((kept?.n ?? 0) >= mostGitTokens)
    throw new AppError("conflict", {}, { message: `You have ${mostGitTokens} Git tokens and deploy keys already; revoke one first.` });
  const token = `gqt_${drawSecretText()}`;
  const [madeBy, end] = await findMaker(db, signIn);
  const made = { ...asked, id: newId("gtk", createdAt), createdAt, expiresAt: Math.min(end, createdAt + expiresIn * 1_000) };
  await db.insert(gitTokenTable).values({ ...made, member, madeBy, hash: await hashSha256(token) });
  return { gitToken: { ...made, lastUsedAt: null }, token };
}
/** A member's tokens or deploy keys, newest first. */
export async function listGitTokens(db: Database, member: Id<"mem">, kind: GitTokenRow["kind"]): Promise<GitTokenView[]> {
  const rows = await db
    .select()
    .from(gitTokenTable)
    .where(and(eq(gitTokenTable.member, member), eq(gitTokenTable.kind, kind)))
    .orderBy(desc(gitTokenTable.createdAt), desc(gitTokenTable.id));
  return rows.map((row) => gitTokenView.parse(row));
}
/** `repository`: of a deploy key, the one that it opens. */
export async function removeGitToken(
  db: Database,
  member: Id<"mem">,
  { kind, id: token, repository }: { kind: GitTokenRow["kind"]; id: Id<"gtk">; repository?: string },
): Promise<void> {
  const named = and(
    eq(gitTokenTable.member, member),
    eq(gitTokenTable.kind, kind),
    eq(gitTokenTable.id, token),
    repository === undefined ? undefined : eq(gitTokenTable.repositories, [repository]),
  );
  if ((await db.delete(gitTokenTable).where(named)).rowsAffected === 0) throw new AppError("not_found");
}

export const gitTokenRoutes = newApp()
  .openapi(
    memberDoor({
      method: "get",
      path: "/git/tokens",
      summary: "Your Git tokens, newest first: what each opens, until when, when it was last used; never the token",
      tags: ["Git"],
      responses: { 200: jsonAnswer("Git tokens", gitTokensOut.meta({ id: "GitTokens" })), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      return c.json({ tokens: await listGitTokens(db, member.id, "token") }, 200);
    },
  )
  .openapi(
    memberDoor({
      method: "post",
      path: "/git/tokens",
      summary:
        "Make a Git token for some of your repositories, for reading or for pushing to projects too. It is shown this once; git takes it as the password",
      tags: ["Git"],
      key: "once",
      scope: "admin",
      request: { body: jsonRequest(gitTokenIn) },
      responses: { 201: jsonAnswer("The token", gitTokenMade.meta({ id: "GitTokenMade" })), ...refusalAnswers },
    }),
    async (c) => {
      return c.json(await makeGitToken(c.var, { ...c.req.valid("json"), kind: "token" }), 201);
    },
  )
  .openapi(
    memberDoor({
      method: "delete",
      path: "/git/tokens/{tokenId}",
      summary: "Revoke a Git token: the next call with it is refused",
      tags: ["Git"],
      scope: "admin",
      request: { params: z.object({ tokenId: id("gtk") }) },
      responses: { 200: jsonAnswer("It is gone", removedOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      await removeGitToken(db, member.id, { kind: "token", id: c.req.valid("param").tokenId });
      return c.json({ removed: true }, 200);
    },
  );

import { and, eq, gt, lt } from "drizzle-orm";
import { previewEntryTable } from "../../schema/preview/preview-access.table.ts";
import { passCookie, previewEnterPath, previewLife, previewPath } from "../../schema/preview/preview-access.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";
import { seeSignIn } from "../kernel/sign-in.ts";

/** The door of what members alone may see: a ticket that is good once becomes a cookie of that host. */
/** `key`: a preview's id, or the label of a project's app. */
export type EnteredPlace = { key: string; origin: string };

/** Whose it is, and by which sign-in they came. */
type Visitor = { member: Id<"mem">; signIn?: string | undefined };
/** A way into a place of the member's, good once. What was not used in time goes. */
export async function makeEntry(
  db: Database,
  { member, signIn }: Visitor,
  { key, origin }: EnteredPlace,
  path: string,
): Promise<{ url: string; address: string; expiresAt: number }> {
  const secret = drawSecretText();
  const now = Date.now();
  const expiresAt = now + previewLife.entry * 1_000;
  await db.delete(previewEntryTable).where(and(eq(previewEntryTable.member, member), lt(previewEntryTable.expiresAt, now)));
  await db.insert(previewEntryTable).values({ hash: await hashSha256(secret), member, preview: key, signIn, expiresAt });
  const url = `${origin}${previewEnterPath}?${new URLSearchParams({ ticket: secret, to: path })}`;
  return { url, address: `${origin}/`, expiresAt };
}
/**
 * Takes the ticket of such a way in; undefined where it was used, has ended or is another place's. Throws
 * where the sign-in by which it was made is over.
 */
export async function takeEntry(db: Database, key: string, ticket: string, now: number): Promise<Visitor | undefined> {
  const { hash, preview, expiresAt } = previewEntryTable;
  const isThis = and(eq(hash, await hashSha256(ticket)), eq(preview, key), gt(expiresAt, now));
  const known = await db.select().from(previewEntryTable).where(isThis).get();
  if (!known) return undefined;
  await seeSignIn(db, known.signIn ?? undefined);
  const { rowsAffected } = await db.delete(previewEntryTable).where(isThis);
  if (rowsAffected === 0) return undefined; // another call was first
  return { member: known.member, ...(known.signIn === null ? {} : { signIn: known.signIn }) };
}

export const toSeconds = (ms: number) => Math.floor(ms / 1_000);
/** In a frame of the app the cookie is another site's: only so a browser sends it there, and nowhere else. */
export function cookieLine(origin: string, token: string, expiresAt: number): string {
  const age = Math.max(0, toSeconds(expiresAt - Date.now()));
  return `${passCookie(origin)}=${token}; Path=/; Max-Age=${age}; HttpOnly; Secure; SameSite=None; Partitioned`;
}
/** The cookies of a request by name and text, as they stand in it. */
export const readCookies = (header: string | null | undefined): { name: string; value: string }[] =>
  (header ?? "").split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [] : [{ name: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }];
  });
/** So many passes of one request are looked at. */
const mostPasses = 50;
/**
 * The pass among the cookies of a request that opens this place. There may be several: on a machine without
 * HTTPS a page beside this one can plant another, which must lock nobody out.
 */
export async function findPass<T>(request: Request, read: (token: string) => Promise<T | undefined>): Promise<T> {
  let refused = new AppError("unauthenticated", { what: "pass" });
  const expected = passCookie(new URL(request.url).origin);
  const passes = readCookies(request.headers.get("cookie")).filter(({ name }) => name === expected);
  for (const { value } of passes.slice(0, mostPasses)) {
    try {
      const pass = await read(value);
      if (pass !== undefined) return pass;
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== "ticket_expired" && error.code !== "unauthenticated")) throw error;
      if (error.code === "ticket_expired") refused = error;
    }
  }
  throw refused;
}
/** Goes on to the page that was asked for, with the pass where it is a new one. */
export function enteredAnswer(query: URLSearchParams, cookie: string | undefined): Response {
  const location = previewPath.safeParse(query.get("to") ?? "/").data ?? "/";
  const headers = new Headers({ location, "referrer-policy": "no-referrer", "cache-control": "no-store" });
  if (cookie !== undefined) headers.set("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

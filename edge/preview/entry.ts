import { and, eq, gt, lt } from "drizzle-orm";
import { previewEntryTable } from "../../schema/preview/preview-access.table.ts";
import { previewCookie, previewEnterPath, previewLife, previewPath } from "../../schema/preview/preview-access.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";

/** The door of what members alone may see: a ticket that is good once becomes a cookie of that host. */
/** `key`: a preview's id, or the label of a project's app. */
export type EnteredPlace = { key: string; origin: string };

/** A way into a place of the member's, good once. What was not used in time goes. */
export async function makeEntry(
  db: Database,
  member: Id<"mem">,
  { key, origin }: EnteredPlace,
  path: string,
): Promise<{ url: string; address: string; expiresAt: number }> {
  const secret = drawSecretText();
  const now = Date.now();
  const expiresAt = now + previewLife.entry * 1_000;
  await db.delete(previewEntryTable).where(and(eq(previewEntryTable.member, member), lt(previewEntryTable.expiresAt, now)));
  await db.insert(previewEntryTable).values({ hash: await hashSha256(secret), member, preview: key, expiresAt });
  const url = `${origin}${previewEnterPath}?${new URLSearchParams({ ticket: secret, to: path })}`;
  return { url, address: `${origin}/`, expiresAt };
}
/** Takes the ticket of such a way in; undefined where it was used, has ended or is another place's. */
export async function takeEntry(db: Database, key: string, ticket: string, now: number): Promise<{ member: Id<"mem"> } | undefined> {
  const isThis = and(eq(previewEntryTable.hash, await hashSha256(ticket)), eq(previewEntryTable.preview, key));
  const taken = await db
    .delete(previewEntryTable)
    .where(and(isThis, gt(previewEntryTable.expiresAt, now)))
    .returning({ member: previewEntryTable.member });
  return taken[0];
}

export const toSeconds = (ms: number) => Math.floor(ms / 1_000);
/** In a frame of the app the cookie is another site's: only so a browser sends it there, and nowhere else. */
export function cookieLine(token: string, expiresAt: number): string {
  const age = Math.max(0, toSeconds(expiresAt - Date.now()));
  return `${previewCookie}=${token}; Path=/; Max-Age=${age}; HttpOnly; Secure; SameSite=None; Partitioned`;
}
/** Goes on to the page that was asked for, with the pass. */
export function enteredAnswer(query: URLSearchParams, cookie: string): Response {
  const location = previewPath.safeParse(query.get("to") ?? "/").data ?? "/";
  const headers = { location, "set-cookie": cookie, "referrer-policy": "no-referrer", "cache-control": "no-store" };
  return new Response(null, { status: 303, headers });
}

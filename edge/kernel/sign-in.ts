import { eq, lte } from "drizzle-orm";
import { endedSignInTable } from "../../schema/account/sign-in.table.ts";
import { previewLife, type ViewRight, viewHeader } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { TimedCache } from "../../schema/wire/timed-cache.ts";
import type { Database } from "./db.ts";

/**
 * Sign-ins that are over, by the identity provider's word. What a browser was given by one (tokens for a
 * minute, tickets for minutes, passes of previews for hours) opens nothing more.
 */
const hour = 3_600_000;
/** Longer than the longest that anything lasts which was given by it, in milliseconds. */
export const endedSignInKept = previewLife.pass * 1_000 + hour;

export const noteEndedSignIn = (db: Database, signIn: string, now: number) =>
  db
    .insert(endedSignInTable)
    .values({ signIn, until: now + endedSignInKept })
    .onConflictDoNothing();
export async function forgetEndedSignIns(db: Database, now: number): Promise<void> {
  await db.delete(endedSignInTable).where(lte(endedSignInTable.until, now));
}

export const signInOver = () => new AppError("unauthenticated", { what: "sign-in" });
export async function isSignInOver(db: Database, signIn: string): Promise<boolean> {
  const found = await db
    .select({ signIn: endedSignInTable.signIn })
    .from(endedSignInTable)
    .where(eq(endedSignInTable.signIn, signIn))
    .get();
  return found !== undefined;
}

const lasting = new TimedCache<true>({ ms: 2_000, most: 1_000 });
/**
 * For what many calls come with: the part of their right that says by which sign-in, and when it was seen
 * that it lasts. Throws where it is over. Of a word that is older than its end the host knows.
 */
export async function seeSignIn(db: Database, signIn: string | undefined): Promise<Pick<ViewRight, "signIn" | "signInAt">> {
  if (signIn === undefined) return {};
  const seen = await lasting.get(signIn, async () => ((await isSignInOver(db, signIn)) ? undefined : true));
  if (!seen) throw signInOver();
  return { signIn, signInAt: seen.at };
}
/**
 * The header by which the host ends an answer that lasts with the sign-in that asked for it. `key`: of what
 * kind the answer is.
 */
export async function heldBySignIn(db: Database, key: string, signIn: string | undefined): Promise<Record<string, string>> {
  if (signIn === undefined) return {};
  const right: ViewRight = { key, at: Date.now(), ...(await seeSignIn(db, signIn)) };
  return { [viewHeader]: JSON.stringify(right) };
}

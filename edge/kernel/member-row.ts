import { and, eq, isNull, lt, lte } from "drizzle-orm";
import { base64url } from "jose";
import { type ErasureRow, erasureTable } from "../../schema/account/erasure.table.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import { endedSignInTable } from "../../schema/account/sign-in.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import type { Database } from "./db.ts";
import { askProfile, type Profile } from "./identity-profile.ts";
import { isSignInOver, signInOver } from "./sign-in.ts";

/** Whom a session token speaks for; texts that it lacks are empty. `at`: when made, ms since 1970. */
export type Identity = { subject: string; signIn: string; name: string; email: string; at: number };
/** `hold`: what goes on though the caller has gone. */
type MemberWorld = Pick<EdgeApp["Variables"], "config" | "db" | "log"> & { hold: (work: Promise<unknown>) => void };

/** How an erased person is known: by nothing that says who they were. */
export async function hashSubject(subject: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subject))));
}
export async function findErasure(db: Database, subject: string): Promise<ErasureRow | undefined> {
  return db
    .select()
    .from(erasureTable)
    .where(eq(erasureTable.subjectHash, await hashSubject(subject)))
    .get();
}
export const findMember = (db: Database, subject: string): Promise<MemberRow | undefined> =>
  db.select().from(memberTable).where(eq(memberTable.subject, subject)).get();

/** As `findMember`, for a browser's own call, by one question; throws where its sign-in is over. */
export async function findSignedIn(db: Database, { subject, signIn }: Identity): Promise<MemberRow | undefined> {
  const found = await db
    .select({ member: memberTable, over: endedSignInTable.signIn })
    .from(memberTable)
    .leftJoin(endedSignInTable, eq(endedSignInTable.signIn, signIn))
    .where(eq(memberTable.subject, subject))
    .get();
  if (found?.over != null || (!found && (await isSignInOver(db, signIn)))) throw signInOver();
  return found?.member;
}

/**
 * The member's row, made on first sight and kept to what the identity provider says. Nobody is made of a
 * token that outlived its account.
 */
export async function findOrMakeMember(world: MemberWorld, identity: Identity): Promise<MemberRow> {
  const { db } = world;
  const row = (await findSignedIn(db, identity)) ?? (await makeMember(world, identity));
  if (row.erasingSince !== null) throw new AppError("erased");
  if (identity.email === "" && row.profileAt === 0) world.hold(keepProfile(world, row.subject));
  return keepToToken(db, row, identity);
}

const askAgainAfter = 10_000;
const mostRemembered = 1_000;
/** When each person was asked for whom the provider has told nothing of, by this isolate. */
const askedFor = new Map<string, number>();
function askFor(world: MemberWorld, subject: string): ReturnType<typeof askProfile> {
  if (askedFor.size >= mostRemembered) askedFor.clear();
  askedFor.set(subject, Date.now());
  return askProfile(world, subject);
}
async function keepProfile(world: MemberWorld, subject: string): Promise<void> {
  if (Date.now() - (askedFor.get(subject) ?? 0) < askAgainAfter) return;
  const told = await askFor(world, subject);
  if (told === undefined || told === "nobody") return;
  await setProfile(world.db, subject, told).catch((error: unknown) => world.log("warn", "a profile waits", { error }));
}

async function makeMember(world: MemberWorld, { subject, name, email, at }: Identity): Promise<MemberRow> {
  const { db } = world;
  if (await findErasure(db, subject)) throw new AppError("erased");
  const told = email === "" ? await askFor(world, subject) : { profileAt: at };
  if (told === "nobody") {
    // The account ended within the minute that its token lives, or the key of the API is of another instance.
    world.log("warn", "the identity provider does not know a person whose token it has just signed", {});
    throw new AppError("unavailable", { what: "the identity provider's API", retryAfter: 5 });
  }
  // Without a word of the provider's its first one counts, whatever its time: 0 is older than any.
  const values = { id: newId("mem"), subject, name, email, profileAt: 0, createdAt: Date.now(), ...told };
  await db.insert(memberTable).values(values).onConflictDoNothing();
  const row = await findMember(db, subject);
  if (!row) throw new AppError("internal", { what: "a member row that was just made is gone" });
  return row;
}

/** A profile that is newer than what is known of the person. True where the row took it. */
export async function setProfile(db: Database, subject: string, profile: Profile): Promise<boolean> {
  const isOlder = and(eq(memberTable.subject, subject), isNull(memberTable.erasingSince), lt(memberTable.profileAt, profile.profileAt));
  return (await db.update(memberTable).set(profile).where(isOlder)).rowsAffected > 0;
}

/** A token with an address says all of a person, unless the provider has told since; another says a name. */
async function keepToToken(db: Database, row: MemberRow, { name, email, at }: Identity): Promise<MemberRow> {
  const changes = { ...(name && name !== row.name ? { name } : {}), ...(email && email !== row.email ? { email } : {}) };
  const isNews = email === "" ? row.profileAt === 0 : at >= row.profileAt;
  if (Object.keys(changes).length === 0 || !isNews) return row;
  const profileAt = email === "" ? 0 : at;
  await db
    .update(memberTable)
    .set({ ...changes, profileAt })
    .where(and(eq(memberTable.id, row.id), lte(memberTable.profileAt, profileAt)));
  return { ...row, ...changes };
}

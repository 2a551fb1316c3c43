import { and, eq, inArray, isNull, lt, lte, ne, not, or, type SQL, sql } from "drizzle-orm";
import { base64url } from "jose";
import { type ErasureRow, erasureTable } from "../../schema/account/erasure.table.ts";
import type { Profile } from "../../schema/account/identity-event.ts";
import { type MemberRow, memberTable } from "../../schema/account/member.table.ts";
import type { GivenRole } from "../../schema/account/role.ts";
import { endedSignInTable } from "../../schema/account/sign-in.table.ts";
import { supportRoleTable } from "../../schema/account/support.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import type { EdgeApp } from "../http.ts";
import type { Database } from "./db.ts";
import { askProfile } from "./identity-profile.ts";
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
  // Of roles nothing was heard yet where a word found no row, or a version that knew none has taken it. With
  // a role came name and address.
  const isUnheard = row.rolesAt === 0 || (identity.email === "" && row.profileAt === 0);
  if (isUnheard && row.roles.length === 0) world.hold(keepProfile(world, row.subject));
  return keepToToken(db, row, identity);
}

/** How long the provider is not asked again for a person of whom it has told nothing, in milliseconds. */
const askAgainAfter = 10_000;
/** The same for who has a role: one that was taken while no word came through ends all the same. */
const rolesAskedAfter = 600_000;
const mostRemembered = 1_000;
/** When each person was last asked for, by this isolate. */
const askedPeople = new Map<string, number>();
function noteAsked(subject: string): void {
  if (askedPeople.size >= mostRemembered) askedPeople.clear();
  askedPeople.set(subject, Date.now());
}
const wasAsked = (subject: string, within: number) => Date.now() - (askedPeople.get(subject) ?? 0) < within;

async function keepProfile(world: MemberWorld, subject: string): Promise<void> {
  if (wasAsked(subject, askAgainAfter)) return;
  noteAsked(subject);
  await askAndKeep(world, subject);
}
async function askAndKeep(world: MemberWorld, subject: string): Promise<void> {
  const told = await askProfile(world, subject);
  if (told === undefined || told === "nobody") return;
  await setProfile(world, subject, told).catch((error: unknown) => world.log("warn", "a profile waits", { error }));
}
/**
 * Before what needs a role: the row as the provider last said it, once in ten minutes and while it answers.
 * Calls at the same time ask each for itself: none waits for an answer that ends with another's connection.
 */
export async function refreshRoles(world: MemberWorld, row: MemberRow): Promise<MemberRow> {
  if (row.roles.length === 0 || wasAsked(row.subject, rolesAskedAfter)) return row;
  await askAndKeep(world, row.subject);
  noteAsked(row.subject);
  return (await findMember(world.db, row.subject)) ?? row;
}

async function makeMember(world: MemberWorld, { subject, name, email, at }: Identity): Promise<MemberRow> {
  const { db } = world;
  if (await findErasure(db, subject)) throw new AppError("erased");
  if (email === "") noteAsked(subject);
  const told = email === "" ? await askProfile(world, subject) : { profileAt: at, rolesAt: 0 };
  if (told === "nobody") {
    // The account ended within the minute that its token lives, or the key of the API is of another instance.
    world.log("warn", "the identity provider does not know a person whose token it has just signed", {});
    throw new AppError("unavailable", { what: "the identity provider's API", retryAfter: 5 });
  }
  const { roles: _, rolesAt: __, ...profile } = told ?? {};
  const hadRole = (told?.roles ?? []).length > 0;
  // Without a word of the provider's its first one counts, whatever its time: 0 is older than any.
  const values = { id: newId("mem"), subject, name, email, profileAt: 0, createdAt: Date.now(), ...profile };
  await db
    .insert(memberTable)
    .values(hadRole ? { ...values, profileAt: 0 } : values)
    .onConflictDoNothing();
  // A word that took a role between the answer and the row has found no row. Whoever has none is asked
  // for later.
  if (hadRole) await askAndKeep(world, subject);
  const row = await findMember(db, subject);
  if (!row) throw new AppError("internal", { what: "a member row that was just made is gone" });
  return row;
}

/** `log`: a change of roles is told to operators by the member's id. */
type ProfilePlace = Pick<EdgeApp["Variables"], "db" | "log">;
/**
 * What the provider says of a person, as far as it is newer than what is known. Roles have a time of their
 * own: a token may say a newer name, and never a role. Of two answers of one time the one that gives less
 * counts. True where the row took any of it.
 */
export async function setProfile({ db, log }: ProfilePlace, subject: string, { roles, rolesAt, ...profile }: Profile): Promise<boolean> {
  const person = and(eq(memberTable.subject, subject), isNull(memberTable.erasingSince));
  const setNames = db
    .update(memberTable)
    .set(profile)
    .where(and(person, lt(memberTable.profileAt, profile.profileAt)));
  if (roles === undefined) return (await setNames).rowsAffected > 0;
  const isLess = and(eq(memberTable.rolesAt, rolesAt), ne(memberTable.roles, roles), ...roles.map(sqlHasRole));
  const setRoles = db
    .update(memberTable)
    .set({ roles, rolesAt })
    .where(and(person, or(lt(memberTable.rolesAt, rolesAt), isLess)));
  const before = await findMember(db, subject);
  const [names, given] = await db.batch([setNames, setRoles]);
  const isChanged = given.rowsAffected > 0 && String(before?.roles) !== String(roles);
  if (isChanged) log("info", "the roles of a member have changed", { member: before?.id, roles });
  if (isChanged && !roles.includes("support")) await forgetGiver(db, subject);
  return names.rowsAffected > 0 || given.rowsAffected > 0;
}
/** In SQL, over members. The first part is an index's: few people have any. */
export const sqlHasRole = (role: GivenRole): SQL =>
  sql`(${memberTable.roles} <> '[]' and instr(${memberTable.roles}, ${JSON.stringify(role)}) > 0)`;
/** Who gave the role of support is known as long as the person has it. */
function forgetGiver(db: Database, subject: string) {
  const without = db
    .select({ id: memberTable.id })
    .from(memberTable)
    .where(and(eq(memberTable.subject, subject), not(sqlHasRole("support"))));
  return db.delete(supportRoleTable).where(inArray(supportRoleTable.member, without));
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

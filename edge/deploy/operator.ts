import { eq, not } from "drizzle-orm";
import { z } from "zod";
import { type Profile, readChangeAnswer } from "../../schema/account/identity-event.ts";
import { memberTable } from "../../schema/account/member.table.ts";
import { supportRoleTable } from "../../schema/account/support.table.ts";
import { type Database, openDatabase } from "../kernel/db.ts";
import { askIdentityApi, changePersonRole, type IdentityApi, IdentityRefusal } from "../kernel/identity-api.ts";
import type { IngressCredential } from "../kernel/ingress.ts";
import { findMember, setProfile, sqlHasRole } from "../kernel/member-row.ts";
import { migrate } from "./migrate.ts";
import { NotYet } from "./settings-file.ts";

/**
 * Who is an operator, said from the machine of who deploys: at Clerk, which keeps the role, and in the
 * database's copy of it. So the first one needs no other operator, and none has to know an id of Clerk's.
 */
export type DatabasePlace = { url: string; token: string | undefined; ingress?: IngressCredential | undefined };
const openPlace = ({ url, token, ingress }: DatabasePlace): Database => openDatabase({ LIBSQL_URL: url, LIBSQL_TOKEN: token, ...ingress });

const accountsShape = z.array(
  z.object({
    id: z.string().min(1).max(200),
    email_addresses: z.array(z.object({ email_address: z.string(), verification: z.object({ status: z.string().nullish() }).nullish() })),
  }),
);
/** Clerk's id of the one person who has shown that this address is theirs. */
async function findByAddress(api: IdentityApi, address: string): Promise<string> {
  const { status, ok, said } = await askIdentityApi(api, {
    path: `/users?${new URLSearchParams({ email_address: address, limit: "100" })}`,
  });
  const parsed = accountsShape.safeParse(said);
  if (!ok || !parsed.success) throw new IdentityRefusal(status);
  const having = parsed.data.flatMap(({ id, email_addresses }) =>
    email_addresses
      .filter(({ email_address }) => email_address.toLowerCase() === address)
      .map(({ verification }) => ({ id, isVerified: verification?.status === "verified" })),
  );
  if (having.length === 0) throw new NotYet(`Nobody at Clerk has the address ${address}. Sign up with it first. Nothing was changed.`);
  const [found, other] = having.filter(({ isVerified }) => isVerified);
  if (!found) throw new NotYet(`At Clerk ${address} is not verified: its person has yet to show that it is theirs. Nothing was changed.`);
  if (other) throw new NotYet(`Several people at Clerk have the address ${address}. Nothing was changed.`);
  return found.id;
}

/** The reason in words of ours: Clerk's may be about people. */
function describeFailure(error: unknown): Error {
  if (error instanceof NotYet) return error;
  if (!(error instanceof IdentityRefusal)) return new NotYet("Clerk's API does not answer. Run this again: a second time does no harm.");
  if (error.status === 401 || error.status === 403)
    return new NotYet(`Clerk refuses CLERK_SECRET_KEY (${error.status}): is it whole, and not taken back? Nothing was changed.`);
  return new NotYet(`Clerk's API does not answer well (${error.status}). Run this again: a second time does no harm.`);
}

/** The database where it can be reached from here; throws where it has no place for roles yet. */
async function reachCopy(place: DatabasePlace): Promise<Database | undefined> {
  const lacked = await migrate(place.url, place.token, { dryRun: true, ingress: place.ingress, mayBeAhead: true }).catch(
    (error: unknown) => {
      if (error instanceof NotYet) throw error;
      return undefined;
    },
  );
  if (lacked !== undefined && lacked.length > 0)
    throw new NotYet("The database is of an older version: run `npm run migrate` first. Nothing was changed.");
  return lacked && openPlace(place);
}

export type OperatorChange = { api: IdentityApi; database: DatabasePlace; address: string; isGiven: boolean };
/**
 * `copy`: whether the member's row says it too; there is none yet; a newer word says otherwise; or it can't
 * be reached from here.
 */
export type OperatorChanged = { subject: string; copy: "set" | "no row" | "newer" | "away" };
const isClerkId = (text: string) => /^user_\w{1,100}$/.test(text);
/** What names a person: an address, or Clerk's id of them where they have another address by now. */
export const namesPerson = (text: string): boolean => isClerkId(text) || z.email().safeParse(text).success;
/**
 * Makes a person an operator, or no longer one. A second time changes nothing. Throws `NotYet` with what to
 * do.
 */
export async function setOperator({ api, database, address, isGiven }: OperatorChange): Promise<OperatorChanged> {
  const db = await reachCopy(database);
  const change = async () => {
    const subject = isClerkId(address) ? address : await findByAddress(api, address.toLowerCase());
    return { subject, told: await changePersonRole(api, subject, "operator", isGiven) };
  };
  const { subject, told } = await change().catch((error: unknown) => {
    throw describeFailure(error);
  });
  if (told === "nobody") throw new NotYet(`Nobody at Clerk is ${address}. Nothing was changed.`);
  return { subject, copy: db ? await tellCopy(db, subject, readChangeAnswer(told), isGiven).catch(() => "away" as const) : "away" };
}
async function tellCopy(db: Database, subject: string, told: Profile, isGiven: boolean): Promise<OperatorChanged["copy"]> {
  await setProfile({ db, log: () => undefined }, subject, told); // the command says it itself
  const row = await findMember(db, subject);
  if (!row) return "no row";
  return row.roles.includes("operator") === isGiven ? "set" : "newer";
}

type ListedOperator = { name: string; email: string; subject: string };
/** Who is an operator by the database's copy; throws `NotYet` where it can't be asked. */
export async function listOperators(place: DatabasePlace): Promise<ListedOperator[]> {
  const db = await reachCopy(place);
  if (!db) throw new NotYet("The database can't be reached from here.");
  const { name, email, subject } = memberTable;
  return db.select({ name, email, subject }).from(memberTable).where(sqlHasRole("operator")).orderBy(memberTable.createdAt);
}
/** Addresses of people who had support by the table of an older version, and have it no more. */
export async function listFormerSupport(place: DatabasePlace): Promise<string[]> {
  const had = await openPlace(place)
    .select({ email: memberTable.email })
    .from(memberTable)
    .innerJoin(supportRoleTable, eq(supportRoleTable.member, memberTable.id))
    .where(not(sqlHasRole("support")));
  return had.map(({ email }) => email);
}

import { and, asc, count, eq, isNotNull, isNull, lt, lte, ne, or, sql } from "drizzle-orm";
import { limitReached } from "../../schema/billing/limit-reached.ts";
import { type DomainRow, domainTable } from "../../schema/domain/domain.table.ts";
import { type DomainRecord, type DomainView, proofName, proofValue } from "../../schema/domain/domain.ts";
import type { AppAddressRow } from "../../schema/release/app-address.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { drawSecretText } from "../kernel/secret-text.ts";
import { appHost } from "../preview/preview-address.ts";

/** Whether certificates are made here; on a developer's machine without them domains are a demo. */
export function findDomainMode(config: EdgeConfig): "real" | "demo" {
  if (config.CERTIFICATES_TOKEN !== undefined) return "real";
  if (config.ENVIRONMENT === "local") return "demo";
  throw new AppError("unavailable", { what: "CERTIFICATES_TOKEN" }, { message: "Domains of your own are not set up here." });
}
const ofProject = (member: Id<"mem">, project: string) =>
  and(eq(domainTable.member, member), eq(domainTable.project, project), ne(domainTable.state, "removing"));

export const listDomains = (db: Database, member: Id<"mem">, project: string): Promise<DomainRow[]> =>
  db.select().from(domainTable).where(ofProject(member, project)).orderBy(asc(domainTable.createdAt), asc(domainTable.id));
/** A domain of the member's project; what is being removed is gone. */
export async function requireDomain(db: Database, member: Id<"mem">, project: string, id: Id<"dom">): Promise<DomainRow> {
  const row = await db
    .select()
    .from(domainTable)
    .where(and(ofProject(member, project), eq(domainTable.id, id)))
    .get();
  if (!row) throw new AppError("not_found", { what: "domain" });
  return row;
}
/** The domain that a visitor asks for. */
export const findActiveDomain = (db: Database, name: string): Promise<DomainRow | undefined> =>
  db
    .select()
    .from(domainTable)
    .where(and(eq(domainTable.name, name), eq(domainTable.state, "active"), isNotNull(domainTable.provenAt)))
    .get();
/** Whether somebody else has proven that the name is theirs. */
export async function isTaken(db: Database, member: Id<"mem">, name: string): Promise<boolean> {
  const proven = and(eq(domainTable.name, name), isNotNull(domainTable.provenAt), ne(domainTable.member, member));
  return (await db.select({ id: domainTable.id }).from(domainTable).where(proven).get()) !== undefined;
}

type NewDomain = { member: Id<"mem">; project: string; name: string; most: number };
/** Claims a name for a project. The same again is the same one. */
export async function claimDomain(db: Database, { member, project, name, most }: NewDomain, now: number): Promise<DomainRow> {
  const find = () =>
    db
      .select()
      .from(domainTable)
      .where(and(eq(domainTable.member, member), eq(domainTable.name, name)))
      .get();
  const id = newId("dom", now);
  const token = drawSecretText();
  const room = sql`(select ${count()} from ${domainTable} where ${ofProject(member, project)}) < ${most}`;
  if (!(await find()))
    await db.run(sql`insert into ${domainTable} (id, member, project, name, token, state, missing_at, next_check_at, created_at)
      select ${id}, ${member}, ${project}, ${name}, ${token}, 'waiting_dns', ${now}, ${now}, ${now} where ${room} on conflict do nothing`);
  const row = await find();
  const refuse = (message: string) => new AppError("conflict", { what: "domain" }, { message });
  if (!row) throw refuse(limitReached.domains(most));
  if (row.state === "removing") throw refuse(`${name} is still being taken away. Try again in a minute.`);
  if (row.project !== project) throw refuse(`${name} is a domain of your project ${row.project} already. Remove it there first.`);
  return row;
}

const lookMs = 60_000;
/** Takes a domain to be looked at; undefined where somebody else looks. */
export async function takeDomain(db: Database, id: Id<"dom">, now: number): Promise<DomainRow | undefined> {
  const free = or(isNull(domainTable.lookingUntil), lt(domainTable.lookingUntil, now));
  const taken = await db
    .update(domainTable)
    .set({ lookingUntil: now + lookMs })
    .where(and(eq(domainTable.id, id), free))
    .returning();
  return taken[0];
}
/** A domain that is looked at still by whom took it so. */
export const findTaken = (db: Database, { id, lookingUntil }: DomainRow): Promise<DomainRow | undefined> =>
  db
    .select()
    .from(domainTable)
    .where(and(eq(domainTable.id, id), eq(domainTable.lookingUntil, lookingUntil!)))
    .get();
/** Writes what a look found, where the domain is as it was. False: it has changed meanwhile. */
export async function writeDomain(db: Database, before: DomainRow, set: Partial<DomainRow>): Promise<boolean> {
  const same = and(eq(domainTable.id, before.id), eq(domainTable.state, before.state), eq(domainTable.lookingUntil, before.lookingUntil!));
  return (
    (
      await db
        .update(domainTable)
        .set({ ...set, lookingUntil: null })
        .where(same)
    ).rowsAffected === 1
  );
}
/** The name is the member's, if nobody else has proven it. */
export async function proveDomain(db: Database, { id, name }: DomainRow, now: number): Promise<boolean> {
  const nobody = sql`not exists (select 1 from ${domainTable} as other where other.name = ${name} and other.proven_at is not null)`;
  const done = await db
    .update(domainTable)
    .set({ provenAt: now })
    .where(and(eq(domainTable.id, id), ne(domainTable.state, "removing"), nobody));
  return done.rowsAffected === 1;
}
/** A domain that has failed waits for its records again. */
export async function restartDomain(db: Database, { id }: DomainRow, now: number): Promise<void> {
  const failed = and(eq(domainTable.id, id), eq(domainTable.state, "failed"));
  await db.update(domainTable).set({ state: "waiting_dns", reason: null, missingAt: now, tries: 0, nextCheckAt: now }).where(failed);
}
export const forgetDomain = (db: Database, { id }: DomainRow) =>
  db.delete(domainTable).where(and(eq(domainTable.id, id), eq(domainTable.state, "removing")));
/** It serves nothing from now on. */
export const markRemoved = (db: Database, member: Id<"mem">, project: string, id?: Id<"dom">): Promise<DomainRow[]> =>
  db
    .update(domainTable)
    .set({ state: "removing", nextCheckAt: Date.now() })
    .where(and(ofProject(member, project), id === undefined ? undefined : eq(domainTable.id, id)))
    .returning();
const mostAtOnce = 8;
export async function listDueDomains(db: Database, now: number): Promise<Id<"dom">[]> {
  const due = and(lte(domainTable.nextCheckAt, now), or(isNull(domainTable.lookingUntil), lt(domainTable.lookingUntil, now)));
  const rows = await db.select({ id: domainTable.id }).from(domainTable).where(due).orderBy(asc(domainTable.nextCheckAt)).limit(mostAtOnce);
  return rows.map(({ id }) => id);
}

/** What its member sees. `label`: that of the project's own address. */
export function viewDomain(config: EdgeConfig, row: DomainRow, { label }: Pick<AppAddressRow, "label">): DomainView {
  const { protocol, port } = new URL(config.PUBLIC_URL);
  const demo = findDomainMode(config) === "demo";
  const target = appHost(config, label).split(":")[0]!;
  const records: DomainRecord[] = [
    { type: "TXT", name: proofName(row.name), value: proofValue(row.token), found: row.txtFound },
    { type: "CNAME", name: row.name, value: target, found: row.targetFound },
  ];
  return {
    ...{ id: row.id, project: row.project, name: row.name, state: row.state, demo, createdAt: row.createdAt },
    records: demo ? [] : records,
    address: `${protocol}//${row.name}${port ? `:${port}` : ""}/`,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.checkedAt === null ? {} : { checkedAt: row.checkedAt }),
    ...(row.nextCheckAt === null ? {} : { nextCheckAt: row.nextCheckAt }),
  };
}

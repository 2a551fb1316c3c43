import { DatabaseSync } from "node:sqlite";
import type { InStatement } from "@libsql/client";
import { z } from "zod";
import { memberTable } from "../../../schema/account/member.table.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { beginErasure } from "../../account/begin-erasure.ts";
import type { Database } from "../../kernel/db.ts";
import { hashSubject } from "../../kernel/member-row.ts";
import { quoteName } from "./database-copy.ts";

/**
 * What must not be undone by a restore: people who were erased since, machines that were revoked or left,
 * keys of receipts that were made or revoked, keys of members that were made, sign-ins that ended, words of
 * Clerk's that wait to be followed.
 * It is read from the database that is replaced, where it still answers, and from later archives, and written
 * over what the archive says.
 */
const cellShape = z.union([z.string(), z.number(), z.null(), z.bigint().transform(Number)]);
const rowShape = z.record(z.string(), cellShape);
type CarriedRow = z.infer<typeof rowShape>;
const carriedTable = z.enum(["erasure", "machine", "receipt_key", "member_key", "ended_sign_in", "identity_event"]);
type CarriedTable = z.infer<typeof carriedTable>;
export const carriedShape = z.record(carriedTable, z.array(rowShape));
export type Carried = z.infer<typeof carriedShape>;

/** The column by which a row is known, and which rows the archive can't know. */
const carriedRows: Record<CarriedTable, { key: string; which: (takenAt: number, now: number) => string }> = {
  erasure: { key: "subject_hash", which: (takenAt) => `ended_at is null or ended_at >= ${takenAt}` },
  machine: { key: "id", which: () => "true" },
  receipt_key: { key: "kid", which: () => "true" },
  /** From a day before the archive on: the edge's clock is another. */
  member_key: { key: "member", which: (takenAt) => `created_at >= ${takenAt - dayMs}` },
  ended_sign_in: { key: "sign_in", which: (_, now) => `until > ${now}` },
  identity_event: { key: "id", which: () => "due_at is not null" },
};
const eachTable = (rowsOf: (table: CarriedTable) => CarriedRow[]): Carried =>
  carriedShape.parse(Object.fromEntries(carriedTable.options.map((table) => [table, rowsOf(table)])));

type AskRows = (sql: string) => Promise<unknown[]> | unknown[];
/** What one source says since an archive was taken; a table that it has not got yet says nothing. */
export async function readCarried(ask: AskRows, takenAt: number): Promise<Carried> {
  const named = z.array(z.looseObject({ name: z.string() })).parse(await ask("select name from sqlite_master where type = 'table'"));
  const there = new Set(named.map(({ name }) => name));
  const found = new Map<CarriedTable, CarriedRow[]>();
  for (const table of carriedTable.options.filter((each) => there.has(each))) {
    const rows = await ask(`select * from ${table} where ${carriedRows[table].which(takenAt, Date.now())}`);
    found.set(table, z.array(rowShape).parse(rows));
  }
  return eachTable((table) => found.get(table) ?? []);
}
/** What an archive's copy of the database says. */
export async function readCarriedFile(path: string, takenAt: number): Promise<Carried> {
  const file = new DatabaseSync(path, { readOnly: true });
  const ask = (sql: string) =>
    file
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  try {
    return await readCarried(ask, takenAt);
  } finally {
    file.close();
  }
}
/** Of several words about one thing the last counts: sources are given from the oldest to the newest. */
export const mergeCarried = (sources: readonly Carried[]): Carried =>
  eachTable((table) => {
    const { key } = carriedRows[table];
    return [...new Map(sources.flatMap((source) => source[table].map((row) => [row[key], row] as const))).values()];
  });

/** Columns of a row that the table has. */
type ColumnsOf = (table: CarriedTable) => readonly string[];
function insertRow(table: CarriedTable, row: CarriedRow, columnsOf: ColumnsOf, otherwise: "ignore" | "replace"): InStatement {
  const names = Object.keys(row).filter((name) => columnsOf(table).includes(name));
  const places = names.map(() => "?").join(", ");
  return {
    sql: `insert or ${otherwise} into ${table} (${names.map(quoteName).join(", ")}) values (${places})`,
    args: names.map((name) => row[name] ?? null),
  };
}
/**
 * Where the engine's store is not restored with the database, a member's actors were sealed with it since.
 * Whom the archive does not have gets none.
 */
const keepMemberKey = ({ member, sealed, created_at }: CarriedRow): InStatement => ({
  sql: "insert or ignore into member_key (member, sealed, created_at) select id, ?2, ?3 from member where id = ?1",
  args: [member ?? null, sealed ?? null, created_at ?? null],
});
/** A machine's certificate was renewed since, or it was revoked or left: its last word counts. */
const tellMachine = ({ id: machine, state, certificate_ends }: CarriedRow): InStatement => ({
  sql: `update machine set certificate_ends = max(certificate_ends, ?2),
          state = case when ?3 in ('revoked', 'left') then ?3 else state end where id = ?1`,
  args: [machine ?? null, certificate_ends ?? 0, state ?? null],
});

/**
 * People who were erased since are erased once more, from the first step on, with what the archive brought
 * back of them. They are known by their sign-in, since they may have been another member meanwhile, or none.
 * Gives how many.
 */
async function eraseAgain(db: Database, rows: readonly CarriedRow[]): Promise<number> {
  const byHash = new Map(rows.map((row) => [row.subject_hash, row]));
  const members = byHash.size === 0 ? [] : await db.select({ subject: memberTable.subject }).from(memberTable);
  let count = 0;
  for (const { subject } of members) {
    const row = byHash.get(await hashSubject(subject));
    if (!row) continue;
    await beginErasure(db, subject, row.by === "provider" ? "provider" : "member", Number(row.asked_at));
    count += 1;
  }
  return count;
}

/** How long a machine may take to renew a certificate: the archive knows only the end of an older one. */
const renewWithin = dayMs;
/**
 * Agents, whose logs are of before, are heard again. It is what a database needs beside an older store of the
 * engine, too.
 */
export const hearAgentsAgain = "update agent set status_seq = -1";
/** Makes the archive fit what goes on: agents are heard, hosts take what a stack may do, machines call. */
const settle = (takenAt: number, now: number): InStatement[] => [
  hearAgentsAgain,
  // A host takes only a later one than it knows: times are above all counts, and rise with each restore.
  { sql: "update stack set ceiling_rev = max(ceiling_rev + 1, ?)", args: [now] },
  {
    sql: "update machine set certificate_ends = max(certificate_ends, ?) where certificate_ends > ? and state not in ('revoked', 'left')",
    args: [now + renewWithin, takenAt],
  },
];

export type CarriedTarget = { db: Database; columnsOf: ColumnsOf; takenAt: number; now: number };
/**
 * Erases again who was erased, and gives the statements that carry the rest over; all may be done again. An
 * erasure of somebody whom the archive does not have stands as it stood.
 */
export async function planCarried(carried: Carried, { db, columnsOf, takenAt, now }: CarriedTarget) {
  const erased = await eraseAgain(db, carried.erasure);
  const statements: InStatement[] = [
    ...carried.erasure.map((row) => insertRow("erasure", row, columnsOf, "ignore")),
    ...carried.receipt_key.map((row) => insertRow("receipt_key", row, columnsOf, "replace")),
    ...carried.member_key.map(keepMemberKey),
    ...carried.ended_sign_in.map((row) => insertRow("ended_sign_in", row, columnsOf, "ignore")),
    ...carried.identity_event.map((row) => insertRow("identity_event", row, columnsOf, "replace")),
    ...carried.machine.map(tellMachine),
    ...settle(takenAt, now),
  ];
  return { erased, statements };
}

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { Client, Transaction, Value } from "@libsql/client";
import { z } from "zod";

/**
 * The whole database as one SQLite file, read as the edge reads it, so from any libSQL server.
 * Rows keep their rowids. The client gives integers as `bigint`: see `openPlaceClient`.
 */
export type RowCounts = Record<string, number>;
/** Statements go to a server, or are said by one. */
type Asks = Pick<Transaction, "execute">;

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Tables that SQLite and libSQL make for themselves. */
export const isInternal = (name: string) => /^(?:sqlite_|libsql_|_litestream_)/.test(name);
export type SchemaEntry = { type: string; name: string; table: string; sql: string };
/** What the database is made of, in the order in which it was made. */
export async function readSchema(server: Asks): Promise<SchemaEntry[]> {
  const { rows } = await server.execute("select type, name, tbl_name, sql from sqlite_master where sql is not null order by rowid");
  return rows
    .map(({ type, name, tbl_name, sql }) => ({ type: String(type), name: String(name), table: String(tbl_name), sql: String(sql) }))
    .filter(({ name }) => !isInternal(name));
}

/** What a table's columns are asked by. */
export const askColumns = "select name, type, pk, hidden from pragma_table_xinfo(?)";
const columnShape = z.object({ name: z.string(), type: z.string(), pk: z.coerce.number(), hidden: z.coerce.number() });
/** Columns that are written. One that is another name of the rowid is left out, which is written itself. */
export function pickColumns(rows: readonly unknown[]): string[] {
  const columns = z.array(columnShape).parse(rows);
  const keys = columns.filter(({ pk }) => pk > 0);
  const isRowid = ({ type, pk }: (typeof columns)[number]) => keys.length === 1 && pk > 0 && type.toUpperCase() === "INTEGER";
  return columns.filter((column) => column.hidden === 0 && !isRowid(column)).map(({ name }) => name);
}

/** How much of a table one question asks for, in bytes: a server refuses answers of more than 10 MB. */
const pageBytes = 2_000_000;
const pageRows = 10_000;
/** The last rowid of the next page: after `after`, one row at least. Undefined where there is none. */
async function findPageEnd(server: Asks, table: string, columns: readonly string[], after: bigint): Promise<bigint | undefined> {
  const size = columns.map((name) => `coalesce(octet_length(${quoteName(name)}), 0)`).join(" + ") || "0";
  const { rows } = await server.execute({
    sql: `select rowid as place, ${size} as bytes from ${quoteName(table)} where rowid > ? order by rowid limit ${pageRows}`,
    args: [after],
  });
  let [sum, end] = [0, rows[0]?.place];
  for (const { place, bytes } of rows) {
    sum += Number(bytes);
    if (sum > pageBytes) break;
    end = place;
  }
  return end === undefined ? undefined : BigInt(String(end));
}
const toSqlite = (value: Value): SQLInputValue => (value instanceof ArrayBuffer ? new Uint8Array(value) : value);

async function copyTable(moment: Asks, file: DatabaseSync, table: string): Promise<number> {
  const { rows: described } = await moment.execute({ sql: askColumns, args: [table] });
  const columns = pickColumns(described.map((row) => ({ ...row })));
  const names = ["rowid", ...columns.map(quoteName)].join(", ");
  const insert = file.prepare(`insert into ${quoteName(table)} (${names}) values (${["?", ...columns.map(() => "?")].join(", ")})`);
  const page = `select ${["rowid as place", ...columns.map(quoteName)].join(", ")} from ${quoteName(table)} where rowid > ? and rowid <= ? order by rowid`;
  let count = 0;
  let after = -(2n ** 63n);
  for (;;) {
    const end = await findPageEnd(moment, table, columns, after);
    if (end === undefined) return count;
    const { rows } = await moment.execute({ sql: page, args: [after, end] });
    for (const row of rows) insert.run(toSqlite(row[0]!), ...columns.map((_, at) => toSqlite(row[at + 1] ?? null)));
    count += rows.length;
    after = end;
  }
}

/**
 * Fixes a moment: what is written from then on is not in what is read by it. It holds as long as it is asked
 * something each few seconds; nobody waits for it.
 */
export async function openMoment(client: Client): Promise<Transaction> {
  const moment = await client.transaction("read");
  await moment.execute("select count(*) from sqlite_master");
  return moment;
}

/** Writes all that there is at that moment into a new SQLite file; gives how many rows each table has. */
export async function copyDatabase(moment: Asks, path: string): Promise<RowCounts> {
  const schema = await readSchema(moment);
  const file = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    file.exec("pragma journal_mode = off; begin");
    const counts: RowCounts = {};
    for (const { sql, name } of schema.filter(({ type }) => type === "table")) {
      file.exec(sql);
      counts[name] = await copyTable(moment, file, name);
    }
    if (schema.some(({ sql }) => /\bautoincrement\b/i.test(sql))) await copySequences(moment, file);
    for (const { sql } of schema.filter(({ type }) => type !== "table")) file.exec(sql);
    file.exec("commit");
    return counts;
  } finally {
    file.close();
  }
}
/** The last numbers that were given: of a row that was deleted too, which no other may have. */
async function copySequences(moment: Asks, file: DatabaseSync): Promise<void> {
  const { rows } = await moment.execute("select name, seq from sqlite_sequence");
  file.exec("delete from sqlite_sequence");
  const insert = file.prepare("insert into sqlite_sequence (name, seq) values (?, ?)");
  for (const { name, seq } of rows) insert.run(String(name), BigInt(String(seq)));
}

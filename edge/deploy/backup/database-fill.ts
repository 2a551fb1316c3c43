import { DatabaseSync } from "node:sqlite";
import type { InValue, Transaction } from "@libsql/client";
import { z } from "zod";
import { askColumns, isInternal, pickColumns, quoteName, type RowCounts, readSchema } from "./database-copy.ts";

/** A database made of a copy, in one transaction of the server's: all of it or nothing. */
const entryShape = z.object({ type: z.string(), name: z.string(), sql: z.string() });
const cellShape = z.union([z.string(), z.bigint(), z.number(), z.null(), z.instanceof(Uint8Array)]);
const rowShape = z.record(z.string(), cellShape);

/** A copy's tables, then what stands on them. */
function readEntries(file: DatabaseSync) {
  const all = z
    .array(entryShape)
    .parse(file.prepare("select type, name, sql from sqlite_master where sql is not null order by rowid").all());
  const named = all.filter(({ name }) => !isInternal(name));
  return { tables: named.filter(({ type }) => type === "table"), others: named.filter(({ type }) => type !== "table") };
}

/** How much one call writes: a request has an end, and a statement 32,766 places for values at most. */
const [callBytes, callValues] = [2_000_000, 20_000];
const weighCell = (value: z.infer<typeof cellShape>) => (typeof value === "string" || value instanceof Uint8Array ? value.length : 8);
async function fillTable(write: Transaction, file: DatabaseSync, table: string): Promise<void> {
  const columns = pickColumns(file.prepare(askColumns).all(table));
  const insert = `insert into ${quoteName(table)} (${["rowid", ...columns.map(quoteName)].join(", ")}) values `;
  const places = `(${["?", ...columns.map(() => "?")].join(", ")})`;
  // Numbered names: a column may be called as anything.
  const names = ["rowid as c0", ...columns.map((name, at) => `${quoteName(name)} as c${at + 1}`)].join(", ");
  const read = file.prepare(`select ${names} from ${quoteName(table)} order by rowid`);
  read.setReadBigInts(true);
  let args: InValue[] = [];
  let [rows, bytes] = [0, 0];
  const send = async () => {
    if (rows > 0) await write.execute({ sql: insert + Array.from({ length: rows }, () => places).join(", "), args });
    args = [];
    [rows, bytes] = [0, 0];
  };
  for (const raw of read.iterate()) {
    const row = rowShape.parse(raw);
    const values = [row.c0 ?? null, ...columns.map((_, at) => row[`c${at + 1}`] ?? null)];
    args.push(...values);
    rows += 1;
    bytes += values.reduce((sum: number, value) => sum + weighCell(value), 0);
    if (bytes > callBytes || args.length + values.length > callValues) await send();
  }
  await send();
}

/** Takes away all that there is. References between tables count again at the end of the transaction. */
async function emptyDatabase(write: Transaction): Promise<void> {
  const schema = await readSchema(write);
  for (const kind of ["trigger", "view", "table"])
    for (const { name } of schema.filter(({ type }) => type === kind)) await write.execute(`drop ${kind} if exists ${quoteName(name)}`);
}

/**
 * Puts what the copy at `path` has in the place of all that the database has. Throws where what is there then
 * has other numbers of rows than the copy. The caller ends the transaction.
 */
export async function fillDatabase(write: Transaction, path: string, counts: Readonly<RowCounts>): Promise<void> {
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    await write.execute("pragma defer_foreign_keys = on");
    await emptyDatabase(write);
    const { tables, others } = readEntries(file);
    for (const { name, sql } of tables) {
      await write.execute(sql);
      await fillTable(write, file, name);
    }
    if (tables.some(({ sql }) => /\bautoincrement\b/i.test(sql))) await fillSequences(write, file);
    for (const { sql } of others) await write.execute(sql);
    for (const { name } of tables) {
      const { rows } = await write.execute(`select count(*) as n from ${quoteName(name)}`);
      if (Number(rows[0]?.n) !== counts[name]) throw new Error(`${name} has ${rows[0]?.n} rows and not the ${counts[name]} of the archive`);
    }
  } finally {
    file.close();
  }
}
async function fillSequences(write: Transaction, file: DatabaseSync): Promise<void> {
  const sequences = z
    .array(z.object({ name: z.string(), seq: z.number() }))
    .parse(file.prepare("select name, seq from sqlite_sequence").all());
  await write.batch([
    "delete from sqlite_sequence",
    ...sequences.map(({ name, seq }) => ({ sql: "insert into sqlite_sequence (name, seq) values (?, ?)", args: [name, BigInt(seq)] })),
  ]);
}

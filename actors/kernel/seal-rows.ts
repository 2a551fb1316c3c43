import { eq, getTableColumns, getTableName, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn, SQLiteTable } from "drizzle-orm/sqlite-core";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { subAgentTable } from "../../schema/agent/sub-agent.table.ts";
import { isSealed, isSealedColumn } from "../../schema/seal/sealed-column.ts";
import { sealedRowsTable } from "../../schema/seal/sealed-rows.table.ts";
import { type Db, tables } from "./tables.ts";

const rowsAtATime = 50;
const everything = { name: "*", upTo: 0 };

/** What goes into the column for a value that stands there in the open; what can't be read stays. */
function sealAgain(column: SQLiteColumn, stored: unknown): unknown {
  if (typeof stored !== "string" || isSealed(stored)) return undefined; // a seal that did not open
  try {
    return column.mapToDriverValue(column.mapFromDriverValue(stored));
  } catch {
    return undefined;
  }
}
async function sealTable(db: Db, table: SQLiteTable, life: AbortSignal): Promise<void> {
  const name = getTableName(table);
  const columns = Object.values(getTableColumns(table)).filter(isSealedColumn);
  const [known] = await db.select().from(sealedRowsTable).where(eq(sealedRowsTable.name, name));
  const asStored = Object.fromEntries(columns.map((column) => [column.name, sql<unknown>`${column}`]));
  for (let upTo = known?.upTo ?? 0; columns.length > 0 && !life.aborted; ) {
    const rows: Record<string, unknown>[] = await db
      .select({ row: sql<number>`rowid`, ...asStored })
      .from(table)
      .where(sql`rowid > ${upTo}`)
      .orderBy(sql`rowid`)
      .limit(rowsAtATime);
    if (rows.length === 0) return;
    upTo = Number(rows.at(-1)?.row);
    await db.transaction(
      async (write) => {
        for (const row of rows) {
          const set: SQL[] = columns.flatMap((column) => {
            const value = sealAgain(column, row[column.name]);
            return value === undefined ? [] : [sql`${sql.identifier(column.name)} = ${value}`];
          });
          if (set.length > 0) await write.run(sql`update ${table} set ${sql.join(set, sql`, `)} where rowid = ${row.row}`);
        }
        await write.insert(sealedRowsTable).values({ name, upTo }).onConflictDoUpdate({ target: sealedRowsTable.name, set: { upTo } });
      },
      { name: "seal" },
    );
  }
}
/**
 * Seals the rows of before columns were sealed: what is looked for by its seal would not be found. It goes on
 * where it was broken off; an actor that is new has nothing to do.
 */
export async function sealRows(db: Db, life: AbortSignal): Promise<void> {
  if ((await db.select().from(sealedRowsTable).where(eq(sealedRowsTable.name, everything.name))).length > 0) return;
  const fresh = (await db.$count(growAgentTable)) === 0 && (await db.$count(subAgentTable)) === 0;
  if (!fresh) for (const table of Object.values(tables)) await sealTable(db, table, life);
  life.throwIfAborted();
  await db.insert(sealedRowsTable).values(everything).onConflictDoNothing();
}

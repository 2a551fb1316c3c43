import { sql } from "drizzle-orm";
import type { Db } from "../../actors/kernel/tables.ts";
import { applyMemoryChange, memoryChange } from "../../schema/memory/memory-change.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";

/** The files of memory, as what waits in the outbox would leave them in an empty repository. */
export async function readOutboxFiles(db: Db): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const row of await db.select().from(outboxTable).orderBy(sql`rowid`))
    for (const change of memoryChange.array().parse(row.files)) {
      const text = applyMemoryChange(found.get(change.path), change);
      if (text === undefined) found.delete(change.path);
      else found.set(change.path, text);
    }
  return found;
}

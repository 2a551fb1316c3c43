import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Up to which row each table of an actor was sealed that had rows before columns were; all of them: `*`. */
export const sealedRowsTable = sqliteTable("sealed_rows", { name: text().primaryKey(), upTo: integer("up_to").notNull() });

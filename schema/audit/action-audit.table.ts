import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { AuditEntry } from "./audit.ts";

/** The actor's changes of which the edge does not know yet; each was written in its change's transaction. */
export const actionAuditTable = sqliteTable("action_audit", {
  seq: integer("seq").primaryKey({ autoIncrement: true }),
  id: text("id").$type<Id<"adt">>().notNull().unique(),
  entry: sealedJson("entry").$type<AuditEntry>().notNull(),
});

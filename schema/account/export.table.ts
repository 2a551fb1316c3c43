import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { ExportOut, ExportPart } from "./export.ts";

/** The newest export of each member: its link and how far it is, never what is in it. */
export const accountExportTable = sqliteTable("account_export", {
  member: text().$type<Id<"mem">>().primaryKey(),
  /** What a link says; a new one ends the links before it, and what is being saved by them. */
  id: text().$type<Id<"exp">>().notNull(),
  madeAt: integer().notNull(),
  state: text().$type<Exclude<ExportOut["state"], "none">>().notNull(),
  /** Who saves it now, of those who began to by the link: the last; null while nobody has. */
  download: text(),
  part: text().$type<ExportPart>(),
  filesDone: integer().notNull(),
  files: integer(),
  bytes: integer().notNull(),
  missing: text({ mode: "json" }).$type<string[]>().notNull(),
  /** When the rest was written last. */
  notedAt: integer(),
});
export type AccountExportRow = typeof accountExportTable.$inferSelect;

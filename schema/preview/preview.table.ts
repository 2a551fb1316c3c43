import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey, sealedText } from "../seal/sealed-column.ts";
import type { PreviewSource, previewStates } from "./preview.ts";

/** Of an actor: what can be looked at. `key`: the same source again is the same row. */
export const previewTable = sqliteTable("preview", {
  id: text().$type<`pvw_${string}`>().primaryKey(),
  key: sealedKey().notNull().unique(),
  title: sealedText().notNull(),
  state: text().$type<(typeof previewStates)[number]>().notNull(),
  source: sealedJson().$type<PreviewSource>().notNull(),
  channel: text().$type<`chn_${string}`>().notNull(),
  openedAt: integer("opened_at").notNull(),
  changedAt: integer("changed_at").notNull(),
});
export type PreviewRow = typeof previewTable.$inferSelect;

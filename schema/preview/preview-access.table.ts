import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";

const ofMember = () =>
  text()
    .$type<Id<"mem">>()
    .notNull()
    .references(() => memberTable.id);

/**
 * Ways into a preview, or into the app of a project, that are good once; each is removed by its use. `hash`
 * is the SHA-256 of the ticket, `preview` the preview's id or the app's label.
 */
export const previewEntryTable = sqliteTable("preview_entry", {
  hash: text().primaryKey(),
  member: ofMember(),
  preview: text().notNull(),
  /** By which sign-in it was made. */
  signIn: text(),
  expiresAt: integer().notNull(),
});

/** Links by which others look at a preview until their end; a revoked one is gone. */
export const previewShareTable = sqliteTable(
  "preview_share",
  {
    id: text().$type<Id<"pvs">>().primaryKey(),
    member: ofMember(),
    preview: text().$type<Id<"pvw">>().notNull(),
    hash: text().notNull().unique(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [index("preview_share_member").on(table.member, table.preview)],
);

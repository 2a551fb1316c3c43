import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import { memberTable } from "./member.table.ts";

/** The key of each member's actors, sealed for the member. Without its row what they sealed is unreadable. */
export const memberKeyTable = sqliteTable("member_key", {
  member: text()
    .$type<Id<"mem">>()
    .primaryKey()
    .references(() => memberTable.id),
  sealed: text().notNull(),
  createdAt: integer().notNull(),
});

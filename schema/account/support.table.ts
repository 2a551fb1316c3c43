import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import { memberTable } from "./member.table.ts";

/** Who has the role of support, since when, and which operator gave it. Taken away, the row is gone. */
export const supportRoleTable = sqliteTable("support_role", {
  member: text()
    .$type<Id<"mem">>()
    .primaryKey()
    .references(() => memberTable.id),
  givenBy: text().$type<Id<"mem">>().notNull(),
  givenAt: integer().notNull(),
});

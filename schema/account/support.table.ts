import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import { memberTable } from "./member.table.ts";

/**
 * Which operator gave a person the role of support, and when; nobody has it by this row. Taken away, it is
 * gone, and where the role was given at the identity provider there is none.
 */
export const supportRoleTable = sqliteTable("support_role", {
  member: text()
    .$type<Id<"mem">>()
    .primaryKey()
    .references(() => memberTable.id),
  givenBy: text().$type<Id<"mem">>().notNull(),
  givenAt: integer().notNull(),
});

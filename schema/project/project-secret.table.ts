import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";

/**
 * Values of the variables of a member's projects, in the database, sealed for the member, the project and
 * the name.
 */
export const projectSecretTable = sqliteTable(
  "project_secret",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    project: text().notNull(),
    name: text().notNull(),
    sealed: text().notNull(),
    version: integer().notNull(),
    updatedAt: integer().notNull(),
    /** Its value was forgotten then; its versions go on, as releases name them. */
    removedAt: integer(),
  },
  (table) => [primaryKey({ columns: [table.member, table.project, table.name] })],
);

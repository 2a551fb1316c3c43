import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";

/**
 * Whose each project is, in the database: a row for each that a member's actor has made, written when the
 * actor says so and never removed. How a project stands, the actor knows.
 */
export const registryProjectTable = sqliteTable(
  "project",
  {
    id: text().$type<Id<"prj">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    name: text().notNull(),
    repo: text().notNull(),
    /** What it began from; null: from nothing, or before templates were written down. */
    template: text(),
    /** Milliseconds since 1970. */
    createdAt: integer().notNull(),
    /** Null: it is there. A name may be given again, with another id. */
    removedAt: integer(),
  },
  (table) => [index("project_member").on(table.member, table.name)],
);
export type RegistryProjectRow = typeof registryProjectTable.$inferSelect;

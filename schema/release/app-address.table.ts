import { integer, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";

/**
 * Which project of whom is seen at which label, and whether by everybody. A row is never another's, and
 * never removed.
 */
export const appAddressTable = sqliteTable(
  "app_address",
  {
    label: text().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    project: text().notNull(),
    published: integer({ mode: "boolean" }).notNull().default(false),
    createdAt: integer().notNull(),
    /** Since when its project is deleted or offline: nothing is there until a release is served again. */
    retiredAt: integer(),
  },
  (table) => [unique("app_address_project").on(table.member, table.project)],
);
export type AppAddressRow = typeof appAddressTable.$inferSelect;

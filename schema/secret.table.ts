import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "./account/member.table.ts";
import type { Id } from "./wire/id.ts";

/**
 * What a member keeps for services, sealed for them and its name. It is sent to `origin` and nowhere else.
 */
export const secretTable = sqliteTable(
  "secret",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    name: text().notNull(),
    origin: text().notNull(),
    sealed: text().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.member, table.name] })],
);

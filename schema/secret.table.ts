import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "./id.ts";
import { members } from "./member.table.ts";

/** What a member keeps for services, sealed for them and its name. It is sent to `origin` and nowhere else. */
export const secrets = sqliteTable(
  "secret",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => members.id),
    name: text().notNull(),
    origin: text().notNull(),
    sealed: text().notNull(),
    updatedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.member, table.name] })],
);

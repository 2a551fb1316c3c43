import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { AccessScope } from "./access-token.ts";
import { memberTable } from "./member.table.ts";

/** `hash` is the SHA-256 of the token, which is nowhere. Times are milliseconds since 1970. */
export const accessTokenTable = sqliteTable(
  "access_token",
  {
    id: text().$type<Id<"pat">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    name: text().notNull(),
    scopes: text({ mode: "json" }).$type<AccessScope[]>().notNull(),
    hash: text().notNull().unique(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    lastUsedAt: integer(),
    revoked: integer({ mode: "boolean" }).notNull().default(false),
    /** When what it holds open is ended next, and how often that has failed; null once it is done. */
    closeAt: integer(),
    closeAttempts: integer().notNull().default(0),
  },
  (table) => [index("access_token_member").on(table.member), index("access_token_close").on(table.closeAt)],
);
export type AccessTokenRow = typeof accessTokenTable.$inferSelect;

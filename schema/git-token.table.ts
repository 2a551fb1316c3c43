import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { gitScopes } from "./git-token.ts";
import type { Id } from "./id.ts";
import { members } from "./member.table.ts";

/** `hash` is the SHA-256 of the token, which is nowhere. */
export const gitTokens = sqliteTable(
  "git_token",
  {
    id: text().$type<Id<"gtk">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => members.id),
    name: text().notNull(),
    repositories: text({ mode: "json" }).$type<string[]>().notNull(),
    scope: text({ enum: gitScopes }).notNull(),
    hash: text().notNull().unique(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    lastUsedAt: integer(),
  },
  (table) => [index("git_token_member").on(table.member)],
);
export type GitTokenRow = typeof gitTokens.$inferSelect;

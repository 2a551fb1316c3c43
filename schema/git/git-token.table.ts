import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import { gitScopes, gitTokenKinds } from "./git-token.ts";

/** `hash` is the SHA-256 of the token, which is nowhere. */
export const gitTokenTable = sqliteTable(
  "git_token",
  {
    id: text().$type<Id<"gtk">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    name: text().notNull(),
    repositories: text({ mode: "json" }).$type<string[]>().notNull(),
    scope: text({ enum: gitScopes }).notNull(),
    kind: text({ enum: gitTokenKinds }).notNull().default("token"),
    hash: text().notNull().unique(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    lastUsedAt: integer(),
    /** The access token with which it was made and ends; null where its member made it. */
    madeBy: text().$type<Id<"pat">>(),
  },
  (table) => [index("git_token_member").on(table.member)],
);
export type GitTokenRow = typeof gitTokenTable.$inferSelect;

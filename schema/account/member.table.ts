import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { GivenRole } from "./role.ts";

/**
 * A person with an account. `subject` is the identity provider's
 * id; it is never public. Times are milliseconds since 1970.
 */
export const memberTable = sqliteTable(
  "member",
  {
    id: text().$type<Id<"mem">>().primaryKey(),
    subject: text().notNull().unique(),
    name: text().notNull(),
    email: text().notNull(),
    /** As of when name and address are known: what is older changes neither. */
    profileAt: integer().notNull().default(0),
    /** A copy of the roles that the identity provider keeps, as of when: what is older changes none. */
    roles: text({ mode: "json" }).$type<GivenRole[]>().notNull().default([]),
    rolesAt: integer().notNull().default(0),
    /** Since when the account is being erased; then nothing of it is taken or given any more. */
    erasingSince: integer(),
    createdAt: integer().notNull(),
  },
  (table) => [index("member_with_role").on(table.createdAt).where(sql`roles <> '[]'`)],
);
export type MemberRow = typeof memberTable.$inferSelect;

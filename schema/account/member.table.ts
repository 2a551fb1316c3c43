import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";

/**
 * A person with an account. `subject` is the identity provider's
 * id; it is never public. Times are milliseconds since 1970.
 */
export const memberTable = sqliteTable("member", {
  id: text().$type<Id<"mem">>().primaryKey(),
  subject: text().notNull().unique(),
  name: text().notNull(),
  email: text().notNull(),
  /** As of when name and address are known: what is older changes neither. */
  profileAt: integer().notNull().default(0),
  /** Since when the account is being erased; then nothing of it is taken or given any more. */
  erasingSince: integer(),
  createdAt: integer().notNull(),
});
export type MemberRow = typeof memberTable.$inferSelect;

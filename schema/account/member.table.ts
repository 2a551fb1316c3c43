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
  createdAt: integer().notNull(),
});
export type MemberRow = typeof memberTable.$inferSelect;

import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The member's policy file as it is wanted: what Git holds,
 * with what is on its way there. One row, in the growAgent.
 */
export const policyTable = sqliteTable("policy", {
  path: text("path").primaryKey(),
  text: text("text").notNull(),
  /** Why the file in Git is not in force, when it is not. */
  error: text("error"),
  readAt: integer("read_at").notNull(),
});

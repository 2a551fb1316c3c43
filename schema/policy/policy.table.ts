import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";

/**
 * The member's policy file as it is wanted: what Git holds,
 * with what is on its way there. One row, in the growAgent.
 */
export const policyTable = sqliteTable("policy", {
  path: sealedText("path").primaryKey(),
  text: sealedText("text").notNull(),
  /** Why the file in Git is not in force, when it is not. */
  error: sealedText("error"),
  readAt: integer("read_at").notNull(),
});

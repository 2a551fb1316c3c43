import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Id } from "../wire/id.ts";
import type { ErasureStep } from "./erasure.ts";

/**
 * The end of an account, in the database. It is what is left of a member: who they were is a hash, so that a
 * token of theirs that still lives makes no member anew. Times are milliseconds since 1970.
 */
export const erasureTable = sqliteTable(
  "erasure",
  {
    /** SHA-256 of the identity provider's id. */
    subjectHash: text().primaryKey(),
    /** Null for a person who was gone at the provider before they ever came here. */
    member: text().$type<Id<"mem">>().unique(),
    by: text({ enum: ["member", "provider"] }).notNull(),
    askedAt: integer().notNull(),
    step: text().$type<ErasureStep>().notNull(),
    attempts: integer().notNull().default(0),
    /** When the next look is due. Moved on by whoever takes it, so that one looks at a time. */
    dueAt: integer().notNull(),
    /** When the stack's host said that nothing of the stack is left there. */
    stackGoneAt: integer(),
    /** When what the member had open was ended. */
    disconnectedAt: integer(),
    /** The code of the last failure. */
    error: text(),
    endedAt: integer(),
  },
  (table) => [index("erasure_due").on(table.endedAt, table.dueAt)],
);
export type ErasureRow = typeof erasureTable.$inferSelect;

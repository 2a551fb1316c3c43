import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedPath, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";

/**
 * A cache of the memory repository in the growAgent: its files with title, the commit that
 * last changed each, and the text of those that prompts are made of. Rebuilt from Git.
 */
export const memoryFileTable = sqliteTable("memory_file", {
  path: sealedPath("path").primaryKey(),
  title: sealedText("title").notNull(),
  /** Kept for profile, goals, policies and the newest summary; null for the rest. */
  content: sealedText("content"),
  hash: text("hash"),
  at: integer("at").notNull(),
});
export type MemoryFileRow = typeof memoryFileTable.$inferSelect;

/** How long the conversation of an agent's session has grown; `summary` is what the one before left. */
export const conversationTable = sqliteTable("conversation", {
  agent: text("agent").$type<Id<"agt">>().primaryKey(),
  /** First event that is not in the summary. */
  since: integer("since").notNull(),
  number: integer("number").notNull(),
  summary: sealedText("summary").notNull(),
  path: sealedPath("path"),
  /** The turn that writes the summary, while it runs. */
  turn: text("turn").$type<Id<"trn">>(),
  updatedAt: integer("updated_at").notNull(),
});
export type ConversationRow = typeof conversationTable.$inferSelect;

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import { type QuestRun, questStates } from "./quest-run.ts";

/**
 * A quest that was proposed or started, in the growAgent: where it
 * stands, and the package it runs by, as it was at its pinned commit.
 */
export const questTable = sqliteTable(
  "quest",
  {
    id: text("id").$type<Id<"qst">>().primaryKey(),
    state: text("state", { enum: questStates }).notNull(),
    body: sealedJson("body").$type<QuestRun>().notNull(),
    /** Texts of the package by path: `quest.yaml` and the prompts it names. */
    files: sealedJson("files").$type<Record<string, string>>().notNull(),
    /** When a step that repeats comes next. */
    dueAt: integer("due_at"),
    rev: integer("rev").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("quest_state").on(table.state)],
);
export type QuestRow = typeof questTable.$inferSelect;

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";

/**
 * What must reach the memory repository, in the actor. `key` is the
 * tool call that asked for it; `hash` the commit that holds it.
 */
export const outboxTable = sqliteTable(
  "memory_outbox",
  {
    id: text("id").$type<Id<"out">>().primaryKey(),
    key: sealedKey("key").notNull().unique(),
    kind: text("kind", {
      enum: [
        "decision",
        "goal",
        "profile",
        "plan",
        "summary",
        "pattern",
        "layout",
        "task",
        "policy",
        "quest",
        "agent",
        "revert",
        "open",
        "app",
      ],
    }).notNull(),
    title: sealedText("title").notNull(),
    files: sealedJson("files").notNull(),
    agent: text("agent").notNull(),
    turnId: text("turn_id").$type<Id<"trn">>(),
    task: text("task").$type<Id<"tsk">>(),
    at: integer("at").notNull(),
    triedAt: integer("tried_at"),
    hash: text("hash"),
    error: sealedText("error"),
  },
  (table) => [index("outbox_hash").on(table.hash)],
);
export type OutboxRow = typeof outboxTable.$inferSelect;

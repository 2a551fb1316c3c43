import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { TaskRun } from "./run.ts";

/**
 * Attempts at a task, in the growAgent. `ref` is what was tried:
 * the turn of an agent, or the key of an act of the platform.
 */
export const runTable = sqliteTable(
  "run",
  {
    id: text("id").primaryKey(),
    task: text("task").$type<Id<"tsk">>().notNull(),
    ref: sealedKey("ref").notNull().unique(),
    body: sealedJson("body").$type<TaskRun>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("run_task").on(table.task)],
);

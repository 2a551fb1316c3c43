import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
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
    ref: text("ref").notNull().unique(),
    body: text("body", { mode: "json" }).$type<TaskRun>().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("run_task").on(table.task)],
);

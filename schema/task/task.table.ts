import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TaskUsage } from "../budget.ts";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { Spec } from "./spec.ts";
import { type TaskFacts, taskStates } from "./task.ts";

/**
 * One unit of work, in the growAgent. `facts` is what `transition()` decides
 * from; `rev` is the compare-and-set, `state` and `dueAt` are copies for queries.
 */
export const taskTable = sqliteTable(
  "task",
  {
    id: text("id").$type<Id<"tsk">>().primaryKey(),
    plan: text("plan").$type<Id<"pln">>(),
    /** Name inside its plan. */
    specId: sealedText("spec_id").notNull(),
    project: sealedText("project").notNull(),
    branch: sealedText("branch"),
    spec: sealedJson("spec").$type<Spec>().notNull(),
    specHash: sealedText("spec_hash").notNull(),
    facts: sealedJson("facts").$type<TaskFacts>().notNull(),
    state: text("state", { enum: taskStates }).notNull(),
    worker: text("worker").$type<Id<"agt">>(),
    dueAt: integer("due_at"),
    rev: integer("rev").notNull(),
    /** What the agent said last, for people. */
    progress: sealedText("progress").notNull().default(""),
    /** How far its thread was read, on whichever device. */
    readSeq: integer("read_seq").notNull().default(0),
    /** `log.md` of the task in memory, one line a change. */
    log: sealedText("log").notNull().default(""),
    /** What it had used when the actor came back from memory, without the runs and answers of then. */
    usedBefore: sealedJson("used_before").$type<TaskUsage>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("task_state").on(table.state), index("task_plan").on(table.plan), index("task_worker").on(table.worker)],
);
export type TaskRow = typeof taskTable.$inferSelect;

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { CommandOutputLine, CommandState, CommandStop } from "./project-command.ts";

/** Lines that the member has run in clean checkouts of their projects, in the actor. */
export const projectCommandTable = sqliteTable(
  "project_command",
  {
    id: text().$type<Id<"cmd">>().primaryKey(),
    projectId: text("project_id").$type<Id<"prj">>().notNull(),
    project: sealedText().notNull(),
    repo: sealedText().notNull(),
    commit: text(),
    command: sealedText().notNull(),
    seconds: integer().notNull(),
    state: text().$type<CommandState>().notNull(),
    /** How often it was begun. */
    attempt: integer().notNull().default(0),
    exitCode: integer("exit_code"),
    ms: integer(),
    stopped: text().$type<CommandStop>(),
    cut: integer({ mode: "boolean" }).notNull().default(false),
    reason: sealedText(),
    /** What was told of this attempt, and the end of what was printed where that is not all. */
    output: sealedJson().$type<CommandOutputLine[]>().notNull().default([]),
    tail: sealedText(),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
  },
  (table) => [index("project_command_project").on(table.projectId, table.id), index("project_command_state").on(table.state)],
);
export type ProjectCommandRow = typeof projectCommandTable.$inferSelect;

import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import type { CommitStatusState, StatusCheck, StatusSource } from "./commit-status.ts";

/** How commits of projects stand, in the actor. */
export const commitStatusTable = sqliteTable(
  "commit_status",
  {
    repo: sealedText().notNull(),
    hash: text().notNull(),
    branch: sealedText().notNull(),
    title: sealedText(),
    state: text().$type<CommitStatusState>().notNull(),
    source: text().$type<StatusSource>().notNull(),
    reason: sealedText(),
    checks: sealedJson().$type<StatusCheck[]>().notNull().default([]),
    task: text().$type<Id<"tsk">>(),
    receipt: text().$type<Id<"rct">>(),
    /** How often its checks were begun since they were asked for. */
    attempt: integer().notNull().default(0),
    /** The member asked for it: what Gitea knows of the commit already is no answer. */
    asked: integer({ mode: "boolean" }).notNull().default(false),
    /** As Gitea has it. */
    told: text().$type<CommitStatusState>(),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
  },
  (table) => [
    primaryKey({ columns: [table.repo, table.hash] }),
    index("commit_status_newest").on(table.repo, table.createdAt),
    index("commit_status_state").on(table.state),
  ],
);
export type CommitStatusRow = typeof commitStatusTable.$inferSelect;

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import { agentStates } from "./team.ts";

/**
 * Every agent of the member, the Grow Agent (type `grow`) included: its channel,
 * what it works on, and its OpenCode session and server, in the growAgent.
 */
export const agentTable = sqliteTable(
  "agent",
  {
    id: text("id").$type<Id<"agt">>().primaryKey(),
    type: sealedText("type").notNull(),
    title: sealedText("title").notNull(),
    channel: text("channel").$type<Id<"chn">>().notNull().unique(),
    state: text("state", { enum: agentStates }).notNull(),
    task: text("task").$type<Id<"tsk">>(),
    /**
     * The one project it may reach, that of its first task: what another project needs
     * another agent does. Null: the Grow Agent, and agents of before that was kept.
     */
    project: sealedText("project"),
    /** OpenCode's id of the session that it works in; `sessionId` is ours. */
    session: text("session"),
    sessionId: text("session_id").$type<Id<"ses">>(),
    directory: sealedText("directory"),
    boot: text("boot"),
    gitUser: text("git_user"),
    /**
     * Its type has changed since its server started: before its
     * next turn that starts anew, with the words and tools of now.
     */
    stale: integer("stale", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    usedAt: integer("used_at").notNull(),
    /** How far its channel was read, on whichever device. */
    readSeq: integer("read_seq").notNull().default(0),
    retiredAt: integer("retired_at"),
  },
  (table) => [index("agent_type").on(table.type)],
);
export type AgentRow = typeof agentTable.$inferSelect;

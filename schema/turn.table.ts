import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedKey, sealedText } from "./seal/sealed-column.ts";
import { turnStates } from "./turn.ts";
import type { Id } from "./wire/id.ts";

/**
 * One run of an agent, in the actor. `promptId` is OpenCode's id of its
 * prompt, stored before it is sent, so that it is never sent as two.
 */
export const turnTable = sqliteTable(
  "turn",
  {
    id: text("id").$type<Id<"trn">>().primaryKey(),
    /** The member's message that asked for it; empty when the platform did. */
    messageId: text("message_id").$type<Id<"msg"> | "">().notNull(),
    agent: text("agent").notNull().default("").$type<Id<"agt">>(),
    /** The task it is about: the one that its agent had, or in whose thread the member asked. */
    task: text("task").$type<Id<"tsk">>(),
    /** What is sent: the member's words, or the platform's. */
    prompt: sealedText("prompt").notNull().default(""),
    /** For a sub-agent's own steps: the key under which it asked for this turn. */
    key: sealedKey("key"),
    state: text("state", { enum: turnStates }).notNull(),
    /** OpenCode's id of the session that it was sent to. */
    session: text("session"),
    /** The session that it belongs to; its agent's of then when it begins, unless `sessionNamed`. */
    sessionId: text("session_id").$type<Id<"ses">>(),
    sessionNamed: integer("session_named", { mode: "boolean" }).notNull().default(false),
    promptId: text("prompt_id"),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    reason: sealedText("reason"),
  },
  (table) => [index("turn_state").on(table.state), index("turn_agent").on(table.agent, table.state), index("turn_task").on(table.task)],
);
export type TurnRow = typeof turnTable.$inferSelect;

import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { turnStates } from "./turn.ts";

/** One run of the agent, in the actor. `promptId` is OpenCode's id of its prompt, stored before it is sent, so that it is never sent as two. */
export const turn = sqliteTable(
  "turn",
  {
    id: text("id").primaryKey(),
    messageId: text("message_id").notNull(),
    state: text("state", { enum: turnStates }).notNull(),
    session: text("session"),
    promptId: text("prompt_id"),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    reason: text("reason"),
  },
  (table) => [index("turn_state").on(table.state)],
);

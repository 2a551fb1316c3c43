import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedText } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import { sessionMakers } from "./session.ts";

/** OpenCode's sessions of all agents, in the growAgent. */
export const opencodeSessionTable = sqliteTable(
  "opencode_session",
  {
    id: text("id").$type<Id<"ses">>().primaryKey(),
    agent: text("agent").$type<Id<"agt">>().notNull(),
    /** OpenCode's own id; null while there is none, or since its box lost it. */
    opencode: text("opencode").unique(),
    title: sealedText("title").notNull(),
    task: text("task").$type<Id<"tsk">>(),
    madeBy: text("made_by", { enum: sessionMakers }).notNull(),
    archivedAt: integer("archived_at"),
    /** OpenCode has not heard its title, or whether it is archived, as they are now. */
    untold: integer("untold", { mode: "boolean" }).notNull().default(false),
    /** What was said last, word for word, for a session that was lost and goes on. */
    recap: sealedText("recap").notNull().default(""),
    createdAt: integer("created_at").notNull(),
    lastActivity: integer("last_activity").notNull(),
  },
  (table) => [index("session_activity").on(table.lastActivity, table.id), index("session_agent").on(table.agent)],
);
export type OpencodeSessionRow = typeof opencodeSessionTable.$inferSelect;

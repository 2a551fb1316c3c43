import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { type Approval, approvalStates, scopes } from "./approval.ts";
import type { Always } from "./permission.ts";

/** Questions to the member, in the growAgent. `body` is the approval as it was asked, with its decision; `state` is the compare-and-set, the rest copies for queries. */
export const approvalTable = sqliteTable(
  "approval",
  {
    id: text("id").primaryKey(),
    /** What makes it once-only: OpenCode's request, or the tool call that asked. */
    key: text("key").notNull().unique(),
    agent: text("agent").notNull(),
    task: text("task"),
    turn: text("turn"),
    session: text("session"),
    state: text("state", { enum: approvalStates }).notNull(),
    body: text("body", { mode: "json" }).$type<Approval>().notNull(),
    /** What “always” would write to the member's policy. */
    always: text("always", { mode: "json" }).$type<Always>(),
    /** How far the answer reaches, once there is one. */
    scope: text("scope", { enum: scopes }),
    /** When OpenCode, or the agent, was told. */
    toldAt: integer("told_at"),
    /** The turn whose prompt tells the agent. */
    toldIn: text("told_in"),
    /** A grant for a task or an agent that the member took back. */
    revokedAt: integer("revoked_at"),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("approval_state").on(table.state, table.expiresAt), index("approval_turn").on(table.turn)],
);

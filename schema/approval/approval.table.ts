import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sealedJson, sealedKey } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import { type Approval, approvalScopes, approvalStates } from "./approval.ts";
import type { AlwaysRule } from "./permission.ts";

/**
 * Questions to the member, in the growAgent. `body` is the approval as it was asked,
 * with its decision; `state` is the compare-and-set, the rest copies for queries.
 */
export const approvalTable = sqliteTable(
  "approval",
  {
    id: text("id").$type<Id<"apr">>().primaryKey(),
    /** What makes it once-only: OpenCode's request, or the tool call that asked. */
    key: sealedKey("key").notNull().unique(),
    agent: text("agent").$type<Id<"agt">>().notNull(),
    task: text("task").$type<Id<"tsk">>(),
    turn: text("turn").$type<Id<"trn">>(),
    session: text("session"),
    state: text("state", { enum: approvalStates }).notNull(),
    body: sealedJson("body").$type<Approval>().notNull(),
    /** What “always” would write to the member's policy. */
    always: sealedJson("always").$type<AlwaysRule>(),
    /** How far the answer reaches, once there is one. */
    scope: text("scope", { enum: approvalScopes }),
    /** When OpenCode, or the agent, was told. */
    toldAt: integer("told_at"),
    /** The turn whose prompt tells the agent. */
    toldIn: text("told_in").$type<Id<"trn">>(),
    /** A grant for a task or an agent that the member took back. */
    revokedAt: integer("revoked_at"),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("approval_state").on(table.state, table.expiresAt), index("approval_turn").on(table.turn)],
);
export type ApprovalRow = typeof approvalTable.$inferSelect;

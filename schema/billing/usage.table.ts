import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { ModelAlias } from "../model.ts";
import type { Id } from "../wire/id.ts";

/** An OpenCode session whose model calls belong to an agent. */
export const modelSessionTable = sqliteTable(
  "model_session",
  {
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    session: text().notNull(),
    agent: text().$type<Id<"agt">>().notNull(),
    createdAt: integer().notNull(),
    /** What the agent works on in it, and what that may cost: kept as its actor said last. */
    task: text(),
    taskMicros: integer(),
    quest: text(),
    questMicros: integer(),
    project: text(),
  },
  (table) => [primaryKey({ columns: [table.member, table.session] })],
);

/**
 * One model call, from the provider's own answer. `requestId`
 * is the edge's. Costs are millionths of a dollar.
 */
export const usageTable = sqliteTable(
  "usage",
  {
    id: text().$type<Id<"usg">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    agent: text().$type<Id<"agt">>().notNull(),
    session: text().notNull(),
    requestId: text().notNull(),
    model: text().notNull(),
    /** How the agent's type names that model. */
    alias: text().$type<ModelAlias>().notNull().default("standard"),
    inputTokens: integer().notNull(),
    outputTokens: integer().notNull(),
    /** What the platform has paid for it, and its member pays. */
    costMicros: integer().notNull(),
    /** What its member has paid its provider for it, by a key of their own. */
    ownMicros: integer().notNull().default(0),
    /** What it was done for, where the agent had a task. */
    task: text(),
    quest: text(),
    project: text(),
    /**
     * 1 when the provider did not say its usage: the row holds an estimate by what came, and nothing for an
     * answer that was none.
     */
    unknown: integer().notNull().default(0),
    at: integer().notNull(),
  },
  (table) => [
    index("usage_member").on(table.member, table.at),
    index("usage_task").on(table.member, table.task),
    index("usage_quest").on(table.member, table.quest),
  ],
);

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
    costMicros: integer().notNull(),
    /**
     * 1 when the provider's answer ended without saying its usage: the row then counts nothing but the call.
     */
    unknown: integer().notNull().default(0),
    at: integer().notNull(),
  },
  (table) => [index("usage_member").on(table.member, table.at)],
);

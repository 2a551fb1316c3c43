import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { ModelAlias } from "../model.ts";
import type { Id } from "../wire/id.ts";

/**
 * What a model call that is under way may cost at most, taken from its member's plan, its quest and its task
 * before it runs. Settled, it becomes the row of `usage` with its id. What its Worker did not settle until
 * `expiresAt` is settled by an estimate of its prompt where the call began, and returned where it did not.
 */
export const modelReservationTable = sqliteTable(
  "model_reservation",
  {
    id: text().$type<Id<"usg">>().primaryKey(),
    member: text()
      .$type<Id<"mem">>()
      .notNull()
      .references(() => memberTable.id),
    agent: text().$type<Id<"agt">>().notNull(),
    session: text().notNull(),
    requestId: text().notNull(),
    task: text(),
    quest: text(),
    project: text(),
    model: text().notNull(),
    alias: text().$type<ModelAlias>().notNull(),
    /** The provider is paid by the member, by a key of their own: the plan is not touched. */
    own: integer({ mode: "boolean" }).notNull(),
    micros: integer().notNull(),
    /** What the prompt alone costs, by its length. */
    inputTokens: integer().notNull(),
    inputMicros: integer().notNull(),
    began: integer({ mode: "boolean" }).notNull().default(false),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [index("model_reservation_member").on(table.member), index("model_reservation_expires").on(table.expiresAt)],
);

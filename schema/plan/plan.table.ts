import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Price } from "../billing/price.ts";
import { sealedJson } from "../seal/sealed-column.ts";
import type { Id } from "../wire/id.ts";
import { type Plan, planStates } from "./plan.ts";

/**
 * A plan from its proposal to its end, in the growAgent. `revision`
 * rises with each edit; an accepted plan is what was seen.
 */
export const planTable = sqliteTable(
  "plan",
  {
    id: text("id").$type<Id<"pln">>().primaryKey(),
    state: text("state", { enum: planStates }).notNull(),
    revision: integer("revision").notNull(),
    body: sealedJson("body").$type<Plan>().notNull(),
    turnId: text("turn_id").$type<Id<"trn">>(),
    /** What a token of the member's model cost when it was proposed; null where nothing told it. */
    price: sealedJson("price").$type<Price>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [index("plan_state").on(table.state)],
);
export type PlanRow = typeof planTable.$inferSelect;

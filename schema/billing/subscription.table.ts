import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { Subscription, SubscriptionPlan } from "./entitlement.ts";

/** At most one a member; what it allows is derived by `entitlement()`. */
export const subscriptionTable = sqliteTable("subscription", {
  member: text()
    .$type<Id<"mem">>()
    .primaryKey()
    .references(() => memberTable.id),
  plan: text().$type<SubscriptionPlan>().notNull(),
  status: text().$type<Subscription["status"]>().notNull(),
  periodStart: integer().notNull(),
  periodEnd: integer().notNull(),
  createdAt: integer().notNull(),
});
export type SubscriptionRow = typeof subscriptionTable.$inferSelect;

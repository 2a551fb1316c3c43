import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { memberTable } from "../account/member.table.ts";
import type { Id } from "../wire/id.ts";
import type { Subscription } from "./entitlement.ts";
import type { PlanNotice } from "./plan-notice.ts";
import type { PaidPlan, SubscriptionPlan } from "./subscription-plan.ts";

/** At most one a member; what it allows is derived by `entitlement()`. */
export const subscriptionTable = sqliteTable(
  "subscription",
  {
    member: text()
      .$type<Id<"mem">>()
      .primaryKey()
      .references(() => memberTable.id),
    plan: text().$type<SubscriptionPlan>().notNull(),
    /** How many times over the plan is paid. */
    quantity: integer().notNull().default(1),
    /** What of the platform's models a period allows that its plan was changed in; null: the plan's own. */
    periodMicros: integer(),
    /** What Stripe changes it to when the period ends; null: nothing. */
    nextPlan: text().$type<PaidPlan>(),
    nextQuantity: integer(),
    status: text().$type<Subscription["status"]>().notNull(),
    /** The payment that is missing had arrived: the payer's bank took it back. */
    disputed: integer({ mode: "boolean" }).notNull().default(false),
    periodStart: integer().notNull(),
    periodEnd: integer().notNull(),
    createdAt: integer().notNull(),
    /** Null of a trial that waits for its stack: its period begins when that is ready for the first time. */
    begunAt: integer(),
    /**
     * When its member is next told how it stands; each change of the plan makes it due. Null: there is
     * nothing more to tell.
     */
    noticeAt: integer().default(0),
    /** What was told last, or is being told while `noticeDone` is false, and since when that is so. */
    notice: text().$type<PlanNotice>(),
    noticeSince: integer().notNull().default(0),
    noticeDone: integer({ mode: "boolean" }).notNull().default(true),
  },
  (table) => [index("subscription_notice").on(table.noticeAt)],
);
export type SubscriptionRow = typeof subscriptionTable.$inferSelect;

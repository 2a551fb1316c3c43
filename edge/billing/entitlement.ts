import { and, eq, isNull, sql } from "drizzle-orm";
import type { z } from "zod";
import { subscriptionOut } from "../../schema/account/account.ts";
import {
  type Entitlement,
  entitlement,
  entitlementCeiling,
  graceDays,
  isTrialWaiting,
  trialDays,
} from "../../schema/billing/entitlement.ts";
import { paymentCustomerTable } from "../../schema/billing/payment.table.ts";
import { type SubscriptionRow, subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { allowedBy, type PlanChoice } from "../../schema/billing/subscription-plan.ts";
import { type StackRow, stackTable, stackTimeTable } from "../../schema/stack/registry.table.ts";
import type { StackLimits } from "../../schema/stack/stack.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Database } from "../kernel/db.ts";

export async function subscriptionOf(db: Database, member: Id<"mem">): Promise<SubscriptionRow | undefined> {
  return db.select().from(subscriptionTable).where(eq(subscriptionTable.member, member)).get();
}

/** As REST shows it: a trial that waits for its stack has no end yet. */
export function describeSubscription(row: SubscriptionRow): z.infer<typeof subscriptionOut> {
  const upcoming = row.nextPlan === null ? null : { plan: row.nextPlan, quantity: row.nextQuantity };
  return subscriptionOut.parse({ ...row, upcoming, periodEnd: isTrialWaiting(row) ? null : row.periodEnd });
}
const trialFrom = (now: number) => ({ begunAt: now, periodStart: now, periodEnd: now + trialDays * dayMs, noticeAt: 0 });
/** The days of a trial run from the moment at which its stack is ready for the first time, once. */
export async function beginWaitingTrial(db: Database, member: Id<"mem">, now: number): Promise<void> {
  const row = await subscriptionOf(db, member);
  if (!row || !isTrialWaiting(row)) return;
  const { plan, status, begunAt } = subscriptionTable;
  await db
    .update(subscriptionTable)
    .set(trialFrom(now))
    .where(and(eq(subscriptionTable.member, member), eq(plan, "trial"), eq(status, "trialing"), isNull(begunAt)));
}

/** A trial waits no longer than its stack has run, whatever its agent says of itself. Milliseconds. */
const trialWaitsAtMost = 15 * 60_000;
/** The days of those trials run whose stack on this host was never ready and has run for a while in all. */
export async function beginUsedTrials(db: Database, host: Id<"hst">, now: number): Promise<void> {
  const { plan, status, begunAt, member } = subscriptionTable;
  const ran = sql`(select sum(${stackTimeTable.activeMs} + ${stackTimeTable.idleMs}) from ${stackTimeTable} where ${stackTimeTable.member} = ${member})`;
  const here = sql`${member} in (select ${stackTable.member} from ${stackTable} where ${stackTable.host} = ${host})`;
  await db
    .update(subscriptionTable)
    .set(trialFrom(now))
    .where(and(here, eq(plan, "trial"), eq(status, "trialing"), isNull(begunAt), sql`${ran} >= ${trialWaitsAtMost}`));
}

/** Whether the account allows work. */
export async function isEntitled(db: Database, member: Id<"mem">, now: number): Promise<boolean> {
  return entitlementCeiling(entitlement(await subscriptionOf(db, member), now)) === "running";
}
/**
 * Checked before anything starts. Of what an actor does, the actor
 * checks it, by the ticket that says so (`needs` in schema/actions.ts).
 */
export async function requireEntitlement(db: Database, member: Id<"mem">, now: number): Promise<Entitlement> {
  const entitled = entitlement(await subscriptionOf(db, member), now);
  if (entitlementCeiling(entitled) !== "running") throw new AppError("payment_required", { entitlement: entitled });
  return entitled;
}

/**
 * What of the platform's models the running period allows, in millionths of a dollar: of a month that is not
 * paid, for its week of grace, a week's part. A payment that the bank took back is of a month that was paid.
 */
export function periodAllowance({ periodMicros, ...row }: SubscriptionRow): number {
  const { modelMicros } = allowedBy(row);
  const isMonthMissing = row.status === "past_due" && !row.disputed;
  return periodMicros ?? (isMonthMissing ? Math.ceil((modelMicros * graceDays) / daysOfMonth) : modelMicros);
}
const daysOfMonth = 30;

export function stackLimitsOf(choice: PlanChoice): StackLimits {
  const { cpus, memoryMb, pids, agents, egressMb, apps, appDataMb, appsAwake } = allowedBy(choice);
  return { cpus, memoryMb, pids, agents, egressMb, apps, appDataMb, appsAwake };
}

/**
 * The stack with the ceiling that the account allows now: stored
 * anew, one revision up, when time or a payment has changed it. With
 * one that lets it run again it is wished that somebody asks it to:
 * its agent may have stopped it by the one before.
 */
export async function withCeiling(
  db: Database,
  stack: StackRow,
  subscription: SubscriptionRow | undefined | null,
  now: number,
): Promise<StackRow> {
  const ceiling = entitlementCeiling(entitlement(subscription ?? undefined, now));
  if (stack.ceiling === ceiling || stack.ceiling === "erased") return stack;
  const ceilingRev = stack.ceilingRev + 1;
  const change = db
    .update(stackTable)
    .set({ ceiling, ceilingRev })
    .where(and(eq(stackTable.id, stack.id), eq(stackTable.ceilingRev, stack.ceilingRev)))
    .returning();
  const changedTo = sql`exists (select 1 from ${stackTable} where ${stackTable.id} = ${stack.id} and ${stackTable.ceilingRev} = ${ceilingRev} and ${stackTable.ceiling} = 'running')`;
  const wish = db
    .update(paymentCustomerTable)
    .set({ wake: true, nextLook: now, revision: sql`${paymentCustomerTable.revision} + 1` })
    .where(and(eq(paymentCustomerTable.member, stack.member), changedTo));
  const [changed] = ceiling === "running" ? (await db.batch([change, wish]))[0] : await change;
  if (changed) return changed;
  const current = await db.select().from(stackTable).where(eq(stackTable.id, stack.id)).get(); // someone else was first
  if (!current) throw new AppError("not_found");
  return current;
}

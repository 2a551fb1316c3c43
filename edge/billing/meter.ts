import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import Stripe from "stripe";
import { meterReportTable, type PaymentCustomerRow } from "../../schema/billing/payment.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { usageTable } from "../../schema/billing/usage.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { callStripe } from "./stripe.ts";

export const microsOfCent = 10_000;

/**
 * Writes down, once, how many more whole cents the ledger has until `before` than the meter was told. The
 * number of the row is its writer's claim: of two at once, one makes it.
 */
async function planReport(db: Database, member: Id<"mem">, from: number, before: number): Promise<void> {
  const last = await db
    .select({ number: meterReportTable.number })
    .from(meterReportTable)
    .where(eq(meterReportTable.member, member))
    .orderBy(desc(meterReportTable.number))
    .get();
  const number = (last?.number ?? 0) + 1;
  const used = sql`select cast(coalesce(sum(${usageTable.costMicros}), 0) / ${microsOfCent} as integer) from ${usageTable}
    where ${usageTable.member} = ${member} and ${usageTable.at} >= ${from} and ${usageTable.at} < ${before}`;
  const told = sql`select coalesce(sum(${meterReportTable.cents}), 0) from ${meterReportTable}
    where ${meterReportTable.member} = ${member} and ${meterReportTable.at} >= ${from}`; // not what a customer was told of who is gone
  await db.run(sql`insert into meter_report (member, number, cents, at)
    select ${member}, ${number}, cents, ${before - 1} from (select (${used}) - (${told}) as cents) where cents > 0
    on conflict (member, number) do nothing`);
}

/** What is older than 35 days Stripe's meter refuses. */
const oldestTold = 34 * dayMs;
/**
 * Tells Stripe's meter what a member's models have cost since their first paid period, in whole cents. A row
 * is written first and told after: one that was told when its writer died is told again under the same
 * identifier, which Stripe counts once for a day at least. What was used before a period began counts in the
 * period before.
 */
export async function reportUsage(config: EdgeConfig, db: Database, row: PaymentCustomerRow, now: number): Promise<void> {
  const { member, customer, meteredFrom } = row;
  const name = config.STRIPE_METER;
  if (name === undefined || meteredFrom === null) return;
  const plan = await db.select().from(subscriptionTable).where(eq(subscriptionTable.member, member)).get();
  // A period that is over may not be read as such yet; that of a missing payment is the one that it is for.
  const ends = plan && plan.status !== "past_due" ? [plan.periodEnd] : [];
  for (const bound of [...(plan ? [plan.periodStart] : []), ...ends])
    if (bound > meteredFrom && bound < now) await planReport(db, member, meteredFrom, bound);
  await planReport(db, member, meteredFrom, now);
  const open = and(eq(meterReportTable.member, member), isNull(meterReportTable.takenAt));
  const reports = await db.select().from(meterReportTable).where(open).orderBy(asc(meterReportTable.number));
  for (const { number, cents, at: usedAt } of reports) {
    // A day later than must be: told again under the same identifier it is to have the same time.
    const at = usedAt < now - oldestTold ? now - oldestTold + dayMs : usedAt;
    const mine = and(open, eq(meterReportTable.number, number));
    if (at !== usedAt) await db.update(meterReportTable).set({ at }).where(mine); // it counts as used when Stripe is told so
    const event = {
      ...{ event_name: name, identifier: `${member}-${number}`, timestamp: Math.floor(at / 1_000) },
      payload: { stripe_customer_id: customer, value: String(cents) },
    };
    await callStripe(config, async (stripe) => {
      await stripe.billing.meterEvents.create(event).catch((error: unknown) => {
        if (!isKnown(error)) throw error;
      });
    });
    await db.update(meterReportTable).set({ takenAt: now }).where(mine);
  }
}
/** Stripe has this identifier already: it was told before. */
const isKnown = (error: unknown) => error instanceof Stripe.errors.StripeError && error.code === "duplicate_meter_event";

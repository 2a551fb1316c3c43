import { and, eq, isNull, ne, sql } from "drizzle-orm";
import Stripe from "stripe";
import { meterReportTable, type PaymentCustomerRow, paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import { subscriptionTable } from "../../schema/billing/subscription.table.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { callStripe, readCustomer } from "./stripe.ts";
import { findCustomers, listSubscriptions } from "./stripe-read.ts";

type CustomerWorld = { config: EdgeConfig; db: Database };

/** Their customer at Stripe, with all that is open there. */
export async function endCustomer(config: EdgeConfig, customer: string): Promise<void> {
  await callStripe(config, async (stripe) => {
    try {
      const { data } = await stripe.invoices.list({ customer, status: "open", limit: 100 });
      for (const { id } of data)
        await stripe.invoices.voidInvoice(id).catch((error: unknown) => {
          if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error; // it was paid or voided meanwhile
        });
      await stripe.customers.del(customer);
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeError) || error.code !== "resource_missing") throw error;
    }
  });
}

/** Those that can still be paid, the newest first, as Stripe lists them. */
export const listCheckouts = async (config: EdgeConfig, customer: string): Promise<Stripe.Checkout.Session[]> =>
  (await callStripe(config, (stripe) => stripe.checkout.sessions.list({ customer, status: "open", limit: 100 }))).data;
/** Ends a checkout. One that was paid or has ended meanwhile stays as it is. */
export async function endCheckout(config: EdgeConfig, { id }: Stripe.Checkout.Session): Promise<void> {
  await callStripe(config, async (stripe) => {
    await stripe.checkout.sessions.expire(id).catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    });
  });
}
/** Ends the checkouts that would begin with free days. */
export async function endFreeDays(config: EdgeConfig, customer: string): Promise<void> {
  for (const each of await listCheckouts(config, customer)) if (each.metadata?.trial === "1") await endCheckout(config, each);
}
/**
 * Those of a member whose trial without a card began while Stripe was away. A checkout is open for a day, and
 * to make it was a visit: no longer after one is there anything to end.
 */
export async function endSpareFreeDays({ config, db }: CustomerWorld, row: PaymentCustomerRow, now: number): Promise<void> {
  if (now - row.visitedAt > dayMs) return;
  const known = await db.select().from(subscriptionTable).where(eq(subscriptionTable.member, row.member)).get();
  if (known?.plan === "trial") await endFreeDays(config, row.customer);
}

/**
 * Takes back the row of a customer who is no more at Stripe, which has ended what they paid: the account says
 * so, and whoever pays again is another customer. Of two calls at once one does it; a row that names another
 * customer by now stays.
 */
export async function letGoOfCustomer(db: Database, { member, customer }: PaymentCustomerRow, now: number): Promise<void> {
  const mine = and(eq(paymentCustomerTable.member, member), eq(paymentCustomerTable.customer, customer));
  const still = sql`exists (select 1 from ${paymentCustomerTable} where ${mine})`;
  const { plan, periodEnd } = subscriptionTable;
  const ended = {
    ...{ status: "canceled" as const, periodEnd: sql<number>`min(${periodEnd}, ${now})`, disputed: false },
    ...{ nextPlan: null, nextQuantity: null, noticeAt: 0 },
  };
  await db.batch([
    db
      .update(subscriptionTable)
      .set(ended)
      .where(and(eq(subscriptionTable.member, member), ne(plan, "trial"), sql`(status <> 'canceled' or period_end > ${now})`, still)),
    // Nothing of it is to be followed any more, nor told to the meter of another customer.
    db
      .update(paymentEventTable)
      .set({ processedAt: now })
      .where(and(eq(paymentEventTable.customer, customer), isNull(paymentEventTable.processedAt), still)),
    db
      .update(meterReportTable)
      .set({ takenAt: now })
      .where(and(eq(meterReportTable.member, member), isNull(meterReportTable.takenAt), still)),
    db.delete(paymentCustomerTable).where(mine),
  ]);
}
/**
 * Lets go of a member's customer where Stripe says that it was deleted. One that Stripe does not know at all
 * stays: the key may be of another account, and then that would be said of everyone. Whether it was let go.
 */
export async function letGoIfDeleted({ config, db }: CustomerWorld, member: Id<"mem">): Promise<boolean> {
  const row = await db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)).get();
  if (!row) return false;
  const found = await callStripe(config, (stripe) => readCustomer(stripe, row.customer));
  if (found?.deleted !== true) return false;
  await letGoOfCustomer(db, row, Date.now());
  return true;
}

/** Asks of a member's customer; where Stripe refuses it of one who was deleted, once more without one. */
export async function askOfCustomer<T>(world: CustomerWorld, member: Id<"mem">, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === "upstream";
    if (!isRefused || !(await letGoIfDeleted(world, member).catch(() => false))) throw error;
    return ask();
  }
}

/** When what was made around a visit is surely found by Stripe's search; the looks after it are as often. */
const [spareAfter, spareUntil] = [2 * 60_000, 20 * 60_000];
/** Whether nothing was ever asked of a customer, or is about to be. */
const isEmpty = (config: EdgeConfig, customer: string): Promise<boolean> =>
  callStripe(config, async (stripe) => {
    const [plans, invoices, pages] = await Promise.all([
      listSubscriptions(stripe, customer),
      stripe.invoices.list({ customer, limit: 1 }),
      stripe.checkout.sessions.list({ customer, status: "open", limit: 1 }),
    ]);
    return plans.length + invoices.data.length + pages.data.length === 0;
  });
/**
 * Two calls at once, either side of a minute, may have made two customers, and Stripe's search found neither.
 * The looks some minutes after a visit end the one that is not the row's, if it is empty.
 */
export async function endSpareCustomers({ config, db }: CustomerWorld, row: PaymentCustomerRow, now: number): Promise<void> {
  const { member, customer, visitedAt } = row;
  if (now - visitedAt < spareAfter || now - visitedAt > spareUntil) return;
  const others = (await findCustomers(config, member)).filter((each) => each !== customer);
  for (const each of others) {
    if (!(await isEmpty(config, each))) continue;
    const current = await db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)).get();
    if (current && current.customer !== each) await endCustomer(config, each);
  }
}

import { eq } from "drizzle-orm";
import Stripe from "stripe";
import { paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { findCustomer } from "./payment-sync.ts";
import { arePaymentsOpen, callStripe } from "./stripe.ts";
import { findCustomers } from "./stripe-read.ts";

/**
 * Who is erased pays no more: Stripe ends what they pay when their customer is deleted, and keeps its
 * invoices as the law asks. One that is open would still be asked for, and is void. Who is gone there already
 * is done.
 */
export async function endPayments(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<void> {
  const row = await findCustomer(db, member);
  if (!arePaymentsOpen(config)) return;
  if (!row) {
    // One whose row a restore took back. Hardly anybody has one: nobody waits for Stripe to answer.
    const found = await findCustomers(config, member).catch((): string[] => []);
    for (const customer of found) await endCustomer(config, customer);
    return;
  }
  await endCustomer(config, row.customer);
  await db.batch([
    db.delete(paymentEventTable).where(eq(paymentEventTable.customer, row.customer)),
    db.delete(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)),
  ]);
}
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

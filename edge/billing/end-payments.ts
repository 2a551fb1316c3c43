import { eq } from "drizzle-orm";
import Stripe from "stripe";
import { paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { findCustomer } from "./payment-sync.ts";
import { arePaymentsOpen, callStripe } from "./stripe.ts";

/**
 * Who is erased pays no more: Stripe ends what they pay when their customer is deleted, and keeps its
 * invoices as the law asks. Who is gone there already is done.
 */
export async function endPayments(config: EdgeConfig, db: Database, member: Id<"mem">): Promise<void> {
  const row = await findCustomer(db, member);
  if (!row || !arePaymentsOpen(config)) return;
  await callStripe(config, async (stripe) => {
    await stripe.customers.del(row.customer).catch((error: unknown) => {
      if (!(error instanceof Stripe.errors.StripeError) || error.code !== "resource_missing") throw error;
    });
  });
  await db.batch([
    db.delete(paymentEventTable).where(eq(paymentEventTable.customer, row.customer)),
    db.delete(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)),
  ]);
}

import { eq } from "drizzle-orm";
import { paymentCustomerTable, paymentEventTable } from "../../schema/billing/payment.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import { findCustomer, type PaymentWorld } from "./payment-sync.ts";
import { arePaymentsOpen } from "./stripe.ts";
import { endCustomer } from "./stripe-customer.ts";
import { findCustomers } from "./stripe-read.ts";

/**
 * Who is erased pays no more: Stripe ends what they pay when their customer is deleted, and keeps its
 * invoices as the law asks. One that is open would still be asked for, and is void. Who is gone there already
 * is done. While Stripe is away it is to be done again; but who is no customer here waits for nobody.
 */
export async function endPayments({ config, db, log }: PaymentWorld, member: Id<"mem">): Promise<void> {
  if (!arePaymentsOpen(config)) return;
  const row = await findCustomer(db, member);
  if (!row) {
    await endFoundCustomers(config, member).catch((error: unknown) =>
      log("warn", "whether an account that is erased pays is asked again at its end", { member, error }),
    );
    return;
  }
  await endCustomer(config, row.customer);
  await endFoundCustomers(config, member);
  await db.batch([
    db.delete(paymentEventTable).where(eq(paymentEventTable.customer, row.customer)),
    db.delete(paymentCustomerTable).where(eq(paymentCustomerTable.member, member)),
  ]);
}
/**
 * Ends all customers that are a member's by Stripe's own word. That there are none no database knows, which a
 * restore may have put back: Stripe has to say so. It needs the member's id alone, and so comes last, when
 * nothing else of them is left.
 */
export async function endFoundCustomers(config: EdgeConfig, member: Id<"mem">): Promise<void> {
  if (!arePaymentsOpen(config)) return;
  for (const customer of await findCustomers(config, member)) await endCustomer(config, customer);
}

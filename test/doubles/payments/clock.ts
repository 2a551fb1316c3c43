import type { Bank } from "./bank.ts";
import { nextAttempt } from "./invoice.ts";

/** What happens at Stripe when its time has come, and nobody asks for it. `at`: seconds since 1970. */
export type Due = { at: number; happen: () => void };

const checkoutLives = 24 * 3_600;
function listDue(bank: Bank): Due[] {
  const { subscriptions, invoices, checkouts } = bank.ledger;
  const due: Due[] = [];
  for (const { id, customer, end, status, pending } of subscriptions) {
    if (status === "canceled") continue;
    due.push({ at: end, happen: () => bank.endPeriod(id, bank.cardOf(customer) === "works" ? "paid" : "failed") });
    if (pending) due.push({ at: pending.expires_at, happen: () => bank.expirePending(id) });
  }
  for (const invoice of invoices) {
    const at = nextAttempt(bank, invoice);
    if (at !== null) due.push({ at, happen: () => bank.tryAgain(invoice) });
  }
  for (const session of checkouts)
    if (session.status === "open") due.push({ at: session.created + checkoutLives, happen: () => bank.expire(session) });
  return due;
}
/**
 * The next that happens by itself: a month ends, a payment is tried again, a page or a change that waits for
 * its payment expires. Whoever has a clock that can be set goes from each to the next, as Stripe's test
 * clocks do.
 */
export function readDue(bank: Bank): Due | undefined {
  return listDue(bank).reduce<Due | undefined>((first, each) => (first && first.at <= each.at ? first : each), undefined);
}

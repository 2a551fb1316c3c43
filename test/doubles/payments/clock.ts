import type { Bank } from "./bank.ts";
import { nextAttempt } from "./invoice.ts";
import { inSeconds, letPass } from "./ledger.ts";

/** What happens at Stripe when its time has come, and nobody asks for it. `at`: seconds since 1970. */
export type Due = { at: number; happen: () => void };

const checkoutLives = 24 * 3_600;
/** Of the plans and invoices that fit. */
function listDue(bank: Bank, fits: (each: { customer: string }) => boolean = () => true): Due[] {
  const { subscriptions, invoices } = bank.ledger;
  const due: Due[] = [];
  for (const { id, customer, end, status, pending } of subscriptions.filter(fits)) {
    if (status === "canceled" || status === "paused") continue;
    due.push({ at: end, happen: () => bank.endPeriod(id, bank.cardOf(customer) === "works" ? "paid" : "failed") });
    if (pending) due.push({ at: pending.expires_at, happen: () => bank.expirePending(id) });
  }
  for (const invoice of invoices.filter(fits)) {
    const at = nextAttempt(bank, invoice);
    if (at !== null) due.push({ at, happen: () => bank.tryAgain(invoice) });
  }
  return due;
}
function listPages(bank: Bank): Due[] {
  const open = bank.ledger.checkouts.filter(({ status }) => status === "open");
  return open.map((session) => ({ at: session.created + checkoutLives, happen: () => bank.expire(session) }));
}
const firstOf = (all: Due[]) => all.reduce<Due | undefined>((first, each) => (first && first.at <= each.at ? first : each), undefined);
/**
 * The next that happens by itself: a month ends, a payment is tried again, a page or a change that waits for
 * its payment expires. Whoever has a clock that can be set goes from each to the next, as Stripe's test
 * clocks do.
 */
export const readDue = (bank: Bank): Due | undefined => firstOf([...listDue(bank), ...listPages(bank)]);

/**
 * So much time goes by for one customer, at once: whatever is dated of them was so much longer ago, and what
 * happens by itself until then has happened.
 */
export function passTime(bank: Bank, customer: string, seconds: number): void {
  const mine = (each: { customer: string }) => each.customer === customer;
  let left = seconds;
  const pass = (step: number) => {
    letPass(bank.ledger, customer, step);
    left -= step;
  };
  for (let due = firstOf(listDue(bank, mine)); due && due.at <= inSeconds() + left; due = firstOf(listDue(bank, mine))) {
    pass(Math.max(0, due.at - inSeconds()));
    due.happen();
  }
  pass(left);
  const [subscription] = bank.subscriptionsOf(customer);
  if (subscription) bank.tellSubscription(subscription);
}

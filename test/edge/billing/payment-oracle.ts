import type { Bank } from "../../doubles/payments/bank.ts";
import { findEnd, type Invoice } from "../../doubles/payments/ledger.ts";

/** What the double of Stripe says of a customer, without a line of the edge's own. Seconds since 1970. */
const isTaken = ({ ledger }: Bank, charge: string) => ledger.disputes.some((each) => each.charge === charge && each.status !== "won");
export const chargesOf = ({ ledger }: Bank, customer: string) => ledger.charges.filter((each) => each.customer === customer);

/** When the bank took back what was paid for the plan, and nothing was paid for later. */
export function disputedSince(bank: Bank, customer: string, subscription: string): number | undefined {
  const { disputes, invoices } = bank.ledger;
  const charges = chargesOf(bank, customer);
  const taken = disputes.filter(({ charge, status }) => {
    const mine = charges.find(({ id }) => id === charge);
    const paidFor = invoices.find(({ id }) => id === mine?.invoice);
    const isMadeUp = charges.some((other) => !isTaken(bank, other.id) && other.created >= (paidFor?.period_end ?? 0));
    return status !== "won" && paidFor?.subscription === subscription && !isMadeUp;
  });
  return taken.length > 0 ? Math.min(...taken.map(({ created }) => created)) : undefined;
}
export type Wanted = { status: string; end: number; plan: string; quantity: number };
const grace = 7 * 86_400;
/** In the words of the account's row. Undefined where nothing was ever paid. */
export function wantedOf(bank: Bank, customer: string): Wanted | undefined {
  const all = bank.subscriptionsOf(customer); // the newest first
  const subscription = all.find(({ status }) => status !== "canceled") ?? all[0];
  if (!subscription) return undefined;
  const { status, end, ended_at, id, price, quantity, latest_invoice } = subscription;
  const choice = { plan: price === "price_demo_workshop" ? "workshop" : "studio", quantity };
  if (status === "canceled") return { ...choice, status, end: ended_at! };
  if (status === "paused") return { ...choice, status: "canceled", end: subscription.start };
  const disputed = disputedSince(bank, customer, id);
  if (status === "past_due" || status === "unpaid") {
    const since = Math.min(...(disputed ? [disputed] : []), ...missingOf(bank, id).map(({ created }) => created));
    const canBePaid = bank.find("invoices", latest_invoice!).status === "open";
    const isOver = !canBePaid && status === "unpaid" && since + grace <= Date.now() / 1_000;
    return { ...choice, ...(isOver ? { status: "canceled", end: since + grace } : { status: "past_due", end: since }) };
  }
  if (disputed !== undefined) return { ...choice, status: "past_due", end: disputed };
  return { ...choice, status: findEnd(bank.ledger, subscription) === null ? status : "canceled", end };
}
/** What is open; and what was given up, or never asked for, since the last that was paid. */
function missingOf({ ledger }: Bank, subscription: string): Invoice[] {
  const mine = ledger.invoices.filter((each) => each.subscription === subscription);
  const paidAt = Math.max(...mine.filter(({ status }) => status === "paid").map(({ created }) => created));
  return mine.filter(
    ({ status, created }) => status === "open" || (created > paidAt && (status === "uncollectible" || status === "draft")),
  );
}

/**
 * What the money says of a moment, without a look at what a subscription is called: `paid` where an invoice
 * of a plan that goes on was paid for it, free days included, and no bank has taken anything back;
 * `missing` since when a payment is. Neither: nobody may have anything.
 */
export function moneyOf(bank: Bank, customer: string, now: number): { paid: boolean; missing: number | undefined } {
  const subscription = bank.subscriptionsOf(customer).find(({ status }) => status !== "canceled");
  if (!subscription || subscription.status === "paused") return { paid: false, missing: undefined }; // nobody pays for it
  const { id, pending } = subscription;
  const mine = bank.ledger.invoices.filter((each) => each.subscription === id && each.id !== pending?.invoice);
  const unpaid = missingOf(bank, id).filter((each) => each.id !== pending?.invoice);
  const open = unpaid.map(({ created }) => created);
  const taken = disputedSince(bank, customer, id);
  const since = [...open, ...(taken === undefined ? [] : [taken])];
  const isCovered = mine.some(({ status, created, period_end }) => status === "paid" && created <= now && now < period_end);
  return { paid: isCovered && since.length === 0, missing: since.length > 0 ? Math.min(...since) : undefined };
}

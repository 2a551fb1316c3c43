import Stripe from "stripe";
import type { PaymentTrouble } from "../../schema/billing/payment-desk.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import {
  chooseSubscription,
  findPaidItem,
  findUnpaidSince,
  isGivenUp,
  isLiveSubscription,
  isPaidBeyondSold,
  type PaidSubscription,
  type PaymentsMade,
  readPaidSubscription,
} from "./paid-subscription.ts";
import { callStripe, isThere, pricesOf, readCustomer } from "./stripe.ts";

/**
 * What Stripe says of a customer now. `found` is undefined where nothing was ever paid. `replaced`: what was
 * given up there, or paused, before another was chosen.
 */
export type StripeReading = { found: PaidSubscription | undefined; trouble: PaymentTrouble | null; replaced: string[] };

/**
 * With what they are changed to when their period ends, and their last invoice. `also`: what else of them
 * Stripe shows whole.
 */
export async function listSubscriptions(stripe: Stripe, customer: string, also: readonly string[] = []): Promise<Stripe.Subscription[]> {
  const expand = ["data.schedule", "data.latest_invoice", ...also];
  return (await stripe.subscriptions.list({ customer, status: "all", limit: 100, expand })).data;
}

/** The customers there that are a member's by its own word: those with a plan first, then the oldest. */
export function findCustomers(config: EdgeConfig, member: Id<"mem">): Promise<string[]> {
  return callStripe(config, async (stripe) => {
    const { data } = await stripe.customers.search({ query: `metadata['member']:'${member}'`, limit: 100 });
    const oldest: string[] = [];
    for (const { id } of data.reverse()) if (isThere(await readCustomer(stripe, id))) oldest.push(id); // its index is late
    if (oldest.length < 2) return oldest;
    const paying = new Set<string>();
    for (const customer of oldest) if ((await listSubscriptions(stripe, customer)).some(isLiveSubscription)) paying.add(customer);
    return oldest.sort((a, b) => Number(paying.has(b)) - Number(paying.has(a)));
  });
}

/** A bank that only asks has taken nothing, and of what was won nothing is missing. */
const isTakenBack = ({ status }: Stripe.Dispute) => status !== "won" && status !== "prevented" && !status.startsWith("warning_");
/** For which subscription a charge was, and until when it paid. In seconds since 1970. */
async function findPaidFor(
  stripe: Stripe,
  { payment_intent }: Stripe.Charge,
): Promise<{ subscription: string; until: number } | undefined> {
  if (payment_intent === null) return undefined;
  const intent = typeof payment_intent === "string" ? payment_intent : payment_intent.id;
  const { data } = await stripe.invoicePayments.list({
    payment: { type: "payment_intent", payment_intent: intent },
    expand: ["data.invoice"],
  });
  for (const { invoice } of data) {
    if (typeof invoice === "string" || !("lines" in invoice)) continue;
    const subscription = invoice.parent?.subscription_details?.subscription;
    const until = Math.max(...invoice.lines.data.map(({ period }) => period.end));
    if (subscription) return { subscription: typeof subscription === "string" ? subscription : subscription.id, until };
  }
  return undefined;
}
/** The charges that the payer's bank took back, each with when, in seconds since 1970. */
export async function listTakenBack(stripe: Stripe, charges: readonly Stripe.Charge[]): Promise<ReadonlyMap<Stripe.Charge, number>> {
  const taken = new Map<Stripe.Charge, number>();
  for (const charge of charges.filter(({ disputed }) => disputed)) {
    const disputes = (await stripe.disputes.list({ charge: charge.id, limit: 10 })).data.filter(isTakenBack);
    if (disputes.length > 0) taken.set(charge, Math.min(...disputes.map(({ created }) => created)));
  }
  return taken;
}
/**
 * When the payer's bank took back what was paid for the subscription, in seconds since 1970. It is made up
 * for by what is paid for a time after that, and by nothing else. Nothing follows of a refund: whoever gives
 * money back says at Stripe whether the plan goes on.
 */
async function findDisputed(stripe: Stripe, charges: readonly Stripe.Charge[], { id }: Stripe.Subscription): Promise<number | undefined> {
  const taken = await listTakenBack(stripe, charges);
  const since: number[] = [];
  for (const [charge, at] of taken) {
    const paidFor = await findPaidFor(stripe, charge);
    if (paidFor?.subscription !== id) continue;
    const isMadeUp = charges.some((other) => other.paid && !taken.has(other) && other.created >= paidFor.until);
    if (!isMadeUp) since.push(at);
  }
  return since.length > 0 ? Math.min(...since) : undefined;
}
async function findUnpaid(stripe: Stripe, { customer, id, status }: Stripe.Subscription): Promise<number | undefined> {
  if (status !== "past_due" && status !== "unpaid") return undefined;
  const named = typeof customer === "string" ? customer : customer.id;
  return findUnpaidSince((await stripe.invoices.list({ customer: named, subscription: id, limit: 100 })).data);
}
/** A month that cost nothing, by a promotion or by credit, is paid without a charge. */
function isMonthPaid({ status, latest_invoice }: Stripe.Subscription): boolean {
  const isInvoice = typeof latest_invoice === "object" && latest_invoice !== null;
  return status === "active" && isInvoice && latest_invoice.status === "paid" && latest_invoice.billing_reason === "subscription_cycle";
}
/** A first charge may be older than its subscription as Stripe dates it. Seconds. */
const paidBefore = 3_600;
/** Undefined where the key may not read charges or disputes: nothing else waits for that. */
async function readCharges(stripe: Stripe, customer: string, chosen: Stripe.Subscription): Promise<Omit<PaymentsMade, "now"> | undefined> {
  try {
    const { data } = await stripe.charges.list({ customer, limit: 100 });
    const hasPaid = isMonthPaid(chosen) || data.some(({ paid, created }) => paid && created >= chosen.created - paidBefore);
    return { hasPaid, disputedSince: await findDisputed(stripe, data, chosen) };
  } catch (error) {
    if (error instanceof Stripe.errors.StripePermissionError) return undefined;
    throw error;
  }
}

/** `missing`: since when a payment is, as far as is known here, where Stripe has no invoice that says it. */
type Known = { now: number; missing: number | undefined };
export function readStripe(config: EdgeConfig, customer: string, { now, missing }: Known): Promise<StripeReading> {
  return callStripe(config, async (stripe) => {
    const prices = pricesOf(config);
    const all = await listSubscriptions(stripe, customer);
    const live = all.filter(isLiveSubscription);
    const isUnknown = live.some((each) => findPaidItem(each, prices) === undefined);
    const isBeyond = live.some((each) => isPaidBeyondSold(each, prices));
    const wrong = isUnknown ? "unknown_price" : live.length > 1 ? "two_plans" : isBeyond ? "unsold_quantity" : null;
    const chosen = chooseSubscription(all, prices);
    if (!chosen) return { found: undefined, trouble: wrong, replaced: [] };
    const replaced = all.filter((each) => each !== chosen && isGivenUp(each) && findPaidItem(each, prices)).map(({ id }) => id);
    const [unpaidSince, made] = await Promise.all([findUnpaid(stripe, chosen), readCharges(stripe, customer, chosen)]);
    const paid = { now, hasPaid: chosen.status !== "trialing", ...made, unpaidSince: unpaidSince ?? missing };
    const found = readPaidSubscription(chosen, prices, paid);
    return { found, trouble: made ? wrong : "refused", replaced };
  });
}

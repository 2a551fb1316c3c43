import type Stripe from "stripe";
import { graceDays, type Subscription, whenStopped } from "../../schema/billing/entitlement.ts";
import { isSameChoice, mostQuantity, type PaidChoice, type PaidPlan, paidPlanName } from "../../schema/billing/subscription-plan.ts";
import { dayMs } from "../../schema/wire/duration.ts";

export type PaidSubscription = Subscription &
  PaidChoice & {
    periodStart: number;
    next: PaidChoice | null;
    /** In the free days that it begins with, or nothing was paid when they were over. */
    isFree: boolean;
    /** A payment of its period had arrived, and the payer's bank took it back. */
    disputed: boolean;
    /** Of a plan that was changed within its period: from when on that is paid, by the invoice of it. */
    changedAt: number | null;
  };
type PlanPrices = Readonly<Record<PaidPlan, readonly string[]>>;

const inMs = (seconds: number) => seconds * 1_000;
export const stripeIdOf = (each: string | { id: string } | null | undefined): string | undefined =>
  typeof each === "string" ? each : (each?.id ?? undefined);
const begun: ReadonlySet<string> = new Set(["trialing", "active", "past_due", "unpaid", "paused", "canceled"]); // others have never been paid
const unpayable: ReadonlySet<string | null> = new Set(["draft", "uncollectible", "void"]);
/**
 * Whether Stripe takes nothing for it any more and leaves its member nothing to pay: somebody paused it
 * there, or the tries of its payment were given up. Its member chooses a plan anew, which takes its place.
 */
export function isGivenUp({ status, latest_invoice }: Stripe.Subscription): boolean {
  const last = typeof latest_invoice === "object" && latest_invoice !== null ? latest_invoice.status : undefined;
  return status === "paused" || (status === "unpaid" && last !== undefined && unpayable.has(last));
}
/** Whether it goes on at Stripe: a second one would be paid twice. */
export const isLiveSubscription = (subscription: Stripe.Subscription): boolean =>
  begun.has(subscription.status) && subscription.status !== "canceled" && !isGivenUp(subscription);

/** Of which plan a price is. One that no setting names is nobody's: what it is paid for is not known here. */
export function findChoice(prices: PlanPrices, item: { price: string; quantity: number | undefined } | undefined): PaidChoice | undefined {
  if (!item) return undefined;
  const plan = paidPlanName.options.find((each) => prices[each].includes(item.price));
  return plan && { plan, quantity: Math.min(mostQuantity, Math.max(1, item.quantity ?? 1)) };
}
type PaidItem = PaidChoice & { item: Stripe.SubscriptionItem };
/** What of a subscription's items is a plan's. */
export function findPaidItem({ items }: { items: Pick<Stripe.Subscription["items"], "data"> }, prices: PlanPrices): PaidItem | undefined {
  for (const item of items.data) {
    const choice = findChoice(prices, { price: item.price.id, quantity: item.quantity });
    if (choice) return { ...choice, item };
  }
  return undefined;
}
/** Whether more is paid than `findChoice` counts and is given, by a quantity that was set at Stripe. */
export const isPaidBeyondSold = (subscription: Pick<Stripe.Subscription, "items">, prices: PlanPrices): boolean =>
  (findPaidItem(subscription, prices)?.item.quantity ?? 1) > mostQuantity;
/** The one that counts of Stripe's list: one that goes on before one that has ended; the newest. */
export function chooseSubscription(all: readonly Stripe.Subscription[], prices: PlanPrices): Stripe.Subscription | undefined {
  const ours = all.filter((each) => begun.has(each.status) && findPaidItem(each, prices) !== undefined);
  const order = (each: Stripe.Subscription) => (isLiveSubscription(each) ? 1 : 0);
  return ours.sort((a, b) => order(b) - order(a) || b.created - a.created)[0];
}

/** The schedule of a subscription that was listed with it. */
export const findSchedule = ({ schedule }: Stripe.Subscription): Stripe.SubscriptionSchedule | undefined =>
  typeof schedule === "object" && schedule !== null ? schedule : undefined;
const findNextPhase = ({ phases, current_phase }: Stripe.SubscriptionSchedule) =>
  phases.find(({ start_date }) => start_date >= (current_phase?.end_date ?? Number.POSITIVE_INFINITY));
/** Whether its period is its last: by its own word, or as a schedule has nothing after it. */
export function isEnding(subscription: Stripe.Subscription): boolean {
  const schedule = findSchedule(subscription);
  const { cancel_at, cancel_at_period_end } = subscription;
  return cancel_at_period_end || cancel_at !== null || (schedule?.end_behavior === "cancel" && !findNextPhase(schedule));
}
/** What a schedule changes it to when the period ends. */
export function findNext(subscription: Stripe.Subscription, prices: PlanPrices): PaidChoice | null {
  const schedule = findSchedule(subscription);
  const after = schedule && findNextPhase(schedule);
  for (const { price, quantity } of after?.items ?? []) {
    const choice = findChoice(prices, { price: typeof price === "string" ? price : price.id, quantity });
    if (choice) return choice;
  }
  return null;
}

/**
 * From when on a change is paid, in seconds since 1970: the beginning of the time that the last invoice bills
 * for what the plan is now. A payment may arrive a day later than that, and be read later still.
 */
function findChangedAt({ latest_invoice }: Stripe.Subscription, prices: PlanPrices, now: PaidItem): number | null {
  if (typeof latest_invoice !== "object" || latest_invoice?.status !== "paid") return null;
  if (latest_invoice.billing_reason !== "subscription_update") return null;
  const { current_period_start: start, current_period_end: end } = now.item;
  const billed = latest_invoice.lines.data.find(({ pricing, quantity, period }) => {
    const price = stripeIdOf(pricing?.price_details?.price);
    const choice = price === undefined ? undefined : findChoice(prices, { price, quantity: quantity ?? undefined });
    return choice !== undefined && isSameChoice(choice, now) && period.start >= start && period.start < end;
  });
  return billed ? billed.period.start : null;
}

/**
 * Since when payments are missing, by a subscription's invoices, in seconds since 1970: the oldest that is
 * open, or that was given up, voided or never asked for since something was paid.
 */
export function findUnpaidSince(invoices: readonly Stripe.Invoice[]): number | undefined {
  const paidAt = Math.max(0, ...invoices.filter(({ status }) => status === "paid").map(({ created }) => created));
  const missing = invoices.filter(({ status, billing_reason, created }) => {
    const isMonth = billing_reason === "subscription_cycle" && status !== "paid"; // a change that was voided is none
    return status === "open" || (created > paidAt && (isMonth || status === "uncollectible"));
  });
  return missing.length > 0 ? Math.min(...missing.map(({ created }) => created)) : undefined;
}
const graceMs = graceDays * dayMs;
/**
 * Since when a payment is missing by what the account said last, in seconds since 1970: months that begin at
 * Stripe do not move it.
 */
export function whenLastMissing(known: Pick<Subscription, "plan" | "status" | "periodEnd"> | undefined, now: number): number | undefined {
  if (!known || known.plan === "trial") return undefined;
  if (known.status === "past_due") return known.periodEnd / 1_000;
  return known.status === "canceled" && known.periodEnd <= now ? (known.periodEnd - graceMs) / 1_000 : undefined;
}

/**
 * What was paid and is not. In seconds since 1970: since when a payment is missing, and when the payer's bank
 * took one back. `now` is in milliseconds.
 */
export type PaymentsMade = { now: number; hasPaid: boolean; unpaidSince?: number | undefined; disputedSince?: number | undefined };
/**
 * What the account's row says of a subscription at Stripe. Grace counts from the first payment that is
 * missing, however many months have begun since.
 */
export function readPaidSubscription(
  subscription: Stripe.Subscription,
  prices: PlanPrices,
  { now, hasPaid, unpaidSince, disputedSince }: PaymentsMade,
): PaidSubscription | undefined {
  const paid = findPaidItem(subscription, prices);
  if (!paid) return undefined;
  const { plan, quantity, item } = paid;
  const { current_period_start: start, current_period_end: end } = item;
  const { status, trial_end, ended_at, canceled_at, cancel_at } = subscription;
  const isFree = trial_end !== null && start <= trial_end && !hasPaid;
  const changed = findChangedAt(subscription, prices, paid);
  const changedAt = changed === null ? null : inMs(changed);
  const row = { plan, quantity, periodStart: inMs(start), next: null, isFree, disputed: false, changedAt } as const;
  if (status === "canceled") return { ...row, status: "canceled", periodEnd: inMs(ended_at ?? canceled_at ?? start) };
  if (status === "past_due" || status === "unpaid") {
    const since = Math.min(unpaidSince ?? disputedSince ?? start, disputedSince ?? unpaidSince ?? start);
    const missing = { ...row, status: "past_due", periodEnd: inMs(since) } as const;
    const { stopsAt } = whenStopped(missing);
    // Where it can't be paid the plan ends with its week of grace: its member chooses one anew.
    return isGivenUp(subscription) && now >= stopsAt ? { ...missing, status: "canceled", periodEnd: stopsAt } : missing;
  }
  if (status === "paused") return { ...row, status: "canceled", periodEnd: inMs(start) }; // whatever of it is not paid
  const next = findNext(subscription, prices);
  if (disputedSince !== undefined) return { ...row, next, status: "past_due", disputed: true, periodEnd: inMs(disputedSince) };
  if (isEnding(subscription)) return { ...row, status: "canceled", periodEnd: inMs(cancel_at ?? end) };
  return { ...row, next, status: status === "trialing" ? "trialing" : "active", periodEnd: inMs(end) };
}

import type Stripe from "stripe";
import type { Subscription } from "../../schema/billing/entitlement.ts";
import { mostQuantity, type PaidChoice, type PaidPlan, paidPlanName } from "../../schema/billing/subscription-plan.ts";

export type PaidSubscription = Subscription &
  PaidChoice & {
    periodStart: number;
    next: PaidChoice | null;
    /** In the free days that it begins with, or nothing was paid when they were over. */
    isFree: boolean;
    /** A payment of its period had arrived, and the payer's bank took it back. */
    disputed: boolean;
  };
type PlanPrices = Readonly<Record<PaidPlan, readonly string[]>>;

const inMs = (seconds: number) => seconds * 1_000;
const live: ReadonlySet<string> = new Set(["trialing", "active", "past_due", "unpaid", "paused"]);
/** Whether it goes on at Stripe: a second one would be paid twice. */
export const isLiveSubscription = ({ status }: Stripe.Subscription): boolean => live.has(status);

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
/** The one that counts of Stripe's list: one that goes on before one that has ended; the newest. */
export function chooseSubscription(all: readonly Stripe.Subscription[], prices: PlanPrices): Stripe.Subscription | undefined {
  const ours = all.filter((each) => {
    const begun = live.has(each.status) || each.status === "canceled"; // others have never been paid
    return begun && findPaidItem(each, prices) !== undefined;
  });
  const order = (each: Stripe.Subscription) => (isLiveSubscription(each) ? 1 : 0);
  return ours.sort((a, b) => order(b) - order(a) || b.created - a.created)[0];
}

/** Whether its period is its last. */
export const isEnding = ({ cancel_at, cancel_at_period_end }: Stripe.Subscription): boolean => cancel_at_period_end || cancel_at !== null;
/** The schedule of a subscription that was listed with it. */
export const findSchedule = ({ schedule }: Stripe.Subscription): Stripe.SubscriptionSchedule | undefined =>
  typeof schedule === "object" && schedule !== null ? schedule : undefined;
/** What a schedule changes it to when the period ends. */
export function findNext(subscription: Stripe.Subscription, prices: PlanPrices): PaidChoice | null {
  const schedule = findSchedule(subscription);
  const after = schedule?.phases.find(({ start_date }) => start_date >= (schedule.current_phase?.end_date ?? Number.POSITIVE_INFINITY));
  for (const { price, quantity } of after?.items ?? []) {
    const choice = findChoice(prices, { price: typeof price === "string" ? price : price.id, quantity });
    if (choice) return choice;
  }
  return null;
}

/**
 * What was paid and is not. In seconds since 1970: when the oldest invoice that is open was made, and when
 * the payer's bank took a payment back.
 */
export type PaymentsMade = { hasPaid: boolean; unpaidSince?: number | undefined; disputedSince?: number | undefined };
/**
 * What the account's row says of a subscription at Stripe. Grace counts from the first payment that is
 * missing, however many months have begun since.
 */
export function readPaidSubscription(
  subscription: Stripe.Subscription,
  prices: PlanPrices,
  { hasPaid, unpaidSince, disputedSince }: PaymentsMade,
): PaidSubscription | undefined {
  const paid = findPaidItem(subscription, prices);
  if (!paid) return undefined;
  const { plan, quantity, item } = paid;
  const { current_period_start: start, current_period_end: end } = item;
  const { status, trial_end, ended_at, canceled_at, cancel_at, cancel_at_period_end } = subscription;
  const isFree = trial_end !== null && start <= trial_end && !hasPaid;
  const row = { plan, quantity, periodStart: inMs(start), next: null, isFree, disputed: false } as const;
  if (status === "canceled") return { ...row, status: "canceled", periodEnd: inMs(ended_at ?? canceled_at ?? start) };
  if (status === "past_due" || status === "unpaid") {
    const since = Math.min(unpaidSince ?? disputedSince ?? start, disputedSince ?? unpaidSince ?? start);
    return { ...row, status: "past_due", periodEnd: inMs(since) };
  }
  const next = findNext(subscription, prices);
  if (disputedSince !== undefined) return { ...row, next, status: "past_due", disputed: true, periodEnd: inMs(disputedSince) };
  if (status === "paused") return { ...row, status: "canceled", periodEnd: inMs(start) };
  if (cancel_at_period_end || cancel_at !== null) return { ...row, status: "canceled", periodEnd: inMs(cancel_at ?? end) };
  return { ...row, next, status: status === "trialing" ? "trialing" : "active", periodEnd: inMs(end) };
}

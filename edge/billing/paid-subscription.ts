import type Stripe from "stripe";
import type { Subscription } from "../../schema/billing/entitlement.ts";

export type PaidSubscription = Subscription & { periodStart: number };

const inMs = (seconds: number) => seconds * 1_000;
const live: ReadonlySet<string> = new Set(["trialing", "active", "past_due", "unpaid", "paused"]);
/** Whether it goes on at Stripe: a second one would be paid twice. */
export const isLiveSubscription = ({ status }: Stripe.Subscription): boolean => live.has(status);

/** The one that counts of Stripe's list: one that goes on before one that has ended; the newest. */
export function chooseSubscription(all: readonly Stripe.Subscription[], prices: readonly string[]): Stripe.Subscription | undefined {
  const ours = all.filter(({ items, status }) => {
    const begun = live.has(status) || status === "canceled"; // others have never been paid
    return begun && items.data.some(({ price }) => prices.includes(price.id));
  });
  const order = (each: Stripe.Subscription) => (isLiveSubscription(each) ? 1 : 0);
  return ours.sort((a, b) => order(b) - order(a) || b.created - a.created)[0];
}

/**
 * What the account's row says of a subscription at Stripe. `unpaidSince` in seconds since 1970: when the
 * oldest invoice that is open was made. Grace counts from there, however many months have begun since.
 */
export function readPaidSubscription(subscription: Stripe.Subscription, unpaidSince: number | undefined): PaidSubscription {
  const [item] = subscription.items.data;
  const start = item?.current_period_start ?? subscription.start_date;
  const end = item?.current_period_end ?? start;
  const row = { plan: "studio", periodStart: inMs(start) } as const;
  const { status, ended_at, canceled_at, cancel_at, cancel_at_period_end } = subscription;
  if (status === "canceled") return { ...row, status: "canceled", periodEnd: inMs(ended_at ?? canceled_at ?? start) };
  if (status === "past_due" || status === "unpaid")
    return { ...row, status: "past_due", periodEnd: inMs(Math.min(unpaidSince ?? start, start)) };
  if (status === "paused") return { ...row, status: "canceled", periodEnd: inMs(start) };
  if (cancel_at_period_end || cancel_at !== null) return { ...row, status: "canceled", periodEnd: inMs(cancel_at ?? end) };
  return { ...row, status: status === "trialing" ? "trialing" : "active", periodEnd: inMs(end) };
}

import Stripe from "stripe";
import { AppError } from "../../schema/wire/error.ts";
import { findSchedule } from "./paid-subscription.ts";

/** What a paid plan's schedule at Stripe is told: another plan with the next period, an end, or neither. */
export const refuseChange = (message: string) => new AppError("conflict", { what: "plan" }, { message });
export const refuseOld = () => refuseChange("The plan was changed since you saw it. Look at it again.");

export const invoiceOf = ({ latest_invoice }: Stripe.Subscription) =>
  typeof latest_invoice === "string" ? latest_invoice : latest_invoice?.id;
/** What a call has seen of a plan, and what of it the call has changed itself. */
export type Act = { stripe: Stripe; subscription: Stripe.Subscription; ours: { schedule: boolean; invoice: boolean } };
/** Where Stripe refuses what was asked: the subscription as it is there, since another may have done it. */
export async function readRefused({ stripe, subscription }: Act, error: unknown): Promise<Stripe.Subscription> {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  return stripe.subscriptions.retrieve(subscription.id, { expand: ["schedule", "latest_invoice"] });
}
/** A change that waits for its month is taken back, and an end that was decided. */
export async function dropSchedule(act: Act): Promise<void> {
  const schedule = findSchedule(act.subscription);
  if (!schedule) return;
  await act.stripe.subscriptionSchedules.release(schedule.id).catch(async (error: unknown) => {
    if (findSchedule(await readRefused(act, error))?.id === schedule.id) throw error;
  });
  act.ours.schedule = true;
}

/** Two calls at once: one makes the schedule, the other finds it. */
async function ensureSchedule(act: Act): Promise<Stripe.SubscriptionSchedule> {
  const { stripe, subscription, ours } = act;
  const known = findSchedule(subscription);
  if (known) return known;
  const made = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id }).catch(async (error: unknown) => {
    const others = findSchedule(await readRefused(act, error));
    if (!others) throw error;
    return others;
  });
  ours.schedule = true;
  return made;
}
const idOf = (each: string | { id: string }): string => (typeof each === "string" ? each : each.id);
type KeptDiscount = { discount: string } | { promotion_code: string } | { coupon: string };
/** What a phase has besides its items and its time: what is left out of an update is lost. */
function keepOfPhase({ discounts, default_payment_method, default_tax_rates, automatic_tax, metadata }: Stripe.SubscriptionSchedule.Phase) {
  const kept = (discounts ?? []).flatMap(({ discount, promotion_code, coupon }): KeptDiscount[] => {
    if (discount) return [{ discount: idOf(discount) }];
    if (promotion_code) return [{ promotion_code: idOf(promotion_code) }];
    return coupon ? [{ coupon: idOf(coupon) }] : [];
  });
  return {
    ...(kept.length > 0 && { discounts: kept }),
    ...(default_payment_method && { default_payment_method: idOf(default_payment_method) }),
    ...(default_tax_rates && default_tax_rates.length > 0 && { default_tax_rates: default_tax_rates.map(idOf) }),
    ...(automatic_tax && { automatic_tax: { enabled: automatic_tax.enabled } }),
    ...(metadata && { metadata }),
  };
}
/** What runs, to the end of its period, as it is written again: what is left out of it is lost. */
function readRunningPhase(schedule: Stripe.SubscriptionSchedule, item: Stripe.SubscriptionItem) {
  const current = schedule.phases.find(({ start_date }) => start_date === schedule.current_phase?.start_date);
  if (!current) throw new AppError("upstream", { what: "a schedule without a phase" });
  // What runs is written again: were it not what was seen, a change that was just paid would be undone.
  const items = current.items.map(({ price, quantity }) => ({ price: idOf(price), ...(quantity !== undefined && { quantity }) }));
  if (!items.some(({ price, quantity = 1 }) => price === item.price.id && quantity === item.quantity)) throw refuseOld();
  const kept = keepOfPhase(current);
  const times = { start_date: current.start_date, end_date: item.current_period_end };
  const phase = { ...kept, items, ...times, ...(current.trial_end !== null && { trial_end: current.trial_end }) };
  const others = items.filter(({ price }) => price !== item.price.id); // such as a price of the meter, which has no quantity
  return { phase, kept, others };
}
/** Another plan is paid from the next period on; until then all stays, and a promotion goes on. */
export async function scheduleNext(
  act: Act,
  { item }: { item: Stripe.SubscriptionItem },
  wanted: { price: string; quantity: number },
): Promise<void> {
  const schedule = await ensureSchedule(act);
  const { phase, kept, others } = readRunningPhase(schedule, item);
  const duration = { interval: "month", interval_count: 1 } as const;
  await act.stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: "release",
    proration_behavior: "none",
    phases: [phase, { ...kept, items: [wanted, ...others], duration, proration_behavior: "none" }],
  });
}
/**
 * Ends the plan with its period, by one call: what a schedule was to change gives way in the same one. Stripe
 * takes no such word of a subscription beside its schedule.
 */
export async function endWithPeriod(act: Act, subscription: Stripe.Subscription, item: Stripe.SubscriptionItem): Promise<void> {
  const { stripe, ours } = act;
  const schedule = findSchedule(subscription);
  if (!schedule) {
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    return;
  }
  const phases = [readRunningPhase(schedule, item).phase];
  await stripe.subscriptionSchedules
    .update(schedule.id, { end_behavior: "cancel", proration_behavior: "none", phases })
    .catch(async (error: unknown) => {
      const now = await readRefused(act, error); // another call released it
      if (findSchedule(now)?.id === schedule.id) throw error;
      await endWithPeriod(act, now, item);
    });
  ours.schedule = true;
}

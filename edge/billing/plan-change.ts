import { createRoute } from "@hono/zod-openapi";
import Stripe from "stripe";
import type { z } from "zod";
import type { PaymentCustomerRow } from "../../schema/billing/payment.table.ts";
import { planChangeIn, planChangeOut, renewalIn, renewalOut } from "../../schema/billing/payment.ts";
import { isMore, isSameChoice } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { limitStripeCalls, requireSession } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { describeSubscription, subscriptionOf } from "./entitlement.ts";
import { chooseSubscription, findPaidItem, findSchedule, isEnding, readPaidSubscription } from "./paid-subscription.ts";
import { findCustomer, noteVisit, type PaymentWorld, readPayment, tryFollowAccount } from "./payment-sync.ts";
import { callStripe, minuteOf, pricesOf, requirePayments, requirePrice } from "./stripe.ts";
import { listSubscriptions } from "./stripe-read.ts";

const refuseChange = (message: string) => new AppError("conflict", { what: "plan" }, { message });
const refuseOld = () => refuseChange("The plan was changed since you saw it. Look at it again.");
/** Said where it is not known whether Stripe did what it was asked. */
const unsure = "Payments did not answer. What became of it is seen here in a minute; to say it again does not pay twice.";

type Paid = { row: PaymentCustomerRow; subscription: Stripe.Subscription };
/** The plan that is paid and goes on. One that waits for a payment is paid or ended at Stripe's portal. */
export async function requirePaidPlan({ config, db }: PaymentWorld, member: Id<"mem">): Promise<Paid> {
  requirePayments(config);
  const row = await findCustomer(db, member);
  const plans = row ? await callStripe(config, (stripe) => listSubscriptions(stripe, row.customer)) : [];
  const subscription = chooseSubscription(plans, pricesOf(config));
  if (!row || !subscription || subscription.status === "canceled") throw refuseChange("No plan is paid: there is nothing to change.");
  if (subscription.status !== "active" && subscription.status !== "trialing")
    throw refuseChange("A payment is missing. Pay it, or end the plan, at Manage billing.");
  return { row, subscription };
}
/** Another call was first, or the month has ended: it is done. Were it not, Stripe refuses what follows. */
const unlessDone = (error: unknown): void => {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
};
/** Stripe does not end what a schedule is to change: that is taken back first. */
async function dropSchedule(stripe: Stripe, subscription: Stripe.Subscription): Promise<void> {
  const schedule = findSchedule(subscription);
  if (schedule) await stripe.subscriptionSchedules.release(schedule.id).catch(unlessDone);
}
/** A change to more that waits for its payment can't be paid any more. */
async function dropPending(stripe: Stripe, { pending_update, latest_invoice }: Stripe.Subscription): Promise<void> {
  const invoice = typeof latest_invoice === "string" ? latest_invoice : latest_invoice?.id;
  if (pending_update && invoice) await stripe.invoices.voidInvoice(invoice).catch(unlessDone);
}

/** What two calls at once may both have seen, and one of them has changed. */
function describeSeen(subscription: Stripe.Subscription): string {
  const { id, status, items, latest_invoice, cancel_at_period_end } = subscription;
  const invoice = typeof latest_invoice === "string" ? latest_invoice : latest_invoice?.id;
  const choice = items.data.map(({ price, quantity }) => [price.id, quantity]);
  return JSON.stringify([id, status, choice, invoice, cancel_at_period_end, findSchedule(subscription)?.id]);
}
async function isOld(world: PaymentWorld, { row, subscription }: Paid): Promise<boolean> {
  const now = await requirePaidPlan(world, row.member).catch(() => undefined);
  return !now || describeSeen(now.subscription) !== describeSeen(subscription);
}
/** Changes it at Stripe, and then reads there how it stands. */
async function change<T>(world: PaymentWorld, paid: Paid, act: (stripe: Stripe) => Promise<T>): Promise<T> {
  const { row } = paid;
  await noteVisit(world.db, row);
  const done = await callStripe(world.config, act, unsure).catch(async (error: unknown) => {
    throw error instanceof AppError && error.code === "upstream" && (await isOld(world, paid)) ? refuseOld() : error;
  });
  await readPayment(world, row.member).catch((error: unknown) => {
    throw new AppError("unavailable", { error, retryAfter: 5 }, { message: unsure });
  });
  await tryFollowAccount(world, row.member);
  return done;
}
/** Ends the paid plan with its period, or lets it go on. Stripe keeps which; said twice it is the same. */
export async function setRenewal(world: PaymentWorld, member: Id<"mem">, renews: boolean): Promise<void> {
  const paid = await requirePaidPlan(world, member);
  const { subscription } = paid;
  const { id, cancel_at, cancel_at_period_end } = subscription;
  await change(world, paid, async (stripe) => {
    if (isEnding(subscription) !== renews) return;
    const ends = renews && cancel_at !== null && !cancel_at_period_end ? { cancel_at: "" as const } : { cancel_at_period_end: !renews };
    await dropPending(stripe, subscription);
    await dropSchedule(stripe, subscription);
    await stripe.subscriptions.update(id, ends);
  });
}

/** So close to their end Stripe may end free days before it takes a change. */
const aMinute = 60_000;
/** In free days more costs nothing yet: said twice it is the same. */
async function changeFreely(stripe: Stripe, { id }: Stripe.Subscription, item: Stripe.SubscriptionUpdateParams.Item): Promise<null> {
  await stripe.subscriptions.update(id, { items: [item], proration_behavior: "none" });
  return null;
}
/**
 * More is paid now, for the rest of the period. Gives where it is paid when the card did not. Each change
 * leaves an invoice, so that of two calls that saw the same one, one changes it.
 */
async function payMore(
  stripe: Stripe,
  { id, latest_invoice }: Stripe.Subscription,
  item: Stripe.SubscriptionUpdateParams.Item,
): Promise<string | null> {
  const seen = typeof latest_invoice === "string" ? latest_invoice : latest_invoice?.id;
  const { pending_update, ...after } = await stripe.subscriptions
    .update(
      id,
      {
        items: [item],
        proration_behavior: "always_invoice",
        payment_behavior: "pending_if_incomplete",
        expand: ["latest_invoice"],
      },
      { idempotencyKey: `more-${id}-${seen ?? "first"}-${minuteOf(Date.now())}` },
    )
    .catch((error: unknown) => {
      throw error instanceof Stripe.errors.StripeIdempotencyError ? refuseOld() : error;
    });
  if (!pending_update) return null;
  const page = typeof after.latest_invoice === "string" ? null : after.latest_invoice?.hosted_invoice_url;
  if (!page) throw new AppError("upstream", { what: "a change that waits for a payment, without an address" });
  return page;
}

/** Two calls at once: one makes the schedule, the other finds it. */
async function ensureSchedule(stripe: Stripe, subscription: Stripe.Subscription): Promise<Stripe.SubscriptionSchedule> {
  const known = findSchedule(subscription);
  if (known) return known;
  try {
    return await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    const made = findSchedule(await stripe.subscriptions.retrieve(subscription.id, { expand: ["schedule"] }));
    if (!made) throw error;
    return made;
  }
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
/** Another plan is paid from the next period on; until then all stays, and a promotion goes on. */
async function scheduleNext(
  stripe: Stripe,
  subscription: Stripe.Subscription,
  { item }: { item: Stripe.SubscriptionItem },
  wanted: { price: string; quantity: number },
): Promise<void> {
  const schedule = await ensureSchedule(stripe, subscription);
  const current = schedule.phases.find(({ start_date }) => start_date === schedule.current_phase?.start_date);
  if (!current) throw new AppError("upstream", { what: "a schedule without a phase" });
  // What runs is written again: were it not what was seen, a change that was just paid would be undone.
  const items = current.items.map(({ price, quantity }) => ({ price: idOf(price), ...(quantity !== undefined && { quantity }) }));
  if (!items.some(({ price, quantity = 1 }) => price === item.price.id && quantity === item.quantity)) throw refuseOld();
  const others = items.filter(({ price }) => price !== item.price.id); // such as a price of the meter, which has no quantity
  const kept = keepOfPhase(current);
  await stripe.subscriptionSchedules.update(schedule.id, {
    end_behavior: "release",
    proration_behavior: "none",
    phases: [
      {
        ...{ ...kept, items, start_date: current.start_date, end_date: item.current_period_end },
        ...(current.trial_end !== null && { trial_end: current.trial_end }),
      },
      { ...kept, items: [wanted, ...others], duration: { interval: "month", interval_count: 1 }, proration_behavior: "none" },
    ],
  });
}

/** Whether the paid plan may be changed at all. */
export async function requireChangeable({ db }: PaymentWorld, member: Id<"mem">, { subscription }: Paid): Promise<void> {
  if (isEnding(subscription)) throw refuseChange("The plan is cancelled. Keep it first, then change it.");
  if ((await subscriptionOf(db, member))?.disputed)
    throw refuseChange("Your bank took a payment back. The plan can be changed once that is returned, or another month is paid.");
}
/** Whether it may become more just now. */
export function requireMoreAllowed({ config }: PaymentWorld, { row, subscription }: Paid): void {
  if (readPaidSubscription(subscription, pricesOf(config), { hasPaid: false })?.next)
    throw refuseChange("Another plan is decided for the next period. Take that back first, then change the plan.");
  const hasPaid = row.meteredFrom !== null;
  const isFree = subscription.status === "trialing";
  // Else a small payment for the rest of a month would stand for the first one, which brings the model time.
  if (!isFree && !hasPaid && subscription.trial_end !== null)
    throw refuseChange("The first payment is on its way. Choose more once it has arrived.");
  if (isFree && (hasPaid || (subscription.trial_end ?? 0) * 1_000 < Date.now() + aMinute))
    throw refuseChange("Free days are about to end, or were given beside a paid plan. Choose more once they have ended.");
}
/**
 * More is there at once, every other plan when the period ends, and what is there already takes such a change
 * back. Whoever stays on a plan keeps the price that they have of it.
 */
export async function changePlan(
  world: PaymentWorld,
  member: Id<"mem">,
  { from, ...wanted }: z.infer<typeof planChangeIn>,
): Promise<string | null> {
  const { config } = world;
  const sold = requirePrice(config, wanted.plan);
  const paid = await requirePaidPlan(world, member);
  const { subscription } = paid;
  const now = findPaidItem(subscription, pricesOf(config));
  if (!now) throw new AppError("upstream", { what: "a plan without a price" });
  await requireChangeable(world, member, paid);
  if (!isSameChoice(now, from) && !isSameChoice(now, wanted)) throw refuseOld();
  const { item } = now;
  const { quantity } = wanted;
  if (isSameChoice(now, wanted))
    return change(world, paid, async (stripe) => {
      await dropPending(stripe, subscription);
      await dropSchedule(stripe, subscription);
      return null;
    });
  if (!isMore(wanted, now))
    return change(world, paid, async (stripe) => {
      await dropPending(stripe, subscription);
      await scheduleNext(stripe, subscription, now, { price: wanted.plan === now.plan ? item.price.id : sold, quantity });
      return null;
    });
  requireMoreAllowed(world, paid);
  return change(world, paid, async (stripe) => {
    await dropSchedule(stripe, subscription);
    if (subscription.status === "trialing")
      return changeFreely(stripe, subscription, { id: item.id, quantity, price: wanted.plan !== now.plan ? sold : item.price.id });
    return payMore(stripe, subscription, { id: item.id, quantity, ...(wanted.plan !== now.plan && { price: sold }) });
  });
}
async function showPlan(db: Database, member: Id<"mem">) {
  const row = await subscriptionOf(db, member);
  if (!row) throw new AppError("not_found"); // erased meanwhile
  return describeSubscription(row);
}

const session = { tags: ["Billing"], security: [{ session: [] }] };
export const planChangeRoutes = newApp()
  .openapi(
    createRoute({
      method: "put",
      path: "/billing/plan",
      summary: "Change the paid plan: to more at once, to less when its period ends",
      ...session,
      middleware: middlewares(requireSession, limitStripeCalls, jsonBody, idempotent),
      request: { body: jsonRequest(planChangeIn) },
      responses: {
        200: jsonAnswer("The plan as it is now, and where more is paid first if the card did not", planChangeOut),
        ...refusalAnswers,
      },
    }),
    async (c) => {
      const { db, member } = c.var;
      const payAt = await changePlan(c.var, member.id, c.req.valid("json"));
      return c.json({ subscription: await showPlan(db, member.id), payAt }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "put",
      path: "/billing/renewal",
      summary: "End the paid plan with its period, or keep it",
      ...session,
      middleware: middlewares(requireSession, limitStripeCalls, jsonBody, idempotent),
      request: { body: jsonRequest(renewalIn) },
      responses: { 200: jsonAnswer("The plan as it is now", renewalOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      await setRenewal(c.var, member.id, c.req.valid("json").renews);
      return c.json({ subscription: await showPlan(db, member.id) }, 200);
    },
  );

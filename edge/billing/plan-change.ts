import Stripe from "stripe";
import type { z } from "zod";
import type { PaymentCustomerRow } from "../../schema/billing/payment.table.ts";
import { planChangeIn, planChangeOut, renewalIn, renewalOut } from "../../schema/billing/payment.ts";
import { isMore, isSameChoice } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { memberDoor } from "../door.ts";
import { jsonAnswer, jsonRequest, newApp, refusalAnswers } from "../http.ts";
import { limitStripeCalls } from "../kernel/auth.ts";
import type { Database } from "../kernel/db.ts";
import { describeSubscription, subscriptionOf } from "./entitlement.ts";
import { chooseSubscription, findNext, findPaidItem, findSchedule, isEnding, isGivenUp } from "./paid-subscription.ts";
import { findCustomer, noteVisit, type PaymentWorld, readPayment, tryFollowAccount, trySyncPayment } from "./payment-sync.ts";
import { type Act, dropSchedule, endWithPeriod, invoiceOf, readRefused, refuseChange, refuseOld, scheduleNext } from "./plan-schedule.ts";
import { callStripe, minuteOf, pricesOf, requirePayments, requirePrice } from "./stripe.ts";
import { listSubscriptions } from "./stripe-read.ts";

/** Said where it is not known whether Stripe did what it was asked. */
const unsure = "Payments did not answer. What became of it is seen here in a minute; to say it again does not pay twice.";

type Paid = { row: PaymentCustomerRow; subscription: Stripe.Subscription };
/** The plan that is paid and goes on. One that waits for a payment is paid or ended at Stripe's portal. */
export async function requirePaidPlan({ config, db }: PaymentWorld, member: Id<"mem">): Promise<Paid> {
  requirePayments(config);
  const row = await findCustomer(db, member);
  const plans = row ? await callStripe(config, (stripe) => listSubscriptions(stripe, row.customer)) : [];
  const subscription = chooseSubscription(plans, pricesOf(config));
  if (!row || !subscription || subscription.status === "canceled" || isGivenUp(subscription))
    throw refuseChange("No plan is paid: there is nothing to change.");
  if (subscription.status !== "active" && subscription.status !== "trialing")
    throw refuseChange("A payment is missing. Pay it, or end the plan, at Manage billing.");
  return { row, subscription };
}
/** A change to more that waits for its payment can't be paid any more. */
async function dropPending(act: Act): Promise<void> {
  const { pending_update } = act.subscription;
  const invoice = invoiceOf(act.subscription);
  if (!pending_update || !invoice) return;
  await act.stripe.invoices.voidInvoice(invoice).catch(async (error: unknown) => {
    const now = await readRefused(act, error);
    if (now.pending_update && invoiceOf(now) === invoice)
      throw refuseChange("The payment of a larger plan is under way. Look again once it has arrived or failed.");
  });
  act.ours.invoice = true;
}

/** What two calls at once may both have seen, and one of them has changed; without what is `ours`. */
function describeSeen(subscription: Stripe.Subscription, ours: Act["ours"]): string {
  const { id, status, items } = subscription;
  const choice = items.data.map(({ price, quantity }) => [price.id, quantity]);
  const schedule = ours.schedule ? [] : [findSchedule(subscription)?.id, isEnding(subscription)];
  return JSON.stringify([id, status, choice, schedule, ours.invoice ? null : invoiceOf(subscription)]);
}
async function isOld(world: PaymentWorld, { row, subscription }: Paid, ours: Act["ours"]): Promise<boolean> {
  const now = await requirePaidPlan(world, row.member).catch(() => undefined);
  return !now || describeSeen(now.subscription, ours) !== describeSeen(subscription, ours);
}
/** Changes it at Stripe, and then reads there how it stands, also where a part of it was done. */
async function change<T>(world: PaymentWorld, paid: Paid, act: (act: Act) => Promise<T>): Promise<T> {
  const { row, subscription } = paid;
  const ours = { schedule: false, invoice: false };
  await noteVisit(world.db, row);
  const done = await callStripe(world.config, (stripe) => act({ stripe, subscription, ours }), unsure).catch(async (error: unknown) => {
    const isRefused = error instanceof AppError && error.code === "upstream";
    const isLate = isRefused && (await isOld(world, paid, ours));
    await trySyncPayment(world, row.member);
    throw isLate ? refuseOld() : error;
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
  const now = findPaidItem(subscription, pricesOf(world.config));
  if (!now) throw new AppError("upstream", { what: "a plan without a price" });
  const { id, cancel_at, cancel_at_period_end } = subscription;
  await change(world, paid, async (act) => {
    if (isEnding(subscription) !== renews) return;
    if (!renews) await endWithPeriod(act, subscription, now.item); // first: whatever fails then, it is cancelled
    await dropPending(act);
    if (!renews) return;
    await dropSchedule(act);
    const isDated = cancel_at !== null && !cancel_at_period_end;
    await act.stripe.subscriptions.update(id, isDated ? { cancel_at: "" } : { cancel_at_period_end: false });
  });
}

/** So close to their end Stripe may end free days before it takes a change. */
const aMinute = 60_000;
/** In free days more costs nothing yet: said twice it is the same. */
async function changeFreely({ stripe, subscription: { id } }: Act, item: Stripe.SubscriptionUpdateParams.Item): Promise<null> {
  await stripe.subscriptions.update(id, { items: [item], proration_behavior: "none" });
  return null;
}
/** In seconds: so long the amount of a preview holds, and so far the clocks of two Workers may be apart. */
const [previewHolds, clocksDiffer] = [10 * 60, 5];
/** What is paid is what a preview said, or nothing is. Stripe prorates within the running period alone. */
function requireProration(
  proratedAt: number | null,
  { current_period_start: start, current_period_end: end }: Stripe.SubscriptionItem,
): void {
  if (proratedAt === null) throw new AppError("proration_expired"); // it said that nothing is paid
  const now = Date.now() / 1_000;
  const holds = proratedAt >= now - previewHolds && proratedAt <= now + clocksDiffer;
  if (!holds || proratedAt < start || proratedAt >= end) throw new AppError("proration_expired");
}
/**
 * More is paid now, for the rest of the period. Gives where it is paid when the card did not. Each change
 * leaves an invoice, so that of two calls that saw the same one, one changes it.
 */
async function payMore(
  { stripe, subscription }: Act,
  item: Stripe.SubscriptionUpdateParams.Item,
  proratedAt: number | null | undefined,
): Promise<string | null> {
  const { id } = subscription;
  const { pending_update, ...after } = await stripe.subscriptions
    .update(
      id,
      {
        items: [item],
        proration_behavior: "always_invoice",
        payment_behavior: "pending_if_incomplete",
        ...(typeof proratedAt === "number" && { proration_date: proratedAt }),
        expand: ["latest_invoice"],
      },
      { idempotencyKey: `more-${id}-${invoiceOf(subscription) ?? "first"}-${minuteOf(Date.now())}` },
    )
    .catch((error: unknown) => {
      throw error instanceof Stripe.errors.StripeIdempotencyError ? refuseOld() : error;
    });
  if (!pending_update) return null;
  const page = typeof after.latest_invoice === "string" ? null : after.latest_invoice?.hosted_invoice_url;
  if (!page) throw new AppError("upstream", { what: "a change that waits for a payment, without an address" });
  return page;
}

/** Whether the paid plan may be changed at all. */
export async function requireChangeable({ db }: PaymentWorld, member: Id<"mem">, { subscription }: Paid): Promise<void> {
  if (isEnding(subscription)) throw refuseChange("The plan is cancelled. Keep it first, then change it.");
  if ((await subscriptionOf(db, member))?.disputed)
    throw refuseChange("Your bank took a payment back. The plan can be changed once that is returned, or another month is paid.");
}
/** Whether it may become more just now. */
export function requireMoreAllowed({ config }: PaymentWorld, { row, subscription }: Paid): void {
  if (findNext(subscription, pricesOf(config)))
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
  { from, proratedAt, ...wanted }: z.infer<typeof planChangeIn>,
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
    return change(world, paid, async (act) => {
      await dropPending(act);
      await dropSchedule(act);
      return null;
    });
  if (!isMore(wanted, now))
    return change(world, paid, async (act) => {
      await dropPending(act);
      await scheduleNext(act, now, { price: wanted.plan === now.plan ? item.price.id : sold, quantity });
      return null;
    });
  requireMoreAllowed(world, paid);
  const isFree = subscription.status === "trialing";
  if (!isFree && proratedAt !== undefined) requireProration(proratedAt, item);
  return change(world, paid, async (act) => {
    await dropSchedule(act);
    if (isFree) return changeFreely(act, { id: item.id, quantity, price: wanted.plan !== now.plan ? sold : item.price.id });
    return payMore(act, { id: item.id, quantity, ...(wanted.plan !== now.plan && { price: sold }) }, proratedAt);
  });
}
async function showPlan(db: Database, member: Id<"mem">) {
  const row = await subscriptionOf(db, member);
  if (!row) throw new AppError("not_found"); // erased meanwhile
  return describeSubscription(row);
}

export const planChangeRoutes = newApp()
  .openapi(
    memberDoor({
      method: "put",
      path: "/billing/plan",
      summary: "Change the paid plan: to more at once, to less when its period ends",
      tags: ["Billing"],
      before: [limitStripeCalls],
      key: false, // a page of Stripe's is answered; the change says by itself what is to be
      scope: "admin",
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
    memberDoor({
      method: "put",
      path: "/billing/renewal",
      summary: "End the paid plan with its period, or keep it",
      tags: ["Billing"],
      before: [limitStripeCalls],
      scope: "admin",
      request: { body: jsonRequest(renewalIn) },
      responses: { 200: jsonAnswer("The plan as it is now", renewalOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      await setRenewal(c.var, member.id, c.req.valid("json").renews);
      return c.json({ subscription: await showPlan(db, member.id) }, 200);
    },
  );

import { createRoute } from "@hono/zod-openapi";
import { planName, type SubscriptionPlan, subscriptionPlans, trialDays } from "../../schema/billing/entitlement.ts";
import { offeredPlansOut, type PlanPrice, renewalIn, renewalOut } from "../../schema/billing/payment.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, jsonBody, jsonRequest, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { idempotent } from "../kernel/idempotency.ts";
import { describeSubscription, subscriptionOf } from "./entitlement.ts";
import { chooseSubscription } from "./paid-subscription.ts";
import { findCustomer, listSubscriptions, noteVisit, type PaymentWorld, syncPayment } from "./payment-sync.ts";
import { arePaymentsOpen, callStripe, requirePayments } from "./stripe.ts";

/** What Stripe sells the paid plan for. Null where it does not say. */
async function readPrice(config: EdgeConfig): Promise<PlanPrice | null> {
  if (!arePaymentsOpen(config)) return null;
  const { price } = requirePayments(config);
  try {
    const { unit_amount: amount, currency } = await callStripe(config, (stripe) => stripe.prices.retrieve(price));
    return amount === null ? null : { amount, currency };
  } catch (error) {
    if (error instanceof AppError) return null; // what the plan allows is shown all the same
    throw error;
  }
}
function showPlan(plan: SubscriptionPlan, paid: PlanPrice | null) {
  const { pids: _, ...limits } = subscriptionPlans[plan];
  const trial = plan === "trial";
  const price = trial ? { amount: 0, currency: paid?.currency ?? "usd" } : paid;
  return { plan, price, days: trial ? trialDays : null, ...limits };
}

/**
 * Ends the paid plan with its period, or lets it go on. Stripe keeps which; said twice it is the same. A plan
 * that waits for a payment is paid or ended at Stripe's portal.
 */
async function setRenewal(world: PaymentWorld, member: Id<"mem">, renews: boolean): Promise<void> {
  const { config, db } = world;
  requirePayments(config);
  const row = await findCustomer(db, member);
  const plans = row ? await callStripe(config, (stripe) => listSubscriptions(stripe, row.customer)) : [];
  const paid = chooseSubscription(plans, config.STRIPE_PRICE_STUDIO);
  if (!row || !paid || paid.status === "canceled")
    throw new AppError("conflict", { what: "plan" }, { message: "No plan is paid: there is nothing to end or to keep." });
  if (paid.status !== "active" && paid.status !== "trialing")
    throw new AppError("conflict", { what: "plan" }, { message: "A payment is missing. Pay it, or end the plan, at Manage billing." });
  await noteVisit(db, row);
  const ends = paid.cancel_at_period_end || paid.cancel_at !== null;
  if (ends === renews) {
    const change = renews && paid.cancel_at !== null && !paid.cancel_at_period_end ? { cancel_at: "" as const } : undefined;
    await callStripe(config, (stripe) => stripe.subscriptions.update(paid.id, change ?? { cancel_at_period_end: !renews }));
  }
  await syncPayment(world, member);
}

const session = { tags: ["Billing"], security: [{ session: [] }] };
export const planOfferRoutes = newApp()
  .openapi(
    createRoute({
      method: "get",
      path: "/billing/plans",
      summary: "The plans: what each allows and costs",
      ...session,
      middleware: middlewares(requireSession),
      responses: { 200: jsonAnswer("The plans", offeredPlansOut), ...refusalAnswers },
    }),
    async (c) => {
      const paid = await readPrice(c.var.config);
      return c.json({ plans: planName.options.map((plan) => showPlan(plan, paid)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: "put",
      path: "/billing/renewal",
      summary: "End the paid plan with its period, or keep it",
      ...session,
      middleware: middlewares(requireSession, jsonBody, idempotent),
      request: { body: jsonRequest(renewalIn) },
      responses: { 200: jsonAnswer("The plan as it is now", renewalOut), ...refusalAnswers },
    }),
    async (c) => {
      const { db, member } = c.var;
      await setRenewal(c.var, member.id, c.req.valid("json").renews);
      const row = await subscriptionOf(db, member.id);
      if (!row) throw new AppError("not_found"); // erased meanwhile
      return c.json({ subscription: describeSubscription(row) }, 200);
    },
  );

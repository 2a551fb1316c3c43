import { createRoute } from "@hono/zod-openapi";
import { trialDays } from "../../schema/billing/entitlement.ts";
import { offeredPlansOut, type PlanPrice } from "../../schema/billing/payment.ts";
import { allowedBy, paidPlanName } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, middlewares, newApp, refusalAnswers } from "../http.ts";
import { requireSession } from "../kernel/auth.ts";
import { arePaymentsOpen, callStripe, pricesOf } from "./stripe.ts";

/** What Stripe sells at a price. Null where it does not say. */
async function readPrice(config: EdgeConfig, price: string): Promise<PlanPrice | null> {
  try {
    const { unit_amount: amount, currency } = await callStripe(config, (stripe) => stripe.prices.retrieve(price));
    return amount === null ? null : { amount, currency };
  } catch (error) {
    if (error instanceof AppError) return null; // what the plan allows is shown all the same
    throw error;
  }
}
/** The trial, and what is sold: where payments are not open, every plan without its price. */
async function listPlans(config: EdgeConfig) {
  const open = arePaymentsOpen(config);
  const prices = pricesOf(config);
  const sold = paidPlanName.options.filter((plan) => !open || prices[plan].length > 0);
  const paid = await Promise.all(
    sold.map(async (plan) => {
      const [price] = prices[plan];
      return { plan, price: open && price ? await readPrice(config, price) : null, days: null, ...allowedBy({ plan, quantity: 1 }) };
    }),
  );
  const currency = paid.find(({ price }) => price !== null)?.price?.currency ?? "usd";
  return [
    { plan: "trial" as const, price: { amount: 0, currency }, days: trialDays, ...allowedBy({ plan: "trial", quantity: 1 }) },
    ...paid,
  ];
}

export const planOfferRoutes = newApp().openapi(
  createRoute({
    method: "get",
    path: "/billing/plans",
    summary: "The plans: what each allows and costs",
    tags: ["Billing"],
    security: [{ session: [] }],
    middleware: middlewares(requireSession),
    responses: { 200: jsonAnswer("The plans", offeredPlansOut), ...refusalAnswers },
  }),
  async (c) => c.json({ plans: await listPlans(c.var.config) }, 200),
);

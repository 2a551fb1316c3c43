import { trialDays } from "../../schema/billing/entitlement.ts";
import { offeredPlansOut, type PlanPrice } from "../../schema/billing/payment.ts";
import { allowedBy, paidPlanName } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import { memberDoor } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { jsonAnswer, newApp, refusalAnswers } from "../http.ts";
import { countStripeCall } from "../kernel/auth.ts";
import { arePaymentsOpen, callStripe, pricesOf } from "./stripe.ts";

const priceKeptFor = 60_000;
/** What Stripe said last of each price, in this isolate. */
const keptPrices = new Map<string, { price: PlanPrice | null; at: number }>();
/** What was said of it within the last minute, or what is said now. A failure is not kept. */
export async function keepPrice(name: string, now: number, ask: () => Promise<PlanPrice | null>): Promise<PlanPrice | null> {
  const kept = keptPrices.get(name);
  if (kept && now - kept.at < priceKeptFor) return kept.price;
  const price = await ask(); // no other request waits for it: a Worker's requests share no promise
  keptPrices.set(name, { price, at: now });
  return price;
}
/** `count`: counts a call that asks Stripe, and refuses it where they are too many. */
type PriceWorld = { config: EdgeConfig; count: () => Promise<void> };
/** What Stripe sells at a price. Null where it does not say. */
async function readPrice({ config, count }: PriceWorld, price: string): Promise<PlanPrice | null> {
  const { STRIPE_URL = "", STRIPE_KEY = "" } = config;
  try {
    return await keepPrice(`${STRIPE_URL} ${STRIPE_KEY} ${price}`, Date.now(), async () => {
      await count();
      const { unit_amount: amount, currency } = await callStripe(config, (stripe) => stripe.prices.retrieve(price));
      return amount === null ? null : { amount, currency };
    });
  } catch (error) {
    if (error instanceof AppError) return null; // what the plan allows is shown all the same
    throw error;
  }
}
/** The trial, and what is sold: where payments are not open, every plan without its price. */
async function listPlans(world: PriceWorld) {
  const open = arePaymentsOpen(world.config);
  const prices = pricesOf(world.config);
  const sold = paidPlanName.options.filter((plan) => !open || prices[plan].length > 0);
  const paid = await Promise.all(
    sold.map(async (plan) => {
      const [price] = prices[plan];
      return { plan, price: open && price ? await readPrice(world, price) : null, days: null, ...allowedBy({ plan, quantity: 1 }) };
    }),
  );
  const currency = paid.find(({ price }) => price !== null)?.price?.currency ?? "usd";
  return [
    { plan: "trial" as const, price: { amount: 0, currency }, days: trialDays, ...allowedBy({ plan: "trial", quantity: 1 }) },
    ...paid,
  ];
}

export const planOfferRoutes = newApp().openapi(
  memberDoor({
    method: "get",
    path: "/billing/plans",
    summary: "The plans: what each allows and costs",
    tags: ["Billing"],
    responses: { 200: jsonAnswer("The plans", offeredPlansOut), ...refusalAnswers },
  }),
  async (c) => {
    const { config, member } = c.var;
    return c.json({ plans: await listPlans({ config, count: () => countStripeCall(c.env, member.id) }) }, 200);
  },
);

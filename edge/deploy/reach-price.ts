import { z } from "zod";
import { paidPlanName, type SoldPrice, subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { pricesOf } from "../billing/stripe.ts";
import type { EdgeConfig } from "../settings-rules.ts";

const foundPrice = z.object({
  active: z.boolean(),
  unit_amount: z.number().nullable(),
  currency: z.string(),
  recurring: z.object({ interval: z.string(), interval_count: z.number() }).nullable(),
  product: z.object({ name: z.string(), active: z.boolean().optional() }),
});
type FoundPrice = z.infer<typeof foundPrice>;

/** In what a price at Stripe is another than a plan's. One of before may have had another amount. */
function listDifferences(found: FoundPrice, sold: SoldPrice, isSold: boolean): string[] {
  const { recurring, product } = found;
  const each = recurring ? `${recurring.interval_count === 1 ? "" : `${recurring.interval_count} `}${recurring.interval}` : "payment";
  return [
    product.name !== sold.product && `it is of the product ${JSON.stringify(product.name)}, not ${JSON.stringify(sold.product)}`,
    found.currency !== sold.currency && `it is in ${found.currency}, not ${sold.currency}`,
    each !== sold.interval && `it is for each ${each}, not each ${sold.interval}`,
    isSold && found.unit_amount !== sold.amount && `it is ${found.unit_amount ?? "no fixed amount"}, not ${sold.amount}`,
    !found.active && (isSold ? "it is not sold any more" : "it is archived: who pays it could not change their plan"),
    isSold && product.active === false && "its product is not sold any more",
  ].filter((line) => line !== false);
}

type PriceLook = { about: string; price: string; differs: (answer: unknown) => string[] };
/** What to compare at Stripe with `schema/billing/subscription-plan.ts`, where payments are open. */
export function listPriceLooks(config: EdgeConfig): PriceLook[] {
  if (config.STRIPE_KEY === undefined) return [];
  const prices = pricesOf(config);
  return paidPlanName.options.flatMap((plan) =>
    prices[plan].map((price, index) => ({
      about: `Stripe's price ${price} of the plan ${subscriptionPlans[plan].title}`,
      price,
      differs: (answer: unknown) => {
        const found = foundPrice.safeParse(answer);
        return found.success ? listDifferences(found.data, subscriptionPlans[plan].price, index === 0) : ["it answers what is no price"];
      },
    })),
  );
}

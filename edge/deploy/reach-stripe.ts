import { z } from "zod";
import { paidPlanName, type SoldPrice, subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { pricesOf } from "../billing/stripe.ts";
import type { EdgeConfig } from "../settings-rules.ts";

const foundPrice = z.object({
  active: z.boolean(),
  unit_amount: z.number().nullable(),
  currency: z.string(),
  currency_options: z.record(z.string(), z.unknown()).nullish(),
  recurring: z.object({ interval: z.string(), interval_count: z.number() }).nullable(),
  product: z.object({ name: z.string(), active: z.boolean().optional() }),
});
type FoundPrice = z.infer<typeof foundPrice>;

/** In what a price at Stripe is another than a plan's. One of before may have had another amount. */
function listDifferences(found: FoundPrice, sold: SoldPrice, isSold: boolean): string[] {
  const { recurring, product } = found;
  const others = Object.keys(found.currency_options ?? {}).filter((currency) => currency !== found.currency);
  const each = recurring ? `${recurring.interval_count === 1 ? "" : `${recurring.interval_count} `}${recurring.interval}` : "payment";
  return [
    product.name !== sold.product && `it is of the product ${JSON.stringify(product.name)}, not ${JSON.stringify(sold.product)}`,
    found.currency !== sold.currency && `it is in ${found.currency}, not ${sold.currency}`,
    others.length > 0 && `it is in ${others.join(", ")} too: a payer whose currency that is would pay in it`,
    each !== sold.interval && `it is for each ${each}, not each ${sold.interval}`,
    isSold && found.unit_amount !== sold.amount && `it is ${found.unit_amount ?? "no fixed amount"}, not ${sold.amount}`,
    !found.active && (isSold ? "it is not sold any more" : "it is archived: who pays it could not change their plan"),
    isSold && product.active === false && "its product is not sold any more",
  ].filter((line) => line !== false);
}

type StripeLook = { about: string; path: string; differs: (answer: unknown) => string[] };
/** What to compare at Stripe with `schema/billing/subscription-plan.ts`, where payments are open. */
function listPriceLooks(config: EdgeConfig): StripeLook[] {
  const prices = pricesOf(config);
  return paidPlanName.options.flatMap((plan) =>
    prices[plan].map((price, index) => ({
      about: `Stripe's price ${price} of the plan ${subscriptionPlans[plan].title}`,
      path: `/v1/prices/${encodeURIComponent(price)}?expand[]=product&expand[]=currency_options`,
      differs: (answer: unknown) => {
        const found = foundPrice.safeParse(answer);
        return found.success ? listDifferences(found.data, subscriptionPlans[plan].price, index === 0) : ["it answers what is no price"];
      },
    })),
  );
}

const foundMeters = z.object({
  data: z.array(z.object({ event_name: z.string(), default_aggregation: z.object({ formula: z.string() }) })),
});
/** Whether there is the meter that the edge tells, and it adds up: each event is what was used more. */
function listMeterLooks({ STRIPE_METER: name }: EdgeConfig): StripeLook[] {
  if (name === undefined) return [];
  const differs = (answer: unknown) => {
    const meter = foundMeters.safeParse(answer).data?.data.find((each) => each.event_name === name);
    if (!meter) return ["there is no active one of that name"];
    return meter.default_aggregation.formula === "sum"
      ? []
      : [`it keeps the ${meter.default_aggregation.formula} of its events, not their sum`];
  };
  return [{ about: `Stripe's meter ${name}`, path: "/v1/billing/meters?status=active&limit=100", differs }];
}

export const listStripeLooks = (config: EdgeConfig): StripeLook[] =>
  config.STRIPE_KEY === undefined ? [] : [...listPriceLooks(config), ...listMeterLooks(config)];

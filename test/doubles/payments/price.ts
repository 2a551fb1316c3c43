import { type Expansions, refuseMissing, refuseParam } from "./form.ts";

/** What is sold, by the id of its price. */
export type SoldPrices = Readonly<Record<string, { product: string; amount: number; currency: string; interval: "month"; meter?: string }>>;

/** What 20 % off for ever is called. */
export const coupon = { id: "BAKER20", percent_off: 20 };
/** What models cost in cents, and what bills it; neither is sold by a checkout. */
export const modelMeter = { id: "mtr_model_cents", event_name: "model_cents" };
export const meteredPrice = "price_model_cents";
const modelPrice: SoldPrices[string] = { product: "GrowQR models", amount: 1, currency: "usd", interval: "month", meter: modelMeter.id };
export function knownPrice(prices: SoldPrices, id: string): SoldPrices[string] {
  if (id === meteredPrice) return modelPrice;
  if (!Object.hasOwn(prices, id)) throw refuseMissing("price", id);
  return prices[id]!;
}
export type Items = { price: string; quantity: number; percent_off: number };
export function soldPrice(prices: SoldPrices, id: string, param = "price"): SoldPrices[string] {
  const sold = Object.hasOwn(prices, id) ? prices[id] : undefined;
  if (!sold) throw refuseParam(param, `No such price: '${id}'`, "resource_missing");
  return sold;
}
/** A month's cents. */
export const amountOf = (prices: SoldPrices, { price, quantity, percent_off }: Items): number =>
  Math.round((soldPrice(prices, price).amount * quantity * (100 - percent_off)) / 100);
/** "Studio", "Studio ×2": the product without our own name. */
export function titleOf(prices: SoldPrices, { price, quantity }: Omit<Items, "percent_off">): string {
  const title = soldPrice(prices, price).product.replace(/^GrowQR /, "");
  return quantity > 1 ? `${title} ×${quantity}` : title;
}
export const productId = (price: string) => `prod_${price}`;
export function asPrice(id: string, sold: SoldPrices[string], expand?: Expansions) {
  const { product: name, amount, currency, interval, meter = null } = sold;
  const product = productId(id);
  const usage_type = meter === null ? "licensed" : "metered";
  return {
    ...{ id, object: "price", active: true, livemode: false, currency, unit_amount: amount, unit_amount_decimal: String(amount) },
    ...{ billing_scheme: "per_unit", type: "recurring", recurring: { interval, interval_count: 1, meter, usage_type } },
    ...(expand?.has("currency_options") && { currency_options: { [currency]: { unit_amount: amount } } }),
    product: expand?.has("product") ? { id: product, object: "product", name, active: true, livemode: false } : product,
  };
}

import Stripe from "stripe";
import type { Payments } from "./server.ts";

/** The double of Stripe is spoken to by Stripe's own library, which reads its answers and its signatures. */
const sold = { currency: "usd", interval: "month" } as const;
const prices = {
  price_studio: { product: "GrowQR Studio", amount: 2_900, ...sold },
  price_workshop: { product: "GrowQR Workshop", amount: 9_900, ...sold },
};
export const testSettings = { port: 0, key: "sk_test_0123456789", secret: "whsec_0123456789", prices, webhook: undefined };
export const clientOf = ({ url }: Payments, apiKey = testSettings.key) =>
  new Stripe(apiKey, { host: "127.0.0.1", port: new URL(url).port, protocol: "http", maxNetworkRetries: 0 });

export const urls = { success_url: "http://localhost:1/billing?paid=1", cancel_url: "http://localhost:1/billing" };
export const checkoutStudio = (stripe: Stripe, customer: string, more: Partial<Stripe.Checkout.SessionCreateParams> = {}) =>
  stripe.checkout.sessions.create({
    ...{ mode: "subscription", customer, line_items: [{ price: "price_studio", quantity: 1 }], ...urls },
    ...more,
  });
export const press = (url: string, act: string, more: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ act, ...more }), redirect: "manual" });
export const readPage = async (url: string) => (await fetch(url)).text();
/** Somebody new who has paid Studio once. */
export async function buyStudio(stripe: Stripe): Promise<{ customer: string; id: string; item: string }> {
  const { id: customer } = await stripe.customers.create({});
  await press((await checkoutStudio(stripe, customer)).url!, "pay");
  const { id, items } = (await stripe.subscriptions.list({ customer })).data[0]!;
  return { customer, id, item: items.data[0]!.id };
}

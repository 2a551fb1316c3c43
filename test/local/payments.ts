import path from "node:path";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import type { Instance } from "../../schema/machine/instance.ts";
import { answers, bin, root, type Started, start } from "./process.ts";
import type { Settings } from "./settings.ts";

/** The demo's Stripe as its own process: people pay on its pages, no money moves. */
export const demoPrices = {
  price_demo_studio: subscriptionPlans.studio.price,
  price_demo_workshop: subscriptionPlans.workshop.price,
} as const;
export type PaymentKeys = { paymentKey: string; paymentSecret: string };

export async function startPaymentDouble(instance: Instance, folder: string, keys: PaymentKeys, edgeUrl: string): Promise<Started> {
  const { payments } = instance.ports;
  return start({
    name: "payments",
    command: bin("node"),
    args: [path.join(root, "test/doubles/payments/main.ts")],
    folder,
    env: {
      PAYMENTS_PORT: String(payments),
      PAYMENTS_KEY: keys.paymentKey,
      PAYMENTS_SECRET: keys.paymentSecret,
      PAYMENTS_FOLDER: folder,
      PAYMENTS_WEBHOOK: `${edgeUrl}/webhooks/stripe`,
    },
    ready: () => answers(`http://127.0.0.1:${payments}/health`),
  });
}

/** The edge's settings where the double takes payments. */
export const demoPayments = ({ ports }: Instance, { paymentKey, paymentSecret }: PaymentKeys) => ({
  STRIPE_URL: `http://127.0.0.1:${ports.payments}`,
  STRIPE_KEY: paymentKey,
  STRIPE_WEBHOOK_SECRET: paymentSecret,
  STRIPE_PRICE_STUDIO: "price_demo_studio" satisfies keyof typeof demoPrices,
  STRIPE_PRICE_WORKSHOP: "price_demo_workshop" satisfies keyof typeof demoPrices,
  STRIPE_METER: "model_cents",
  SUPPORT_EMAIL: "support@example.com",
});
/** The demo's, or Stripe's own. */
export function paymentBindings(instance: Instance, keys: PaymentKeys, settings: Settings): Record<string, string> {
  const { STRIPE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_PRICE_STUDIO, STRIPE_PRICE_WORKSHOP, STRIPE_METER, STRIPE_TAX, SUPPORT_EMAIL } =
    settings;
  if (!STRIPE_KEY || !STRIPE_WEBHOOK_SECRET || !STRIPE_PRICE_STUDIO)
    return { ...demoPayments(instance, keys), ...(SUPPORT_EMAIL ? { SUPPORT_EMAIL } : {}) };
  return {
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
    STRIPE_PRICE_STUDIO,
    ...(STRIPE_PRICE_WORKSHOP ? { STRIPE_PRICE_WORKSHOP } : {}),
    ...(STRIPE_METER ? { STRIPE_METER } : {}),
    ...(STRIPE_TAX ? { STRIPE_TAX } : {}),
    ...(SUPPORT_EMAIL ? { SUPPORT_EMAIL } : {}),
  };
}

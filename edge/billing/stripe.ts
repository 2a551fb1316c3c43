import Stripe from "stripe";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";

/** Payments by Stripe, or by one that speaks its API at STRIPE_URL. */
type PaymentSettings = { key: string; secret: string; price: string };

const closed = { message: "Payments are not open here: whoever runs this GrowQR has not set them up." };
export const arePaymentsOpen = (config: EdgeConfig): boolean => config.STRIPE_KEY !== undefined;
export function requirePayments({ STRIPE_KEY, STRIPE_WEBHOOK_SECRET, STRIPE_PRICE_STUDIO }: EdgeConfig): PaymentSettings {
  const [price] = STRIPE_PRICE_STUDIO;
  if (!STRIPE_KEY || !STRIPE_WEBHOOK_SECRET || !price) throw new AppError("forbidden", { what: "STRIPE_KEY" }, closed);
  return { key: STRIPE_KEY, secret: STRIPE_WEBHOOK_SECRET, price };
}

export function openStripe(config: EdgeConfig): Stripe {
  const { key } = requirePayments(config);
  const elsewhere = config.STRIPE_URL === undefined ? undefined : new URL(config.STRIPE_URL);
  return new Stripe(key, {
    httpClient: Stripe.createFetchHttpClient(),
    maxNetworkRetries: 1,
    timeout: 8_000,
    telemetry: false,
    ...(elsewhere && {
      host: elsewhere.hostname,
      port: elsewhere.port || (elsewhere.protocol === "http:" ? 80 : 443),
      protocol: elsewhere.protocol === "http:" ? "http" : "https",
    }),
  });
}

/** Calls Stripe; what fails there is told without Stripe's own words, which may name a key. */
export async function callStripe<T>(config: EdgeConfig, call: (stripe: Stripe) => Promise<T>): Promise<T> {
  const stripe = openStripe(config);
  try {
    return await call(stripe);
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeError)) throw cause;
    const { type, code, statusCode, requestId } = cause;
    const passing = cause instanceof Stripe.errors.StripeConnectionError || statusCode === 429 || (statusCode ?? 0) >= 500;
    throw new AppError(
      passing ? "unavailable" : "upstream",
      { type, code, statusCode, stripe: requestId, retryAfter: 5 },
      { message: passing ? "Payments can't be reached right now. Nothing was changed." : "The payment service refused this." },
    );
  }
}

/** The event in a webhook's body. Undefined for a signature that is not Stripe's or is too old. */
export async function readStripeEvent(config: EdgeConfig, body: string, signature: string): Promise<Stripe.Event | undefined> {
  const { secret } = requirePayments(config);
  const provider = Stripe.createSubtleCryptoProvider();
  try {
    return await openStripe(config).webhooks.constructEventAsync(body, signature, secret, undefined, provider);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

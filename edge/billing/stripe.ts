import Stripe from "stripe";
import type { PaidPlan } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { EdgeConfig } from "../env.ts";

/** Payments by Stripe, or by one that speaks its API at STRIPE_URL. */
type PaymentSettings = { key: string; secret: string };

const closed = { message: "Payments are not open here: whoever runs this GrowQR has not set them up." };
export const arePaymentsOpen = (config: EdgeConfig): boolean => config.STRIPE_KEY !== undefined;
export function requirePayments({ STRIPE_KEY, STRIPE_WEBHOOK_SECRET }: EdgeConfig): PaymentSettings {
  if (!STRIPE_KEY || !STRIPE_WEBHOOK_SECRET) throw new AppError("forbidden", { what: "STRIPE_KEY" }, closed);
  return { key: STRIPE_KEY, secret: STRIPE_WEBHOOK_SECRET };
}
/** Whether its money is real; an event of the other kind is not about anyone here. */
export const isLiveKey = ({ STRIPE_KEY }: EdgeConfig): boolean => /_live_/.test(STRIPE_KEY ?? "");
/** The ids of each plan's prices: the first is sold, the others still count. */
export const pricesOf = (config: EdgeConfig): Readonly<Record<PaidPlan, readonly string[]>> => ({
  studio: config.STRIPE_PRICE_STUDIO,
  workshop: config.STRIPE_PRICE_WORKSHOP,
});
/** The price at which a plan is sold here. */
export function requirePrice(config: EdgeConfig, plan: PaidPlan): string {
  requirePayments(config);
  const [price] = pricesOf(config)[plan];
  if (!price) throw new AppError("invalid", { what: "plan" }, { message: "This plan is not sold here." });
  return price;
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

/**
 * Part of an idempotency key: of two calls at once Stripe does one. It answers a repeat as it answered the
 * first for a day, also where that failed, so that a key without a time would fail as long.
 */
export const minuteOf = (now: number): number => Math.floor(now / 60_000);

const unreached = "Payments can't be reached right now. Nothing was changed.";
/**
 * Calls Stripe; what fails there is told without Stripe's own words, which may name a key. `away`: what is
 * said where Stripe does not answer.
 */
export async function callStripe<T>(config: EdgeConfig, call: (stripe: Stripe) => Promise<T>, away = unreached): Promise<T> {
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
      { message: passing ? away : "The payment service refused this." },
    );
  }
}

/** A customer as Stripe has them now; undefined where its account knows none by that id. */
export async function readCustomer(stripe: Stripe, customer: string): Promise<Stripe.Customer | Stripe.DeletedCustomer | undefined> {
  try {
    return await stripe.customers.retrieve(customer);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError && error.code === "resource_missing") return undefined;
    throw error;
  }
}
/** Whether they may still pay. One who was deleted Stripe still names, and nothing can be made for them. */
export const isThere = (customer: Stripe.Customer | Stripe.DeletedCustomer | undefined): customer is Stripe.Customer =>
  customer !== undefined && customer.deleted !== true;

/**
 * What stands in a webhook's body, which may be anything. Undefined for a signature that is not Stripe's or
 * is too old.
 */
export async function readSigned(config: EdgeConfig, body: string, signature: string): Promise<unknown> {
  const { secret } = requirePayments(config);
  const { signature: proof, DEFAULT_TOLERANCE: tolerance } = openStripe(config).webhooks;
  if (!proof) throw new Error("the library checks no signatures");
  try {
    await proof.verifyHeaderAsync(body, signature, secret, tolerance, Stripe.createSubtleCryptoProvider());
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

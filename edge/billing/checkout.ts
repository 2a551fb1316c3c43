import Stripe from "stripe";
import type { z } from "zod";
import type { MemberRow } from "../../schema/account/member.table.ts";
import { entitlement, entitlementCeiling, trialDays } from "../../schema/billing/entitlement.ts";
import type { PaymentCustomerRow } from "../../schema/billing/payment.table.ts";
import type { checkoutIn } from "../../schema/billing/payment.ts";
import type { SubscriptionRow } from "../../schema/billing/subscription.table.ts";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { EdgeConfig } from "../env.ts";
import type { Database } from "../kernel/db.ts";
import { ensureCustomer } from "./customer.ts";
import { subscriptionOf } from "./entitlement.ts";
import { chooseSubscription, isLiveSubscription } from "./paid-subscription.ts";
import { findCustomer, noteVisit, type PaymentWorld, readPayment } from "./payment-sync.ts";
import { arePaymentsOpen, callStripe, isThere, pricesOf, readCustomer, requirePrice } from "./stripe.ts";
import { endCheckout, endFreeDays, listCheckouts } from "./stripe-customer.ts";
import { listSubscriptions } from "./stripe-read.ts";

const screen = "/plan-usage";

export async function openPortal(config: EdgeConfig, db: Database, row: PaymentCustomerRow): Promise<string> {
  const { url } = await callStripe(config, (stripe) =>
    stripe.billingPortal.sessions.create({ customer: row.customer, return_url: config.PUBLIC_URL + screen }),
  );
  await noteVisit(db, row);
  return url;
}

/** Who pays says where they live, and a company its tax number; both are kept with its customer. */
const askedOfPayer = {
  allow_promotion_codes: true,
  billing_address_collection: "required",
  tax_id_collection: { enabled: true },
  customer_update: { address: "auto", name: "auto" },
  adaptive_pricing: { enabled: false }, // it is sold in its own currency, wherever the payer lives
} satisfies Stripe.Checkout.SessionCreateParams;
/** A card is kept, and pays when the days end. */
const freeDays = {
  trial_period_days: trialDays,
  trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
} satisfies Stripe.Checkout.SessionCreateParams.SubscriptionData;

const refuseTrial = () =>
  new AppError("conflict", { what: "trial" }, { message: "Free days come once, with a first plan. This one is paid when you choose it." });
/**
 * A plan whose payment the bank took back, and that was stopped for it, can't be paid at Stripe any more:
 * nothing is open there. It ends when another is chosen.
 */
async function endDisputed(config: EdgeConfig, plan: SubscriptionRow | undefined, all: readonly Stripe.Subscription[]): Promise<boolean> {
  const ended = plan?.disputed && entitlementCeiling(entitlement(plan, Date.now())) !== "running";
  const live = ended ? chooseSubscription(all.filter(isLiveSubscription), pricesOf(config)) : undefined;
  if (live) await callStripe(config, (stripe) => stripe.subscriptions.cancel(live.id));
  return live !== undefined;
}

/**
 * Stripe takes one currency of a customer, and its account may have sold them something else in another one.
 * It refuses the page then without a code that says so: what the customer pays in is asked.
 */
async function explainNoPage(stripe: Stripe, customer: string, currency: string, error: unknown): Promise<never> {
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  const payer = await readCustomer(stripe, customer);
  const theirs = isThere(payer) ? payer.currency : undefined;
  if (!theirs || theirs === currency) throw error;
  const [sold, paid] = [currency.toUpperCase(), theirs.toUpperCase()];
  const message = `Plans are paid in ${sold}, and at Stripe you pay in ${paid}: write to support, who can change that.`;
  throw new AppError("conflict", { what: "currency" }, { message });
}

/**
 * A page to pay at. One checkout is open at a time, the last that was asked for, and none beside a plan that
 * goes on: nobody pays twice. Who has such a plan comes to the portal. Free days are once in a life, with a
 * card or without.
 */
export async function openCheckout(
  world: PaymentWorld,
  member: MemberRow,
  { plan, quantity, trial }: z.infer<typeof checkoutIn>,
): Promise<string> {
  const { config, db } = world;
  const price = requirePrice(config, plan);
  let known = await subscriptionOf(db, member.id);
  if (known?.disputed) {
    await readPayment(world, member.id); // it ends for what is so now, and not for what was
    known = await subscriptionOf(db, member.id);
  }
  if (trial && known) throw refuseTrial();
  const row = await ensureCustomer(config, db, member);
  const { customer } = row;
  const tax = config.STRIPE_TAX === "1";
  const choice = [price, quantity, ...(trial ? ["trial"] : []), ...(tax ? ["tax"] : [])].join(" ");
  const open = await listCheckouts(config, customer);
  const kept = open.findLast((each) => each.metadata?.choice === choice && each.url !== null);
  for (const each of open) if (each !== kept) await endCheckout(config, each);
  // Only now: a checkout that was paid meanwhile is an open one no more, and its plan is seen.
  const readPlans = () => callStripe(config, (stripe) => listSubscriptions(stripe, customer));
  const before = await readPlans();
  if (before.some(isLiveSubscription) && !(await endDisputed(config, known, before))) return openPortal(config, db, row);
  if (trial && before.some(({ trial_start }) => trial_start !== null)) throw refuseTrial();
  if (kept?.url) return kept.url;
  const metadata = { member: member.id };
  const { currency } = subscriptionPlans[plan].price;
  const page = {
    ...{ mode: "subscription", customer, currency, line_items: [{ price, quantity }] },
    success_url: `${config.PUBLIC_URL}${screen}?paid=1`,
    cancel_url: config.PUBLIC_URL + screen,
    metadata: { ...metadata, choice, trial: trial ? "1" : "0" },
    subscription_data: { metadata, ...(trial && freeDays) },
    payment_method_collection: "always",
    ...askedOfPayer,
    ...(tax && { automatic_tax: { enabled: true } }),
  } satisfies Stripe.Checkout.SessionCreateParams;
  const made = await callStripe(config, (stripe) =>
    stripe.checkout.sessions.create(page).catch((error: unknown) => explainNoPage(stripe, customer, currency, error)),
  );
  await noteVisit(db, row);
  const first = (await listCheckouts(config, customer)).at(-1);
  if (first && first.id !== made.id) await endCheckout(config, made); // another call was first
  const chosen = first?.metadata?.choice === choice ? first : undefined;
  if (!chosen) throw new AppError("conflict", { what: "checkout" }, { message: "Another plan was chosen just now. Choose again." });
  if (!chosen.url) throw new AppError("upstream", { what: "a checkout without an address" });
  if ((await readPlans()).some(isLiveSubscription)) {
    await endCheckout(config, chosen); // one that was open before was paid while this one was made
    return openPortal(config, db, row);
  }
  if (trial && (await subscriptionOf(db, member.id))) {
    await endCheckout(config, chosen); // the trial without a card began meanwhile
    throw refuseTrial();
  }
  return chosen.url;
}
/**
 * Whoever begins the trial without a card has had the free days: no page is left that gives them again.
 * Called once the trial is written, so that a page which is made meanwhile sees it. It is a visit: the looks
 * after it end what is left where Stripe does not answer now, or this is all that its Worker did.
 */
export async function endTrialCheckouts({ config, db, log }: PaymentWorld, member: Id<"mem">): Promise<void> {
  const row = await findCustomer(db, member);
  if (!row || !arePaymentsOpen(config)) return;
  await noteVisit(db, row);
  try {
    await endFreeDays(config, row.customer);
  } catch (error) {
    log("warn", "a checkout with free days may be open beside a trial", { member, error });
  }
}

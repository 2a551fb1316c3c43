import Stripe from "stripe";
import type { z } from "zod";
import type { PaymentCustomerRow } from "../../schema/billing/payment.table.ts";
import { type InvoicesOut, type InvoiceView, invoicesOut, type PlanPreview, type planPreviewIn } from "../../schema/billing/payment.ts";
import { isMore, subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import type { EdgeConfig } from "../env.ts";
import {
  chooseSubscription,
  findChoice,
  findNext,
  findPaidItem,
  findSchedule,
  isEnding,
  isLiveSubscription,
  stripeIdOf,
} from "./paid-subscription.ts";
import type { PaymentWorld } from "./payment-sync.ts";
import { requireChangeable, requireMoreAllowed, requirePaidPlan } from "./plan-change.ts";
import { callStripe, pricesOf, requirePrice } from "./stripe.ts";
import { listSubscriptions, listTakenBack } from "./stripe-read.ts";

type StripeLook = { stripe: Stripe; config: EdgeConfig; log: Logger };
/** What stands beside the invoices is left out where Stripe does not say it: they are shown all the same. */
async function readBeside<T>({ log }: StripeLook, part: string, read: Promise<T>): Promise<T | null> {
  return read.catch((error: unknown) => {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const { type, code, statusCode, requestId } = error;
    if (code !== "invoice_upcoming_none")
      log("warn", "Stripe did not say what stands beside invoices", { what: part, type, code, statusCode, stripe: requestId });
    return null;
  });
}
/** What was given back, and what the payer's bank took back, by the payment that it was of. */
type Returned = { refunded: ReadonlyMap<string, number>; takenBack: ReadonlySet<string> };
async function readReturned(asked: StripeLook, customer: string): Promise<Returned> {
  const { stripe } = asked;
  const charges = (await readBeside(asked, "charges", stripe.charges.list({ customer, limit: 100 })))?.data ?? [];
  const refunded = new Map<string, number>();
  for (const { payment_intent, amount_refunded } of charges) {
    const intent = stripeIdOf(payment_intent);
    if (intent) refunded.set(intent, (refunded.get(intent) ?? 0) + amount_refunded);
  }
  const taken = await readBeside(asked, "disputes", listTakenBack(stripe, charges));
  const takenBack = new Set([...(taken?.keys() ?? [])].flatMap(({ payment_intent }) => stripeIdOf(payment_intent) ?? []));
  return { refunded, takenBack };
}
/** Without its payments, by which what was given or taken back is found, where the key may not read those. */
async function listInvoices(stripe: Stripe, customer: string): Promise<Stripe.Invoice[]> {
  const list = { customer, limit: 24 };
  const asked = stripe.invoices.list({ ...list, expand: ["data.payments"] }).catch((error: unknown) => {
    if (error instanceof Stripe.errors.StripePermissionError) return stripe.invoices.list(list);
    throw error;
  });
  return (await asked).data;
}

/** The plan it is for: of a change, which bills one and gives back another, the one that is billed. */
function nameInvoice(config: EdgeConfig, { lines, billing_reason, description }: Stripe.Invoice): string | null {
  const billed = lines.data.toSorted((a, b) => b.amount - a.amount);
  for (const { pricing, quantity } of billed) {
    const price = stripeIdOf(pricing?.price_details?.price);
    const choice = price === undefined ? undefined : findChoice(pricesOf(config), { price, quantity: quantity ?? undefined });
    if (!choice) continue;
    const { title } = subscriptionPlans[choice.plan];
    return billing_reason === "subscription_update" ? `Change to ${title}` : title;
  }
  return billed[0]?.description ?? description;
}
const invoiceStatus = invoicesOut.shape.invoices.element.shape.status.catch(null);
type Beside = { returned: Returned; chosen: Stripe.Subscription | undefined };
function describeInvoice(config: EdgeConfig, each: Stripe.Invoice, { returned, chosen }: Beside): InvoiceView {
  const { id, number, created, total, currency, hosted_invoice_url, invoice_pdf, attempt_count, amount_remaining, payments, parent } = each;
  const status = invoiceStatus.parse(each.status);
  const isOpen = status === "open";
  const isWaiting = chosen?.pending_update != null && stripeIdOf(chosen.latest_invoice) === id;
  const isOfPlan =
    chosen !== undefined && isLiveSubscription(chosen) && stripeIdOf(parent?.subscription_details?.subscription) === chosen.id;
  const paidBy = (payments?.data ?? []).flatMap(({ payment }) => stripeIdOf(payment.payment_intent) ?? []);
  return {
    ...{ id, number, title: nameInvoice(config, each), at: created * 1_000, amount: total, currency, status },
    ...{ due: isOpen ? amount_remaining : 0, isPlan: isOpen && isOfPlan && !isWaiting },
    refunded: [...new Set(paidBy)].reduce((sum, intent) => sum + (returned.refunded.get(intent) ?? 0), 0),
    takenBack: paidBy.some((intent) => returned.takenBack.has(intent)),
    failures: isOpen || status === "uncollectible" ? attempt_count : 0,
    ...{ url: hosted_invoice_url ?? null, file: invoice_pdf ?? null },
  };
}

/** The invoice that comes next by itself, where one does. */
async function readUpcoming(asked: StripeLook, subscription: Stripe.Subscription | undefined): Promise<InvoicesOut["upcoming"]> {
  const paid = subscription && findPaidItem(subscription, pricesOf(asked.config));
  if (!paid || isEnding(subscription) || (subscription.status !== "active" && subscription.status !== "trialing")) return null;
  const schedule = findSchedule(subscription);
  const named = schedule ? { schedule: schedule.id } : { subscription: subscription.id };
  const made = await readBeside(asked, "the next invoice", asked.stripe.invoices.createPreview(named));
  return made && { amount: made.amount_due, currency: made.currency, at: paid.item.current_period_end * 1_000 };
}
/** A change to more that waits for its payment. */
function findWaiting(
  config: EdgeConfig,
  { pending_update, latest_invoice }: Stripe.Subscription,
  invoices: readonly InvoiceView[],
): InvoicesOut["waiting"] {
  const items = pending_update?.subscription_items;
  const paid = items ? findPaidItem({ items: { data: items } }, pricesOf(config)) : undefined;
  const page = invoices.find(({ id, status }) => id === stripeIdOf(latest_invoice) && status === "open")?.url;
  if (!pending_update || !paid || !page) return null;
  return { plan: paid.plan, quantity: paid.quantity, payAt: page, until: pending_update.expires_at * 1_000 };
}

/** By these the list of subscriptions says what pays each of them: no call more is made for the card. */
const payingMethods = ["data.default_payment_method", "data.customer.invoice_settings.default_payment_method"];
/** Without what pays them where Stripe does not say it: a restricted key may not read it. */
async function listPaying(asked: StripeLook, customer: string): Promise<Stripe.Subscription[]> {
  const listed = await readBeside(asked, "the card", listSubscriptions(asked.stripe, customer, payingMethods));
  return listed ?? listSubscriptions(asked.stripe, customer);
}
/** What Stripe charges by itself: the subscription's own before its customer's. */
function findPayingMethod({ default_payment_method, default_source, customer }: Stripe.Subscription) {
  if (default_payment_method !== null) return default_payment_method;
  if (default_source !== null || typeof customer === "string" || customer.deleted) return null;
  return customer.invoice_settings.default_payment_method;
}
const payingCard = invoicesOut.shape.card.catch(null);
/** Null of what is charged no more, and where something else than a card pays. */
function describeCard(subscription: Stripe.Subscription): InvoicesOut["card"] {
  const method = isLiveSubscription(subscription) ? findPayingMethod(subscription) : null;
  if (method === null || typeof method === "string" || method.type !== "card" || !method.card) return null;
  const { brand, last4, exp_month, exp_year } = method.card;
  return payingCard.parse({ brand, last4, expires: `${exp_year}-${String(exp_month).padStart(2, "0")}` });
}

/** What was billed and what will be, as Stripe has it now. */
export function readInvoices({ config, log }: PaymentWorld, { customer }: PaymentCustomerRow): Promise<InvoicesOut> {
  return callStripe(config, async (stripe) => {
    const asked = { stripe, config, log };
    const [made, returned, [chosen, upcoming]] = await Promise.all([
      listInvoices(stripe, customer),
      readReturned(asked, customer),
      listPaying(asked, customer).then(async (plans) => {
        const chosen = chooseSubscription(plans, pricesOf(config));
        return [chosen, await readUpcoming(asked, chosen)] as const;
      }),
    ]);
    const invoices = made.map((each) => describeInvoice(config, each, { returned, chosen }));
    const [card, waiting] = chosen ? [describeCard(chosen), findWaiting(config, chosen, invoices)] : [null, null];
    return { invoices, upcoming, card, waiting };
  });
}

/**
 * What a change of the paid plan would charge, now and with its next period; it is refused as the change
 * would be. Nothing is changed. Where another plan is decided already Stripe does not count this one.
 */
export async function previewPlan(world: PaymentWorld, member: Id<"mem">, wanted: z.infer<typeof planPreviewIn>): Promise<PlanPreview> {
  const { config, log } = world;
  const sold = requirePrice(config, wanted.plan);
  const paid = await requirePaidPlan(world, member);
  const { subscription } = paid;
  const now = findPaidItem(subscription, pricesOf(config));
  if (!now) throw new AppError("upstream", { what: "a plan without a price" });
  await requireChangeable(world, member, paid);
  const becomesMore = isMore(wanted, now);
  if (becomesMore) requireMoreAllowed(world, paid);
  if (findNext(subscription, pricesOf(config))) return { atOnce: null, later: null, isKnown: false };
  const { item } = now;
  const items = [{ id: item.id, quantity: wanted.quantity, ...(wanted.plan !== now.plan && { price: sold }) }];
  const isPaidNow = subscription.status === "active" && becomesMore;
  const proratedAt = Math.floor(Date.now() / 1_000);
  return callStripe(config, async (stripe) => {
    const preview = (proration: Pick<Stripe.InvoiceCreatePreviewParams.SubscriptionDetails, "proration_behavior" | "proration_date">) => {
      const details = { items, ...proration };
      const made = stripe.invoices.createPreview({ subscription: subscription.id, subscription_details: details });
      return readBeside({ stripe, config, log }, "a change", made);
    };
    const [atOnce, later] = await Promise.all([
      isPaidNow ? preview({ proration_behavior: "always_invoice", proration_date: proratedAt }) : null,
      preview({ proration_behavior: "none" }),
    ]);
    return {
      atOnce: atOnce && { amount: atOnce.amount_due, currency: atOnce.currency, proratedAt },
      later: later && { amount: later.amount_due, currency: later.currency, at: item.current_period_end * 1_000 },
      isKnown: later !== null && (atOnce !== null || !isPaidNow),
    };
  });
}

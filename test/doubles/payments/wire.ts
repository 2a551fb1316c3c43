import { createHmac } from "node:crypto";
import type { Expansions } from "./form.ts";
import { asInvoice, type Shown } from "./invoice.ts";
import {
  type Charge,
  type Checkout,
  type Dispute,
  discountId,
  findEnd,
  inSeconds,
  itemId,
  type Ledger,
  type PaidSubscription,
  type PaymentEvent,
  type Schedule,
} from "./ledger.ts";
import { showMethod } from "./payment-method.ts";
import { amountOf, asPrice, coupon, type Items, type SoldPrices, soldPrice } from "./price.ts";

/** How Stripe writes its objects, and its signatures. */
const apiVersion = "2026-10-28.endive";
const customersMethod = "invoice_settings.default_payment_method";
export function asCustomer(
  { default_payment_method: method, ...customer }: Ledger["customers"][number],
  ledger: Ledger,
  expand: Expansions = new Set(),
) {
  const shown = showMethod(ledger, { customer: customer.id, method, whole: expand.has(customersMethod) });
  const invoice_settings = { custom_fields: null, default_payment_method: shown, footer: null, rendering_options: null };
  return { object: "customer", livemode: false, default_source: null, ...customer, invoice_settings };
}
/** By its id, or whole where anything in it is asked for. One who was deleted is still named. */
function showCustomer(ledger: Ledger, id: string, expand: Expansions) {
  const deep = expand.has(`customer.${customersMethod}`);
  if (!deep && !expand.has("customer")) return id;
  const found = ledger.customers.find((each) => each.id === id);
  return found ? asCustomer(found, ledger, new Set(deep ? [customersMethod] : [])) : { id, object: "customer", deleted: true };
}
export function asCheckout(session: Checkout, { base, prices }: Shown) {
  const { price, taxed, quantity, percent_off, trial_days, session_metadata, metadata: _, missing_payment_method: __, ...rest } = session;
  const items = { price, quantity, percent_off };
  const paid = trial_days > 0 ? "no_payment_required" : "paid";
  return {
    object: "checkout.session",
    automatic_tax: { enabled: taxed, status: taxed ? "requires_location_inputs" : null },
    mode: "subscription",
    livemode: false,
    ...rest,
    metadata: session_metadata,
    currency: soldPrice(prices, price).currency,
    amount_subtotal: trial_days > 0 ? 0 : amountOf(prices, { ...items, percent_off: 0 }),
    amount_total: trial_days > 0 ? 0 : amountOf(prices, items),
    payment_status: session.status === "complete" ? paid : "unpaid",
    expires_at: session.created + 86_400,
    url: session.status === "open" ? `${base}/pay/${session.id}` : null,
  };
}
function asDiscount({ id, customer, percent_off, created }: PaidSubscription, expand: Expansions) {
  const whole = { ...coupon, object: "coupon", percent_off, duration: "forever", valid: true, livemode: false };
  return {
    ...{ id: discountId(id), object: "discount", customer, subscription: id, start: created, end: null },
    ...{ promotion_code: `promo_${coupon.id}`, invoice: null, invoice_item: null, subscription_item: null },
    source: { type: "coupon", coupon: expand.has("discounts.source.coupon") ? whole : coupon.id },
  };
}
function asItem(subscription: PaidSubscription, { price, quantity }: Omit<Items, "percent_off">, prices: SoldPrices) {
  const { id, start, end, created } = subscription;
  return {
    ...{ id: itemId(id), object: "subscription_item", subscription: id, created, metadata: {}, quantity },
    ...{ current_period_start: start, current_period_end: end, price: asPrice(price, soldPrice(prices, price)) },
  };
}
export function asSubscription(paid: PaidSubscription, shown: Shown, expand: Expansions = new Set()) {
  const { ledger, prices } = shown;
  const { price, quantity, start: _start, end: _end, percent_off, pending, missing_payment_method, prorations: _, ...rest } = paid;
  const schedule = ledger.schedules.find((each) => each.id === paid.schedule);
  const invoice = ledger.invoices.find((each) => each.id === paid.latest_invoice);
  const whole = expand.has("discounts") || expand.has("discounts.source.coupon");
  const discount = whole ? asDiscount(paid, expand) : discountId(paid.id);
  const pays = { customer: paid.customer, method: paid.default_payment_method, whole: expand.has("default_payment_method") };
  return {
    object: "subscription",
    livemode: false,
    ...rest,
    currency: soldPrice(prices, price).currency,
    cancel_at: findEnd(ledger, paid),
    canceled_at: rest.ended_at,
    trial_start: rest.trial_end === null ? null : rest.created,
    ...{ customer: showCustomer(ledger, paid.customer, expand), default_payment_method: showMethod(ledger, pays), default_source: null },
    trial_settings: { end_behavior: { missing_payment_method } },
    discounts: percent_off > 0 ? [discount] : [],
    schedule: schedule && expand.has("schedule") ? asSchedule(schedule) : rest.schedule,
    latest_invoice: invoice && expand.has("latest_invoice") ? asInvoice(invoice, shown) : rest.latest_invoice,
    pending_update: pending && {
      ...{
        billing_cycle_anchor: null,
        cancel_at_period_end: null,
        metadata: null,
        discount: null,
        discounts: null,
        trial_end: null,
        trial_from_plan: null,
      },
      ...{ expires_at: pending.expires_at, subscription_items: [asItem(paid, pending, prices)] },
    },
    items: {
      object: "list",
      has_more: false,
      url: `/v1/subscription_items?subscription=${rest.id}`,
      data: [asItem(paid, { price, quantity }, prices)],
    },
  };
}
export function asSchedule({ phases, phase, subscription, ended_at, ...rest }: Schedule) {
  const now = rest.status === "active" ? phases[phase] : undefined;
  const released = rest.status === "released";
  return {
    ...{ object: "subscription_schedule", livemode: false, ...rest },
    current_phase: now ? { start_date: now.start_date, end_date: now.end_date } : null,
    phases: phases.map(({ price, quantity, percent_off, ...each }) => ({
      ...{ ...each, currency: "usd", add_invoice_items: [], metadata: {} },
      items: [{ price, plan: price, quantity, metadata: {}, discounts: [] }],
      discounts: percent_off > 0 ? [{ coupon: null, discount: discountId(subscription), promotion_code: null }] : [],
    })),
    ...{ released_at: released ? ended_at : null, canceled_at: rest.status === "canceled" ? ended_at : null },
    completed_at: rest.status === "completed" ? ended_at : null,
    ...{ subscription: released ? null : subscription, released_subscription: released ? subscription : null },
  };
}
/** At Stripe too neither of the two says which invoice it was for, and a dispute does not say whose it is. */
export const asCharge = ({ invoice: _, ...rest }: Charge) => ({
  ...{ object: "charge", livemode: false, currency: "usd", description: null, metadata: {} },
  ...{ paid: true, captured: true, status: "succeeded", amount_captured: rest.amount },
  ...{ ...rest, refunded: rest.amount_refunded === rest.amount },
});
export const asDispute = (dispute: Dispute) => ({
  ...{ object: "dispute", livemode: false, currency: "usd", reason: "general", metadata: {} },
  ...{ is_charge_refundable: false, balance_transactions: [], ...dispute },
});
/** What an event that is not for us says of itself: of another account, of live mode, of another version. */
export type EventOrigin = { api_version?: string; livemode?: boolean; account?: string };
export const asEvent = ({ id, type, created, object }: PaymentEvent, origin: EventOrigin = {}) => ({
  id,
  object: "event",
  api_version: apiVersion,
  created,
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type,
  data: { object },
  ...origin,
});
/** `at` in seconds since 1970. */
export function signEvent(body: string, secret: string, at = inSeconds()): string {
  return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
}

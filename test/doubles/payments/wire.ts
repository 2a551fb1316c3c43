import { createHmac } from "node:crypto";
import {
  type Charge,
  type Checkout,
  type Dispute,
  type Invoice,
  inSeconds,
  type Ledger,
  type PaidSubscription,
  type PaymentEvent,
  type Schedule,
} from "./ledger.ts";

/** How Stripe writes its objects, its refusals and its signatures. */
const apiVersion = "2026-10-28.endive";
/** What is sold, by the id of its price. */
export type SoldPrices = Readonly<Record<string, { product: string; amount: number; currency: string; interval: "month"; meter?: string }>>;
/** What objects are shown from; of the bank. */
export type Shown = { ledger: Ledger; prices: SoldPrices; base: string };
/** What a call asks to be shown whole instead of by its id: `latest_invoice`, in lists `data.schedule`. */
export type Expansions = ReadonlySet<string>;
export function expansionsIn(params: URLSearchParams, before = ""): Expansions {
  const names = [...params].flatMap(([name, value]) => (name.startsWith("expand[") && value.startsWith(before) ? [value] : []));
  return new Set(names.map((name) => name.slice(before.length)));
}

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

export const asCustomer = (customer: Ledger["customers"][number]) => ({ object: "customer", livemode: false, ...customer });
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
const productId = (price: string) => `prod_${price}`;
export function asPrice(id: string, sold: SoldPrices[string], expand?: Expansions) {
  const { product: name, amount, currency, interval, meter = null } = sold;
  const product = productId(id);
  const usage_type = meter === null ? "licensed" : "metered";
  return {
    ...{ id, object: "price", active: true, livemode: false, currency, unit_amount: amount, unit_amount_decimal: String(amount) },
    ...{ billing_scheme: "per_unit", type: "recurring", recurring: { interval, interval_count: 1, meter, usage_type } },
    product: expand?.has("product") ? { id: product, object: "product", name, active: true, livemode: false } : product,
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
export const discountId = (subscription: string) => `di_${subscription.slice(4)}`;
export const itemId = (subscription: string) => `si_${subscription.slice(4)}`;
function asItem(subscription: PaidSubscription, { price, quantity }: Omit<Items, "percent_off">, prices: SoldPrices) {
  const { id, start, end, created } = subscription;
  return {
    ...{ id: itemId(id), object: "subscription_item", subscription: id, created, metadata: {}, quantity },
    ...{ current_period_start: start, current_period_end: end, price: asPrice(price, soldPrice(prices, price)) },
  };
}
export function asSubscription(paid: PaidSubscription, shown: Shown, expand: Expansions = new Set()) {
  const { ledger, prices } = shown;
  const { price, quantity, start, end, percent_off, pending, missing_payment_method, prorated: _, ...rest } = paid;
  const schedule = ledger.schedules.find((each) => each.id === paid.schedule);
  const invoice = ledger.invoices.find((each) => each.id === paid.latest_invoice);
  const whole = expand.has("discounts") || expand.has("discounts.source.coupon");
  const discount = whole ? asDiscount(paid, expand) : discountId(paid.id);
  return {
    object: "subscription",
    livemode: false,
    ...rest,
    currency: soldPrice(prices, price).currency,
    cancel_at: rest.cancel_at_period_end ? end : null,
    canceled_at: rest.ended_at,
    trial_start: rest.trial_end === null ? null : rest.created,
    trial_settings: { end_behavior: { missing_payment_method } },
    discounts: percent_off > 0 ? [discount] : [],
    schedule: schedule && expand.has("schedule") ? asSchedule(schedule) : rest.schedule,
    latest_invoice: invoice && expand.has("latest_invoice") ? asInvoice(invoice, shown) : rest.latest_invoice,
    pending_update: pending && {
      ...{ billing_cycle_anchor: null, discount: null, discounts: null, trial_end: null, trial_from_plan: null },
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
    ...{ object: "subscription_schedule", livemode: false, ...rest, end_behavior: "release" },
    current_phase: now ? { start_date: now.start_date, end_date: now.end_date } : null,
    phases: phases.map(({ price, quantity, percent_off, ...each }) => ({
      ...{ ...each, currency: "usd", add_invoice_items: [], metadata: {} },
      items: [{ price, plan: price, quantity, metadata: {}, discounts: [] }],
      discounts: percent_off > 0 ? [{ coupon: null, discount: discountId(subscription), promotion_code: null }] : [],
    })),
    ...{ released_at: released ? ended_at : null, canceled_at: rest.status === "canceled" ? ended_at : null, completed_at: null },
    ...{ subscription: released ? null : subscription, released_subscription: released ? subscription : null },
  };
}
/** Less than nothing is credit: nobody pays it. */
export function asInvoice(invoice: Invoice, { prices, base }: Shown) {
  const { amount, subscription, period_end: _, price: __, quantity: ___, metered: ____, ...rest } = invoice;
  return {
    object: "invoice",
    livemode: false,
    currency: "usd",
    ...rest,
    total: amount,
    amount_due: Math.max(0, amount),
    amount_paid: rest.status === "paid" ? Math.max(0, amount) : 0,
    amount_remaining: rest.status === "open" ? amount : 0,
    lines: { object: "list", has_more: false, url: `/v1/invoices/${rest.id}/lines`, data: asLines(invoice, prices) },
    hosted_invoice_url: `${base}/invoice/${rest.id}`,
    invoice_pdf: null,
    parent: { type: "subscription_details", subscription_details: { subscription, metadata: {} } },
  };
}
/** The plan's line is for a time that begins with the invoice; the meter's for the one that ended then. */
export function asLines(invoice: Invoice, prices: SoldPrices) {
  const { id, amount, created, period_end: end, price: plan, quantity, metered, subscription } = invoice;
  const cents = metered?.quantity ?? 0;
  const lines = [{ price: plan, quantity, amount: amount - cents, period: { start: Math.min(created, end), end } }];
  if (metered) lines.push({ price: meteredPrice, quantity: cents, amount: cents, period: { start: metered.start, end: metered.end } });
  return lines.map(({ price, ...line }, at) => ({
    ...{ id: `il_${id.slice(3)}${at}`, object: "line_item", livemode: false, currency: "usd", invoice: id, subscription, metadata: {} },
    ...{ ...line, subtotal: line.amount, quantity_decimal: String(line.quantity) },
    pricing: price === null ? null : asPricing(price, knownPrice(prices, price)),
  }));
}
const asPricing = (price: string, { amount }: SoldPrices[string]) => ({
  ...{ type: "price_details", price_details: { price, product: productId(price) }, unit_amount_decimal: String(amount) },
});
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
export function listOf(url: string, data: { id: string }[], query: URLSearchParams): object {
  const [most, after] = [Number(query.get("limit") ?? 10), query.get("starting_after")];
  const last = data.findIndex(({ id }) => id === after);
  if (after !== null && last < 0) throw refuseParam("starting_after", `No such object: '${after}'`, "resource_missing");
  const rest = data.slice(last + 1);
  return { object: "list", url, has_more: rest.length > most, data: rest.slice(0, most) };
}
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

export class PaymentRefusal extends Error {
  readonly status: number;
  readonly body: { error: { type: string; message: string; code?: string; param?: string } };
  constructor(status: number, type: string, message: string, more: { code?: string; param?: string } = {}) {
    super(message);
    this.status = status;
    this.body = { error: { type, message, ...more } };
  }
}
export const refuseParam = (param: string, message: string, code = "parameter_missing") =>
  new PaymentRefusal(400, "invalid_request_error", message, { code, param });
export const refuseMissing = (noun: string, id: string) =>
  new PaymentRefusal(404, "invalid_request_error", `No such ${noun}: '${id}'`, { code: "resource_missing", param: "id" });

const pages = ["limit", "starting_after", "expand"] as const;
const names = {
  customers: ["email", "name", "metadata"],
  sessions: [
    ...["mode", "customer", "line_items", "success_url", "cancel_url", "metadata", "subscription_data", "client_reference_id"],
    ...["automatic_tax", "tax_id_collection", "customer_update", "allow_promotion_codes", "billing_address_collection"],
    "payment_method_collection",
  ],
  portals: ["customer", "return_url"],
  subscriptions: ["cancel_at_period_end", "cancel_at", "items", "proration_behavior", "payment_behavior", "expand"],
  schedules: ["from_subscription", "metadata", "expand"],
  scheduleChanges: ["phases", "end_behavior", "proration_behavior", "metadata", "expand"],
  scheduleReleases: ["preserve_cancel_date", "expand"],
  invoiceVoids: ["expand"],
  meterEvents: ["event_name", "payload", "identifier", "timestamp"],
  meters: ["status", ...pages],
  meterSummaries: ["customer", "start_time", "end_time", "value_grouping_window", ...pages],
  invoices: ["customer", "subscription", "status", "created", ...pages],
  invoiceLines: pages,
} as const;
/** A form or query with brackets, `metadata[member]`; what Stripe's address does not take is refused. */
export function readPaymentForm(body: string, address: keyof typeof names): ReadonlyMap<string, string> {
  const form = new Map(new URLSearchParams(body));
  const known: readonly string[] = names[address];
  for (const name of form.keys())
    if (!known.includes(name.split("[")[0]!)) throw refuseParam(name, `Received unknown parameter: ${name}`, "parameter_unknown");
  return form;
}
/** Whole and at least one; 1 where nothing is said, as at Stripe. */
export function quantityIn(form: ReadonlyMap<string, string>, name: string): number {
  const text = form.get(name) ?? "1";
  if (!/^[1-9]\d{0,5}$/.test(text)) throw refuseParam(name, `Invalid integer: ${text}`, "parameter_invalid_integer");
  return Number(text);
}
type Choices = readonly [string, ...string[]];
/** One of the choices, or what holds where nothing is said. */
export function choiceIn<const C extends Choices>(
  form: ReadonlyMap<string, string>,
  name: string,
  choices: C,
  otherwise: C[number],
): C[number] {
  const value = form.get(name) ?? otherwise;
  if (!choices.includes(value)) throw refuseParam(name, `Invalid ${name}: ${value}`, "parameter_invalid");
  return value;
}
export function metadataIn(form: ReadonlyMap<string, string>, before = "metadata"): Record<string, string> {
  const entries = [...form].flatMap(([name, value]) => {
    const key = name.startsWith(`${before}[`) ? name.slice(before.length + 1, -1) : undefined;
    return key ? [[key, value]] : [];
  });
  return Object.fromEntries(entries);
}

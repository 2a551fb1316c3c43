import type { Expansions } from "./form.ts";
import {
  type Charge,
  discountId,
  type Invoice,
  inSeconds,
  itemId,
  type Ledger,
  newPaymentId,
  type PaidSubscription,
  type Proration,
} from "./ledger.ts";
import { readMetered } from "./meter.ts";
import { amountOf, type Items, knownPrice, meteredPrice, productId, type SoldPrices, titleOf } from "./price.ts";

/** What invoices ask for, and how Stripe writes them. */
export type Shown = { ledger: Ledger; prices: SoldPrices; base: string };
type Item = Omit<Items, "percent_off">;

/** What a change costs for the rest of the period, in whole cents: the old item is given back. */
export function prorate(prices: SoldPrices, subscription: PaidSubscription, item: Item, now: number): Proration[] {
  const { start, end, percent_off, status, price, quantity } = subscription;
  const rest = Math.max(0, Math.min(1, (end - now) / (end - start)));
  if (status === "trialing" || rest === 0 || (item.price === price && item.quantity === quantity)) return [];
  const centsOf = (each: Item) => Math.round(amountOf(prices, { ...each, percent_off }) * rest);
  return [
    { price, quantity, amount: -centsOf(subscription), unused: true, start: now, end },
    { ...item, amount: centsOf(item), unused: false, start: now, end },
  ];
}
export const sumOf = (prorations: Proration[]): number => prorations.reduce((sum, { amount }) => sum + amount, 0);
/** The invoice of the period that begins at `end`: of `item`, or of what a schedule or the plan has then. */
export function dueNext({ ledger, prices }: Shown, subscription: PaidSubscription, end: number, item?: Item) {
  const schedule = ledger.schedules.find(({ id }) => id === subscription.schedule);
  const planned = schedule?.phases[schedule.phase + 1] ?? subscription;
  const { price, quantity, percent_off } = item ? { ...item, percent_off: subscription.percent_off } : planned;
  const [plan, { prorations }] = [amountOf(prices, { price, quantity, percent_off }), subscription];
  const metered = readMetered(ledger, subscription, end);
  const discount = amountOf(prices, { price, quantity, percent_off: 0 }) - plan;
  return { price, quantity, discount, metered, prorations, amount: plan + sumOf(prorations) + (metered?.quantity ?? 0) };
}

export type InvoiceMade = Pick<Invoice, "amount" | "status" | "billing_reason"> & Partial<Invoice>;
export function makeInvoice({ ledger, prices }: Shown, subscription: PaidSubscription, made: InvoiceMade): Invoice {
  ledger.invoiced += 1;
  const { customer, id, end: period_end } = subscription;
  const { price, quantity } = { ...subscription, ...made };
  const invoice: Invoice = {
    ...{ id: newPaymentId("in"), number: `GROW-${String(ledger.invoiced).padStart(4, "0")}`, customer, subscription: id },
    ...{ price, quantity, description: titleOf(prices, { price: price!, quantity }), period_end, created: inSeconds() },
    ...{ discount: 0, metered: null, prorations: [], attempt_count: made.amount > 0 ? 1 : 0, ...made },
  };
  ledger.invoices.push(invoice);
  subscription.latest_invoice = invoice.id;
  return invoice;
}

const retryAfter = 3 * 86_400;
/** How often a month's payment is tried; then the subscription ends. */
export const mostAttempts = 4;
/** Of a month that was not paid; a change that waits for its payment is tried once. Seconds since 1970. */
export function nextAttempt(
  { ledger }: Pick<Shown, "ledger">,
  { id, status, created, subscription, attempt_count }: Invoice,
): number | null {
  const paid = ledger.subscriptions.find((each) => each.id === subscription);
  const retries = status === "open" && paid?.status === "past_due" && paid.pending?.invoice !== id;
  return retries && attempt_count < mostAttempts ? created + retryAfter * Math.max(1, attempt_count) : null;
}
/** Less than nothing is credit: nobody pays it. */
export function asInvoice(invoice: Invoice, shown: Shown, expand: Expansions = new Set()) {
  const { amount, subscription, period_end: _, price: __, quantity: ___, metered: ____, prorations: _____, discount, ...rest } = invoice;
  const address = `${shown.base}/invoice/${rest.id}`;
  const payments = shown.ledger.charges.filter((each) => each.invoice === rest.id).map(asInvoicePayment);
  const next = nextAttempt(shown, invoice);
  return {
    object: "invoice",
    livemode: false,
    currency: "usd",
    ...rest,
    attempted: invoice.status !== "draft",
    next_payment_attempt: (next ?? 0) > inSeconds() ? next : null,
    subtotal: amount + discount,
    total: amount,
    total_discount_amounts: asDiscounts(subscription, discount),
    amount_due: Math.max(0, amount),
    amount_paid: rest.status === "paid" ? Math.max(0, amount) : 0,
    amount_remaining: rest.status === "paid" || rest.status === "void" ? 0 : amount,
    lines: { object: "list", has_more: false, url: `/v1/invoices/${rest.id}/lines`, data: asLines(invoice, shown.prices) },
    ...(expand.has("payments") ? { payments: { object: "list", has_more: false, url: "/v1/invoice_payments", data: payments } } : {}),
    hosted_invoice_url: rest.status === "draft" ? null : address,
    invoice_pdf: rest.status === "draft" ? null : `${address}/pdf`,
    parent: { type: "subscription_details", subscription_details: { subscription, metadata: {} } },
  };
}
const asDiscounts = (subscription: string, amount: number) => (amount > 0 ? [{ amount, discount: discountId(subscription) }] : []);
export const asInvoicePayment = ({ payment_intent, invoice, amount, created }: Charge) => ({
  ...{ id: `inpay_${payment_intent.slice(3)}`, object: "invoice_payment", livemode: false, status: "paid", is_default: true, created },
  ...{ amount_paid: amount, amount_requested: amount, currency: "usd", payment: { type: "payment_intent", payment_intent } },
  ...{ invoice, status_transitions: { canceled_at: null, paid_at: created } },
});

type Line = Item & { amount: number; period: { start: number; end: number }; description: string; discount?: number; proration?: boolean };
/**
 * The plan's line is for a time that begins with the invoice and says what it costs without the discount; the
 * meter's is for the time that ended then. What only changes for the rest of a period has no line of a plan.
 */
export function asLines(invoice: Invoice, prices: SoldPrices) {
  const { id, subscription, metered, billing_reason } = invoice;
  const changes = invoice.prorations.map((each) => prorationLine(each, prices));
  const isChange = billing_reason === "subscription_update" && (changes.length > 0 || invoice.amount === 0);
  const usage = metered && { price: meteredPrice, quantity: metered.quantity, amount: metered.quantity };
  const lines: (Omit<Line, "price" | "description"> & { price: string | null; description: string | null })[] = [
    ...(isChange ? [] : [planLine(invoice, prices)]),
    ...(usage ? [{ ...usage, period: { start: metered.start, end: metered.end }, description: describe(usage, prices) }] : []),
    ...changes,
  ];
  return lines.map(({ price, discount = 0, proration = false, ...line }, at) => ({
    ...{ id: `il_${id.slice(3)}${at}`, object: "line_item", livemode: false, currency: "usd", invoice: id, subscription, metadata: {} },
    ...{ ...line, subtotal: line.amount, quantity_decimal: String(line.quantity) },
    ...{ discountable: !proration, discounts: [], discount_amounts: asDiscounts(subscription, discount) },
    pricing: price === null ? null : asPricing(price, knownPrice(prices, price)),
    parent: {
      ...{ type: "subscription_item_details", invoice_item_details: null },
      subscription_item_details: {
        ...{ invoice_item: proration ? `ii_${id.slice(3)}${at}` : null, proration, proration_details: null, subscription },
        subscription_item: itemId(subscription),
      },
    },
  }));
}
function planLine(invoice: Invoice, prices: SoldPrices) {
  const { amount, created, period_end: end, price, quantity, discount, metered, prorations, billing_reason } = invoice;
  const cents = amount + discount - sumOf(prorations) - (metered?.quantity ?? 0);
  const isFree = billing_reason === "subscription_create" && cents === 0;
  const named = price === null ? null : describe({ price, quantity }, prices);
  const description = isFree && price !== null ? `Trial period for ${knownPrice(prices, price).product}` : named;
  return { price, quantity, amount: cents, discount, period: { start: Math.min(created, end), end }, description };
}
function prorationLine({ start, end, unused, ...line }: Proration, prices: SoldPrices): Line {
  const count = line.quantity > 1 ? `${line.quantity} × ` : "";
  const day = new Date(start * 1_000).toUTCString().slice(5, 16);
  const description = `${unused ? "Unused" : "Remaining"} time on ${count}${knownPrice(prices, line.price).product} after ${day}`;
  return { ...line, period: { start, end }, proration: true, description };
}
function describe({ price, quantity }: Item, prices: SoldPrices): string {
  const { product, amount, interval } = knownPrice(prices, price);
  return `${quantity} × ${product} (at $${(amount / 100).toFixed(2)} / ${interval})`;
}
const asPricing = (price: string, { amount }: SoldPrices[string]) => ({
  ...{ type: "price_details", price_details: { price, product: productId(price) }, unit_amount_decimal: String(amount) },
});

/** An invoice that is not there yet: it has no id, no number and no page. */
export function asPreview(shown: Shown, invoice: Omit<Invoice, "id" | "number">, period: { start: number; next: number }) {
  const { id: _, number: __, ...rest } = asInvoice({ ...invoice, id: "in_tmp", number: "" }, shown);
  const data = rest.lines.data.map((line) => ({ ...line, invoice: null }));
  return {
    ...{ ...rest, number: null, status: "draft", billing_reason: "upcoming", attempted: false, attempt_count: 0 },
    ...{ next_payment_attempt: period.next, period_start: period.start, period_end: invoice.created },
    ...{ amount_remaining: rest.amount_due, hosted_invoice_url: null, invoice_pdf: null },
    lines: { ...rest.lines, url: "/v1/invoices/upcoming/lines", data },
  };
}

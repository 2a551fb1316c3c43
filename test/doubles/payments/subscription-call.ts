import type { Bank } from "./bank.ts";
import { inSeconds, type PaidSubscription } from "./ledger.ts";
import {
  amountOf,
  asInvoice,
  asLines,
  asSubscription,
  choiceIn,
  type Expansions,
  expansionsIn,
  itemId,
  listOf,
  PaymentRefusal,
  quantityIn,
  readPaymentForm,
  refuseParam,
  soldPrice,
} from "./wire.ts";

type Form = ReadonlyMap<string, string>;
const invalid = (param: string, value: string | undefined) => refuseParam(param, `Invalid ${param}: ${value}`, "parameter_invalid");

/** Its end, or what it is for. */
export function changeSubscription(bank: Bank, id: string, body: string): object {
  const form = readPaymentForm(body, "subscriptions");
  const subscription = bank.live(id);
  const items = [...form.keys()].some((name) => name.startsWith("items["));
  const ends = ["cancel_at_period_end", "cancel_at"].find((name) => form.has(name));
  if (!items && ends === undefined) throw refuseParam("items", "This double changes items or the end of a subscription.");
  if (items && ends !== undefined && form.get("payment_behavior") === "pending_if_incomplete")
    throw refuseParam(
      ends,
      `You can only pass in supported params when \`payment_behavior\` is set to \`pending_if_incomplete\`. \`${ends}\` is not supported.`,
      "parameter_invalid",
    );
  if (form.has("cancel_at_period_end") && form.has("cancel_at")) throw invalid("cancel_at", form.get("cancel_at"));
  if (ends !== undefined) bank.cancelAtEnd(id, cancels(form, subscription));
  if (items) changeItems(bank, subscription, form);
  return asSubscription(subscription, bank, expansionsIn(new URLSearchParams(body)));
}
/** At once, and what is paid is not given back. */
export function endSubscription(bank: Bank, id: string): object {
  bank.cancelNow(id);
  return asSubscription(bank.find("subscriptions", id), bank);
}
/** This double ends a subscription with its period, and at no other time. */
function cancels(form: Form, { end }: PaidSubscription): boolean {
  const whole = form.get("cancel_at_period_end");
  if (whole !== undefined) return whole === "true";
  const at = form.get("cancel_at") ?? "";
  if (at !== "" && !["min_period_end", "max_period_end", String(end)].includes(at)) throw invalid("cancel_at", at);
  return at !== "";
}

/** What a change costs for the rest of the period, in whole cents; credit is less than nothing. */
function prorate(bank: Bank, subscription: PaidSubscription, items: { price: string; quantity: number }): number {
  if (subscription.status === "trialing") return 0;
  const { start, end, percent_off } = subscription;
  const rest = Math.max(0, Math.min(1, (end - inSeconds()) / (end - start)));
  return Math.round((amountOf(bank.prices, { ...items, percent_off }) - amountOf(bank.prices, subscription)) * rest);
}
function changeItems(bank: Bank, subscription: PaidSubscription, form: Form): void {
  const item = form.get("items[0][id]");
  if (item !== itemId(subscription.id)) throw refuseParam("items[0][id]", `No such subscription item: '${item}'`, "resource_missing");
  const price = form.get("items[0][price]") ?? subscription.price;
  soldPrice(bank.prices, price, "items[0][price]");
  const quantity = form.has("items[0][quantity]") ? quantityIn(form, "items[0][quantity]") : subscription.quantity;
  const items = { price, quantity };
  const proration = choiceIn(form, "proration_behavior", ["create_prorations", "always_invoice", "none"], "create_prorations");
  const behavior = choiceIn(
    form,
    "payment_behavior",
    ["allow_incomplete", "pending_if_incomplete", "error_if_incomplete"],
    "allow_incomplete",
  );
  const amount = proration === "none" ? 0 : prorate(bank, subscription, items);
  const card = bank.cardOf(subscription.customer);
  const invoices = proration === "always_invoice" && amount !== 0;
  const fails = invoices && amount > 0 && card !== "works";
  if (fails && behavior === "error_if_incomplete") throw refuseCard(card);
  bank.voidPending(subscription);
  const status: "open" | "paid" = fails ? "open" : "paid";
  const about = { amount, status, billing_reason: "subscription_update" } as const;
  if (fails && behavior === "pending_if_incomplete") {
    const expires_at = Math.min(subscription.end, inSeconds() + 23 * 3_600);
    const id = bank.invoice(subscription, about, items).id;
    subscription.pending = { ...items, expires_at, invoice: id };
  } else {
    bank.setItems(subscription, items);
    if (fails) subscription.status = "past_due";
    if (invoices) bank.invoice(subscription, about, items);
    else subscription.prorated += amount;
  }
  bank.tellSubscription(subscription);
}
const refuseCard = (card: "declines" | "asks") =>
  card === "declines"
    ? new PaymentRefusal(402, "card_error", "Your card was declined.", { code: "card_declined" })
    : new PaymentRefusal(402, "card_error", "Payment for this subscription requires additional user action before it can be completed.", {
        code: "subscription_payment_intent_requires_action",
      });

export function listInvoices(bank: Bank, query: URLSearchParams): object {
  const form = readPaymentForm(query.toString(), "invoices");
  const [status, subscription] = [form.get("status"), form.get("subscription")];
  const asked = bank
    .invoicesOf(form.get("customer") ?? "")
    .filter((each) => (!status || each.status === status) && (!subscription || each.subscription === subscription))
    .filter(({ created }) => isCreatedWithin(form, created));
  const shown = asked.map((each) => asInvoice(each, bank));
  return listOf("/v1/invoices", shown, query);
}
function isCreatedWithin(form: Form, created: number): boolean {
  const unread = [...form.keys()].find((name) => name.startsWith("created") && name !== "created[gte]" && name !== "created[lt]");
  if (unread !== undefined) throw refuseParam(unread, "This double reads created[gte] and created[lt].", "parameter_invalid");
  return created >= Number(form.get("created[gte]") ?? 0) && created < Number(form.get("created[lt]") ?? Number.POSITIVE_INFINITY);
}
export function listInvoiceLines(bank: Bank, id: string, query: URLSearchParams): object {
  readPaymentForm(query.toString(), "invoiceLines");
  return listOf(`/v1/invoices/${id}/lines`, asLines(bank.find("invoices", id), bank.prices), query);
}
/** `status=all` is needed to see what has ended, as at Stripe. */
export function listSubscriptions(bank: Bank, query: URLSearchParams): object {
  const status = query.get("status");
  const mine = bank
    .subscriptionsOf(query.get("customer") ?? "")
    .filter((each) => (status ? status === "all" || each.status === status : each.status !== "canceled"));
  const expand: Expansions = expansionsIn(query, "data.");
  const shown = mine.map((each) => asSubscription(each, bank, expand));
  return listOf("/v1/subscriptions", shown, query);
}

/** Only that of a change which waits for its payment: with it the change is no more. */
export function voidInvoice(bank: Bank, id: string, body: string): object {
  readPaymentForm(body, "invoiceVoids");
  const invoice = bank.find("invoices", id);
  const subscription = bank.find("subscriptions", invoice.subscription);
  if (subscription.pending?.invoice !== id)
    throw new PaymentRefusal(400, "invalid_request_error", "This double voids the invoice of a change that waits.");
  bank.expirePending(subscription.id);
  return asInvoice(invoice, bank);
}

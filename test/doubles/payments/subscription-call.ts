import type { Bank } from "./bank.ts";
import {
  choiceIn,
  type Expansions,
  expansionsIn,
  listOf,
  PaymentRefusal,
  quantityIn,
  readPaymentForm,
  refuseParam,
  secondsIn,
} from "./form.ts";
import { prorate, sumOf } from "./invoice.ts";
import { inSeconds, itemId, type PaidSubscription } from "./ledger.ts";
import { soldPrice } from "./price.ts";
import { asSubscription } from "./wire.ts";

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

export function readItem(bank: Bank, subscription: PaidSubscription, form: Form, at = "items[0]"): { price: string; quantity: number } {
  const item = form.get(`${at}[id]`);
  if (item !== itemId(subscription.id)) throw refuseParam(`${at}[id]`, `No such subscription item: '${item}'`, "resource_missing");
  const price = form.get(`${at}[price]`) ?? subscription.price;
  soldPrice(bank.prices, price, `${at}[price]`);
  return { price, quantity: form.has(`${at}[quantity]`) ? quantityIn(form, `${at}[quantity]`) : subscription.quantity };
}
export const prorations = ["create_prorations", "always_invoice", "none"] as const;
/** As of when a change is prorated: now, or the moment that is said of the running period. */
export function prorationDateIn(form: Form, { start, end }: PaidSubscription, name = "proration_date"): number {
  const at = secondsIn(form, name);
  if (at !== undefined && (at < start || at > end))
    throw refuseParam(name, "The proration date must be within the current period of the subscription.", "parameter_invalid");
  return at ?? inSeconds();
}
function changeItems(bank: Bank, subscription: PaidSubscription, form: Form): void {
  const items = readItem(bank, subscription, form);
  const proration = choiceIn(form, "proration_behavior", prorations, "create_prorations");
  const behavior = choiceIn(
    form,
    "payment_behavior",
    ["allow_incomplete", "pending_if_incomplete", "error_if_incomplete"],
    "allow_incomplete",
  );
  const at = prorationDateIn(form, subscription);
  const changes = proration === "none" ? [] : prorate(bank.prices, subscription, items, at);
  const amount = sumOf(changes);
  const card = bank.cardOf(subscription.customer);
  const invoices = proration === "always_invoice" && amount !== 0;
  const fails = invoices && amount > 0 && card !== "works";
  if (fails && behavior === "error_if_incomplete") throw refuseCard(card);
  bank.voidPending(subscription);
  const status: "open" | "paid" = fails ? "open" : "paid";
  const about = { ...items, amount, status, prorations: changes, billing_reason: "subscription_update" } as const;
  if (fails && behavior === "pending_if_incomplete") {
    const expires_at = Math.min(subscription.end, inSeconds() + 23 * 3_600);
    const id = bank.invoice(subscription, about).id;
    subscription.pending = { ...items, expires_at, invoice: id };
  } else {
    bank.setItems(subscription, items);
    if (fails) subscription.status = "past_due";
    if (invoices) bank.invoice(subscription, about);
    else subscription.prorations.push(...changes);
  }
  bank.tellSubscription(subscription);
}
const refuseCard = (card: "declines" | "asks") =>
  card === "declines"
    ? new PaymentRefusal(402, "card_error", "Your card was declined.", { code: "card_declined" })
    : new PaymentRefusal(402, "card_error", "Payment for this subscription requires additional user action before it can be completed.", {
        code: "subscription_payment_intent_requires_action",
      });

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

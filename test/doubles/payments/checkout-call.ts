import type { Bank } from "./bank.ts";
import { choiceIn, listOf, metadataIn, PaymentRefusal, quantityIn, readPaymentForm, refuseParam } from "./form.ts";
import { type Checkout, collections, inSeconds, missingMethods, newPaymentId } from "./ledger.ts";
import { soldPrice } from "./price.ts";
import { asCheckout } from "./wire.ts";

/** Calls about checkouts. */
export function makeCheckout(bank: Bank, body: string): object {
  const form = readPaymentForm(body, "sessions");
  const need = (name: string) => {
    const value = form.get(name);
    if (!value) throw refuseParam(name, `Missing required param: ${name}.`);
    return value;
  };
  if (need("mode") !== "subscription") throw refuseParam("mode", "This double sells subscriptions only.", "parameter_invalid");
  const price = need("line_items[0][price]");
  const sold = soldPrice(bank.prices, price, "line_items[0][price]");
  const { id: customer, currency: payerCurrency } = bank.find("customers", need("customer"));
  const currency = form.get("currency") ?? null;
  requireCurrency(sold.currency, currency, payerCurrency);
  const taxed = form.get("automatic_tax[enabled]") === "true";
  // As Stripe does of a customer who is known.
  if (taxed) need("customer_update[address]");
  if (form.get("tax_id_collection[enabled]") === "true") need("customer_update[name]");
  const trialEnd = "subscription_data[trial_settings][end_behavior][missing_payment_method]";
  const made: Checkout = {
    id: newPaymentId("cs_test"),
    ...{ customer, price, status: "open", subscription: null, created: inSeconds() },
    ...{ success_url: need("success_url"), cancel_url: form.get("cancel_url") ?? need("success_url") },
    ...{ metadata: metadataIn(form, "subscription_data[metadata]"), session_metadata: metadataIn(form), taxed },
    quantity: quantityIn(form, "line_items[0][quantity]"),
    allow_promotion_codes: form.get("allow_promotion_codes") === "true",
    ...{ percent_off: 0, currency },
    trial_days: form.has("subscription_data[trial_period_days]") ? quantityIn(form, "subscription_data[trial_period_days]") : 0,
    payment_method_collection: choiceIn(form, "payment_method_collection", collections, "always"),
    missing_payment_method: choiceIn(form, trialEnd, missingMethods, "create_invoice"),
  };
  bank.ledger.checkouts.push(made);
  return asCheckout(made, bank);
}
/** A page sells in one currency, which is the price's, and so does a customer pay. */
function requireCurrency(sold: string, named: string | null, payers: string | null): void {
  if (named !== null && named !== sold)
    throw refuseParam(
      "currency",
      `The price specified supports currencies of \`${sold}\` which doesn't include the expected currency of \`${named}\`.`,
      "parameter_invalid",
    );
  if (payers !== null && payers !== sold)
    throw new PaymentRefusal(
      400,
      "invalid_request_error",
      `You cannot combine currencies on a single customer. This customer has had a subscription or payment in ${payers}, but you are trying to pay in ${sold}.`,
    );
}
export function expireCheckout(bank: Bank, id: string): object {
  const session = bank.find("checkouts", id);
  bank.expire(session);
  return asCheckout(session, bank);
}
/** The newest first. */
export function listCheckouts(bank: Bank, query: URLSearchParams): object {
  const [customer, status] = [query.get("customer"), query.get("status")];
  const asked = bank.ledger.checkouts.filter(
    (each) => (customer === null || each.customer === customer) && (status === null || each.status === status),
  );
  const shown = asked.toReversed().map((each) => asCheckout(each, bank));
  return listOf("/v1/checkout/sessions", shown, query);
}

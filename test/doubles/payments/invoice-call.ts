import { type Bank, month } from "./bank.ts";
import { choiceIn, expansionsIn, listOf, PaymentRefusal, readPaymentForm, refuseParam } from "./form.ts";
import { asInvoice, asLines, asPreview, dueNext, prorate, sumOf } from "./invoice.ts";
import { inSeconds, type PaidSubscription } from "./ledger.ts";
import { titleOf } from "./price.ts";
import { prorationDateIn, prorations, readItem } from "./subscription-call.ts";

type Form = ReadonlyMap<string, string>;

export function listInvoices(bank: Bank, query: URLSearchParams): object {
  const form = readPaymentForm(query.toString(), "invoices");
  const [status, subscription] = [form.get("status"), form.get("subscription")];
  const asked = bank
    .invoicesOf(form.get("customer") ?? "")
    .filter((each) => (!status || each.status === status) && (!subscription || each.subscription === subscription))
    .filter(({ created }) => isCreatedWithin(form, created));
  const expand = expansionsIn(query, "data.");
  const shown = asked.map((each) => asInvoice(each, bank, expand));
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

/** Only that of a change which waits for its payment: with it the change is no more. */
export function voidInvoice(bank: Bank, id: string, body: string): object {
  readPaymentForm(body, "invoiceVoids");
  const invoice = bank.find("invoices", id);
  if (invoice.status !== "open")
    throw new PaymentRefusal(400, "invalid_request_error", "You can only pass in open invoices. This invoice isn't open.");
  bank.voidOpen(invoice);
  return asInvoice(invoice, bank);
}

const details = "subscription_details";
const detail = [...["id", "price", "quantity"].map((name) => `[items][0][${name}]`), "[proration_behavior]", "[proration_date]"];
/** The invoice of a change for the rest of the period, or the one that comes with the next period. */
export function previewInvoice(bank: Bank, body: string): object {
  const form = readPaymentForm(body, "previews");
  const subscription = previewed(bank, form);
  const said = [...form.keys()].filter((name) => name.startsWith(details));
  const unread = said.find((name) => !detail.includes(name.slice(details.length)));
  if (unread !== undefined) throw refuseParam(unread, "This double previews one item and its proration.", "parameter_invalid");
  const at = `${details}[items][0]`;
  const item = said.some((name) => name.startsWith(at)) ? readItem(bank, subscription, form, at) : undefined;
  const now = inSeconds();
  const { behavior, changes } = previewChanges(bank, form, subscription, item);
  const { id, customer, start, end } = subscription;
  const about = { subscription: id, customer, status: "open", attempt_count: 0 } as const;
  if (item && behavior === "always_invoice") {
    const due = { ...item, amount: sumOf(changes), discount: 0, metered: null, prorations: changes };
    const made = { ...about, ...due, billing_reason: "subscription_update", created: now, period_end: end } as const;
    return asPreview(bank, { ...made, description: titleOf(bank.prices, item) }, { start: now, next: now });
  }
  if (subscription.cancel_at_period_end) throw refuseNone(subscription);
  const due = dueNext(bank, { ...subscription, prorations: [...subscription.prorations, ...changes] }, end, item);
  const made = { ...about, ...due, billing_reason: "subscription_cycle", created: end, period_end: end + month } as const;
  return asPreview(bank, { ...made, description: titleOf(bank.prices, due) }, { start, next: end + 3_600 });
}
/** A date is for a change that is prorated, as at Stripe. */
function previewChanges({ prices }: Bank, form: Form, subscription: PaidSubscription, item: ReturnType<typeof readItem> | undefined) {
  const behavior = choiceIn(form, `${details}[proration_behavior]`, prorations, "create_prorations");
  const name = `${details}[proration_date]`;
  const at = prorationDateIn(form, subscription, name);
  const isProrated = item !== undefined && behavior !== "none";
  if (form.has(name) && !isProrated) throw refuseParam(name, "A proration date needs items that are prorated.", "parameter_invalid");
  return { behavior, changes: isProrated ? prorate(prices, subscription, item, at) : [] };
}
function previewed(bank: Bank, form: Form): PaidSubscription {
  const [subscription, schedule] = [form.get("subscription"), form.get("schedule")];
  const second = [...form.keys()].find((name) => name.startsWith("subscription"));
  if (schedule && second) throw refuseParam(second, `You may not specify \`${second}\` with \`schedule\`.`, "parameter_invalid");
  if (!subscription && !schedule) throw refuseParam("subscription", "Missing required param: subscription.");
  const found = bank.find("subscriptions", schedule ? bank.find("schedules", schedule).subscription : subscription!);
  if (found.status === "canceled" || (schedule && found.schedule !== schedule)) throw refuseNone(found);
  return found;
}
const refuseNone = ({ customer }: PaidSubscription) =>
  new PaymentRefusal(404, "invalid_request_error", `No upcoming invoices for customer: ${customer}`, { code: "invoice_upcoming_none" });

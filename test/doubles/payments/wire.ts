import { createHmac } from "node:crypto";
import { type Checkout, type Invoice, inSeconds, type Ledger, type PaidSubscription, type PaymentEvent } from "./ledger.ts";

/** How Stripe writes its objects, its refusals and its signatures. */
const apiVersion = "2026-10-28.endive";
export const monthlyCents = 2_900;

export const asCustomer = (customer: Ledger["customers"][number]) => ({ object: "customer", livemode: false, ...customer });
export const asCheckout = ({ price: _, taxed, ...session }: Checkout, base: string) => ({
  object: "checkout.session",
  automatic_tax: { enabled: taxed, status: taxed ? "requires_location_inputs" : null },
  mode: "subscription",
  livemode: false,
  ...session,
  payment_status: session.status === "complete" ? "paid" : "unpaid",
  expires_at: session.created + 86_400,
  url: session.status === "open" ? `${base}/pay/${session.id}` : null,
});
export const asPrice = (id: string) => ({
  ...{ id, object: "price", active: true, livemode: false, currency: "usd" },
  ...{ unit_amount: monthlyCents, type: "recurring", recurring: { interval: "month" } },
});
export const asSubscription = ({ price, start, end, ...rest }: PaidSubscription) => ({
  object: "subscription",
  livemode: false,
  currency: "usd",
  ...rest,
  cancel_at: rest.cancel_at_period_end ? end : null,
  canceled_at: rest.ended_at,
  items: {
    object: "list",
    has_more: false,
    url: `/v1/subscription_items?subscription=${rest.id}`,
    data: [
      {
        id: `si_${rest.id.slice(4)}`,
        object: "subscription_item",
        subscription: rest.id,
        quantity: 1,
        current_period_start: start,
        current_period_end: end,
        price: asPrice(price),
      },
    ],
  },
});
export const asInvoice = ({ amount, subscription, ...rest }: Invoice, base: string) => ({
  object: "invoice",
  livemode: false,
  currency: "usd",
  ...rest,
  total: amount,
  amount_due: amount,
  amount_paid: rest.status === "paid" ? amount : 0,
  amount_remaining: rest.status === "open" ? amount : 0,
  hosted_invoice_url: `${base}/invoice/${rest.id}`,
  invoice_pdf: null,
  parent: { type: "subscription_details", subscription_details: { subscription, metadata: {} } },
});
export const asEvent = ({ id, type, created, object }: PaymentEvent) => ({
  id,
  object: "event",
  api_version: apiVersion,
  created,
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type,
  data: { object },
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

const names = {
  customers: ["email", "name", "metadata"],
  sessions: [
    ...["mode", "customer", "line_items", "success_url", "cancel_url", "metadata", "subscription_data", "client_reference_id"],
    ...["automatic_tax", "tax_id_collection", "customer_update"],
  ],
  portals: ["customer", "return_url"],
  subscriptions: ["cancel_at_period_end"],
  meterEvents: ["event_name", "payload", "identifier", "timestamp"],
} as const;
/** A form with brackets, `metadata[member]`; a name that Stripe's address does not take is refused. */
export function readPaymentForm(body: string, address: keyof typeof names): ReadonlyMap<string, string> {
  const form = new Map(new URLSearchParams(body));
  const known: readonly string[] = names[address];
  for (const name of form.keys())
    if (!known.includes(name.split("[")[0]!)) throw refuseParam(name, `Received unknown parameter: ${name}`, "parameter_unknown");
  return form;
}
export function metadataIn(form: ReadonlyMap<string, string>, before = "metadata"): Record<string, string> {
  const entries = [...form].flatMap(([name, value]) => {
    const key = name.startsWith(`${before}[`) ? name.slice(before.length + 1, -1) : undefined;
    return key ? [[key, value]] : [];
  });
  return Object.fromEntries(entries);
}

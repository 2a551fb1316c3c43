import { appendFileSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { askStripeMock, type StripeCall } from "./stripe-mock.ts";

/**
 * What the edge asks of Stripe, each with a query or a form that Stripe takes. A call to another address is
 * refused in the edge's tests: whoever begins to ask for one names it here.
 */
export const edgeEndpoints = {
  "GET /v1/billing/meters": "status=active&limit=100",
  "GET /v1/billing/meters/{id}/event_summaries": "customer=cus_1&start_time=1700000000&end_time=1700000060",
  "GET /v1/charges": "customer=cus_1&limit=100",
  "GET /v1/charges/{id}": "",
  "GET /v1/checkout/sessions": "customer=cus_1&status=open&limit=100",
  "GET /v1/customers/{id}": "",
  "GET /v1/customers/search": "query=metadata['member']:'mem_1'&limit=100",
  "GET /v1/disputes": "charge=ch_1&limit=10",
  "GET /v1/invoice_payments": "payment[type]=payment_intent&payment[payment_intent]=pi_1&expand[0]=data.invoice",
  "GET /v1/invoices": "customer=cus_1&limit=24&expand[0]=data.payments",
  "GET /v1/invoices/{id}/lines": "limit=100",
  "GET /v1/prices/{id}": "",
  "GET /v1/subscriptions":
    "customer=cus_1&status=all&limit=100&expand[0]=data.schedule&expand[1]=data.latest_invoice&expand[2]=data.default_payment_method&expand[3]=data.customer.invoice_settings.default_payment_method",
  "GET /v1/subscriptions/{id}": "expand[0]=schedule",
  "DELETE /v1/customers/{id}": "",
  "DELETE /v1/subscriptions/{id}": "",
  "POST /v1/billing/meter_events": "event_name=model_cents&payload[stripe_customer_id]=cus_1&payload[value]=7&identifier=mem_1-1",
  "POST /v1/billing_portal/sessions": "customer=cus_1&return_url=http://localhost/billing",
  "POST /v1/checkout/sessions": "mode=subscription&customer=cus_1&line_items[0][price]=price_1&line_items[0][quantity]=1",
  "POST /v1/checkout/sessions/{id}/expire": "",
  "POST /v1/customers": "metadata[member]=mem_1",
  "POST /v1/customers/{id}": "email=baker@example.com&name=Baker",
  "POST /v1/invoices/create_preview": "subscription=sub_1",
  "POST /v1/invoices/{id}/void": "",
  "POST /v1/subscription_schedules": "from_subscription=sub_1",
  "POST /v1/subscription_schedules/{id}": "end_behavior=release&proration_behavior=none",
  "POST /v1/subscription_schedules/{id}/release": "",
  "POST /v1/subscriptions/{id}": "cancel_at_period_end=true",
} as const satisfies Record<string, string>;

/** An address of Stripe's API with `{id}` in the place of each id; itself where none is in `known`. */
export function endpointOf({ method, path: where }: Pick<StripeCall, "method" | "path">, known: object): string {
  const called = `${method} ${where}`;
  if (Object.hasOwn(known, called)) return called;
  const parts = called.split("/");
  const fits = (name: string) => {
    const wanted = name.split("/");
    return wanted.length === parts.length && wanted.every((part, at) => part === "{id}" || part === parts[at]);
  };
  return Object.keys(known).find(fits) ?? called;
}

/** How often each was asked, and how many of these calls Stripe's own mock refused. */
export type Verdicts = Map<string, { asked: number; refused: number }>;
const verdictLines = z.array(z.tuple([z.string(), z.object({ asked: z.number(), refused: z.number() })]));
export function addVerdict(verdicts: Verdicts, endpoint: string, { asked, refused }: { asked: number; refused: number }): void {
  const { asked: before, refused: beforeRefused } = verdicts.get(endpoint) ?? { asked: 0, refused: 0 };
  verdicts.set(endpoint, { asked: before + asked, refused: beforeRefused + refused });
}
/**
 * Why Stripe takes no such call, or the edge has no business with it; undefined where all is well. `known`:
 * what may be asked, where it is not everything.
 */
export async function judgeCall(mock: string, call: StripeCall, verdicts: Verdicts, known?: object): Promise<string | undefined> {
  const endpoint = endpointOf(call, known ?? edgeEndpoints);
  const isListed = known === undefined || Object.hasOwn(known, endpoint);
  const refused = isListed ? await askStripeMock(mock, call) : "test/doubles/payments/endpoint.ts does not list it";
  addVerdict(verdicts, endpoint, { asked: 1, refused: refused === undefined ? 0 : 1 });
  return refused;
}

const fileOf = (mock: string) => path.join(path.dirname(mock), "verdicts");
/** Kept beside the mock, of all who asked it. */
export const keepVerdicts = (mock: string, verdicts: Verdicts): void => appendFileSync(fileOf(mock), `${JSON.stringify([...verdicts])}\n`);
export function readVerdicts(mock: string): Verdicts {
  const all: Verdicts = new Map();
  const lines = existsSync(fileOf(mock)) ? readFileSync(fileOf(mock), "utf8").trimEnd().split("\n") : [];
  for (const line of lines) for (const [endpoint, counts] of verdictLines.parse(JSON.parse(line))) addVerdict(all, endpoint, counts);
  return all;
}

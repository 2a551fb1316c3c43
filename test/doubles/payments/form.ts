/** What calls say, how they are refused, and how lists answer them. */

/** What a call asks to be shown whole instead of by its id: `latest_invoice`, in lists `data.schedule`. */
export type Expansions = ReadonlySet<string>;
export function expansionsIn(params: URLSearchParams, before = ""): Expansions {
  const names = [...params].flatMap(([name, value]) => (name.startsWith("expand[") && value.startsWith(before) ? [value] : []));
  return new Set(names.map((name) => name.slice(before.length)));
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
    ...["payment_method_collection", "adaptive_pricing", "currency"],
  ],
  portals: ["customer", "return_url"],
  subscriptions: ["cancel_at_period_end", "cancel_at", "items", "proration_behavior", "proration_date", "payment_behavior", "expand"],
  schedules: ["from_subscription", "metadata", "expand"],
  scheduleChanges: ["phases", "end_behavior", "proration_behavior", "metadata", "expand"],
  scheduleReleases: ["preserve_cancel_date", "expand"],
  invoiceVoids: ["expand"],
  previews: ["subscription", "schedule", "subscription_details", "expand"],
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
export function secondsIn(form: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = form.get(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw refuseParam(name, `Invalid timestamp: ${text}`, "parameter_invalid_integer");
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
export function listOf(url: string, data: { id: string }[], query: URLSearchParams): object {
  const [most, after] = [Number(query.get("limit") ?? 10), query.get("starting_after")];
  const last = data.findIndex(({ id }) => id === after);
  if (after !== null && last < 0) throw refuseParam("starting_after", `No such object: '${after}'`, "resource_missing");
  const rest = data.slice(last + 1);
  return { object: "list", url, has_more: rest.length > most, data: rest.slice(0, most) };
}

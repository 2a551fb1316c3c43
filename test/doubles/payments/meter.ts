import { listOf, PaymentRefusal, readPaymentForm, refuseMissing, refuseParam } from "./form.ts";
import { type Invoice, inSeconds, type Ledger, newPaymentId, type PaidSubscription } from "./ledger.ts";
import { modelMeter } from "./price.ts";

/** What models cost in cents, as the meter was told, and what it has of a time. */
type Window = { start: number; end: number };
function eventsOf({ meterEvents }: Ledger, customer: string): Ledger["meterEvents"] {
  return meterEvents.filter((each) => each.customer === customer && each.name === modelMeter.event_name);
}
const isIn = (at: number, { start, end }: Window) => start <= at && at < end;
const sumOf = (events: Ledger["meterEvents"]) => events.reduce((sum, { value }) => sum + value, 0);
/** What the meter has of a month that ends; null where the plan does not bill by it. */
export function readMetered(ledger: Ledger, { customer, start }: PaidSubscription, end: number): Invoice["metered"] {
  if (!ledger.billedByMeter.includes(customer)) return null;
  return { quantity: sumOf(eventsOf(ledger, customer).filter(({ at }) => isIn(at, { start, end }))), start, end };
}

/** One identifier counts once, as at Stripe. */
export function takeMeterEvent({ customers, meterEvents }: Ledger, body: string): object {
  const form = readPaymentForm(body, "meterEvents");
  const [name, customer, value] = [form.get("event_name"), form.get("payload[stripe_customer_id]"), form.get("payload[value]")];
  if (!name || !customer || !/^\d+$/.test(value ?? "")) throw refuseParam("payload", "Missing required param: payload.");
  if (!customers.some(({ id }) => id === customer)) throw refuseMissing("customer", customer);
  const made = { name, customer, value: Number(value), at: Number(form.get("timestamp") ?? inSeconds()) };
  const identifier = form.get("identifier") ?? newPaymentId("mtr");
  if (meterEvents.some((each) => each.identifier === identifier))
    throw new PaymentRefusal(400, "invalid_request_error", `An event already exists with identifier ${identifier}.`, {
      code: "duplicate_meter_event",
    });
  meterEvents.push({ identifier, aged: 0, ...made });
  const payload = { stripe_customer_id: customer, value: String(made.value) };
  const times = { created: inSeconds(), timestamp: made.at };
  return { object: "billing.meter_event", livemode: false, event_name: name, identifier, payload, ...times };
}

const address = "/v1/billing/meters";
const made = Date.UTC(2026, 0, 1) / 1_000;
const theMeter = {
  ...{ ...modelMeter, object: "billing.meter", livemode: false, status: "active", display_name: "Models, in cents" },
  ...{ default_aggregation: { formula: "sum" }, event_time_window: null, value_settings: { event_payload_key: "value" } },
  customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
  ...{ status_transitions: { deactivated_at: null }, created: made, updated: made },
};
/** There is one meter: it, a list of it, or what it has of a time. */
export function answerMeters(ledger: Ledger, path: string, query: URLSearchParams): object {
  const [id, act] = path.split("/").slice(4);
  if (id === undefined) {
    const status = readPaymentForm(query.toString(), "meters").get("status") ?? theMeter.status;
    return listOf(address, status === theMeter.status ? [theMeter] : [], query);
  }
  if (id !== theMeter.id) throw refuseMissing("billing meter", id);
  if (act === undefined) return theMeter;
  if (act !== "event_summaries") throw new PaymentRefusal(404, "invalid_request_error", `Unrecognized request URL (GET ${path}).`);
  return listSummaries(ledger, query);
}
/**
 * One of the whole time, and none where nothing was told. Whoever asks has let no time pass: for them it is
 * as they told it.
 */
function listSummaries(ledger: Ledger, query: URLSearchParams): object {
  const form = readPaymentForm(query.toString(), "meterSummaries");
  const customer = form.get("customer");
  if (!customer) throw refuseParam("customer", "Missing required param: customer.");
  const [start, end] = [minuteIn(form, "start_time"), minuteIn(form, "end_time")];
  if (start >= end) throw refuseParam("end_time", "`end_time` must be after `start_time`.", "parameter_invalid");
  if (form.has("value_grouping_window"))
    throw refuseParam("value_grouping_window", "This double sums the whole time.", "parameter_invalid");
  const events = eventsOf(ledger, customer).filter(({ at, aged }) => isIn(at + aged, { start, end }));
  const summary = {
    ...{ id: `mtrusg_test_${customer}_${start}_${end}`, object: "billing.meter_event_summary", livemode: false, meter: theMeter.id },
    ...{ start_time: start, end_time: end, aggregated_value: sumOf(events) },
  };
  return listOf(`${address}/${theMeter.id}/event_summaries`, events.length > 0 ? [summary] : [], query);
}
function minuteIn(form: ReadonlyMap<string, string>, name: string): number {
  const text = form.get(name);
  if (text === undefined) throw refuseParam(name, `Missing required param: ${name}.`);
  if (!/^\d{1,12}$/.test(text)) throw refuseParam(name, `Invalid integer: ${text}`, "parameter_invalid_integer");
  if (Number(text) % 60 !== 0) throw refuseParam(name, `\`${name}\` must be aligned with minute boundaries.`, "parameter_invalid");
  return Number(text);
}

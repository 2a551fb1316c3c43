import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Payments, startPayments } from "./server.ts";
import { startStripeMock } from "./stripe-mock.ts";
import { buyStudio, clientOf, testSettings } from "./test-client.ts";

/** What the meter has, and what invoices bill by it. Stripe's own mock knows each call of these tests. */
let mock: Awaited<ReturnType<typeof startStripeMock>>;
let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  mock = await startStripeMock();
  payments = await startPayments({ ...testSettings, mock: mock.socket });
  stripe = clientOf(payments);
});
afterAll(() => payments.close().finally(() => mock.stop())); // closing fails where the mock refused a call

const meter = "mtr_model_cents";
const tell = (customer: string, cents: number, timestamp?: number, event_name = "model_cents") =>
  stripe.billing.meterEvents.create({
    ...{ event_name, payload: { stripe_customer_id: customer, value: String(cents) } },
    ...(timestamp === undefined ? {} : { timestamp }),
  });
const summaries = async (customer: string, start_time: number, end_time: number) =>
  (await stripe.billing.meters.listEventSummaries(meter, { customer, start_time, end_time })).data;
const linesOf = async (invoice: Stripe.Invoice) =>
  await stripe.invoices.listLineItems(invoice.id, { limit: 1 }).autoPagingToArray({ limit: 9 });
const newestInvoice = async (customer: string) => (await stripe.invoices.list({ customer, limit: 1 })).data[0]!;

test("there is one meter, and a price that bills what it has", async () => {
  const { data } = await stripe.billing.meters.list({ status: "active", limit: 100 });
  expect(data).toMatchObject([
    {
      ...{ id: meter, object: "billing.meter", event_name: "model_cents", status: "active", default_aggregation: { formula: "sum" } },
      customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
      value_settings: { event_payload_key: "value" },
    },
  ]);
  expect(await stripe.billing.meters.retrieve(meter)).toEqual(data[0]);
  expect((await stripe.billing.meters.list({ status: "inactive" })).data).toEqual([]);
  expect((await stripe.billing.meters.list({ starting_after: meter })).data).toEqual([]);
  const recurring = { interval: "month", usage_type: "metered", meter };
  expect(await stripe.prices.retrieve("price_model_cents")).toMatchObject({ unit_amount: 1, billing_scheme: "per_unit", recurring });
  expect((await stripe.prices.retrieve("price_studio")).recurring).toMatchObject({ usage_type: "licensed", meter: null });
});

test("a summary is the sum of what was told of a customer from its start until before its end", async () => {
  const [{ id: customer }, { id: other }] = [await stripe.customers.create({}), await stripe.customers.create({})];
  const start = Math.floor(Date.now() / 60_000) * 60 - 600;
  await tell(customer, 3, start);
  await tell(customer, 4, start + 119);
  await tell(customer, 50, start - 1);
  await tell(customer, 600, start + 120);
  await tell(customer, 7_000, start, "other_cents");
  await tell(other, 80_000, start);
  expect(await summaries(customer, start, start + 120)).toMatchObject([
    { object: "billing.meter_event_summary", aggregated_value: 7, start_time: start, end_time: start + 120, meter, livemode: false },
  ]);
  expect(await summaries(customer, start + 240, start + 300)).toEqual([]);
  expect(await summaries("cus_none", start, start + 120)).toEqual([]);
  await expect(summaries(customer, start + 1, start + 120)).rejects.toMatchObject({ statusCode: 400, param: "start_time" });
  await expect(summaries(customer, start, start + 119)).rejects.toThrow(/`end_time` must be aligned with minute boundaries/);
  await expect(summaries(customer, start, start)).rejects.toMatchObject({ statusCode: 400, param: "end_time" });
  const asked = { customer, start_time: start, end_time: start + 120 };
  const refused = { statusCode: 404, code: "resource_missing" };
  await expect(stripe.billing.meters.listEventSummaries("mtr_none", asked)).rejects.toMatchObject(refused);
});

test("a month that ends bills by the meter what was told of it, and nothing of the next", async () => {
  const [{ customer, id }, other] = [await buyStudio(stripe), await buyStudio(stripe)];
  payments.bank.billByMeter(customer);
  for (const cents of [120, 34]) await tell(customer, cents);
  for (const each of [customer, other.customer]) await tell(each, 5_000, Math.floor(Date.now() / 1_000) - 60); // before it was bought
  await tell(other.customer, 700);
  for (const each of [id, other.id]) payments.bank.endPeriod(each, "paid");
  const { current_period_start: began } = (await stripe.subscriptions.retrieve(id)).items.data[0]!;
  await tell(customer, 9);
  const first = await newestInvoice(customer);
  expect([first.total, first.amount_paid]).toEqual([2_900 + 154, 2_900 + 154]);
  const [plan, metered, ...rest] = await linesOf(first);
  const month = 30 * 86_400;
  const pricing = (price: string) => ({ type: "price_details", price_details: { price, product: `prod_${price}` } });
  expect(plan).toMatchObject({ object: "line_item", currency: "usd", amount: 2_900, quantity: 1, pricing: pricing("price_studio") });
  expect(plan!.period).toEqual({ start: began, end: began + month });
  expect(metered).toMatchObject({ object: "line_item", amount: 154, quantity: 154, pricing: pricing("price_model_cents") });
  expect([metered!.period, rest]).toEqual([{ start: began - month, end: began }, []]);
  expect(String(metered!.pricing?.unit_amount_decimal)).toBe("1");
  expect(first.lines.data).toEqual([plan, metered]);
  expect((await linesOf(await newestInvoice(other.customer))).map(({ amount }) => amount)).toEqual([2_900]);
  payments.bank.endPeriod(id, "failed");
  const second = await newestInvoice(customer);
  expect([second.status, second.total, (await linesOf(second))[1]?.amount]).toEqual(["open", 2_909, 9]);
  // What was told of a month has aged with it: the meter has it in that month, as its invoice says.
  const { start, end } = (await linesOf(await stripe.invoices.list({ customer }).then(({ data }) => data[1]!)))[1]!.period;
  const mine = payments.bank.ledger.meterEvents.filter((each) => each.customer === customer && each.at >= start && each.at < end);
  expect(mine.map(({ value }) => value)).toEqual([120, 34]);
  const later = await stripe.invoices.list({ customer, created: { gte: end }, limit: 100 });
  expect(later.data.map(({ total }) => total)).toEqual([2_909, 3_054]);
});

test("what Stripe's addresses of the meter and of invoices do not take is refused", async () => {
  const alone = await startPayments(testSettings); // the mock would refuse it first
  const refusal = { statusCode: 400, code: "parameter_unknown" };
  const { invoicesOf } = alone.bank;
  const { customer } = await buyStudio(clientOf(alone));
  const invoice = invoicesOf(customer)[0]!.id;
  for (const where of ["billing/meters", `billing/meters/${meter}/event_summaries`, "invoices", `invoices/${invoice}/lines`])
    await expect(clientOf(alone).rawRequest("GET", `/v1/${where}?event_name=a`), where).rejects.toMatchObject(refusal);
  await alone.close();
});

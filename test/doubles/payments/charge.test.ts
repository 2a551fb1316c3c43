import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Payments, startPayments } from "./server.ts";
import { buyStudio, checkoutStudio, clientOf, press, readPage, testSettings } from "./test-client.ts";
import { asEvent, type EventOrigin, signEvent } from "./wire.ts";

/** What was paid, and is taken back or given back. */
let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  payments = await startPayments(testSettings);
  stripe = clientOf(payments);
});
afterAll(() => payments.close());

const chargesOf = async (customer: string) => (await stripe.charges.list({ customer })).data;
const lastInvoice = (customer: string) => payments.bank.invoicesOf(customer)[0]!.id;
/** The newest event, as Stripe's own library reads it from what is signed. */
function lastEvent(origin?: EventOrigin): Stripe.Event {
  const body = JSON.stringify(asEvent(payments.bank.ledger.events.at(-1)!, origin));
  return stripe.webhooks.constructEvent(body, signEvent(body, testSettings.secret), testSettings.secret);
}

test("each invoice that is paid makes a charge, and one that is not or costs nothing makes none", async () => {
  const { customer, id } = await buyStudio(stripe);
  const [first] = await chargesOf(customer);
  expect(first).toMatchObject({
    ...{ object: "charge", customer, amount: 2_900, currency: "usd", paid: true, status: "succeeded" },
    ...{ disputed: false, refunded: false, amount_refunded: 0, payment_intent: expect.stringMatching(/^pi_/) },
  });
  expect(first).not.toHaveProperty("invoice");
  payments.bank.endPeriod(id, "failed");
  expect(await chargesOf(customer)).toHaveLength(1);
  payments.bank.settle(id);
  const { data, has_more } = await stripe.charges.list({ customer, limit: 1 });
  expect([data.length, has_more, data[0]?.id === first?.id]).toEqual([1, true, false]);
  expect(await stripe.charges.retrieve(first!.id)).toEqual((await chargesOf(customer)).at(-1));
  await expect(stripe.charges.retrieve("ch_none")).rejects.toMatchObject({ statusCode: 404, code: "resource_missing" });
  const { id: trying } = await stripe.customers.create({});
  await press((await checkoutStudio(stripe, trying, { subscription_data: { trial_period_days: 14 } })).url!, "pay");
  expect(await chargesOf(trying)).toEqual([]);
});

test.each(["won", "lost"] as const)("a payment that the bank takes back is disputed, also after that is %s", async (outcome) => {
  const { customer } = await buyStudio(stripe);
  const [charge] = await chargesOf(customer);
  const id = payments.bank.dispute(lastInvoice(customer));
  const told = lastEvent();
  const { id: disputed, amount, currency, payment_intent } = charge!;
  const object = { id, object: "dispute", charge: disputed, amount, currency, payment_intent, reason: "general" };
  expect(told).toMatchObject({ type: "charge.dispute.created", data: { object: { ...object, status: "needs_response" } } });
  expect(told.data.object).not.toHaveProperty("customer");
  expect(() => payments.bank.dispute(lastInvoice(customer))).toThrow(/disputed already/);
  expect((await stripe.disputes.list({ charge: disputed })).data.map(({ status }) => status)).toEqual(["needs_response"]);
  payments.bank.closeDispute(id, outcome);
  expect(lastEvent()).toMatchObject({ type: "charge.dispute.closed", data: { object: { ...object, status: outcome } } });
  expect(() => payments.bank.closeDispute(id, outcome)).toThrow(/already closed/);
  expect([(await stripe.disputes.retrieve(id)).status, (await chargesOf(customer))[0]?.disputed]).toEqual([outcome, true]);
  expect((await stripe.disputes.list({ charge: "ch_none" })).data).toEqual([]);
});

test("a payment is given back in parts or whole, and its invoice stays paid", async () => {
  const { customer } = await buyStudio(stripe);
  const invoice = lastInvoice(customer);
  payments.bank.refund(invoice, 900);
  const part = { customer, amount_refunded: 900, refunded: false };
  expect(lastEvent()).toMatchObject({ type: "charge.refunded", data: { object: { object: "charge", ...part } } });
  expect(() => payments.bank.refund(invoice, 2_001)).toThrow(/2000 that are left/);
  payments.bank.refund(invoice);
  expect(await chargesOf(customer)).toMatchObject([{ amount: 2_900, amount_refunded: 2_900, refunded: true, paid: true }]);
  expect((await stripe.invoices.list({ customer })).data.map(({ status }) => status)).toEqual(["paid"]);
  expect(() => payments.bank.refund(invoice)).toThrow(/already been refunded/);
  const other = await buyStudio(stripe);
  payments.bank.dispute(lastInvoice(other.customer));
  expect(() => payments.bank.refund(lastInvoice(other.customer))).toThrow(/charged back/);
});

test("the portal takes the last payment back and gives it back, also when the plan has ended", async () => {
  const { customer, id } = await buyStudio(stripe);
  const { url } = await stripe.billingPortal.sessions.create({ customer });
  const [takes, gives] = ["Have the bank take the last payment back", "The bank gives it back"] as const;
  const offered = async () => {
    const page = await readPage(url);
    return [takes, gives].filter((words) => page.includes(words));
  };
  expect(await offered()).toEqual([takes]);
  await press(url, "dispute");
  expect(await offered()).toEqual([gives]);
  payments.bank.endPeriod(id, "paid");
  expect(await offered()).toEqual([takes, gives]);
  payments.bank.cancelNow(id);
  await press(url, "win");
  expect(await offered()).toEqual([takes]);
  expect((await chargesOf(customer)).map(({ disputed }) => disputed)).toEqual([false, true]);
});

test("a month that ends is over: what was paid for it is older than what is paid for the next one", async () => {
  const { customer, id } = await buyStudio(stripe);
  payments.bank.dispute(lastInvoice(customer));
  payments.bank.endPeriod(id, "paid");
  const [first] = payments.bank.invoicesOf(customer).toReversed();
  const [second, paid] = await chargesOf(customer);
  expect(first!.period_end - first!.created).toBe(30 * 86_400);
  expect(second!.created).toBeGreaterThanOrEqual(first!.period_end);
  expect(paid!.created).toBeLessThan(first!.period_end);
  const { data } = await stripe.disputes.list({ charge: paid!.id });
  expect(data[0]!.created).toBeGreaterThanOrEqual(paid!.created);
  expect(data[0]!.created).toBeLessThan(first!.period_end);
});

test("an event may be of another account, of live mode or of another version", async () => {
  await buyStudio(stripe);
  expect(lastEvent()).toMatchObject({ livemode: false, api_version: "2026-10-28.endive" });
  expect(lastEvent()).not.toHaveProperty("account");
  const origin = { livemode: true, account: "acct_other", api_version: "2020-08-27" };
  expect(lastEvent(origin)).toMatchObject(origin);
});

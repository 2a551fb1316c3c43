import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PaidSubscription } from "./ledger.ts";
import { type Payments, startPayments } from "./server.ts";
import { startStripeMock } from "./stripe-mock.ts";
import { buyStudio, checkoutStudio, clientOf, press, testSettings } from "./test-client.ts";

/** Invoices, before they are made and after. Stripe's own mock knows each call of these tests. */
let mock: Awaited<ReturnType<typeof startStripeMock>>;
let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  mock = await startStripeMock();
  payments = await startPayments({ ...testSettings, mock: mock.socket });
  stripe = clientOf(payments);
});
afterAll(() => payments.close().finally(() => mock.stop())); // closing fails where the mock refused a call

const day = 86_400;
type Bought = Awaited<ReturnType<typeof buyStudio>>;
type Proration = "always_invoice" | "none";
const workshop = ({ item }: Bought, quantity = 1) => [{ id: item, price: "price_workshop", quantity }];
const preview = ({ id }: Bought, subscription_details?: Stripe.InvoiceCreatePreviewParams.SubscriptionDetails) =>
  stripe.invoices.createPreview({ subscription: id, ...(subscription_details ? { subscription_details } : {}) });
const previewUp = (bought: Bought, proration_behavior: Proration, quantity = 1) =>
  preview(bought, { items: workshop(bought, quantity), proration_behavior });
const changeUp = async (bought: Bought, quantity = 1) =>
  stripe.subscriptions.update(bought.id, {
    items: workshop(bought, quantity),
    ...{ proration_behavior: "always_invoice", payment_behavior: "pending_if_incomplete", expand: ["latest_invoice"] },
  });
const newest = async (customer: string) => (await stripe.invoices.list({ customer, limit: 1 })).data[0]!;
const linesOf = ({ lines }: Stripe.Invoice) => lines.data.map(({ description, amount }) => [description, amount]);
const charged = ({ total, amount_due, currency }: Stripe.Invoice) => ({ total, amount_due, currency });
/** So many days of the month are over. */
function passDays({ id }: Bought, days: number): PaidSubscription {
  const paid = payments.bank.find("subscriptions", id);
  Object.assign(paid, { start: paid.start - days * day, end: paid.end - days * day });
  return paid;
}
async function buyFor(more: Partial<Stripe.Checkout.SessionCreateParams>, code?: string): Promise<Bought> {
  const { id: customer } = await stripe.customers.create({});
  const { url } = await checkoutStudio(stripe, customer, more);
  if (code !== undefined) await press(url!, "code", { code });
  await press(url!, "pay");
  const { id, items } = (await stripe.subscriptions.list({ customer })).data[0]!;
  return { customer, id, item: items.data[0]!.id };
}
const dated = (at: number) => new Date(at * 1_000).toUTCString().slice(5, 16);
const noneLeft = { statusCode: 404, code: "invoice_upcoming_none" };

test("a preview of a change says to the cent what the change then charges, and makes nothing", async () => {
  const bought = await buyStudio(stripe);
  const { end } = passDays(bought, 11);
  const before = await previewUp(bought, "always_invoice", 2);
  expect(charged(before)).toEqual({ total: 10_703, amount_due: 10_703, currency: "usd" });
  expect(before).toMatchObject({ object: "invoice", status: "draft", billing_reason: "upcoming", invoice_pdf: null });
  expect(before).not.toHaveProperty("id");
  expect([before.period_end, before.next_payment_attempt]).toEqual([before.created, before.created]);
  const changes = [
    [`Unused time on GrowQR Studio after ${dated(before.created)}`, -1_837],
    [`Remaining time on 2 × GrowQR Workshop after ${dated(before.created)}`, 12_540],
  ];
  expect(linesOf(before)).toEqual(changes);
  const [unused] = before.lines.data;
  expect(unused).toMatchObject({ period: { start: before.created, end }, parent: { subscription_item_details: { proration: true } } });
  expect((await stripe.invoices.list({ customer: bought.customer })).data).toHaveLength(1);
  const after = (await changeUp(bought, 2)).latest_invoice as Stripe.Invoice;
  expect([charged(after), linesOf(after)]).toEqual([charged(before), changes]);
  expect((await stripe.charges.list({ customer: bought.customer })).data[0]?.amount).toBe(10_703);
});

test("a change is prorated as of the date that is said, within its period, in a preview and in what it becomes", async () => {
  const bought = await buyStudio(stripe);
  const { start, end } = passDays(bought, 11);
  const at = start + 10 * day;
  const change = { items: workshop(bought, 2), proration_behavior: "always_invoice", proration_date: at } as const;
  const before = await preview(bought, change);
  expect([before.total, before.lines.data[0]?.period]).toEqual([11_267, { start: at, end }]);
  const param = "subscription_details[proration_date]";
  for (const proration_date of [start - 1, end + 1]) {
    await expect(preview(bought, { ...change, proration_date })).rejects.toMatchObject({ param });
    await expect(stripe.subscriptions.update(bought.id, { ...change, proration_date })).rejects.toMatchObject({ param: "proration_date" });
  }
  await expect(preview(bought, { ...change, proration_behavior: "none" })).rejects.toMatchObject({ param });
  await expect(preview(bought, { proration_date: at })).rejects.toMatchObject({ param });
  const { latest_invoice } = await stripe.subscriptions.update(bought.id, { ...change, expand: ["latest_invoice"] });
  const after = latest_invoice as Stripe.Invoice;
  expect([charged(after), linesOf(after), after.lines.data[0]?.period]).toEqual([charged(before), linesOf(before), { start: at, end }]);
});

test("a preview says what the next period costs, as things stand and with other items", async () => {
  const bought = await buyStudio(stripe);
  const { start, end } = passDays(bought, 11);
  const next = await preview(bought);
  expect(next).toMatchObject({ ...charged(next), total: 2_900, created: end, period_start: start, period_end: end });
  expect(next.next_payment_attempt).toBe(end + 3_600);
  expect(linesOf(next)).toEqual([["1 × GrowQR Studio (at $29.00 / month)", 2_900]]);
  expect(next.lines.data[0]?.period).toEqual({ start: end, end: end + 30 * day });
  const other = await previewUp(bought, "none", 2);
  expect([other.total, linesOf(other)]).toEqual([19_800, [["2 × GrowQR Workshop (at $99.00 / month)", 19_800]]]);
  await stripe.subscriptions.update(bought.id, { items: workshop(bought), proration_behavior: "create_prorations" });
  const later = await preview(bought);
  expect(later.total).toBe(9_900 + 4_433);
  payments.bank.endPeriod(bought.id, "paid");
  const made = await newest(bought.customer);
  expect([charged(made), linesOf(made).map(([, amount]) => amount)]).toEqual([charged(later), [9_900, -1_837, 6_270]]);
  expect((await preview(bought)).total).toBe(9_900);
});

test("a promotion is counted in previews as in what they become", async () => {
  const bought = await buyFor({ allow_promotion_codes: true }, "BAKER20");
  passDays(bought, 11);
  expect((await previewUp(bought, "none")).total).toBe(7_920);
  const atOnce = await previewUp(bought, "always_invoice");
  expect(atOnce.total).toBe(5_016 - 1_469);
  expect(charged((await changeUp(bought)).latest_invoice as Stripe.Invoice)).toEqual(charged(atOnce));
  const next = await preview(bought);
  expect(next).toMatchObject({ subtotal: 9_900, total: 7_920, total_discount_amounts: [{ amount: 1_980 }] });
  expect(linesOf(next)).toEqual([["1 × GrowQR Workshop (at $99.00 / month)", 9_900]]);
  expect(next.lines.data[0]?.discount_amounts).toMatchObject([{ amount: 1_980 }]);
  payments.bank.endPeriod(bought.id, "paid");
  const made = await newest(bought.customer);
  expect([charged(made), made.subtotal]).toEqual([charged(next), 9_900]);
});

test("a preview is of a schedule's next phase, and of what the meter has", async () => {
  const bought = await buyStudio(stripe);
  const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: bought.id });
  const { start_date, end_date } = phases[0]!;
  const next = { items: [{ price: "price_workshop", quantity: 3 }], duration: { interval: "month", interval_count: 1 } } as const;
  const items = [{ price: "price_studio", quantity: 1 }];
  await stripe.subscriptionSchedules.update(schedule, {
    phases: [
      { items, start_date, end_date },
      { ...next, items: [...next.items] },
    ],
  });
  payments.bank.billByMeter(bought.customer);
  const payload = { stripe_customer_id: bought.customer, value: "154" };
  await stripe.billing.meterEvents.create({ event_name: "model_cents", payload });
  const before = await preview(bought);
  const lines = [
    ["3 × GrowQR Workshop (at $99.00 / month)", 29_700],
    ["154 × GrowQR models (at $0.01 / month)", 154],
  ];
  expect([before.total, linesOf(before)]).toEqual([29_854, lines]);
  expect(await stripe.invoices.createPreview({ schedule })).toEqual(before);
  expect((await previewUp(bought, "none")).total).toBe(9_900 + 154);
  payments.bank.endPeriod(bought.id, "paid");
  const made = await newest(bought.customer);
  expect([charged(made), linesOf(made)]).toEqual([charged(before), lines]);
  await stripe.subscriptionSchedules.release(schedule);
  await expect(stripe.invoices.createPreview({ schedule })).rejects.toMatchObject(noneLeft);
});

test("in free days nothing is charged before they end", async () => {
  const bought = await buyFor({ subscription_data: { trial_period_days: 14 } });
  const { trial_end } = await stripe.subscriptions.retrieve(bought.id);
  const next = await preview(bought);
  expect([next.total, next.period_end, next.created]).toEqual([2_900, trial_end, trial_end]);
  const atOnce = await previewUp(bought, "always_invoice");
  expect([atOnce.total, linesOf(atOnce)]).toEqual([0, []]);
  const free = await newest(bought.customer);
  expect([free.attempt_count, linesOf(free)]).toEqual([0, [["Trial period for GrowQR Studio", 0]]]);
});

test("there is no preview of what ends, and of what is not said right", async () => {
  const bought = await buyStudio(stripe);
  await stripe.subscriptions.update(bought.id, { cancel_at_period_end: true });
  await expect(preview(bought)).rejects.toMatchObject(noneLeft);
  await expect(previewUp(bought, "none")).rejects.toMatchObject(noneLeft);
  expect((await previewUp(bought, "always_invoice")).total).toBe(7_000);
  await expect(preview(bought, { items: [{ id: "si_none" }] })).rejects.toMatchObject({ code: "resource_missing" });
  await expect(preview(bought, { cancel_now: true })).rejects.toMatchObject({ param: "subscription_details[cancel_now]" });
  await expect(stripe.invoices.createPreview({})).rejects.toMatchObject({ statusCode: 400, param: "subscription" });
  await expect(preview({ ...bought, id: "sub_none" })).rejects.toMatchObject({ statusCode: 404, code: "resource_missing" });
  await stripe.subscriptions.cancel(bought.id);
  await expect(previewUp(bought, "always_invoice")).rejects.toMatchObject(noneLeft);
});

test("an invoice says by which payment it was paid, and a part that is given back is told of the charge", async () => {
  const { customer } = await buyStudio(stripe);
  const plain = await newest(customer);
  expect(plain).not.toHaveProperty("payments");
  const [invoice] = (await stripe.invoices.list({ customer, expand: ["data.payments"] })).data;
  const [charge] = (await stripe.charges.list({ customer })).data;
  const payment = { type: "payment_intent", payment_intent: charge!.payment_intent };
  expect(invoice!.payments?.data).toMatchObject([
    { object: "invoice_payment", invoice: invoice!.id, status: "paid", amount_paid: 2_900, is_default: true, payment },
  ]);
  payments.bank.refund(charge!.id, 900);
  const part = { id: charge!.id, amount_refunded: 900, refunded: false };
  expect(payments.bank.ledger.events.at(-1)).toMatchObject({ type: "charge.refunded", object: part });
  payments.bank.refund(invoice!.id, 2_000);
  expect(await stripe.charges.retrieve(charge!.id)).toMatchObject({ amount_refunded: 2_900, refunded: true });
  expect(() => payments.bank.refund("ch_none")).toThrow(/No such charge/);
});

test("an invoice counts how often it was tried, and says when it is tried again", async () => {
  const { customer, id } = await buyStudio(stripe);
  const tried = async () => {
    const { attempted, attempt_count, next_payment_attempt, created } = await newest(customer);
    return [attempted, attempt_count, next_payment_attempt && next_payment_attempt - created];
  };
  expect(await tried()).toEqual([true, 1, null]);
  payments.bank.endPeriod(id, "failed");
  expect(await tried()).toEqual([true, 1, 3 * day]);
  payments.bank.settle(id);
  expect(await tried()).toEqual([true, 2, null]);
});

test("a change that waits says for what and until when, and is not tried by itself", async () => {
  const bought = await buyStudio(stripe);
  payments.bank.setCard(bought.customer, "declines");
  const { pending_update, latest_invoice } = await changeUp(bought, 2);
  expect(pending_update?.subscription_items).toMatchObject([{ id: bought.item, price: { id: "price_workshop" }, quantity: 2 }]);
  expect(pending_update!.expires_at - Date.now() / 1_000).toBeGreaterThan(22 * 3_600);
  expect(latest_invoice).toMatchObject({ status: "open", attempt_count: 1, next_payment_attempt: null });
  expect((await preview(bought)).total).toBe(2_900);
});

test("the file of an invoice is a page that is saved", async () => {
  const bought = await buyStudio(stripe);
  await changeUp(bought, 2);
  const { invoice_pdf, number } = await newest(bought.customer);
  const answer = await fetch(invoice_pdf!);
  expect(answer.headers.get("content-type")).toBe("application/pdf");
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="Invoice-${number}.pdf"`);
  const text = await answer.text();
  expect(text).toMatch(/\(Workshop x2, \w+ \d+, \d{4}: \$169\.00, paid\)/);
  expect([text.slice(0, 9), text.slice(-6)]).toEqual(["%PDF-1.4\n", "%%EOF\n"]);
  // The table at its end says where each object begins.
  const [, ...offsets] = [...text.matchAll(/^(\d{10}) \d{5} [fn] $/gm)].map(([, offset]) => Number(offset));
  expect(offsets.map((offset) => text.slice(offset, offset + 7))).toEqual([1, 2, 3, 4, 5].map((at) => `${at} 0 obj`));
  expect(text.slice(Number(/startxref\n(\d+)/.exec(text)?.[1]))).toMatch(/^xref\n/);
});

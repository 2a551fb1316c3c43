import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nameDay } from "./page-parts.ts";
import { type Payments, startPayments } from "./server.ts";
import { buyStudio, checkoutStudio, clientOf, press, readPage, testSettings, urls } from "./test-client.ts";

const folder = mkdtempSync(path.join(tmpdir(), "growqr-payments-"));
const settings = { ...testSettings, webhook: "http://127.0.0.1:1/", file: path.join(folder, "payments.json") };
let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  payments = await startPayments(settings);
  stripe = clientOf(payments);
});
afterAll(async () => {
  await payments.close();
  rmSync(folder, { recursive: true });
});
const checkout = (customer: string) => checkoutStudio(stripe, customer);
type Bought = Awaited<ReturnType<typeof buyStudio>>;
const changeUp = ({ id, item }: Bought, quantity = 1, more: Stripe.SubscriptionUpdateParams = {}) =>
  stripe.subscriptions.update(id, {
    items: [{ id: item, price: "price_workshop", quantity }],
    ...{ proration_behavior: "always_invoice", payment_behavior: "pending_if_incomplete", expand: ["latest_invoice"], ...more },
  });
const itemsOf = ({ items }: Stripe.Subscription) => items.data.map(({ price, quantity }) => [price.id, quantity]);
const invoicesOf = async (customer: string) =>
  (await stripe.invoices.list({ customer })).data.map(({ status, total, billing_reason }) => [status, total, billing_reason]);

test("a checkout that is paid on its page is a subscription, once, and is kept over a restart", async () => {
  const customer = await stripe.customers.create({ email: "ada@example.com", metadata: { member: "mem_1" } }, { idempotencyKey: "c1" });
  const again = await stripe.customers.create({ email: "ada@example.com", metadata: { member: "mem_1" } }, { idempotencyKey: "c1" });
  expect([again.id, again.metadata]).toEqual([customer.id, { member: "mem_1" }]);
  await expect(stripe.customers.create({ email: "eve@example.com" }, { idempotencyKey: "c1" })).rejects.toThrow(/same parameters/);
  const session = await checkout(customer.id);
  expect((await press(session.url!, "decline")).headers.get("location")).toContain("declined");
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
  const paid = [await press(session.url!, "pay"), await press(session.url!, "pay")];
  expect(paid.map((each) => each.headers.get("location"))).toEqual([urls.success_url, urls.success_url]);
  const { data } = await stripe.subscriptions.list({ customer: customer.id, status: "all" });
  expect(data.map(({ status, items }) => [status, items.data[0]?.price.id])).toEqual([["active", "price_studio"]]);
  expect((await stripe.invoices.list({ customer: customer.id })).data.map(({ status }) => status)).toEqual(["paid"]);
  const second = await startPayments(settings);
  expect((await clientOf(second).subscriptions.retrieve(data[0]!.id)).status).toBe("active");
  await second.close();
});

test("a ledger of before plans could be changed is read", async () => {
  const [file, at] = [path.join(folder, "before.json"), 1_700_000_000];
  const bought = { customer: "cus_1", price: "price_studio", metadata: { member: "mem_1" }, created: at };
  const checkouts = [{ ...bought, ...urls, id: "cs_test_1", status: "complete", subscription: "sub_1" }];
  const subscriptions = [{ ...bought, id: "sub_1", status: "active", start: at, end: at + 9, cancel_at_period_end: false, ended_at: null }];
  const invoices = [
    { id: "in_1", number: "GROW-0001", customer: "cus_1", subscription: "sub_1", amount: 2_900, status: "paid", created: at },
  ];
  const customers = [{ id: "cus_1", email: null, name: null, metadata: {}, created: at }];
  const before = { customers, checkouts, subscriptions, invoices, portals: [], events: [], answered: {}, invoiced: 1 };
  writeFileSync(file, JSON.stringify(before));
  const old = await startPayments({ ...settings, file });
  const [subscription] = (await clientOf(old).subscriptions.list({ customer: "cus_1" })).data;
  expect([itemsOf(subscription!), subscription?.schedule, subscription?.pending_update]).toEqual([[["price_studio", 1]], null, null]);
  old.bank.endPeriod("sub_1", "paid");
  expect(old.bank.invoicesOf("cus_1").map(({ amount }) => amount)).toEqual([2_900, 2_900]);
  expect((await clientOf(old).charges.list({ customer: "cus_1" })).data.map(({ amount }) => amount)).toEqual([2_900]);
  const lines = await clientOf(old).invoices.listLineItems("in_1");
  expect(lines.data).toMatchObject([{ amount: 2_900, quantity: 1, pricing: null }]);
  await old.close();
});

test("what is wrong is refused as Stripe refuses it", async () => {
  await expect(clientOf(payments, "sk_other").customers.create({})).rejects.toMatchObject({ statusCode: 401 });
  await expect(stripe.subscriptions.retrieve("sub_none")).rejects.toMatchObject({ statusCode: 404, code: "resource_missing" });
  await expect(checkout("cus_none")).rejects.toMatchObject({ statusCode: 404 });
  const { id: customer } = await stripe.customers.create({});
  const never = { payment_method_collection: "never" as "always" };
  await expect(checkoutStudio(stripe, customer, never)).rejects.toMatchObject({ param: "payment_method_collection" });
  await expect(checkoutStudio(stripe, customer, { currency: "eur" })).rejects.toMatchObject({ param: "currency" });
  payments.bank.find("customers", customer).currency = "eur";
  await expect(checkoutStudio(stripe, customer, { currency: "usd" })).rejects.toThrow("cannot combine currencies");
  await expect(stripe.customers.create({ balance: 5 })).rejects.toMatchObject({ code: "parameter_unknown" });
  payments.refuse(429);
  await expect(stripe.customers.create({})).rejects.toMatchObject({ statusCode: 429 });
  payments.refuse();
});

test("a price says what it costs, and its product when asked", async () => {
  const price = await stripe.prices.retrieve("price_workshop");
  const recurring = { interval: "month", interval_count: 1 };
  expect(price).toMatchObject({ unit_amount: 9_900, currency: "usd", recurring, product: "prod_price_workshop" });
  const { product } = await stripe.prices.retrieve("price_studio", { expand: ["product"] });
  expect(product).toMatchObject({ id: "prod_price_studio", object: "product", name: "GrowQR Studio", active: true });
  const { currency_options } = await stripe.prices.retrieve("price_studio", { expand: ["currency_options"] });
  expect([Object.keys(currency_options ?? {}), price.currency_options]).toEqual([["usd"], undefined]);
  await expect(stripe.prices.retrieve("price_none")).rejects.toMatchObject({ code: "resource_missing" });
});

test("a checkout sells several at once, for less with a code", async () => {
  const { id: customer } = await stripe.customers.create({});
  const make = (more: Partial<Stripe.Checkout.SessionCreateParams>) =>
    stripe.checkout.sessions.create({
      mode: "subscription",
      customer,
      line_items: [{ price: "price_studio", quantity: 3 }],
      ...urls,
      ...more,
    });
  const first = await make({ metadata: { plan: "studio" }, subscription_data: { metadata: { member: "mem_1" } } });
  expect([first.metadata, first.amount_total]).toEqual([{ plan: "studio" }, 8_700]);
  expect(await readPage(first.url!)).not.toContain("Promotion code");
  await press(first.url!, "code", { code: "BAKER20" });
  const taxed = { billing_address_collection: "required", tax_id_collection: { enabled: true } } as const;
  await expect(make(taxed)).rejects.toMatchObject({ param: "customer_update[name]" });
  const { url, id } = await make({ allow_promotion_codes: true, ...taxed, customer_update: { name: "auto", address: "auto" } });
  const listed = await stripe.checkout.sessions.list({ customer, status: "open", limit: 1 });
  expect([listed.data.map((each) => each.id), listed.has_more]).toEqual([[id], true]);
  expect((await stripe.checkout.sessions.retrieve(first.id)).amount_total).toBe(8_700);
  const wrong = await press(url!, "code", { code: "BAKER99" });
  expect(await readPage(new URL(wrong.headers.get("location")!, url!).href)).toContain("This code is not valid.");
  await press(url!, "code", { code: "BAKER20" });
  const page = await readPage(url!);
  for (const words of ["Studio ×3", "Pay $69.60", "20 % off"]) expect(page).toContain(words);
  const asked = await press(url!, "ask");
  expect(await readPage(new URL(asked.headers.get("location")!, url!).href)).toContain("Your bank asks: was it you?");
  await press(url!, "pay");
  const [subscription] = (await stripe.subscriptions.list({ customer, expand: ["data.discounts.source.coupon"] })).data;
  expect(itemsOf(subscription!)).toEqual([["price_studio", 3]]);
  expect(subscription!.discounts).toMatchObject([{ source: { coupon: { percent_off: 20 } } }]);
  payments.bank.endPeriod(subscription!.id, "paid");
  expect(await invoicesOf(customer)).toEqual([
    ["paid", 6_960, "subscription_cycle"],
    ["paid", 6_960, "subscription_create"],
  ]);
});

test("days for free cost nothing until they end", async () => {
  const { id: customer } = await stripe.customers.create({});
  const session = await stripe.checkout.sessions.create({
    ...{ mode: "subscription", customer, line_items: [{ price: "price_studio", quantity: 1 }], ...urls },
    payment_method_collection: "always",
    subscription_data: { trial_period_days: 14, trial_settings: { end_behavior: { missing_payment_method: "cancel" } } },
  });
  expect(session.payment_method_collection).toBe("always");
  const page = await readPage(session.url!);
  for (const words of ["Start 14 days free", "<p>14 days free, then $29.00 a month</p>"]) expect(page).toContain(words);
  await press(session.url!, "pay");
  const [subscription] = (await stripe.subscriptions.list({ customer })).data;
  expect([subscription?.status, subscription!.trial_end! - subscription!.created]).toEqual(["trialing", 14 * 86_400]);
  expect(subscription?.trial_settings?.end_behavior.missing_payment_method).toBe("cancel");
  payments.bank.endPeriod(subscription!.id, "paid");
  // The month that follows begins where the free days end.
  const { status, trial_end, items } = await stripe.subscriptions.retrieve(subscription!.id);
  expect([status, trial_end]).toEqual(["active", items.data[0]?.current_period_start]);
  expect((await invoicesOf(customer)).map(([, total]) => total)).toEqual([2_900, 0]);
});

test("days for free end without a payment, or with the plan when it was cancelled", async () => {
  const begin = async () => {
    const { id: customer } = await stripe.customers.create({});
    const { url } = await checkoutStudio(stripe, customer, { subscription_data: { trial_period_days: 14 } });
    await press(url!, "pay");
    return (await stripe.subscriptions.list({ customer })).data[0]!;
  };
  const [unpaid, cancelled] = [await begin(), await begin()];
  payments.bank.endPeriod(unpaid.id, "failed");
  expect((await stripe.subscriptions.retrieve(unpaid.id)).status).toBe("past_due");
  const { cancel_at } = await stripe.subscriptions.update(cancelled.id, { cancel_at_period_end: true });
  expect(cancel_at).toBe(cancelled.trial_end);
  const portal = await stripe.billingPortal.sessions.create({ customer: cancelled.customer as string });
  expect(await readPage(portal.url)).toContain(`Free until ${nameDay(cancelled.trial_end!)}, then it ends.`);
  payments.bank.endPeriod(cancelled.id, "paid");
  expect((await stripe.subscriptions.retrieve(cancelled.id)).status).toBe("canceled");
  expect(await invoicesOf(cancelled.customer as string)).toEqual([["paid", 0, "subscription_create"]]);
});

const week = 7 * 86_400;
test("on the portal a payment fails and weeks go by: its card is tried until the plan ends, or somebody pays", async () => {
  const { id, customer } = await buyStudio(stripe);
  const { url } = await stripe.billingPortal.sessions.create({ customer });
  const ends = (await stripe.subscriptions.retrieve(id)).items.data[0]!.current_period_end;
  await press(url, "week");
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
    status: "active",
    items: { data: [{ current_period_end: ends - week }] },
  });
  const standing = async () => {
    const { status } = await stripe.subscriptions.retrieve(id);
    const [invoice] = (await stripe.invoices.list({ customer })).data;
    return [status, invoice!.status, invoice!.attempt_count, Math.round((Date.now() / 1_000 - invoice!.created) / week)];
  };
  await press(url, "fail");
  expect(await standing()).toEqual(["past_due", "open", 1, 0]);
  await press(url, "week");
  expect(await standing()).toEqual(["past_due", "open", 3, 1]);
  await press(url, "settle");
  expect(await standing()).toEqual(["active", "paid", 4, 1]);
  for (let weeks = 0; weeks < 4; weeks++) await press(url, "week"); // the card works again: a month has ended
  expect(await standing()).toEqual(["active", "paid", 1, 1]);
  await press(url, "fail");
  for (let weeks = 0; weeks < 2; weeks++) await press(url, "week");
  expect(await standing()).toEqual(["canceled", "open", 4, 2]);
});

test("a change up is paid for the rest of the period, and is there at once with a card that works", async () => {
  const bought = await buyStudio(stripe);
  const changed = await changeUp(bought, 2);
  expect([itemsOf(changed), changed.pending_update]).toEqual([[["price_workshop", 2]], null]);
  expect(changed.latest_invoice).toMatchObject({ status: "paid", total: 2 * 9_900 - 2_900, billing_reason: "subscription_update" });
  const half = await buyStudio(stripe);
  const paid = payments.bank.find("subscriptions", half.id);
  Object.assign(paid, { start: paid.start - 15 * 86_400, end: paid.end - 15 * 86_400 });
  expect((await changeUp(half)).latest_invoice).toMatchObject({ total: 3_500 });
  await changeUp(half);
  expect(await invoicesOf(half.customer)).toHaveLength(2);
});

test.each(["declines", "asks"] as const)("a change up waits for its payment when the card %s", async (card) => {
  const bought = await buyStudio(stripe);
  payments.bank.cards[bought.customer] = card;
  const first = await changeUp(bought);
  expect([first.status, itemsOf(first)]).toEqual(["active", [["price_studio", 1]]]);
  expect(first.pending_update?.subscription_items).toMatchObject([{ id: bought.item, price: { id: "price_workshop" }, quantity: 1 }]);
  const second = await changeUp(bought, 2);
  expect(second.pending_update?.subscription_items).toMatchObject([{ quantity: 2 }]);
  const invoice = second.latest_invoice as Stripe.Invoice;
  expect(await invoicesOf(bought.customer)).toEqual([
    ["open", 16_900, "subscription_update"],
    ["void", 7_000, "subscription_update"],
    ["paid", 2_900, "subscription_create"],
  ]);
  await press(invoice.hosted_invoice_url!, "pay");
  const after = await stripe.subscriptions.retrieve(bought.id);
  expect([itemsOf(after), after.pending_update, after.latest_invoice]).toEqual([[["price_workshop", 2]], null, invoice.id]);
  await changeUp(bought, 3);
  payments.bank.expirePending(bought.id);
  const expired = await stripe.subscriptions.retrieve(bought.id);
  expect([itemsOf(expired), expired.pending_update]).toEqual([[["price_workshop", 2]], null]);
  expect((await invoicesOf(bought.customer))[0]).toEqual(["void", 9_900, "subscription_update"]);
  await expect(changeUp(bought, 3, { payment_behavior: "error_if_incomplete" })).rejects.toMatchObject({ statusCode: 402 });
  expect((await changeUp(bought, 3, { payment_behavior: "allow_incomplete" })).status).toBe("past_due");
});

/** Studio again from the next period on, as Stripe wants it said: with the phase that runs. */
async function changeDown({ id }: Bought): Promise<Stripe.SubscriptionSchedule> {
  const made = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const [{ start_date, end_date }] = made.phases as [Stripe.SubscriptionSchedule.Phase];
  const next = { items: [{ price: "price_studio", quantity: 1 }], duration: { interval: "month", interval_count: 1 } } as const;
  return stripe.subscriptionSchedules.update(made.id, {
    ...{ end_behavior: "release", proration_behavior: "none" },
    phases: [
      { items: [{ price: "price_workshop", quantity: 2 }], start_date, end_date, proration_behavior: "none" },
      { ...next, items: [...next.items], proration_behavior: "none" },
    ],
  });
}
test("a change down is scheduled, and comes with the next period", async () => {
  const bought = await buyStudio(stripe);
  await changeUp(bought, 2);
  const schedule = await changeDown(bought);
  const list = async (expand: string[]) => (await stripe.subscriptions.list({ customer: bought.customer, expand })).data[0]!;
  expect([(await list([])).schedule, itemsOf(await list([]))]).toEqual([schedule.id, [["price_workshop", 2]]]);
  const phases = [{ items: [{ price: "price_workshop", quantity: 2 }] }, { items: [{ price: "price_studio", quantity: 1 }] }];
  const { start_date, end_date } = schedule.phases[0]!;
  expect((await list(["data.schedule"])).schedule).toMatchObject({ status: "active", phases, current_phase: { start_date, end_date } });
  expect(schedule.phases[1]).toMatchObject({ start_date: end_date, end_date: end_date + 30 * 86_400 });
  payments.bank.endPeriod(bought.id, "paid");
  expect([(await list([])).schedule, itemsOf(await list([]))]).toEqual([schedule.id, [["price_studio", 1]]]); // for its last phase
  expect((await invoicesOf(bought.customer))[0]).toEqual(["paid", 2_900, "subscription_cycle"]);
  payments.bank.endPeriod(bought.id, "paid");
  expect([(await list([])).schedule, itemsOf(await list([]))]).toEqual([null, [["price_studio", 1]]]);
  expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({ status: "released", released_subscription: bought.id });
  expect((await invoicesOf(bought.customer))[0]).toEqual(["paid", 2_900, "subscription_cycle"]);
});

test("a schedule that is released changes nothing, and its subscription may be cancelled again", async () => {
  const bought = await buyStudio(stripe);
  await changeUp(bought, 2);
  const schedule = await changeDown(bought);
  await expect(stripe.subscriptionSchedules.create({ from_subscription: bought.id })).rejects.toThrow(/already attached to a schedule/);
  const cancel = () => stripe.subscriptions.update(bought.id, { cancel_at_period_end: true });
  await expect(cancel()).rejects.toThrow(`managed by the subscription schedule \`${schedule.id}\``);
  expect((await stripe.subscriptionSchedules.release(schedule.id)).status).toBe("released");
  await expect(stripe.subscriptionSchedules.release(schedule.id)).rejects.toThrow(/released/);
  expect((await cancel()).cancel_at).toBe(schedule.phases[0]!.end_date);
  const again = await stripe.subscriptions.update(bought.id, { cancel_at: "" });
  expect([again.cancel_at_period_end, again.schedule, itemsOf(again)]).toEqual([false, null, [["price_workshop", 2]]]);
});

test("changes that Stripe refuses are refused", async () => {
  const bought = await buyStudio(stripe);
  await expect(changeUp(bought, 1, { cancel_at_period_end: false })).rejects.toThrow(/pending_if_incomplete/);
  await expect(changeUp({ ...bought, item: "si_none" })).rejects.toMatchObject({ param: "items[0][id]" });
  await expect(changeUp(bought, 0)).rejects.toMatchObject({ param: "items[0][quantity]" });
  const items = [{ id: bought.item, price: "price_none" }];
  await expect(stripe.subscriptions.update(bought.id, { items })).rejects.toMatchObject({ code: "resource_missing" });
  const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: bought.id });
  const { start_date, end_date } = phases[0]!;
  const same = { items: [{ price: "price_studio", quantity: 1 }], end_date };
  const update = (phase: Stripe.SubscriptionScheduleUpdateParams.Phase) => stripe.subscriptionSchedules.update(id, { phases: [phase] });
  await expect(update({ ...same, start_date: start_date + 1 })).rejects.toThrow(/start date of the current phase/);
  await expect(update({ ...same, start_date, duration: { interval: "month" } })).rejects.toThrow(/either an end date or a duration/);
  await stripe.customers.del(bought.customer);
  expect((await stripe.subscriptionSchedules.retrieve(id)).status).toBe("canceled");
});

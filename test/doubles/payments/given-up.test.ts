import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Payments, startPayments } from "./server.ts";
import { buyStudio, clientOf, testSettings } from "./test-client.ts";

let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  payments = await startPayments(testSettings);
  stripe = clientOf(payments);
});
afterAll(() => payments.close());

test("a payment that is given up leaves the plan unpaid with a draft for each month, until its last invoice is paid", async () => {
  const { id, customer } = await buyStudio(stripe);
  payments.bank.endPeriod(id, "failed");
  payments.bank.giveUp(id);
  const standing = async () => {
    const { status, latest_invoice } = await stripe.subscriptions.retrieve(id, { expand: ["latest_invoice"] });
    const last = latest_invoice as Stripe.Invoice;
    return [status, last.status, last.attempt_count, last.amount_remaining, last.hosted_invoice_url !== null];
  };
  expect(await standing()).toEqual(["unpaid", "uncollectible", 1, 2_900, true]);
  payments.bank.endPeriod(id, "paid");
  expect(await standing()).toEqual(["unpaid", "draft", 0, 2_900, false]);
  expect((await stripe.invoices.list({ customer, status: "uncollectible" })).data).toHaveLength(1);
  payments.bank.payInvoice((await stripe.invoices.list({ customer, status: "uncollectible" })).data[0]!.id!);
  expect((await stripe.subscriptions.retrieve(id)).status).toBe("unpaid"); // not its last
});
test("a schedule may end its subscription after its phase, and releasing it takes that back", async () => {
  const { id } = await buyStudio(stripe);
  const { id: schedule, phases } = await stripe.subscriptionSchedules.create({ from_subscription: id });
  const { start_date, end_date } = phases[0]!;
  const running = { items: [{ price: "price_studio", quantity: 1 }], start_date, end_date };
  const end = () => stripe.subscriptionSchedules.update(schedule, { end_behavior: "cancel", phases: [running] });
  expect((await end()).end_behavior).toBe("cancel");
  const { cancel_at, cancel_at_period_end } = await stripe.subscriptions.retrieve(id);
  expect([cancel_at, cancel_at_period_end]).toEqual([end_date, false]);
  await stripe.subscriptionSchedules.release(schedule);
  expect((await stripe.subscriptions.retrieve(id)).cancel_at).toBeNull();
  const again = await stripe.subscriptionSchedules.create({ from_subscription: id });
  await stripe.subscriptionSchedules.update(again.id, { end_behavior: "cancel", phases: [running] });
  payments.bank.endPeriod(id, "paid");
  expect((await stripe.subscriptions.retrieve(id)).status).toBe("canceled");
  expect((await stripe.subscriptionSchedules.retrieve(again.id)).status).toBe("completed");
});

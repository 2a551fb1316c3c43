import type Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Payments, startPayments } from "./server.ts";
import { buyStudio, checkoutStudio, clientOf, press, readPage, testSettings } from "./test-client.ts";

/** Which card Stripe charges, as a subscription and its customer say it. */
let payments: Payments;
let stripe: Stripe;
beforeAll(async () => {
  payments = await startPayments(testSettings);
  stripe = clientOf(payments);
});
afterAll(() => payments.close());

test("what pays is a card of Visa's, known by its last digits, which the portal changes; or the customer's, or no card", async () => {
  const { id, customer } = await buyStudio(stripe);
  const expand = ["data.default_payment_method", "data.customer.invoice_settings.default_payment_method"];
  const read = async () => (await stripe.subscriptions.list({ customer, expand })).data[0]!;
  const { created } = (await stripe.customers.retrieve(customer)) as Stripe.Customer;
  const [month, year] = [new Date(created * 1_000).getUTCMonth() + 1, new Date(created * 1_000).getUTCFullYear() + 3];
  const first = (await read()).default_payment_method as Stripe.PaymentMethod;
  expect(first).toMatchObject({ object: "payment_method", type: "card", customer });
  expect(first.card).toMatchObject({ brand: "visa", last4: "4242", exp_month: month, exp_year: year });
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ default_payment_method: first.id, customer, default_source: null });
  const { url } = await stripe.billingPortal.sessions.create({ customer });
  for (const [act, last4] of Object.entries({ declines: "0341", asks: "3220", works: "4242" })) {
    await press(url, act);
    expect(((await read()).default_payment_method as Stripe.PaymentMethod).card?.last4).toBe(last4);
    expect(await readPage(url)).toContain(`Visa ending ${last4}`);
  }
  payments.bank.find("subscriptions", id).default_payment_method = null;
  payments.bank.find("customers", customer).default_payment_method = "link";
  const { default_payment_method, customer: payer } = await read();
  const method = (payer as Stripe.Customer).invoice_settings.default_payment_method as Stripe.PaymentMethod;
  expect([default_payment_method, method.type, method.card]).toEqual([null, "link", undefined]);
  await stripe.customers.del(customer);
  const [ended] = (await stripe.subscriptions.list({ customer, status: "all", expand })).data;
  expect(ended?.customer).toEqual({ id: customer, object: "customer", deleted: true });
});

test("who pays on the page pays the months with that card, whatever the card of before did", async () => {
  const { id: customer } = await stripe.customers.create({});
  payments.bank.setCard(customer, "declines");
  await press((await checkoutStudio(stripe, customer)).url!, "pay");
  expect(payments.bank.cardOf(customer)).toBe("works");
});

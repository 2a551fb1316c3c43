import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Stripe from "stripe";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Payments, startPayments } from "./server.ts";

/** The double of Stripe is spoken to by Stripe's own library, which reads its answers and its signatures. */
const [key, secret] = ["sk_test_0123456789", "whsec_0123456789"];
const folder = mkdtempSync(path.join(tmpdir(), "growqr-payments-"));
const settings = {
  port: 0,
  key,
  secret,
  prices: ["price_studio"],
  webhook: "http://127.0.0.1:1/",
  file: path.join(folder, "payments.json"),
};
const clientOf = ({ url }: Payments, apiKey = key) =>
  new Stripe(apiKey, { host: "127.0.0.1", port: new URL(url).port, protocol: "http", maxNetworkRetries: 0 });
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
const urls = { success_url: "http://localhost:1/billing?paid=1", cancel_url: "http://localhost:1/billing" };
const checkout = (customer: string) =>
  stripe.checkout.sessions.create({ mode: "subscription", customer, line_items: [{ price: "price_studio", quantity: 1 }], ...urls });
const press = (url: string, act: string) => fetch(url, { method: "POST", body: new URLSearchParams({ act }), redirect: "manual" });

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

test("what is wrong is refused as Stripe refuses it", async () => {
  await expect(clientOf(payments, "sk_other").customers.create({})).rejects.toMatchObject({ statusCode: 401 });
  await expect(stripe.subscriptions.retrieve("sub_none")).rejects.toMatchObject({ statusCode: 404, code: "resource_missing" });
  await expect(checkout("cus_none")).rejects.toMatchObject({ statusCode: 404 });
  await expect(stripe.customers.create({ balance: 5 })).rejects.toMatchObject({ code: "parameter_unknown" });
  payments.refuse(429);
  await expect(stripe.customers.create({})).rejects.toMatchObject({ statusCode: 429 });
});

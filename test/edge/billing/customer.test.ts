import { afterAll, beforeAll, expect, test } from "vitest";
import { paymentPage } from "../../../schema/billing/payment.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, eraseAccount, newMember, refusal, sql } from "../client.ts";
import { openPayments, payMember, planOf, press } from "./paid-member.ts";

/** One customer of Stripe's for each member, whatever the database has forgotten of them. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());
const customersOf = (member: string) => payments.bank.ledger.customers.filter(({ metadata }) => metadata.member === member);

test("who paid after the archive was taken that the database is back at is found at Stripe, with their plan", async () => {
  const member = await payMember(payments);
  const { member: id } = member.actor;
  for (const table of ["subscription", "payment_customer"]) await sql(`delete from ${table} where member = ?`, [id]);
  const answer = await ask("POST", "/billing/checkout", { body: { plan: "workshop" }, token: await member.token() });
  expect(paymentPage.parse(answer.json).url).toContain("/portal/"); // their plan goes on: nobody pays twice
  const read = await ask("POST", "/billing/refresh", { body: {}, token: await member.token() });
  expect(read.status, read.text).toBe(200);
  expect(await planOf(id)).toMatchObject({ plan: "studio", status: "active" });
  expect(customersOf(id)).toHaveLength(1);
});

test("a page sells in the plan's currency, and who pays in another one at Stripe is told so", async () => {
  const member = await newMember();
  const token = await member.token();
  const choose = (plan: string) => ask("POST", "/billing/checkout", { body: { plan }, token });
  expect((await choose("studio")).status).toBe(200);
  const [customer] = customersOf(member.actor.member);
  expect(payments.bank.ledger.checkouts.findLast((each) => each.customer === customer!.id)).toMatchObject({ currency: "usd" });
  customer!.currency = "eur"; // by another product of the same account
  const answer = await choose("workshop");
  expect([answer.status, refusal(answer).message]).toEqual([409, expect.stringMatching(/paid in USD, and at Stripe you pay in EUR/)]);
  customer!.currency = "usd";
  expect((await choose("workshop")).status).toBe(200);
});

test("an answer that never came leaves one customer, who says nothing of a person", async () => {
  const member = await newMember();
  const token = await member.token();
  const lost = Promise.withResolvers<void>();
  payments.hold((path) => (path === "/v1/customers" ? lost.promise : undefined));
  const first = ask("POST", "/billing/checkout", { body: { plan: "studio" }, token });
  const [made] = await eventually("a customer", async () => {
    const there = customersOf(member.actor.member);
    return there.length > 0 ? there : undefined;
  });
  expect(made).toMatchObject({ email: null, name: null });
  payments.hold(() => undefined);
  const second = await ask("POST", "/billing/checkout", { body: { plan: "studio" }, token });
  expect(second.status, second.text).toBe(200);
  lost.resolve();
  expect((await first).status).toBe(200);
  expect(customersOf(member.actor.member)).toEqual([{ ...made, email: expect.stringContaining("@"), name: expect.any(String) }]);
});

test("a month that is not paid is asked of nobody who is erased", async () => {
  const { customer, subscription, ...member } = await payMember(payments);
  payments.bank.setCard(customer, "declines");
  payments.bank.endPeriod(subscription.id, "failed");
  const [invoice] = payments.bank.invoicesOf(customer);
  expect(invoice?.status).toBe("open");
  const asked = await eraseAccount(await member.token());
  expect(asked.status, asked.text).toBeLessThan(300);
  await eventually("no customer", async () => (customersOf(member.actor.member).length === 0 ? true : undefined));
  expect([subscription.status, invoice?.status]).toEqual(["canceled", "void"]);
  await press(`${payments.url}/invoice/${invoice?.id}`, "pay");
  expect(invoice?.status).toBe("void");
});

test("who paid while their agent was told of the plan's end is asked to run by the look that finds the payment", async () => {
  const member = await payMember(payments);
  const { member: id } = member.actor;
  const told = async () => (await sql("select lapse_told from stack where member = ?", [id]))[0]?.lapse_told;
  await eventually("its place", async () => ((await told()) === null ? true : undefined));
  await sql("update stack set lapse_told = 1 where member = ?", [id]); // it has stopped itself; the account says nothing of that
  await sql("update payment_customer set read_at = 0 where member = ?", [id]);
  const read = await ask("POST", "/billing/refresh", { body: {}, token: await member.token() });
  expect(read.status, read.text).toBe(200);
  await eventually("its being asked to run", async () => ((await told()) === null ? true : undefined));
});

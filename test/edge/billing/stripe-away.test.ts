import { afterAll, beforeAll, expect, test } from "vitest";
import { invoicesOut, planPreviewOut } from "../../../schema/billing/payment.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { ask, newMember, refusal, sql, type TestPerson } from "../client.ts";
import { openPayments, payMember, planOf } from "./paid-member.ts";

/** Stripe is away in the middle of a call: it says so, and said again it does what was asked, once. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());

const away = "Payments can't be reached right now. Nothing was changed.";
const call = async ({ token }: TestPerson, method: string, path: string, body?: object) =>
  ask(method, path, { token: await token(), ...(body && { body }) });
async function callAway(path: string, act: () => ReturnType<typeof ask>) {
  payments.refuse(503, path);
  const answer = await act();
  payments.refuse();
  return answer;
}
const customersOf = (member: string) => payments.bank.ledger.customers.filter(({ metadata }) => metadata.member === member);
const pages = [
  ["/billing/checkout", { plan: "studio" }, "/v1/customers/search"],
  ["/billing/checkout", { plan: "studio" }, "/v1/customers"],
  ["/billing/checkout", { plan: "studio" }, "/v1/customers/cus_"],
  ["/billing/checkout", { plan: "studio" }, "/v1/checkout/sessions"],
  ["/billing/checkout", { plan: "studio" }, "/v1/subscriptions"],
  ["/billing/portal", {}, "/v1/customers/search"],
  ["/billing/portal", {}, "/v1/customers/cus_"],
  ["/billing/portal", {}, "/v1/billing_portal/sessions"],
] as const;

test.each(pages)("%s of %j while %s does not answer leaves one customer, and leads on when it does", async (path, body, refused) => {
  const member = await newMember();
  const open = () => call(member, "POST", path, body);
  const answer = await callAway(refused, open);
  expect([answer.status, refusal(answer).message]).toEqual([503, away]);
  const again = await open();
  expect(again.status, again.text).toBe(200);
  expect(customersOf(member.actor.member)).toMatchObject([{ email: expect.stringContaining("@"), name: expect.any(String) }]);
});

test("the portal of who pays, while Stripe does not say that they are there, keeps their row and plan", async () => {
  const member = await payMember(payments);
  const answer = await callAway("/v1/customers", () => call(member, "POST", "/billing/portal", {}));
  expect([answer.status, refusal(answer).message]).toEqual([503, away]);
  expect((await sql("select customer from payment_customer where member = ?", [member.actor.member]))[0]?.customer).toBe(member.customer);
  expect(await planOf(member.actor.member)).toMatchObject({ status: "active" });
  expect((await call(member, "POST", "/billing/portal", {})).status).toBe(200);
});

test("invoices say that Stripe is away where nothing could be said, and leave out what stands beside them", async () => {
  const member = await payMember(payments);
  const list = () => call(member, "GET", "/billing/invoices");
  for (const path of ["/v1/invoices", "/v1/subscriptions"]) {
    const answer = await callAway(path, list);
    expect([path, answer.status, refusal(answer).message]).toEqual([path, 503, away]);
  }
  for (const path of ["/v1/charges", "/v1/invoices/create_preview"]) {
    const answer = await callAway(path, list);
    expect(answer.status, answer.text).toBe(200);
    expect(invoicesOut.parse(answer.json).invoices).toMatchObject([{ title: "Studio", status: "paid" }]);
  }
});

test("a preview says that Stripe is away, or that it is not known what would be charged", async () => {
  const member = await payMember(payments);
  const preview = () => call(member, "GET", "/billing/plan/preview?plan=workshop&quantity=1");
  const answer = await callAway("/v1/subscriptions", preview);
  expect([answer.status, refusal(answer).message]).toEqual([503, away]);
  const unknown = await callAway("/v1/invoices/create_preview", preview);
  expect(planPreviewOut.parse(unknown.json)).toEqual({ atOnce: null, later: null, isKnown: false });
  expect(planPreviewOut.parse((await preview()).json)).toMatchObject({ isKnown: true });
});

test("a look of who is not known here says that Stripe is away, and finds nobody who never paid", async () => {
  const member = await newMember();
  const look = () => call(member, "POST", "/billing/refresh", {});
  const answer = await callAway("/v1/customers/search", look);
  expect([answer.status, refusal(answer).message]).toEqual([503, away]);
  expect((await look()).status).toBe(200);
  expect(await sql("select * from payment_customer where member = ?", [member.actor.member])).toEqual([]);
});

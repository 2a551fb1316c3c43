import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../../schema/account/account.ts";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { trialDays } from "../../../schema/billing/entitlement.ts";
import { paymentPage, planChangeOut, renewalOut } from "../../../schema/billing/payment.ts";
import type { PaidSubscription } from "../../doubles/payments/ledger.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, newMember, newPerson, refusal, sql, type TestPerson } from "../client.ts";
import { openPayments, press } from "./paid-member.ts";

/** A plan that begins with free days and a card (SPEC 12.1), told by nobody: what Stripe says is asked. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments({ tells: false });
  await newMember(); // the host beats: it has room
});
afterAll(() => payments.close());

const dollars = 1_000_000;
const call = async (person: TestPerson, method: string, path: string, body: object) =>
  ask(method, path, { body, token: await person.token() });
const choose = (person: TestPerson, body: object = { plan: "studio", trial: true }) => call(person, "POST", "/billing/checkout", body);
/** The plan as Stripe has it now. */
async function refreshed(person: TestPerson): Promise<BillingOut> {
  await sql("update payment_customer set read_at = 0 where member = ?", [await memberOf(person)]);
  const answer = await call(person, "POST", "/billing/refresh", {});
  expect(answer.status, answer.text).toBe(200);
  return billingOut.parse(answer.json);
}
const memberOf = async ({ token }: TestPerson) => meOut.parse((await ask("GET", "/me", { token: await token() })).json).member.id;
async function onFreeDays(body?: object): Promise<{ person: TestPerson; subscription: PaidSubscription }> {
  const person = await newPerson();
  const answer = await choose(person, body);
  expect(answer.status, answer.text).toBe(200);
  await press(paymentPage.parse(answer.json).url, "pay");
  expect((await refreshed(person)).entitlement).toBe("trialing");
  const [row] = await sql("select customer from payment_customer where member = ?", [await memberOf(person)]);
  return { person, subscription: payments.bank.subscriptionsOf(z.string().parse(row?.customer))[0]! };
}
/** What their card has paid, in cents. */
const paidBy = ({ customer }: PaidSubscription) =>
  payments.bank.ledger.charges.filter((each) => each.customer === customer).reduce((sum, { amount }) => sum + amount, 0);

test("free days are there at once, with the trial's model time; then the card pays, and the plan's is there", async () => {
  const { person, subscription } = await onFreeDays();
  const now = await refreshed(person);
  expect(now.subscription).toMatchObject({ plan: "studio", status: "trialing", periodEnd: subscription.end * 1_000, disputed: false });
  expect(subscription.end - subscription.start).toBe(trialDays * 86_400);
  expect([now.limits?.title, now.model.limitMicros]).toEqual(["Studio", 5 * dollars]);
  const stack = async () => sql("select ceiling from stack where member = ?", [await memberOf(person)]);
  await eventually("a stack", async () => ((await stack())[0]?.ceiling === "running" ? true : undefined));
  expect([
    paidBy(subscription),
    await sql("select metered_from from payment_customer where customer = ?", [subscription.customer]),
  ]).toEqual([0, [{ metered_from: null }]]);
  payments.bank.endPeriod(subscription.id, "paid");
  const then = await refreshed(person);
  expect([then.entitlement, then.model.limitMicros, paidBy(subscription)]).toEqual(["active", 25 * dollars, 2_900]);
});
test("whose card does not pay when the free days end has a week, as with any month", async () => {
  const { person, subscription } = await onFreeDays();
  payments.bank.endPeriod(subscription.id, "failed");
  // Nothing was paid yet: no more model time than the free days had.
  const due = { entitlement: "grace", subscription: { status: "past_due" }, model: { limitMicros: 5 * dollars } };
  expect(await refreshed(person)).toMatchObject(due);
  payments.bank.settle(subscription.id);
  expect(await refreshed(person)).toMatchObject({ entitlement: "active", model: { limitMicros: 25 * dollars } });
});
test("a first month that a promotion pays whole is a paid one, though no money was taken", async () => {
  const { person, subscription } = await onFreeDays();
  subscription.percent_off = 100;
  payments.bank.endPeriod(subscription.id, "paid");
  expect(await refreshed(person)).toMatchObject({ entitlement: "active", model: { limitMicros: 25 * dollars } });
  expect(paidBy(subscription)).toBe(0);
});
test("who cancels in the free days has them to their end and pays nothing", async () => {
  const { person, subscription } = await onFreeDays();
  const end = subscription.end * 1_000;
  const ended = renewalOut.parse((await call(person, "PUT", "/billing/renewal", { renews: false })).json);
  expect(ended.subscription).toMatchObject({ status: "canceled", periodEnd: end });
  expect(await refreshed(person)).toMatchObject({ entitlement: "active", model: { limitMicros: 5 * dollars } });
  payments.bank.endPeriod(subscription.id, "paid");
  expect((await refreshed(person)).entitlement).toBe("suspended");
  expect(paidBy(subscription)).toBe(0);
});
test("a larger plan in the free days costs nothing and brings no more model time; a smaller one comes when they end", async () => {
  const { person, subscription } = await onFreeDays();
  const change = async (from: object, to: object) => {
    const answer = await call(person, "PUT", "/billing/plan", { ...to, from });
    return planChangeOut.parse(answer.json).subscription;
  };
  const [studio, workshop] = [
    { plan: "studio", quantity: 1 },
    { plan: "workshop", quantity: 2 },
  ];
  expect(await change(studio, workshop)).toMatchObject({ ...workshop, status: "trialing", periodEnd: subscription.end * 1_000 });
  expect(await refreshed(person)).toMatchObject({ limits: { title: "Workshop" }, model: { limitMicros: 5 * dollars } });
  for (const quantity of [3, 4]) await change({ ...workshop, quantity: quantity - 1 }, { ...workshop, quantity });
  expect(await change({ ...workshop, quantity: 4 }, workshop)).toMatchObject({ quantity: 4, upcoming: workshop });
  await change({ ...workshop, quantity: 4 }, { ...workshop, quantity: 4 });
  payments.bank.setItems(subscription, { price: "price_demo_workshop", quantity: 2 });
  expect(await change(workshop, studio)).toMatchObject({ ...workshop, upcoming: studio, status: "trialing" });
  expect(paidBy(subscription)).toBe(0);
  payments.bank.endPeriod(subscription.id, "paid");
  expect(await refreshed(person)).toMatchObject({ entitlement: "active", subscription: { ...studio, upcoming: null } });
  expect(paidBy(subscription)).toBe(2_900);
});
test("more is not chosen between the end of the free days and the first payment", async () => {
  const { person, subscription } = await onFreeDays();
  payments.bank.endPeriod(subscription.id, "failed");
  subscription.status = "active"; // as Stripe says until it has tried to take the money
  expect(await refreshed(person)).toMatchObject({ entitlement: "active", model: { limitMicros: 5 * dollars } });
  const more = { plan: "workshop", quantity: 1, from: { plan: "studio", quantity: 1 } };
  const answer = await call(person, "PUT", "/billing/plan", more);
  expect([answer.status, refusal(answer).message]).toEqual([409, expect.stringContaining("The first payment is on its way")]);
  expect(subscription.price).toBe("price_demo_studio");
  payments.bank.settle(subscription.id);
  await refreshed(person);
  expect((await call(person, "PUT", "/billing/plan", more)).status).toBe(200);
});
test("free days are once in a life: not after the trial without a card, nor after any plan", async () => {
  const refused = async (person: TestPerson) => {
    const answer = await choose(person);
    expect([answer.status, refusal(answer).code], answer.text).toEqual([409, "conflict"]);
    expect(refusal(answer).message).toContain("Free days come once");
  };
  await refused(await newMember());
  const { person, subscription } = await onFreeDays();
  payments.bank.cancelNow(subscription.id);
  await refreshed(person);
  await refused(person);
  expect((await choose(person, { plan: "studio" })).status).toBe(200);
});
test("a page with free days that stays open while Stripe is away as the trial begins is ended by a later look", async () => {
  const person = await newPerson();
  await choose(person);
  const open = payments.bank.ledger.checkouts.at(-1)!;
  await sql("update payment_customer set next_look = ?, visited_at = 0 where customer = ?", [Date.now() + 3_600_000, open.customer]);
  payments.refuse(503, "/v1/checkout/sessions");
  expect((await call(person, "POST", "/billing/trial", {})).status).toBe(202);
  await refreshed(person); // a look while it is still away
  expect(open.status).toBe("open");
  const [row] = await sql("select next_look from payment_customer where customer = ?", [open.customer]);
  expect(row?.next_look).toBeLessThan(Date.now() + 60_000);
  payments.refuse();
  await refreshed(person);
  await eventually("the page's end", async () => (open.status === "expired" ? true : undefined));
});
test("the trial without a card ends the page that would give the days again, also one that is being made", async () => {
  const [before, beside] = [await newPerson(), await newPerson()];
  await choose(before);
  const open = payments.bank.ledger.checkouts.at(-1)!;
  expect((await call(before, "POST", "/billing/trial", {})).status).toBe(202);
  await eventually("the page's end", async () => (open.status === "expired" ? true : undefined));
  const [made, begun] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  payments.hold((path) => {
    if (path !== "/v1/checkout/sessions" || payments.calls.at(-1) !== `POST ${path}`) return undefined;
    made.resolve();
    return begun.promise;
  });
  const choice = choose(beside);
  await made.promise;
  payments.hold(() => undefined);
  await sql(
    "insert into subscription (member, plan, status, period_start, period_end, created_at) values (?, 'trial', 'trialing', 1, 2, 1)",
    [await memberOf(beside)],
  );
  begun.resolve();
  expect((await choice).status).toBe(409);
  expect(payments.bank.ledger.checkouts.at(-1)?.status).toBe("expired");
});

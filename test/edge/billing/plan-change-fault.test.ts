import { afterAll, beforeAll, expect, test } from "vitest";
import { billingOut } from "../../../schema/billing/billing.ts";
import { planChangeOut, renewalOut } from "../../../schema/billing/payment.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { ask, refusal } from "../client.ts";
import { openPayments, payMember as untoldMember } from "./paid-member.ts";

/** A change of a plan that Stripe does only in part: nothing asked for is lost, and the words are true. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments({ tells: false });
});
afterAll(() => payments.close());

const payMember = (plan: "studio" | "workshop") =>
  untoldMember(payments, { plan, quantity: 1 }, async ({ token }) => {
    await ask("POST", "/billing/refresh", { body: {}, token: await token() });
  });
type Member = Awaited<ReturnType<typeof payMember>>;
const planOf = async ({ token }: Member) => billingOut.parse((await ask("GET", "/billing", { token: await token() })).json).subscription!;
async function change(member: Member, plan: string, quantity = 1) {
  const { plan: now, quantity: times } = await planOf(member);
  return ask("PUT", "/billing/plan", { body: { plan, quantity, from: { plan: now, quantity: times } }, token: await member.token() });
}
async function changed(member: Member, plan: string) {
  const answer = await change(member, plan);
  expect(answer.status, answer.text).toBe(200);
  return planChangeOut.parse(answer.json);
}
const renew = async ({ token }: Member, renews: boolean) => ask("PUT", "/billing/renewal", { body: { renews }, token: await token() });
const renewed = async (member: Member, renews: boolean) => {
  const answer = await renew(member, renews);
  expect(answer.status, answer.text).toBe(200);
  return renewalOut.parse(answer.json).subscription;
};
/** Of the plan itself, and of no list. */
const planPath = ({ subscription }: Member) => `/v1/subscriptions/${subscription.id}`;
const written = (from: number) => payments.calls.slice(from).filter((each) => each.startsWith("POST"));

test("cancelling a plan that is to become less is one call: between two of them neither would be left", async () => {
  const member = await payMember("workshop");
  const end = member.subscription.end * 1_000;
  await changed(member, "studio");
  const schedule = member.subscription.schedule!;
  const asked = payments.calls.length;
  payments.refuse(503, planPath(member)); // as if all died after the first
  expect(await renewed(member, false)).toMatchObject({ plan: "workshop", status: "canceled", upcoming: null, periodEnd: end });
  payments.refuse();
  expect(written(asked)).toEqual([`POST /v1/subscription_schedules/${schedule}`]);
  expect(await renewed(member, false)).toMatchObject({ status: "canceled" });
  expect(refusal(await change(member, "studio")).message).toContain("Keep it first");
  payments.bank.endPeriod(member.subscription.id, "paid");
  expect([member.subscription.status, payments.bank.find("schedules", schedule).status]).toEqual(["canceled", "completed"]);
});
test("such a cancellation is taken back, at once with another too, and the plan may be changed again", async () => {
  const member = await payMember("workshop");
  for (let turn = 0; turn < 2; turn++) {
    expect((await changed(member, "studio")).subscription.upcoming).toEqual({ plan: "studio", quantity: 1 });
    await renewed(member, false);
    expect(await renewed(member, true)).toMatchObject({ plan: "workshop", status: "active", upcoming: null });
    expect([member.subscription.schedule, member.subscription.cancel_at_period_end]).toEqual([null, false]);
  }
  await changed(member, "studio");
  const twice = await Promise.all([renew(member, false), renew(member, false)]);
  expect(twice.map(({ status }) => status)).toEqual([200, 200]);
  const both = await Promise.all([renew(member, true), renew(member, true)]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  payments.bank.endPeriod(member.subscription.id, "paid");
  expect(member.subscription).toMatchObject({ status: "active", price: "price_demo_workshop" });
});
test("a cancellation whose schedule another call has released meanwhile is made on the plan itself", async () => {
  const member = await payMember("workshop");
  await changed(member, "studio");
  let isFirst = true;
  payments.hold(async (path) => {
    if (!isFirst || path !== "/v1/subscriptions") return;
    isFirst = false;
    payments.bank.releaseSchedule(member.subscription.schedule!);
  });
  expect(await renewed(member, false)).toMatchObject({ plan: "workshop", status: "canceled" });
  payments.hold(() => undefined);
  expect(member.subscription.cancel_at_period_end).toBe(true);
});

test("what Stripe refuses after a part was done is said as its refusal, and the plan is shown as it is then", async () => {
  const member = await payMember("workshop");
  await changed(member, "studio");
  await renewed(member, false);
  payments.refuse(400, planPath(member)); // the schedule is released, and the rest is refused
  expect(refusal(await renew(member, true)).message).toBe("The payment service refused this.");
  payments.refuse();
  expect(await planOf(member)).toMatchObject({ plan: "workshop", status: "active", upcoming: null });

  await changed(member, "studio");
  payments.bank.endPeriod(member.subscription.id, "paid"); // its schedule holds it for another month
  payments.refuse(400, planPath(member));
  const body = { plan: "studio", quantity: 2, from: { plan: "studio", quantity: 1 } };
  const refused = await ask("PUT", "/billing/plan", { body, token: await member.token() });
  expect(refusal(refused).message).toBe("The payment service refused this.");
  payments.refuse();
  expect(member.subscription.schedule).toBeNull();
});
test("a larger plan whose payment can't be made void is not said to be off, unless it is paid or void already", async () => {
  const member = await payMember("studio");
  payments.bank.setCard(member.customer, "declines");
  const waiting = () => payments.bank.find("subscriptions", member.subscription.id).pending?.invoice;
  expect((await changed(member, "workshop")).payAt).toContain("/invoice/");
  payments.refuse(400, `/v1/invoices/${waiting()}/void`);
  for (const answer of [await change(member, "studio"), await renew(member, false)])
    expect([answer.status, refusal(answer).message]).toEqual([409, expect.stringContaining("under way")]);
  payments.refuse();
  // What was to be cancelled is: the payment can only make the rest of its month larger.
  expect([(await planOf(member)).status, waiting()]).toEqual(["canceled", expect.any(String)]);
  await renewed(member, true);
  expect(waiting()).toBeUndefined();

  await changed(member, "workshop");
  let isFirst = true;
  payments.hold(async (path) => {
    if (!isFirst || path !== "/v1/subscriptions") return;
    isFirst = false;
    payments.bank.payInvoice(waiting()!); // in the other tab
  });
  const late = await change(member, "studio");
  payments.hold(() => undefined);
  expect(late.status, late.text).toBe(200);
  expect(planChangeOut.parse(late.json).subscription).toMatchObject({ plan: "workshop", status: "active" });
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { invoicesOut, paymentPage, renewalOut } from "../../../schema/billing/payment.ts";
import { type PaymentLook, paymentLookOut } from "../../../schema/billing/payment-desk.ts";
import { passTime } from "../../doubles/payments/clock.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { ask, operatorToken, refusal, sql } from "../client.ts";
import { openPayments, planOf, press, payMember as untoldMember } from "./paid-member.ts";

/** A plan whose payment Stripe has given up, or that somebody there has paused: no new week, a way out. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments({ tells: false });
});
afterAll(() => payments.close());

const day = 86_400;
const payMember = () =>
  untoldMember(payments, undefined, async ({ token }) => {
    await ask("POST", "/billing/refresh", { body: {}, token: await token() });
  });
type Member = Awaited<ReturnType<typeof payMember>>;
async function look({ actor }: Member): Promise<PaymentLook> {
  const body = { account: actor.member, reason: "Ticket 4713: what is missing" };
  const answer = await ask("POST", "/payments/looks", { body, token: await operatorToken() });
  expect(answer.status, answer.text).toBe(200);
  return paymentLookOut.parse(answer.json);
}
const rowOf = async ({ actor }: Member) => {
  const { status, period_end } = await planOf(actor.member);
  return [status, period_end / 1_000];
};
const created = ({ customer }: Member) => payments.bank.invoicesOf(customer).map((each) => each.created);
const checkout = async (member: Member) => {
  const answer = await ask("POST", "/billing/checkout", { body: { plan: "workshop" }, token: await member.token() });
  expect(answer.status, answer.text).toBe(200);
  return paymentPage.parse(answer.json).url;
};
/** The month was not paid, its tries were over after two days, and so many days have gone by. */
async function giveUp(days: number): Promise<Member> {
  const member = await payMember();
  const { id } = member.subscription;
  payments.bank.setCard(member.customer, "declines");
  payments.bank.endPeriod(id, "failed");
  passTime(payments.bank, member.customer, 2 * day);
  payments.bank.giveUp(id);
  passTime(payments.bank, member.customer, (days - 2) * day);
  return member;
}

test("a payment that was given up leaves the week of grace, and no other month brings another", async () => {
  const member = await giveUp(2);
  expect((await look(member)).entitlement).toBe("grace");
  expect(await rowOf(member)).toEqual(["past_due", created(member)[0]]);
  const since = () => created(member).at(-2)!; // the first was paid
  for (let months = 0; months < 3; months++) {
    passTime(payments.bank, member.customer, 30 * day);
    expect((await look(member)).entitlement, `month ${months}`).toBe("suspended");
    expect(await rowOf(member)).toEqual(["canceled", since() + 7 * day]);
  }
  expect(payments.bank.invoicesOf(member.customer).map(({ status }) => status)).toEqual([
    ...["draft", "draft", "draft"],
    ...["uncollectible", "paid"],
  ]);
  const { invoices } = invoicesOut.parse((await ask("GET", "/billing/invoices", { token: await member.token() })).json);
  expect(invoices.filter(({ isPlan }) => isPlan)).toEqual([]);
});
test("where Stripe has no invoice that says it, what is missing stays as old as it was, while months begin", async () => {
  const member = await payMember();
  const { subscription, customer, actor } = member;
  payments.bank.endPeriod(subscription.id, "failed");
  await look(member);
  const [, since] = await rowOf(member);
  const { ledger } = payments.bank;
  for (const status of ["past_due", "unpaid"] as const) {
    ledger.invoices = ledger.invoices.filter((each) => each.customer !== customer);
    Object.assign(subscription, { status, start: subscription.start + 3, latest_invoice: null });
    expect((await look(member)).entitlement, status).toBe("grace");
    expect(await rowOf(member)).toEqual(["past_due", since]);
  }
  await sql("update subscription set period_end = ? where member = ?", [(Number(since) - 8 * day) * 1_000, actor.member]);
  expect((await look(member)).entitlement).toBe("suspended");
});
test("an invoice that an operator voids is missing since its own day", async () => {
  const member = await payMember();
  payments.bank.endPeriod(member.subscription.id, "failed");
  const [invoice] = payments.bank.invoicesOf(member.customer);
  payments.bank.voidOpen(invoice!);
  passTime(payments.bank, member.customer, 9 * day);
  member.subscription.start += 9 * day; // as if another month had begun
  expect((await look(member)).entitlement).toBe("suspended");
  expect(await rowOf(member)).toEqual(["past_due", created(member)[0]]);
});
test("a payment that was given up and comes after all brings the plan back", async () => {
  const member = await giveUp(9);
  expect((await look(member)).entitlement).toBe("suspended");
  payments.bank.payInvoice(member.subscription.latest_invoice!);
  expect(await look(member)).toMatchObject({ entitlement: "active", subscription: { status: "active" } });
});

test("what somebody paused at Stripe ends at once: an open month, or one that the bank took back, brings no week of grace", async () => {
  const [open, taken] = [await payMember(), await payMember()];
  payments.bank.setCard(open.customer, "declines");
  payments.bank.endPeriod(open.subscription.id, "failed");
  payments.bank.dispute(taken.subscription.latest_invoice!);
  for (const member of [open, taken]) {
    expect((await look(member)).entitlement).toBe("grace");
    payments.bank.pause(member.subscription.id);
    expect((await look(member)).entitlement).toBe("suspended");
    expect(await rowOf(member)).toEqual(["canceled", member.subscription.start]);
  }
});
test("whose plan was given up, or paused, chooses one anew: with its payment the one of before ends", async () => {
  const paused = await payMember();
  payments.bank.pause(paused.subscription.id);
  for (const member of [await giveUp(9), paused]) {
    expect(await look(member)).toMatchObject({ entitlement: "suspended", subscription: { status: "canceled" } });
    const renewal = await ask("PUT", "/billing/renewal", { body: { renews: true }, token: await member.token() });
    expect([renewal.status, renewalOut.safeParse(renewal.json).success], renewal.text).toEqual([409, false]);
    expect(refusal(renewal).message).toContain("No plan is paid");
    payments.bank.setCard(member.customer, "works");
    const page = await checkout(member);
    expect(page).toContain("/pay/");
    await press(page, "pay");
    // While Stripe does not end the one of before it is tried with each look; the new one runs.
    payments.refuse(503, `/v1/subscriptions/${member.subscription.id}`);
    expect(await look(member)).toMatchObject({ entitlement: "active", subscription: { plan: "workshop", status: "active" } });
    expect(member.subscription.status).not.toBe("canceled");
    payments.refuse();
    expect(await look(member)).toMatchObject({ entitlement: "active", customer: { trouble: null } });
    expect(member.subscription.status).toBe("canceled");
    expect(await checkout(member)).toContain("/portal/");
  }
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut } from "../../../schema/billing/payment.ts";
import { type PaymentLook, paymentDeskOut, paymentLookOut } from "../../../schema/billing/payment-desk.ts";
import type { PaidChoice } from "../../../schema/billing/subscription-plan.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { ask, newMember, newPerson, operatorToken, sql, type TestPerson } from "../client.ts";
import { openPayments, planOf, spend, payMember as untoldMember } from "./paid-member.ts";

/** What an operator sees of a member's account, and what is wrong there that only a person puts right. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments({ tells: false }); // so a look alone reads, and no event beside it
});
afterAll(() => payments.close());

const payMember = (choice?: PaidChoice) =>
  untoldMember(payments, choice, async ({ token }) => ask("POST", "/billing/refresh", { body: {}, token: await token() }));
const reason = "Ticket 4713: asks what was charged";
const lookAs = (token: string, account: string) => ask("POST", "/payments/looks", { body: { account, reason }, token });
async function look(account: string): Promise<PaymentLook> {
  const answer = await lookAs(await operatorToken(), account);
  expect(answer.status, answer.text).toBe(200);
  return paymentLookOut.parse(answer.json);
}
const read = async (path: string, { token }: TestPerson) => (await ask("GET", path, { token: await token() })).json;
const billing = async (person: TestPerson) => billingOut.parse(await read("/billing", person));

test("an operator reads what a member reads of their plan's use and invoices, without a page, a file or a card", async () => {
  const [member, other] = [await payMember(), await payMember({ plan: "workshop", quantity: 1 })];
  const mine = member.actor.member;
  await spend(member, [1_200_000, 300_000]);
  await spend(other, [7_000_000]);
  await sql("update stack set disk_bytes = 5000, disk_at = 1000 where member = ?", [mine]);
  const putOnline = (project: string, whose: string) =>
    sql("insert into app_address (label, member, project, published, created_at) values (?, ?, ?, 1, 1)", [
      ...[`${project}-${whose}`, whose, project],
    ]);
  for (const project of ["a", "b"]) await putOnline(project, mine);
  await putOnline("a", other.actor.member);
  payments.bank.refund(payments.bank.invoicesOf(member.customer)[0]!.id, 500);
  const answer = await lookAs(await operatorToken(), mine);
  const { use, invoices, subscription } = paymentLookOut.parse(answer.json);
  const [said, told] = [await billing(member), invoicesOut.parse(await read("/billing/invoices", member)).invoices];
  expect(use).toEqual({
    model: { usedMicros: 1_500_000, limitMicros: said.model.limitMicros },
    limits: { apps: said.limits?.apps, diskMb: said.limits?.diskMb },
    used: { apps: 2, disk: { bytes: 5_000, at: 1_000 } },
  });
  expect([said.model.usedMicros, said.used, subscription]).toEqual([1_500_000, expect.objectContaining(use!.used), said.subscription]);
  expect(invoices).toMatchObject([{ title: "Studio", amount: 2_900, currency: "usd", status: "paid", refunded: 500, failures: 0 }]);
  expect(told).toMatchObject(invoices!);
  expect(told[0]!.url).toContain("http");
  for (const hidden of [told[0]!.url!, told[0]!.file!, payments.url, "last4", '"card"', '"url"', '"file"'])
    expect(answer.text).not.toContain(hidden);
});

test("of who has no plan or never paid there is no use and no invoice", async () => {
  const trial = await newMember();
  expect(await look(trial.actor.member)).toMatchObject({ use: { used: { apps: 0, disk: null } }, invoices: [], customer: null });
  const person = await newPerson();
  await billing(person); // is known from their first call on
  const [row] = await sql("select id from member where subject = ?", [person.subject]);
  expect(await look(String(row?.id))).toMatchObject({ use: null, invoices: [], subscription: null });
});

test("while Stripe is away a look goes without the invoices, is not asked to wait for them twice, and shows the rest", async () => {
  const member = await payMember();
  const mine = member.actor.member;
  payments.refuse(503);
  const asked = payments.calls.length;
  const seen = await look(mine);
  expect(payments.calls.slice(asked)).not.toContain("GET /v1/invoices");
  payments.refuse();
  expect(seen).toMatchObject({ invoices: null, entitlement: "active", customer: { id: member.customer, trouble: { kind: "away" } } });
  expect(seen.use?.model.usedMicros).toBe(0);
  for (const status of [503, 403]) {
    payments.refuse(status, "/v1/invoices"); // all else is said
    const without = await look(mine);
    payments.refuse();
    expect(without, `${status}`).toMatchObject({ invoices: null, customer: { trouble: null } });
  }
  expect((await look(mine)).invoices).toHaveLength(1);
});

test("nobody but an operator has such a look", async () => {
  const member = await payMember();
  for (const token of [await member.token(), await (await newPerson()).token()])
    expect((await lookAs(token, member.actor.member)).status).toBe(403);
  expect((await ask("POST", "/payments/looks", { body: { account: member.actor.member, reason } })).status).toBe(401);
});

test("who pays for two plans at once reads it, until one of them has ended", async () => {
  const member = await payMember();
  expect((await billing(member)).paidTwice).toBe(false);
  payments.bank.ledger.subscriptions.push({ ...member.subscription, id: "sub_paid_beside" });
  expect((await look(member.actor.member)).customer?.trouble).toMatchObject({ kind: "two_plans" });
  expect(await billing(member)).toMatchObject({ paidTwice: true, entitlement: "active" });
  expect((await billing(await payMember())).paidTwice).toBe(false);
  payments.bank.cancelNow("sub_paid_beside");
  expect((await look(member.actor.member)).customer?.trouble).toBeNull();
  expect((await billing(member)).paidTwice).toBe(false);
});

test("a plan that is paid more times over than it is sold gives the most that is, and stands before operators", async () => {
  const member = await payMember();
  const mine = member.actor.member;
  const troubleOf = async () => {
    const desk = paymentDeskOut.parse((await ask("GET", "/payments", { token: await operatorToken() })).json);
    return desk.troubled.find((each) => each.member === mine)?.trouble.kind;
  };
  member.subscription.quantity = 5;
  expect((await look(mine)).customer?.trouble).toBeNull();
  member.subscription.quantity = 7; // as by hand, at Stripe
  expect((await look(mine)).customer?.trouble).toMatchObject({ kind: "unsold_quantity" });
  expect([await troubleOf(), (await planOf(mine)).quantity]).toEqual(["unsold_quantity", 5]);
  expect((await billing(member)).paidTwice).toBe(false);
  member.subscription.quantity = 1;
  expect([(await look(mine)).customer?.trouble, await troubleOf(), (await planOf(mine)).quantity]).toEqual([null, undefined, 1]);
});

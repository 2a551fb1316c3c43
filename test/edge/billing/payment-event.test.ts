import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { auditPage } from "../../../schema/audit/audit.ts";
import { type BillingOut, billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut, paymentPage } from "../../../schema/billing/payment.ts";
import { type PaymentDesk, paymentDeskOut, paymentLookOut } from "../../../schema/billing/payment-desk.ts";
import type { PaymentEvent } from "../../doubles/payments/ledger.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { asEvent, signEvent } from "../../doubles/payments/wire.ts";
import { eventually } from "../../harness/eventually.ts";
import { demoPrices } from "../../local/payments.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, newMember, newPerson, operatorToken, refusal, sql, type TestPerson } from "../client.ts";
import { openHost, openPayments, planOf, press, payMember as untoldMember } from "./paid-member.ts";

/**
 * What Stripe tells, one event at a time: which of it counts, what becomes of it while Stripe is away, and
 * what operators see of it.
 */
let payments: Payments;
let secret: string;
let beat: () => Promise<void>;
const prices = { ...demoPrices, price_of_another: { product: "Socks", amount: 900, currency: "usd", interval: "month" } } as const;
beforeAll(async () => {
  secret = (await openSecrets(edgeUp.folder)).paymentSecret;
  payments = await openPayments({ tells: false, prices });
  ({ beat } = await openHost());
});
afterAll(() => payments.close());

const send = (raw: string) => ask("POST", "/webhooks/stripe", { raw, headers: { "stripe-signature": signEvent(raw, secret) } });
async function tell(event: PaymentEvent, other: Parameters<typeof asEvent>[1] = {}): Promise<string> {
  const answer = await send(JSON.stringify(asEvent(event, other)));
  expect(answer.status, answer.text).toBe(200);
  return event.id;
}
/** The last that happened at Stripe, told. */
const tellLast = (other?: Parameters<typeof asEvent>[1]) => tell(payments.bank.ledger.events.at(-1)!, other);
const eventRow = async (id: string) => (await sql("select * from payment_event where id = ?", [id]))[0];
const followed = (id: string) =>
  eventually(`${id} followed`, async () => ((await eventRow(id))?.processed_at ? ((await eventRow(id)) ?? undefined) : undefined));
async function billing({ token }: TestPerson, wanted: (now: BillingOut) => boolean): Promise<BillingOut> {
  return eventually("the account says so", async () => {
    const now = billingOut.parse((await ask("GET", "/billing", { token: await token() })).json);
    return wanted(now) ? now : undefined;
  });
}
async function payMember() {
  const member = await untoldMember(payments, undefined, async ({ token }) => {
    await ask("POST", "/billing/refresh", { body: {}, token: await token() });
  });
  return { ...member, invoice: payments.bank.invoicesOf(member.customer)[0]!.id };
}
async function readDesk(): Promise<PaymentDesk> {
  const answer = await ask("GET", "/payments", { token: await operatorToken() });
  expect(answer.status, answer.text).toBe(200);
  return paymentDeskOut.parse(answer.json);
}
const troubleOf = async (member: string) => (await readDesk()).troubled.find((each) => each.member === member)?.trouble;
const reason = "Ticket 4712: what was paid is not there";
async function look(account: string) {
  const answer = await ask("POST", "/payments/looks", { body: { account, reason }, token: await operatorToken() });
  expect(answer.status, answer.text).toBe(200);
  return paymentLookOut.parse(answer.json);
}

test("what is of another account, of real money here, or of nobody is kept with its reason and changes nothing", async () => {
  const { actor, subscription } = await payMember();
  payments.bank.endPeriod(subscription.id, "failed");
  const event = payments.bank.ledger.events.at(-1)!;
  const parked = [
    [await tell({ ...event, id: "evt_connected" }, { account: "acct_1other" }), "account"],
    [await tell({ ...event, id: "evt_of_money" }, { livemode: true }), "mode"],
    [await tell({ ...event, id: "evt_of_a_stranger", object: { object: "invoice", customer: "cus_stranger" } }), "customer"],
  ];
  const { events } = await readDesk();
  for (const [id, why] of parked)
    expect(events.find((each) => each.id === id)).toMatchObject({ parked: why, processedAt: expect.any(Number) });
  expect(await planOf(actor.member)).toMatchObject({ status: "active" });
});
test("what is written in another version of the API is marked, and its member looked at all the same", async () => {
  const { actor, subscription } = await payMember();
  payments.bank.cancelAtEnd(subscription.id, true);
  const row = await followed(await tellLast({ api_version: "2024-06-20" }));
  expect(row).toMatchObject({ parked: "version" });
  expect(await planOf(actor.member)).toMatchObject({ status: "canceled" });
  expect((await readDesk()).events.find(({ id }) => id === row.id)).toMatchObject({ parked: "version", member: actor.member });
  payments.bank.cancelAtEnd(subscription.id, false);
  expect(await followed(await tellLast({ api_version: "2026-12-17.endive" }))).toMatchObject({ parked: null }); // a month's version of it
});
test("what Stripe signed and is no event of its API is refused in words, and nothing is kept", async () => {
  for (const body of [[], 7, null, { type: "invoice.paid" }, { id: "", type: "invoice.paid", data: { object: {} } }]) {
    const answer = await send(JSON.stringify(body));
    expect([answer.status, refusal(answer).message]).toEqual([400, "This is no event of Stripe's API."]);
  }
  // One of its other API is: Stripe would give the address up that refuses it.
  const thin = { id: "evt_thin", object: "v2.core.event", type: "v1.billing.meter.error_report_triggered", related_object: null };
  expect((await send(JSON.stringify(thin))).status).toBe(200);
  expect(await eventRow("evt_thin")).toMatchObject({ parked: "version", customer: null, processed_at: expect.any(Number) });
});

test("a payment that the bank takes back is a missing one, until it is returned or another month is paid", async () => {
  const { actor, customer, subscription, invoice, ...member } = await payMember();
  const dispute = payments.bank.dispute(invoice);
  const told = payments.bank.ledger.events.at(-1)!;
  expect([told.type, told.object.customer]).toEqual(["charge.dispute.created", undefined]);
  expect(await followed(await tell(told))).toMatchObject({ customer, parked: null });
  const grace = await billing(member, ({ entitlement }) => entitlement === "grace");
  const { created } = payments.bank.ledger.disputes.find(({ id }) => id === dispute)!;
  expect(grace.subscription).toMatchObject({ status: "past_due", disputed: true, periodEnd: created * 1_000 });
  const takenBack = async () => {
    const answer = await ask("GET", "/billing/invoices", { token: await member.token() });
    return invoicesOut.parse(answer.json).invoices.map(({ id, status, takenBack }) => [id, status, takenBack]);
  };
  expect(await takenBack()).toEqual([[invoice, "paid", true]]);
  payments.bank.closeDispute(dispute, "won");
  await followed(await tellLast());
  await billing(member, ({ entitlement, subscription }) => entitlement === "active" && subscription?.disputed === false);
  expect(await takenBack()).toEqual([[invoice, "paid", false]]);

  payments.bank.endPeriod(subscription.id, "paid");
  const [second] = payments.bank.invoicesOf(customer);
  const lost = payments.bank.dispute(second!.id);
  await followed(await tellLast());
  payments.bank.closeDispute(lost, "lost");
  await followed(await tellLast());
  await billing(member, ({ entitlement }) => entitlement === "grace");
  for (const each of payments.bank.ledger.disputes) if (each.id === lost) each.created -= 8 * 86_400;
  expect((await look(actor.member)).entitlement).toBe("suspended");
  const change = { plan: "workshop", quantity: 1, from: { plan: "studio", quantity: 1 } };
  const refused = await ask("PUT", "/billing/plan", { body: change, token: await member.token() });
  expect([refused.status, refusal(refused).message], refused.text).toEqual([409, expect.stringContaining("Your bank took a payment back")]);
  // A month that begins and is not paid is no new week; one that is paid is there, whatever was before.
  payments.bank.endPeriod(subscription.id, "failed");
  await followed(await tellLast());
  expect((await look(actor.member)).entitlement).toBe("suspended");
  payments.bank.settle(subscription.id);
  await followed(await tellLast());
  await billing(member, ({ entitlement }) => entitlement === "active");
});
test("whose plan was stopped since the bank took the payment back chooses one anew: the old one ends", async () => {
  const { actor, customer, subscription, invoice, ...member } = await payMember();
  const checkout = async () => {
    const answer = await ask("POST", "/billing/checkout", { body: { plan: "workshop" }, token: await member.token() });
    expect(answer.status, answer.text).toBe(200);
    return paymentPage.parse(answer.json).url;
  };
  payments.bank.dispute(invoice);
  await followed(await tellLast());
  expect(await checkout()).toContain("/portal/"); // in the week of grace it goes on
  for (const each of payments.bank.ledger.disputes) each.created -= 8 * 86_400;
  expect((await look(actor.member)).entitlement).toBe("suspended");
  // Returned meanwhile, and no word of it here: the plan is paid, and goes on.
  for (const each of payments.bank.ledger.disputes) each.status = "won";
  expect(await checkout()).toContain("/portal/");
  for (const each of payments.bank.ledger.disputes) each.status = "lost";
  expect((await look(actor.member)).entitlement).toBe("suspended");
  const page = await checkout();
  expect([page, subscription.status]).toEqual([expect.stringContaining("/pay/"), "canceled"]);
  await press(page, "pay");
  expect(await look(actor.member)).toMatchObject({ entitlement: "active", subscription: { plan: "workshop", disputed: false } });
});
test("what was paid beside the plan, and is taken back, leaves the plan as it is", async () => {
  const { actor, subscription } = await payMember();
  const other = { ...subscription, id: "sub_paid_beside" };
  payments.bank.ledger.subscriptions.unshift(other);
  const { id } = payments.bank.invoice(other, { amount: 2_900, status: "paid", billing_reason: "subscription_create" });
  payments.bank.dispute(id);
  await followed(await tellLast());
  expect((await look(actor.member)).entitlement).toBe("active");
});
test("an invoice that fails in the middle of a month has a week from its own day", async () => {
  const { actor, subscription } = await payMember();
  const day = 86_400;
  subscription.start -= 20 * day;
  subscription.status = "past_due";
  payments.bank.invoice(subscription, { amount: 100, status: "open", billing_reason: "subscription_update" });
  expect(await look(actor.member)).toMatchObject({ entitlement: "grace" });
});
test("a key that may not read charges reads the plan all the same, and says so to operators", async () => {
  const { actor, subscription } = await payMember();
  payments.refuse(403, "/v1/charges");
  payments.bank.cancelAtEnd(subscription.id, true);
  const seen = await look(actor.member);
  payments.refuse();
  expect(seen).toMatchObject({ subscription: { status: "canceled" }, customer: { trouble: { kind: "refused" } } });
  expect((await look(actor.member)).customer?.trouble).toBeNull();
});
test("money that is given back changes nothing by itself: whoever gives it says at Stripe whether the plan goes on", async () => {
  const { subscription, invoice, actor, ...member } = await payMember();
  payments.bank.refund(invoice);
  await followed(await tellLast());
  await billing(member, ({ entitlement }) => entitlement === "active");
  payments.bank.cancelNow(subscription.id);
  await followed(await tellLast());
  await billing(member, ({ entitlement }) => entitlement === "suspended");
});

test("while Stripe is away what it told waits, is asked for less and less often, and is followed once it is back", async () => {
  const { actor, subscription, invoice, ...member } = await payMember();
  payments.refuse(503);
  payments.bank.endPeriod(subscription.id, "failed");
  const id = await tellLast();
  payments.bank.dispute(invoice);
  const disputed = await tellLast();
  const trouble = await eventually("the trouble", async () => (await troubleOf(actor.member)) ?? undefined);
  expect(trouble).toMatchObject({ kind: "away" });
  const { events } = await readDesk();
  for (const each of [id, disputed]) expect(events.find((event) => event.id === each)).toMatchObject({ processedAt: null, parked: null });
  // Ten minutes later it has failed for ten minutes: the next try is as far away.
  const tenMinutes = 600_000;
  const row = async () => (await sql("select next_look, trouble_since from payment_customer where member = ?", [actor.member]))[0];
  await sql("update payment_customer set trouble_since = trouble_since - ?, next_look = 0 where member = ?", [tenMinutes, actor.member]);
  await sql("update payment_event set received_at = received_at - ?, next_look = 0 where id = ?", [tenMinutes, disputed]);
  const later = Date.now() + tenMinutes - 5_000;
  await eventually("both tries being put off", async () => {
    await beat();
    return Number((await row())?.next_look) > later && Number((await eventRow(disputed))?.next_look) > later ? true : undefined;
  });
  expect(Number((await row())?.trouble_since)).toBe(trouble.since - tenMinutes);
  payments.refuse();
  await sql("update payment_customer set next_look = 0 where member = ?", [actor.member]);
  await sql("update payment_event set next_look = 0 where id = ?", [disputed]);
  await eventually("both being followed", async () => {
    await beat();
    const rows = [await eventRow(id), await eventRow(disputed)];
    return rows.every((each) => each?.processed_at) ? true : undefined;
  });
  await billing(member, ({ entitlement }) => entitlement === "grace");
  expect(await troubleOf(actor.member)).toBeUndefined();
});
test("of a thousand equal events one is followed, and none disturbs it", async () => {
  const { actor, subscription, customer } = await payMember();
  payments.bank.cancelAtEnd(subscription.id, true);
  const raw = JSON.stringify(asEvent(payments.bank.ledger.events.at(-1)!));
  const revision = async () => Number((await sql("select revision from payment_customer where customer = ?", [customer]))[0]?.revision);
  const before = await revision();
  const reads = () => payments.calls.filter((each) => each === "GET /v1/subscriptions").length;
  const asked = reads();
  const left = Array.from({ length: 1_000 }, () => raw);
  const statuses = new Set<number>();
  const sender = async () => {
    for (let next = left.pop(); next; next = left.pop()) statuses.add((await send(next)).status);
  };
  await Promise.all(Array.from({ length: 20 }, sender));
  expect([...statuses]).toEqual([200]);
  await followed(payments.bank.ledger.events.at(-1)!.id);
  expect(await planOf(actor.member)).toMatchObject({ status: "canceled" });
  expect((await revision()) - before).toBeLessThan(10);
  expect(reads() - asked).toBeLessThan(10);
});

test("an operator looks at a member's payments: Stripe is read, and the member reads of the look", async () => {
  const { actor, customer, subscription, ...member } = await payMember();
  payments.bank.cancelAtEnd(subscription.id, true);
  const id = await tell({ ...payments.bank.ledger.events.at(-1)!, object: { object: "subscription", customer } });
  await followed(id);
  payments.bank.cancelAtEnd(subscription.id, false); // and no word of it
  const seen = await look(actor.member);
  expect(seen).toMatchObject({
    ...{ member: { id: actor.member }, entitlement: "active", subscription: { status: "active" } },
    customer: { id: customer, trouble: null, readAt: expect.any(Number) },
    events: [{ id, type: "customer.subscription.updated", member: actor.member, parked: null }],
  });
  const rows = auditPage.parse((await ask("GET", "/audit?by=operator", { token: await member.token() })).json).rows;
  expect(rows).toMatchObject([{ by: { kind: "operator" }, kind: "billing", action: "payments:look", reason, result: "ok" }]);
  const nobody = await look((await newMember()).actor.member);
  expect(nobody).toMatchObject({ customer: null, events: [], entitlement: "trialing" });
  for (const { status } of [
    await ask("GET", "/payments", { token: await member.token() }),
    await ask("POST", "/payments/looks", { body: { account: actor.member, reason }, token: await member.token() }),
  ])
    expect(status).toBe(403);
});
test("what is paid and no setting names, and a plan that is paid twice, stand before the operator", async () => {
  const [odd, twice] = [await payMember(), await payMember()];
  odd.subscription.price = "price_of_another";
  expect((await look(odd.actor.member)).customer?.trouble).toMatchObject({ kind: "unknown_price" });
  expect(await planOf(odd.actor.member)).toMatchObject({ status: "active", plan: "studio" }); // it stays as it was known
  payments.bank.ledger.subscriptions.push({ ...twice.subscription, id: "sub_made_by_hand" });
  expect((await look(twice.actor.member)).customer?.trouble).toMatchObject({ kind: "two_plans" });
  expect(await troubleOf(twice.actor.member)).toMatchObject({ kind: "two_plans" });
  payments.bank.cancelNow("sub_made_by_hand");
  odd.subscription.price = "price_demo_studio";
  for (const { actor } of [odd, twice]) expect((await look(actor.member)).customer?.trouble).toBeNull();
});
test("a price or a currency in the call is refused, whatever it says", async () => {
  const person = await newPerson();
  for (const more of [{ price: "price_of_another" }, { currency: "eur" }, { plan: "socks" }, { quantity: 0 }, { trial: "yes" }]) {
    const answer = await ask("POST", "/billing/checkout", { body: { plan: "studio", ...more }, token: await person.token() });
    expect(answer.status, JSON.stringify(more)).toBe(400);
  }
  expect(
    z
      .object({ checkouts: z.array(z.looseObject({ price: z.string() })) })
      .parse(payments.bank.ledger)
      .checkouts.map(({ price }) => price),
  ).not.toContain("price_of_another");
});

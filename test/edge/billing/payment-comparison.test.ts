import { afterAll, beforeAll, expect, test } from "vitest";
import { auditPage } from "../../../schema/audit/audit.ts";
import { type PaymentDifference, paymentDeskOut, paymentLookOut } from "../../../schema/billing/payment-desk.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, operatorToken, refusal, sql } from "../client.ts";
import { openHost, openPayments, payMember, spend } from "./paid-member.ts";

/** What was used, told to Stripe's meter and billed is compared each day, to the cent (SPEC 11.3, 12.1). */
let payments: Payments;
let beat: () => Promise<void>;
type Paid = Awaited<ReturnType<typeof payMember>>;
const [hourMs, reason] = [3_600_000, "Ticket 4713: credited at Stripe"];
beforeAll(async () => {
  payments = await openPayments();
  ({ beat } = await openHost());
});
/** No other file finds a difference that is one of this file's. */
afterAll(async () => {
  await sql("update payment_difference set closed_at = 1 where closed_at is null");
  await payments.close();
});

const readDesk = async () => paymentDeskOut.parse((await ask("GET", "/payments", { token: await operatorToken() })).json);
const differences = async ({ actor }: Paid) => (await readDesk()).differences.filter(({ member }) => member === actor.member);
async function comparedAt({ actor }: Paid): Promise<number> {
  const [row] = await sql("select compared_at as at from payment_customer where member = ?", [actor.member]);
  return Number(row?.at ?? 0);
}
/** It is due, and a heartbeat comes. */
async function makeDue({ actor }: Paid): Promise<void> {
  await sql("update payment_customer set next_comparison = 0, next_look = ? where member = ?", [Date.now() + hourMs, actor.member]);
  await beat();
}
async function compare(member: Paid): Promise<void> {
  const before = await comparedAt(member);
  await makeDue(member);
  await eventually("its being compared", async () => ((await comparedAt(member)) > before ? true : undefined));
}
/** All that was told until now was so two hours before: Stripe has added it up. */
async function letSettle({ actor, customer }: Paid): Promise<void> {
  const ago = 2 * hourMs;
  await sql("update meter_report set at = at - ?, taken_at = taken_at - ? where member = ?", [ago, ago, actor.member]);
  await sql("update usage set at = at - ? where member = ?", [ago, actor.member]);
  await sql("update payment_customer set metered_from = metered_from - ? where member = ?", [ago, actor.member]);
  for (const event of payments.bank.ledger.meterEvents) if (event.customer === customer) event.at -= ago / 1_000;
}
/** What was spent is told, and told long ago. */
async function tellUsed(member: Paid, micros: readonly number[]): Promise<void> {
  await spend(member, micros);
  await compare(member);
  await letSettle(member);
}
/** What was told before counts before what happens now, in whole seconds. */
async function aSecondLater(): Promise<void> {
  const told = Date.now();
  await eventually("a later second", async () => (Date.now() > told + 1_100 ? true : undefined));
}
const settle = async ({ since: _, ...seen }: PaymentDifference, token?: string) =>
  ask("POST", "/payments/differences", { body: { ...seen, reason }, token: token ?? (await operatorToken()) });

test("what was used, told and counted is the same, to the cent, and what is less waits", async () => {
  const member = await payMember(payments);
  await tellUsed(member, [25_000, 19_999]);
  await tellUsed(member, [5_001, 60_000]);
  const asked = payments.calls.length;
  await compare(member);
  expect(await differences(member)).toEqual([]);
  const calls = payments.calls.slice(asked);
  expect(calls.some((call) => call.includes("event_summaries"))).toBe(true);
  expect(calls.some((call) => call.includes("/v1/invoices"))).toBe(true);
  // It was compared: the next time is tomorrow.
  await beat();
  const [row] = await sql("select next_comparison - compared_at as wait from payment_customer where member = ?", [member.actor.member]);
  expect(row?.wait).toBe(24 * hourMs);
});

test("one cent that the meter lost is an operator's from the next comparison on, until the meter has it", async () => {
  const member = await payMember(payments);
  await tellUsed(member, [30_000, 40_000]);
  const event = payments.bank.ledger.meterEvents.find(({ customer }) => customer === member.customer)!;
  event.value -= 1;
  await compare(member);
  const [found, ...more] = await differences(member);
  expect(more).toEqual([]);
  expect(found).toMatchObject({ kind: "meter", invoice: null, expectedCents: 7, foundCents: 6 });
  expect(await readDesk()).toMatchObject({ ok: false, state: expect.stringMatching(/not the same for every member/) });
  await compare(member);
  expect(await differences(member)).toEqual([found]); // the same one, since the same time
  event.value += 1;
  await compare(member);
  expect(await differences(member)).toEqual([]);
  // Settled while it lasts: once it was gone, one that is as large is another.
  event.value -= 1;
  await compare(member);
  const [again] = await differences(member);
  expect((await settle(again!)).status).toBe(200);
  await compare(member);
  expect(await differences(member)).toEqual([]);
  event.value += 1;
  await compare(member);
  event.value -= 1;
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "meter", expectedCents: 7, foundCents: 6 }]);
});

test("a ledger that is not what was told of it differs, whichever of the two is more", async () => {
  const member = await payMember(payments);
  await tellUsed(member, [30_000, 40_000]);
  await sql("update usage set cost_micros = cost_micros - 20000 where member = ? and cost_micros = 40000", [member.actor.member]);
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "ledger", expectedCents: 5, foundCents: 7 }]);
  await sql("update usage set cost_micros = cost_micros + 20000 where member = ? and cost_micros = 20000", [member.actor.member]);
  await compare(member);
  expect(await differences(member)).toEqual([]);
});

test("what was told an hour late and just now waits for Stripe to add it up, and is no difference meanwhile", async () => {
  const member = await payMember(payments);
  await tellUsed(member, [30_000]);
  const before = await comparedAt(member);
  payments.bank.ledger.meterEvents.find(({ customer }) => customer === member.customer)!.value = 0;
  await sql("update meter_report set taken_at = ? where member = ?", [Date.now(), member.actor.member]);
  await makeDue(member);
  await eventually("its waiting for an hour", async () => {
    const [row] = await sql("select next_comparison as at from payment_customer where member = ?", [member.actor.member]);
    return Number(row?.at) > Date.now() + hourMs / 2 ? true : undefined;
  });
  await beat();
  expect([await differences(member), await comparedAt(member)]).toEqual([[], before]);
  await sql("update meter_report set taken_at = taken_at - ? where member = ?", [2 * hourMs, member.actor.member]);
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "meter", expectedCents: 3, foundCents: 0 }]);
});

test("an invoice that bills otherwise than was told is one difference, which an operator settles with a reason", async () => {
  const member = await payMember(payments);
  payments.bank.billByMeter(member.customer);
  await spend(member, [30_000, 40_000]);
  await compare(member);
  await aSecondLater();
  payments.bank.endPeriod(member.subscription.id, "paid");
  await compare(member);
  expect(await differences(member)).toEqual([]);
  const invoice = payments.bank.invoicesOf(member.customer).find(({ metered }) => metered)!;
  const line = invoice.metered!;
  expect(line.quantity).toBe(7);
  line.quantity = 5;
  await compare(member);
  const [found] = await differences(member);
  expect(found).toMatchObject({ kind: "invoice", invoice: invoice.id, expectedCents: 7, foundCents: 5 });

  const other = await settle({ ...found!, foundCents: 4 });
  expect([other.status, refusal(other).code]).toEqual([409, "conflict"]);
  expect((await settle({ ...found!, invoice: "in_none" })).status).toBe(404);
  expect((await settle(found!, await member.token())).status).toBe(403);
  expect(await differences(member)).toEqual([found]);
  for (const answer of [await settle(found!), await settle(found!)]) expect(answer.status, answer.text).toBe(200);
  expect(await differences(member)).toEqual([]);
  await compare(member);
  expect(await differences(member)).toEqual([]); // it is as large as it was when it was settled
  const rows = auditPage.parse((await ask("GET", "/audit?by=operator", { token: await member.token() })).json).rows;
  expect(rows).toMatchObject([{ by: { kind: "operator" }, kind: "billing", action: "payments:settle", reason, result: "ok" }]);
  line.quantity = 1;
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "invoice", expectedCents: 7, foundCents: 1 }]);
  const look = await ask("POST", "/payments/looks", { body: { account: member.actor.member, reason }, token: await operatorToken() });
  const seen = paymentLookOut.parse(look.json);
  expect(seen).toMatchObject({ customer: { comparedAt: expect.any(Number) }, differences: [{ kind: "invoice", foundCents: 1 }] });
});

test("what is told of a time that no invoice bills, or that two do, is a difference of its own", async () => {
  const member = await payMember(payments);
  payments.bank.billByMeter(member.customer);
  await spend(member, [30_000, 40_000]);
  await compare(member);
  await aSecondLater();
  payments.bank.endPeriod(member.subscription.id, "paid");
  await compare(member);
  expect(await differences(member)).toEqual([]);
  const invoice = payments.bank.invoicesOf(member.customer).find(({ metered }) => metered)!;
  const { metered } = invoice;
  payments.bank.ledger.invoices.push({ ...invoice, id: "in_twice" });
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "periods", invoice: null, expectedCents: 7, foundCents: 14 }]);
  // The first of the two is void: what is left bills each cent once.
  invoice.status = "void";
  await compare(member);
  expect(await differences(member)).toEqual([]);
  payments.bank.ledger.invoices.find(({ id }) => id === "in_twice")!.metered = { ...metered!, quantity: 0, end: metered!.start + 1 };
  await compare(member);
  expect(await differences(member)).toEqual([]); // the next time that is over may still be billed
  const over = "update subscription set period_start = ?, period_end = ? where member = ?";
  await sql(over, [Date.now() - 25 * hourMs, Date.now() + 25 * hourMs, member.actor.member]);
  await sql("update meter_report set at = at - ?, taken_at = taken_at - ? where member = ?", [
    26 * hourMs,
    26 * hourMs,
    member.actor.member,
  ]);
  await sql("update payment_customer set metered_from = metered_from - ? where member = ?", [27 * hourMs, member.actor.member]);
  for (const event of payments.bank.ledger.meterEvents) if (event.customer === member.customer) event.aged -= 26 * 3_600;
  await compare(member);
  expect(await differences(member)).toMatchObject([{ kind: "periods", expectedCents: 7, foundCents: 0 }]);
});

test("while Stripe does not answer nothing is compared and nothing differs, and an operator sees that it is late", async () => {
  const member = await payMember(payments);
  await tellUsed(member, [30_000]);
  payments.refuse(500, "/v1/billing/meters");
  const asked = payments.calls.length;
  const isLate = async () => {
    const [row] = await sql("select comparing_since as since from payment_customer where member = ?", [member.actor.member]);
    return row?.since !== null;
  };
  await makeDue(member);
  await eventually("its being asked", async () =>
    payments.calls.slice(asked).some((call) => call.includes("/v1/billing/meters")) ? true : undefined,
  );
  await eventually("it being noted since when", async () => (await isLate()) || undefined);
  expect((await readDesk()).state).not.toMatch(/not compared/); // that may pass by itself
  const before = await comparedAt(member);
  await sql("update payment_customer set comparing_since = ? where member = ?", [Date.now() - 49 * hourMs, member.actor.member]);
  expect(await readDesk()).toMatchObject({ ok: false, state: expect.stringMatching(/not compared with Stripe for two days/) });
  expect([await differences(member), await comparedAt(member)]).toEqual([[], before]);
  payments.refuse();
  await compare(member);
  expect([await differences(member), await isLate()]).toEqual([[], false]);
  expect((await readDesk()).state).not.toMatch(/not compared/);
});

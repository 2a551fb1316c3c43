import { afterAll, beforeAll, expect, test } from "vitest";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { sql } from "../client.ts";
import { openHost, openPayments, payMember, spend } from "./paid-member.ts";

/** What models cost is told to Stripe's meter, to the cent, once (SPEC 11.3, 12.1). */
let payments: Payments;
let beat: () => Promise<void>;
type Paid = Awaited<ReturnType<typeof payMember>>;
beforeAll(async () => {
  payments = await openPayments();
  ({ beat } = await openHost());
});
afterAll(() => payments.close());

const metered = ({ customer }: Paid) =>
  payments.bank.ledger.meterEvents.filter((each) => each.customer === customer).reduce((sum, { value }) => sum + value, 0);
const ledger = async ({ actor }: Paid) => {
  const [row] = await sql(
    "select sum(cost_micros) as micros from usage where member = ? and at >= (select metered_from from payment_customer where member = ?)",
    [actor.member, actor.member],
  );
  return Number(row?.micros ?? 0);
};
/** The next looks at what is due: until the meter has every whole cent of the ledger. */
async function settle(member: Paid): Promise<void> {
  const wanted = Math.floor((await ledger(member)) / 10_000);
  await eventually(`${wanted} cents`, async () => {
    await sql("update payment_customer set next_look = 0 where member = ?", [member.actor.member]);
    await beat();
    const [row] = await sql("select count(*) as open from meter_report where member = ? and taken_at is null", [member.actor.member]);
    return metered(member) === wanted && row?.open === 0 ? true : undefined;
  });
}

test("ten thousand calls are the ledger's sum at the meter, and what is less than a cent waits", async () => {
  const member = await payMember(payments);
  await spend(member, [4_999_999], Date.now() - 40 * 86_400_000); // of the trial, before anything was paid
  const costs = Array.from({ length: 10_000 }, (_, n) => (n * 7_919) % 3_001);
  await spend(member, costs.slice(0, 4_000));
  await settle(member);
  await spend(member, costs.slice(4_000));
  await settle(member);
  const sum = costs.reduce((all, cost) => all + cost, 0);
  expect([await ledger(member), metered(member)]).toEqual([sum, Math.floor(sum / 10_000)]);
  const { ledger: told } = payments.bank;
  expect(told.meterEvents.filter(({ customer }) => customer === member.customer).every(({ name }) => name === "model_cents")).toBe(true);
});

test("a Worker that dies before or after it told Stripe neither loses nor doubles, and two at once tell once", async () => {
  const member = await payMember(payments);
  await spend(member, [25_000, 19_999]);
  await settle(member);
  expect(metered(member)).toBe(4);
  // It died after Stripe took it: the row says that it was not taken.
  await sql("update meter_report set taken_at = null where member = ?", [member.actor.member]);
  await settle(member);
  expect(metered(member)).toBe(4);
  // The same when Stripe has forgotten the call, and knows the identifier.
  for (const key of Object.keys(payments.bank.ledger.answered))
    if (key.startsWith(member.actor.member)) delete payments.bank.ledger.answered[key];
  await sql("update meter_report set taken_at = null where member = ?", [member.actor.member]);
  await settle(member);
  expect(metered(member)).toBe(4);
  // It died before: the row waits, and further use is a row of its own.
  const dead =
    "insert into meter_report (member, number, cents, at) select member, max(number) + 1, 1, ? from meter_report where member = ?";
  await sql(dead, [Date.now(), member.actor.member]);
  await spend(member, [5_001, 30_000]);
  await Promise.all([settle(member), settle(member), settle(member)]);
  expect(metered(member)).toBe(8);
});

test("a report that Stripe refuses for its own sake is told again, and counts once it was taken", async () => {
  const member = await payMember(payments);
  await spend(member, [40_000]);
  payments.refuse(400, "/v1/billing/meter_events");
  const before = payments.calls.length;
  const asked = () => payments.calls.slice(before).filter((call) => call.includes("meter_events")).length;
  await eventually("two refused reports", async () => {
    await sql("update payment_customer set next_look = 0 where member = ?", [member.actor.member]);
    await beat();
    return asked() >= 2 ? true : undefined;
  });
  expect(metered(member)).toBe(0);
  payments.refuse();
  await settle(member);
  expect(metered(member)).toBe(4);
});

test("while Stripe refuses, nothing is lost; what was used before a period began counts in the period before", async () => {
  const member = await payMember(payments);
  await spend(member, [70_000]);
  payments.refuse(500, "/v1/billing/meter_events");
  const before = payments.calls.length;
  const isRefused = () => payments.calls.slice(before).some((call) => call.includes("meter_events"));
  await eventually("a refused report", async () => {
    await sql("update payment_customer set next_look = 0 where member = ?", [member.actor.member]);
    await beat();
    return isRefused() ? true : undefined;
  });
  expect(metered(member)).toBe(0);
  payments.refuse();
  await settle(member);
  const began = Date.now() + 1;
  await eventually("a later moment", async () => (Date.now() > began + 1_100 ? true : undefined));
  await spend(member, [30_000], Date.now() - 1_100);
  await sql("update payment_customer set metered_from = metered_from - 1 where member = ?", [member.actor.member]);
  payments.bank.endPeriod(member.subscription.id, "paid");
  await settle(member);
  const events = payments.bank.ledger.meterEvents.filter(({ customer }) => customer === member.customer);
  expect(events.map(({ value }) => value)).toEqual([7, 3]);
  expect(events[1]?.at).toBeLessThanOrEqual(member.subscription.start);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut, planPreviewOut } from "../../../schema/billing/payment.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { passTime } from "../../doubles/payments/clock.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, newMember, newPerson, refusal, sql } from "../client.ts";
import { openHost, openPayments, payMember, planOf, press } from "./paid-member.ts";

/** What was billed and what will be, and how much of the limits is used (issue 27.8). */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());

type Person = { token: () => Promise<string> };
type Choice = { plan: string; quantity?: number; proratedAt?: unknown };
const read = async (where: string, person: Person) => ask("GET", where, { token: await person.token() });
const billing = async (person: Person) => billingOut.parse((await read("/billing", person)).json);
const invoices = async (person: Person) => invoicesOut.parse((await read("/billing/invoices", person)).json);
const previewAnswer = (person: Person, { plan, quantity = 1 }: Choice) =>
  read(`/billing/plan/preview?plan=${plan}&quantity=${quantity}`, person);
const preview = async (person: Person, choice: Choice) => planPreviewOut.parse((await previewAnswer(person, choice)).json);
const changeAnswer = async (person: Person, from: Choice, wanted: Choice) => {
  const body = { quantity: 1, ...wanted, from: { quantity: 1, ...from } };
  return ask("PUT", "/billing/plan", { body, token: await person.token() });
};
const change = async (person: Person, from: Choice, wanted: Choice) => {
  const answer = await changeAnswer(person, from, wanted);
  expect(answer.status, answer.text).toBe(200);
};
const [studio, workshop] = [{ plan: "studio" }, { plan: "workshop" }] as const;

test("an invoice says what it is for and where its file is, and the next one is what Stripe will bill", async () => {
  const member = await payMember(payments);
  const { periodEnd } = (await billing(member)).subscription!;
  const seen = await invoices(member);
  expect(seen.invoices).toMatchObject([{ title: "Studio", amount: 2_900, refunded: 0, failures: 0, status: "paid" }]);
  expect([seen.upcoming, seen.waiting]).toEqual([{ amount: 2_900, currency: "usd", at: periodEnd }, null]);
  const file = await fetch(seen.invoices[0]!.file!);
  expect([file.status, file.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  await change(member, studio, workshop);
  const after = await invoices(member);
  expect(after.invoices.map(({ title, amount }) => [title, amount])).toEqual([
    ["Change to Workshop", 7_000],
    ["Studio", 2_900],
  ]);
  expect(after.upcoming?.amount).toBe(9_900);
  await change(member, workshop, studio); // from the next period on
  expect((await invoices(member)).upcoming?.amount).toBe(2_900);
  const ended = await ask("PUT", "/billing/renewal", { body: { renews: false }, token: await member.token() });
  expect([ended.status, (await invoices(member)).upcoming]).toEqual([200, null]);
  expect(await invoices(await newPerson())).toEqual({ invoices: [], upcoming: null, card: null, waiting: null });
});

test("the card that pays next is said: the plan's own or else the member's, and nothing of what is no card", async () => {
  const member = await payMember(payments);
  const { bank } = payments;
  const [plan, payer] = [bank.find("subscriptions", member.subscription.id), bank.find("customers", member.customer)];
  const card = async () => (await invoices(member)).card;
  const made = new Date(payer.created * 1_000);
  const expires = `${made.getUTCFullYear() + 3}-${String(made.getUTCMonth() + 1).padStart(2, "0")}`;
  expect(await card()).toEqual({ brand: "visa", last4: "4242", expires });
  bank.setCard(member.customer, "asks");
  expect((await card())?.last4).toBe("3220");
  plan.default_payment_method = null;
  expect(await card()).toBeNull();
  payer.default_payment_method = "card";
  expect((await card())?.last4).toBe("3220");
  plan.default_payment_method = "link";
  expect(await card()).toBeNull();
  plan.default_payment_method = "card";
  payments.refuse(403, "/v1/subscriptions", "default_payment_method"); // the key may not read what pays
  const without = await invoices(member);
  payments.refuse();
  expect([without.card, without.upcoming?.amount, without.invoices.length]).toEqual([null, 2_900, 1]);
  bank.cancelNow(plan.id);
  expect(await card()).toBeNull();
});

test("what a change will charge is said before, to the cent, and asking changes nothing", async () => {
  const member = await payMember(payments);
  const row = payments.bank.find("subscriptions", member.subscription.id);
  const third = Math.round((row.end - row.start) / 3);
  Object.assign(row, { start: row.start - third, end: row.end - third });
  payments.bank.tellSubscription(row);
  await eventually("the month's end", async () => ((await planOf(member.actor.member)).period_end === row.end * 1_000 ? true : undefined));
  const [more, same] = [await preview(member, workshop), await preview(member, studio)];
  expect(same).toEqual({ atOnce: null, isKnown: true, later: { amount: 2_900, currency: "usd", at: row.end * 1_000 } });
  expect(more.later).toEqual({ amount: 9_900, currency: "usd", at: row.end * 1_000 });
  expect(payments.bank.invoicesOf(member.customer)).toHaveLength(1);
  const { proratedAt, amount } = more.atOnce!;
  await change(member, studio, { ...workshop, proratedAt });
  expect(payments.bank.invoicesOf(member.customer)[0]!.amount).toBe(amount);
  expect(await preview(member, { plan: "studio", quantity: 2 })).toMatchObject({ atOnce: null, isKnown: true, later: { amount: 5_800 } });
  await change(member, workshop, studio); // from the next period on: then Stripe does not count another one
  expect(await preview(member, { plan: "studio", quantity: 2 })).toEqual({ atOnce: null, later: null, isKnown: false });
  expect(refusal(await previewAnswer(member, { plan: "workshop", quantity: 2 })).message).toContain("Take that back first");
  expect(refusal(await previewAnswer(await newMember(), studio)).message).toContain("No plan is paid");
  for (const wrong of ["plan=gold", "plan=trial", "plan=studio&quantity=6", "plan=studio&quantity=x", ""])
    expect((await read(`/billing/plan/preview?${wrong}`, member)).status, wrong).toBe(400);
  expect((await ask("GET", "/billing/plan/preview?plan=studio")).status).toBe(401);
});

test("what was agreed to is what is charged, though minutes go by in between", async () => {
  const member = await payMember(payments);
  const [most, minutes] = [{ plan: "workshop", quantity: 5 }, 300];
  const said = (await preview(member, most)).atOnce!;
  passTime(payments.bank, member.customer, minutes);
  expect((await preview(member, most)).atOnce!.amount).toBeLessThan(said.amount); // Stripe counts by the second
  await change(member, studio, { ...most, proratedAt: said.proratedAt - minutes }); // for this customer it was said so long ago
  expect(payments.bank.invoicesOf(member.customer)).toMatchObject([{ amount: said.amount, status: "paid" }, { amount: 2_900 }]);
});

test("an amount that was counted long ago, for a time to come or for another month is not charged", async () => {
  const [old, fresh] = [await payMember(payments), await payMember(payments)];
  passTime(payments.bank, old.customer, 3_600);
  const now = Math.floor(Date.now() / 1_000);
  for (const [member, proratedAt] of [
    [old, now - 660],
    [old, now + 3_600],
    [fresh, payments.bank.find("subscriptions", fresh.subscription.id).start - 1],
    [fresh, null], // it was said that nothing is paid
  ] as const) {
    const answer = await changeAnswer(member, studio, { ...workshop, proratedAt });
    expect([answer.status, refusal(answer).code], `${proratedAt}`).toEqual([409, "proration_expired"]);
    expect(refusal(answer).message).toContain("Nothing was changed");
    expect([payments.bank.invoicesOf(member.customer).length, (await planOf(member.actor.member)).plan]).toEqual([1, "studio"]);
  }
  for (const proratedAt of [1.5, "now"])
    expect((await changeAnswer(fresh, studio, { ...workshop, proratedAt })).status, `${proratedAt}`).toBe(400);
});

test("a change that waits for its payment is seen until it is paid, a payment that failed and one given back also", async () => {
  const member = await payMember(payments);
  payments.bank.cards[member.customer] = "declines";
  await change(member, studio, workshop);
  const { waiting, invoices: seen } = await invoices(member);
  expect(seen[0]).toMatchObject({ status: "open", due: 7_000, isPlan: false });
  expect(waiting).toMatchObject({ plan: "workshop", quantity: 1, payAt: seen[0]!.url });
  expect(waiting!.until).toBeGreaterThan(Date.now());
  payments.bank.cards[member.customer] = "works";
  await press(waiting!.payAt, "pay");
  await eventually("the larger plan", async () => ((await planOf(member.actor.member)).plan === "workshop" ? true : undefined));
  expect((await invoices(member)).waiting).toBeNull();
  payments.bank.refund(payments.bank.invoicesOf(member.customer)[0]!.id, 1_500);
  expect((await invoices(member)).invoices.map(({ refunded }) => refunded)).toEqual([1_500, 0]);
  payments.bank.endPeriod(member.subscription.id, "failed");
  expect((await invoices(member)).invoices[0]).toMatchObject({ title: "Workshop", status: "open", failures: 1, due: 9_900, isPlan: true });
});

test("where Stripe is away nothing is said of invoices, and the plan is shown all the same", async () => {
  const member = await payMember(payments);
  payments.refuse(503);
  expect([(await read("/billing/invoices", member)).status, (await previewAnswer(member, workshop)).status]).toEqual([503, 503]);
  expect((await billing(member)).entitlement).toBe("active");
  payments.refuse();
  payments.refuse(400, "/v1/invoices/create_preview"); // it refuses to say what comes
  expect((await invoices(member)).upcoming).toBeNull();
  expect(await preview(member, workshop)).toEqual({ atOnce: null, later: null, isKnown: false });
  payments.refuse(403, "/v1/charges"); // the key may not read them
  expect((await invoices(member)).invoices).toMatchObject([{ refunded: 0 }]);
  payments.refuse();
});

test("when a stack stops and is archived without a payment is said, of a plan that goes on it is not", async () => {
  const member = await newMember();
  const set = (status: string, end: number) =>
    sql("update subscription set plan = 'studio', status = ?, period_end = ? where member = ?", [status, end, member.actor.member]);
  const end = Date.now() - 3 * dayMs;
  const trial = await billing(member);
  expect(trial.withoutPayment).toEqual(
    trial.subscription?.periodEnd ? { stopsAt: trial.subscription.periodEnd, archivedAt: trial.subscription.periodEnd + 90 * dayMs } : null,
  );
  await set("past_due", end);
  expect(await billing(member)).toMatchObject({
    entitlement: "grace",
    withoutPayment: { stopsAt: end + 7 * dayMs, archivedAt: end + 97 * dayMs },
  });
  await set("canceled", end);
  expect(await billing(member)).toMatchObject({ entitlement: "suspended", withoutPayment: { stopsAt: end, archivedAt: end + 90 * dayMs } });
  await set("active", Date.now() + dayMs);
  expect((await billing(member)).withoutPayment).toBeNull();
  expect((await billing(await newPerson())).withoutPayment).toBeNull();
});

test("how much of the limits is used is said: projects online, domains, and the disk as it was measured last", async () => {
  const { host, beat } = await openHost();
  const member = await newMember();
  const mine = member.actor.member;
  expect((await billing(member)).used).toEqual({ apps: 0, domains: 0, disk: null });
  await sql("update stack set host = ? where member = ?", [host.id, mine]);
  const at = Date.now() - 60_000;
  const tell = (disk: { bytes: number; at: number }) =>
    beat([{ member: mine, epoch: 1, generation: 1, observed: "running", since: at, disk }]);
  await tell({ bytes: 5_000, at });
  await tell({ bytes: 2_000, at: at + 1_000 }); // something was deleted
  await tell({ bytes: 9_000, at }); // told late
  expect((await billing(member)).used.disk).toEqual({ bytes: 2_000, at: at + 1_000 });
  await tell({ bytes: 3_000, at: Date.now() + dayMs }); // a clock that is wrong
  await tell({ bytes: 4_000, at: Date.now() + dayMs + 1 });
  const { disk } = (await billing(member)).used;
  expect(disk!.at).toBeLessThanOrEqual(Date.now());
  for (const project of ["a", "b", "c"])
    await sql("insert into app_address (label, member, project, published, created_at) values (?, ?, ?, 1, 1)", [
      ...[`${project}-${mine}`, mine, project],
    ]);
  await sql("update app_address set retired_at = 1 where member = ? and project = 'c'", [mine]);
  expect((await billing(member)).used.apps).toBe(2);
});

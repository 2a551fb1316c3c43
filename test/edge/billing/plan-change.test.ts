import { afterAll, beforeAll, expect, test } from "vitest";
import { billingOut } from "../../../schema/billing/billing.ts";
import { offeredPlansOut, paymentPage, planChangeOut } from "../../../schema/billing/payment.ts";
import { allowAfterChange } from "../../../schema/billing/subscription-plan.ts";
import { passTime } from "../../doubles/payments/clock.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, newMember, newPerson, refusal, startEdgeWithoutEngine } from "../client.ts";
import { openPayments, payMember, planOf } from "./paid-member.ts";

/** Which plan is bought, and a paid one changed: more at once, less with its period (issue 27.1). */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());

type Person = { token: () => Promise<string> };
type Member = Awaited<ReturnType<typeof payMember>>;
/** What the person sees of their plan when they choose, or `from`. */
const change = async (person: Person, plan: unknown, quantity: unknown = 1, from?: unknown) => {
  const { subscription } = await billing(person);
  const seen = subscription?.plan === "trial" ? undefined : { plan: subscription?.plan, quantity: subscription?.quantity };
  const body = { plan, quantity, from: from ?? seen ?? { plan: "studio", quantity: 1 } };
  return ask("PUT", "/billing/plan", { body, token: await person.token() });
};
const changed = async (person: Person, plan: string, quantity = 1) => {
  const answer = await change(person, plan, quantity);
  expect(answer.status, answer.text).toBe(200);
  return planChangeOut.parse(answer.json);
};
const checkout = async (person: Person, plan: unknown, quantity?: unknown) =>
  ask("POST", "/billing/checkout", { body: { plan, ...(quantity !== undefined && { quantity }) }, token: await person.token() });
const pageOf = async (person: Person, plan: string, quantity?: number) =>
  paymentPage.parse((await checkout(person, plan, quantity)).json).url;
const press = (url: string, form: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
const billing = async (person: Person) => billingOut.parse((await ask("GET", "/billing", { token: await person.token() })).json);
const invoicesOf = ({ customer }: Member) => payments.bank.invoicesOf(customer).map(({ amount, status }) => ({ amount, status }));
const soldNow = ({ subscription }: Member) => {
  const { price, quantity } = payments.bank.find("subscriptions", subscription.id);
  return [price, quantity];
};

test("a larger plan, or more of it, is bought at once and allows so many times as much", async () => {
  const member = await payMember(payments, { plan: "workshop", quantity: 2 });
  const { limits, model, subscription } = await billing(member);
  expect(subscription).toMatchObject({ plan: "workshop", quantity: 2, upcoming: null, status: "active" });
  expect([limits?.cpus, limits?.agents, limits?.egressMb, model.limitMicros]).toEqual([8, 12, 409_600, 180_000_000]);
  expect(invoicesOf(member)).toEqual([{ amount: 19_800, status: "paid" }]);
});

test("a checkout for another plan takes the place of the open one; the same is the same page, also at once", async () => {
  const person = await newPerson();
  const studio = await pageOf(person, "studio");
  expect(await pageOf(person, "studio", 1)).toBe(studio);
  const workshop = await pageOf(person, "workshop");
  expect(workshop).not.toBe(studio);
  await press(studio, { act: "pay" }); // in the other tab
  expect((await billing(person)).entitlement).toBe("none");
  const both = await Promise.all([checkout(person, "studio", 2), checkout(person, "studio", 3)]);
  const given = both.filter(({ status }) => status === 200).map(({ json }) => paymentPage.parse(json).url);
  expect(
    both.map(({ status }) => status).every((status) => status === 200 || status === 409),
    both.map(({ text }) => text).join(),
  ).toBe(true);
  const open = payments.bank.ledger.checkouts.filter(({ status, customer }) => {
    const mine = payments.bank.ledger.checkouts.find((each) => workshop.endsWith(each.id))?.customer;
    return status === "open" && customer === mine;
  });
  expect(open.length).toBeLessThanOrEqual(1);
  for (const url of [...given, workshop, await pageOf(person, "workshop", 2)]) await press(url, { act: "pay" });
  await eventually("one plan", async () => ((await billing(person)).entitlement === "active" ? true : undefined));
  const { customer } = payments.bank.ledger.checkouts.find((each) => workshop.endsWith(each.id))!;
  expect(payments.bank.subscriptionsOf(customer)).toHaveLength(1);
});

test("what can't be bought is refused and changes nothing", async () => {
  const person = await newPerson();
  const wrong = { trial: [1], gold: [1], studio: [0, 6, 1.5, "2"] };
  const choices = Object.entries(wrong).flatMap(([plan, quantities]) => quantities.map((quantity) => [plan, quantity]));
  for (const [plan, quantity] of choices)
    expect(refusal(await checkout(person, plan, quantity)).code, `${plan} ${quantity}`).toBe("invalid");
  const forged = { plan: "studio", price: "price_demo_workshop" };
  expect(refusal(await ask("POST", "/billing/checkout", { body: forged, token: await person.token() })).code).toBe("invalid");
  expect((await ask("PUT", "/billing/plan", { body: { plan: "studio", quantity: 1, from: { plan: "studio", quantity: 1 } } })).status).toBe(
    401,
  );
  expect(refusal(await change(await newMember(), "workshop")).message).toContain("No plan is paid");
});

test("a promotion code at the checkout takes off what it says, also after a change to less", async () => {
  const person = await newMember();
  const page = await pageOf(person, "workshop");
  await press(page, { act: "code", code: "BAKER20" });
  await press(page, { act: "pay" });
  await eventually("a paid plan", async () => ((await planOf(person.actor.member)).status === "active" ? true : undefined));
  const { customer } = payments.bank.ledger.checkouts.find((each) => page.endsWith(each.id))!;
  const [subscription] = payments.bank.subscriptionsOf(customer);
  expect(payments.bank.invoicesOf(customer)[0]).toMatchObject({ amount: 7_920, status: "paid" });
  await changed(person, "studio");
  payments.bank.endPeriod(subscription!.id, "paid");
  await eventually("the smaller plan", async () => ((await planOf(person.actor.member)).plan === "studio" ? true : undefined));
  expect(payments.bank.invoicesOf(customer)[0]).toMatchObject({ amount: 2_320, status: "paid" });
});

test("a change to more is paid and there at once, and said twice it is paid once", async () => {
  const member = await payMember(payments);
  expect(await changed(member, "workshop")).toMatchObject({
    payAt: null,
    subscription: { plan: "workshop", quantity: 1, status: "active" },
  });
  await changed(member, "workshop");
  const status = "paid";
  expect(invoicesOf(member)).toEqual([7_000, 2_900].map((amount) => ({ amount, status })));
  expect((await changed(member, "workshop", 3)).subscription.quantity).toBe(3);
  // Two tabs, each with another choice: one is made, the other hears that it was.
  const both = await Promise.all([4, 5].map((quantity) => change(member, "workshop", quantity, { plan: "workshop", quantity: 3 })));
  expect(both.map(({ status }) => status).sort(), both.map(({ text }) => text).join()).toEqual([200, 409]);
  expect(refusal(await change(member, "studio", 1, { plan: "studio", quantity: 2 })).message).toContain("changed since you saw it");
});

test("what is left of the period brings as large a part of the larger plan's model time, the next period all of it", async () => {
  const member = await payMember(payments);
  const row = payments.bank.find("subscriptions", member.subscription.id);
  const tenth = (row.end - row.start) / 10;
  Object.assign(row, { start: row.start - 9 * tenth, end: row.end - 9 * tenth }); // nine tenths of the month are over
  payments.bank.tellSubscription(row);
  await eventually("the month's end", async () => ((await planOf(member.actor.member)).period_end === row.end * 1_000 ? true : undefined));
  await changed(member, "workshop", 5);
  expect(invoicesOf(member)[0]).toEqual({ amount: 4_660, status: "paid" });
  const { limitMicros } = (await billing(member)).model;
  expect(Math.round(limitMicros / 100_000)).toBe(675); // 25 and a tenth of 425 dollars
  await changed(member, "workshop", 5);
  expect((await billing(member)).model.limitMicros).toBe(limitMicros);
  payments.bank.endPeriod(row.id, "paid");
  await eventually("the whole", async () => ((await billing(member)).model.limitMicros === 450_000_000 ? true : undefined));
});

test("what the card does not pay, or the bank asks about, is paid at a page; until then nothing is changed", async () => {
  for (const card of ["declines", "asks"] as const) {
    const member = await payMember(payments);
    payments.bank.cards[member.customer] = card;
    const { payAt, subscription } = await changed(member, "workshop");
    expect([subscription.plan, subscription.status, (await billing(member)).entitlement]).toEqual(["studio", "active", "active"]);
    expect(payAt).toContain("/invoice/");
    const invoice = () => payments.bank.invoicesOf(member.customer)[0]?.status;
    await changed(member, "studio"); // rather not
    expect(invoice()).toBe("void");
    const again = (await changed(member, "workshop")).payAt;
    await press(payAt!, { act: "pay" });
    expect([invoice(), (await planOf(member.actor.member)).plan]).toEqual(["open", "studio"]);
    await press(again!, { act: "pay" });
    await eventually("the larger plan", async () => ((await planOf(member.actor.member)).plan === "workshop" ? true : undefined));
  }
});

test("a change that is paid hours later brings the model time that it pays for, from when on its invoice counts", async () => {
  const member = await payMember(payments);
  payments.bank.cards[member.customer] = "declines";
  const { payAt } = await changed(member, "workshop");
  passTime(payments.bank, member.customer, 20 * 3_600);
  const { start, end } = payments.bank.find("subscriptions", member.subscription.id);
  await eventually("the hours", async () => ((await planOf(member.actor.member)).period_end === end * 1_000 ? true : undefined));
  await press(payAt!, { act: "pay" });
  await eventually("the larger plan", async () => ((await planOf(member.actor.member)).plan === "workshop" ? true : undefined));
  const paidFrom = payments.bank.invoicesOf(member.customer)[0]!.prorations[0]!.start;
  const choices = { from: { plan: "studio", quantity: 1 }, to: { plan: "workshop", quantity: 1 } } as const;
  const period = { start: start * 1_000, end: end * 1_000 };
  const { limitMicros } = (await billing(member)).model;
  expect(limitMicros).toBe(allowAfterChange(25_000_000, choices, period, paidFrom * 1_000));
  expect(limitMicros).toBeGreaterThan(89_000_000); // of twenty hours less there would be 88
});

test("a change to less comes with the next period, is seen until then, and can be taken back", async () => {
  const member = await payMember(payments, { plan: "workshop", quantity: 2 });
  const less = await changed(member, "studio");
  expect(less).toMatchObject({ payAt: null, subscription: { plan: "workshop", quantity: 2, upcoming: { plan: "studio", quantity: 1 } } });
  expect((await changed(member, "workshop")).subscription.upcoming).toEqual({ plan: "workshop", quantity: 1 }); // another one instead
  const back = await changed(member, "workshop", 2);
  expect(back.subscription).toMatchObject({ plan: "workshop", quantity: 2, upcoming: null });
  payments.bank.endPeriod(member.subscription.id, "paid");
  expect(soldNow(member)).toEqual(["price_demo_workshop", 2]);
  const twice = await Promise.all([change(member, "studio"), change(member, "studio")]);
  expect(twice.map(({ status }) => status)).toEqual([200, 200]);
  expect(invoicesOf(member)).toHaveLength(2); // nothing is charged for it
  payments.bank.endPeriod(member.subscription.id, "paid");
  await eventually("the smaller plan", async () => ((await planOf(member.actor.member)).plan === "studio" ? true : undefined));
  expect(await planOf(member.actor.member)).toMatchObject({ plan: "studio", quantity: 1, next_plan: null, next_quantity: null });
  expect(invoicesOf(member)[0]).toEqual({ amount: 2_900, status: "paid" });
});

test("a plan that is to become less is cancelled all the same, and made larger once that is taken back", async () => {
  const member = await payMember(payments, { plan: "workshop", quantity: 1 });
  await changed(member, "studio");
  expect(refusal(await change(member, "workshop", 2)).message).toContain("Take that back first");
  await changed(member, "workshop");
  expect((await changed(member, "workshop", 2)).subscription).toMatchObject({ plan: "workshop", quantity: 2, upcoming: null });
  payments.bank.endPeriod(member.subscription.id, "paid");
  await changed(member, "studio");
  payments.bank.endPeriod(member.subscription.id, "paid"); // its schedule holds it for another month
  await eventually("studio", async () => ((await planOf(member.actor.member)).plan === "studio" ? true : undefined));
  expect((await changed(member, "studio", 2)).subscription).toMatchObject({ plan: "studio", quantity: 2 });
  await changed(member, "studio");
  const ended = await ask("PUT", "/billing/renewal", { body: { renews: false }, token: await member.token() });
  expect(ended.json).toMatchObject({ subscription: { status: "canceled", upcoming: null } });
  expect(refusal(await change(member, "studio")).message).toContain("Keep it first");
  const kept = await ask("PUT", "/billing/renewal", { body: { renews: true }, token: await member.token() });
  expect(kept.json).toMatchObject({ subscription: { plan: "studio", status: "active", upcoming: null } });
  payments.bank.endPeriod(member.subscription.id, "failed");
  expect(refusal(await change(member, "studio")).message).toContain("A payment is missing");
});

test("Stripe away in the middle of a change leaves what the next call makes whole", async () => {
  for (const path of ["/v1/subscriptions", "/v1/subscription_schedules/"]) {
    const member = await payMember(payments, { plan: "workshop", quantity: 1 });
    payments.refuse(503, path); // the second: a schedule is made, and nothing stands in it yet
    expect((await change(member, "studio")).status, path).toBe(503);
    payments.refuse();
    expect(await planOf(member.actor.member)).toMatchObject({ plan: "workshop", next_plan: null });
    expect((await changed(member, "studio")).subscription.upcoming).toEqual({ plan: "studio", quantity: 1 });
  }
});

test("a plan without a price in the settings is neither offered nor sold", async () => {
  const bindings = { STRIPE_PRICE_WORKSHOP: "", STRIPE_URL: payments.url };
  const { edge, stop } = await startEdgeWithoutEngine(60, "unsold", { bindings });
  try {
    const token = await (await newPerson(edge)).token();
    const offered = offeredPlansOut.parse((await ask("GET", "/billing/plans", { token, edge })).json);
    expect(offered.plans.map(({ plan }) => plan)).toEqual(["trial", "studio"]);
    const answer = await ask("POST", "/billing/checkout", { body: { plan: "workshop" }, token, edge });
    expect([answer.status, refusal(answer).message]).toEqual([400, "This plan is not sold here."]);
  } finally {
    await stop();
  }
});

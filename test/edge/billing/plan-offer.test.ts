import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { keepPrice } from "../../../edge/billing/plan-offer.ts";
import { offeredPlansOut, paymentPage, renewalOut } from "../../../schema/billing/payment.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, newMember, newPerson, refusal, sql, startEdgeWithoutEngine } from "../client.ts";
import { openPayments, payMember, planOf } from "./paid-member.ts";

/**
 * Which plans there are, and ending or keeping a paid one without a page of Stripe's (issue 11.2, SPEC 12.1).
 */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());
type Person = { token: () => Promise<string> };
const renew = async (person: Person, renews: unknown, headers: Record<string, string> = {}) =>
  ask("PUT", "/billing/renewal", { body: { renews }, token: await person.token(), headers });

test("the plans say what they allow and what Stripe sells them for, and without Stripe all but the price", async () => {
  const { paymentKey } = await openSecrets(edgeUp.folder);
  const bindings = { STRIPE_URL: payments.url, STRIPE_KEY: paymentKey };
  const { edge, stop } = await startEdgeWithoutEngine(60, "offer", { bindings }); // no other file has asked it for prices
  try {
    const person = await newPerson(edge);
    const read = async () => offeredPlansOut.parse((await ask("GET", "/billing/plans", { token: await person.token(), edge })).json).plans;
    const asked = () => payments.calls.filter((call) => call.startsWith("GET /v1/prices/")).length;
    payments.refuse(500);
    const prices = Object.fromEntries((await read()).map(({ title, price }) => [title, price]));
    expect(prices).toEqual({ Trial: { amount: 0, currency: "usd" }, Studio: null, Workshop: null });
    payments.refuse();
    const before = asked();
    const plans = await read(); // a failure is not kept
    expect(plans).toMatchObject([
      { plan: "trial", price: { amount: 0, currency: "usd" }, days: 14, agents: 4, domains: 1, apps: 3, appsAwake: false },
      { plan: "studio", price: { amount: 2_900, currency: "usd" }, days: null, agents: 6, domains: 5, apps: 10, appsAwake: true },
      { plan: "workshop", price: { amount: 9_900, currency: "usd" }, days: null, stacks: 1, agents: 12, supportDays: 1 },
    ]);
    for (let look = 0; look < 5; look++) expect(await read()).toEqual(plans);
    expect(asked() - before).toBe(2); // one for each plan, however often they are read
    expect((await ask("GET", "/billing/plans", { edge })).status).toBe(401);
  } finally {
    await stop();
  }
});

test("a price is kept for a minute, one of another name apart, and a failure not at all", async () => {
  const answers = [new Error("away"), { amount: 1, currency: "usd" }, { amount: 2, currency: "usd" }];
  const ask = async () => {
    const answer = answers.shift();
    if (!answer || answer instanceof Error) throw answer ?? new Error("asked too often");
    return answer;
  };
  const read = async (name: string, now: number) => (await keepPrice(name, now, ask))?.amount;
  await expect(read("kept", 0)).rejects.toThrow("away");
  expect([await read("kept", 1), await read("kept", 60_000), await read("kept", 60_001)]).toEqual([1, 1, 2]);
  await expect(read("another", 60_001)).rejects.toThrow("asked too often");
});

test("a plan is ended with its period and kept again; said twice, at once or with its key it is the same", async () => {
  const member = await payMember(payments);
  const end = member.subscription.end * 1_000;
  const answers = await Promise.all([renew(member, false), renew(member, false)]);
  for (const { json, text } of [...answers, await renew(member, false)])
    expect(renewalOut.safeParse(json).data?.subscription, text).toEqual({
      plan: "studio",
      quantity: 1,
      upcoming: null,
      disputed: false,
      status: "canceled",
      periodEnd: end,
    });
  expect([member.subscription.cancel_at_period_end, member.subscription.status]).toEqual([true, "active"]);
  const key = { "idempotency-key": crypto.randomUUID() };
  const kept = await renew(member, true, key);
  expect(renewalOut.parse(kept.json).subscription.status).toBe("active");
  expect(member.subscription.cancel_at_period_end).toBe(false);
  expect((await renew(member, true, key)).json).toEqual(kept.json);
  expect(await planOf(member.actor.member)).toMatchObject({ status: "active", period_end: end });
});

test("what was ended at Stripe by a Worker that died is read there, whoever asks next", async () => {
  const member = await payMember(payments);
  payments.refuse(503);
  expect((await renew(member, false)).status).toBe(503);
  payments.refuse();
  expect((await renew(member, false)).status).toBe(200);
  payments.bank.cancelAtEnd(member.subscription.id, true);
  await sql("update payment_customer set next_look = 0 where member = ?", [member.actor.member]);
  expect((await planOf(member.actor.member)).status).toBe("canceled");
});

test("who pays nothing has nothing to end, a missing payment goes first, and a bad word changes nothing", async () => {
  const trial = await newMember();
  expect([refusal(await renew(trial, false)).code, (await planOf(trial.actor.member)).status]).toEqual(["conflict", "trialing"]);
  const member = await payMember(payments);
  expect(refusal(await renew(member, "no")).code).toBe("invalid");
  payments.bank.endPeriod(member.subscription.id, "failed");
  expect(refusal(await renew(member, false)).message).toContain("A payment is missing");
  payments.bank.cancelNow(member.subscription.id);
  expect(refusal(await renew(member, true)).message).toContain("No plan is paid");
  expect((await ask("PUT", "/billing/renewal", { body: { renews: false } })).status).toBe(401);
});

test("a plan that is paid while the trial's stack starts leaves one stack, on the paid plan", async () => {
  await newMember(); // the host beats: it has room
  const person = await newPerson();
  const call = async (path: string, body: object) => ask("POST", path, { body, token: await person.token() });
  const buy = async () => {
    const { url } = paymentPage.parse((await call("/billing/checkout", { plan: "studio" })).json);
    await fetch(url, { method: "POST", body: new URLSearchParams({ act: "pay" }), redirect: "manual" });
  };
  await Promise.all([call("/billing/trial", {}), buy(), call("/billing/trial", {})]);
  const [row] = await sql("select id from member where subject = ?", [person.subject]);
  const member = z.string().parse(row?.id);
  await eventually("the paid plan", async () => ((await planOf(member)).plan === "studio" ? true : undefined));
  expect(await planOf(member)).toMatchObject({ plan: "studio", status: "active" });
  const again = await call("/billing/trial", {}); // a second click is late: it starts no trial beside the plan
  expect([again.status, (await planOf(member)).plan]).toEqual([202, "studio"]);
  const count = "select (select count(*) from stack where member = ?) as stacks, (select count(*) from agent where member = ?) as agents";
  expect(await sql(count, [member, member])).toMatchObject([{ stacks: 1, agents: 1 }]);
  expect(await sql("select ceiling from stack where member = ?", [member])).toMatchObject([{ ceiling: "running" }]);
});

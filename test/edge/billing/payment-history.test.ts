import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { MemberRow } from "../../../schema/account/member.table.ts";
import { entitlement, entitlementCeiling, graceDays } from "../../../schema/billing/entitlement.ts";
import { paymentCustomerTable, paymentEventTable } from "../../../schema/billing/payment.table.ts";
import { subscriptionTable } from "../../../schema/billing/subscription.table.ts";
import { stackTable } from "../../../schema/stack/registry.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { readDue } from "../../doubles/payments/clock.ts";
import type { PaymentEvent } from "../../doubles/payments/ledger.ts";
import { asEvent } from "../../doubles/payments/wire.ts";
import { limit } from "../../harness/suite/limit.ts";
import { times } from "../../harness/suite/long-run.ts";
import { beside } from "../client.ts";
import { chargesOf, moneyOf, wantedOf } from "./payment-oracle.ts";
import { faultKinds, openPaymentWorld, type PaymentHistoryWorld } from "./payment-world.ts";

/**
 * Random lives of a paying member: what they do, what time does, what banks and Stripe do, while calls are
 * lost, refused, or the last thing a process did. After all timers ran the account says what Stripe says.
 */
let here: PaymentHistoryWorld;
beforeAll(async () => {
  here = await openPaymentWorld(beside(60));
});
afterAll(() => here.close());

const [hour, day] = [3_600, 86_400];
const fault = fc.option(fc.record({ at: fc.integer({ min: 1, max: 30 }), kind: fc.constantFrom(...faultKinds) }), {
  freq: 2,
  nil: undefined,
});
const choice = fc.record({ plan: fc.constantFrom("studio" as const, "workshop" as const), quantity: fc.constantFrom(1, 2) });
const which = fc.nat(20);
/** What the edge is asked, by the member, by Stripe or by the clock. */
const asked = fc.oneof(
  { weight: 4, arbitrary: fc.record({ ask: fc.constant("checkout" as const), choice, trial: fc.boolean(), fault }) },
  { weight: 3, arbitrary: fc.record({ ask: fc.constant("change" as const), choice, fault }) },
  { weight: 2, arbitrary: fc.record({ ask: fc.constant("renewal" as const), renews: fc.boolean(), fault }) },
  { weight: 5, arbitrary: fc.record({ ask: fc.constant("event" as const), which, fault }) },
  { weight: 3, arbitrary: fc.record({ ask: fc.constant("clock" as const), fault }) },
);
const acts = [
  ...(["cancel", "resume", "end", "settle", "dispute", "win", "lose", "refund", "works", "declines"] as const),
  ...(["give up", "pause"] as const),
];
/** What others do. */
const done = fc.oneof(
  { weight: 3, arbitrary: fc.record({ pay: which }) },
  { weight: 4, arbitrary: fc.record({ act: fc.constantFrom(...acts) }) },
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ together: fc.array(asked, { minLength: 1, maxLength: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      together: fc.array(asked, { minLength: 1, maxLength: 2 }),
      meanwhile: done,
      at: fc.integer({ min: 1, max: 25 }),
    }),
  },
  { weight: 7, arbitrary: done },
  {
    weight: 4,
    arbitrary: fc.record({
      pass: fc.constantFrom(60, hour, 6 * hour, day, 3 * day, 8 * day, 15 * day, 31 * day),
      looks: fc.boolean(),
      checks: fc.constantFrom(false, false, true),
      fault,
    }),
  },
  { weight: 1, arbitrary: fc.record({ away: fc.constantFrom(60, hour, day) }) },
);
/** Most have a plan already when it begins. */
const first = fc.option(fc.record({ choice, trial: fc.boolean() }), { freq: 3, nil: undefined });
const history = fc.record({ first, steps: fc.array(step, { minLength: 1, maxLength: 14 }), lost: fc.boolean() });
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;
type Done = typeof done extends fc.Arbitrary<infer T> ? T : never;
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Told = { events: PaymentEvent[]; pages: string[]; away: number };

const nowSeconds = () => Math.floor(Date.now() / 1_000);
/** Lets time go by: what happens at Stripe by itself happens at its time. */
async function letPass(seconds: number, atEach: () => Promise<unknown> = async () => undefined): Promise<void> {
  const { bank } = here.payments;
  const until = nowSeconds() + seconds;
  for (let due = readDue(bank); due && due.at <= until; due = readDue(bank)) {
    vi.setSystemTime(Math.max(due.at * 1_000, Date.now()));
    due.happen();
    await atEach();
  }
  vi.setSystemTime(until * 1_000);
  await atEach();
}
async function runClock(): Promise<void> {
  const { billing, world } = here;
  await Promise.allSettled([billing.syncDuePayments(world, Date.now()), billing.followDueCharges(world, Date.now())]);
}
const planOf = ({ id }: MemberRow) => here.world.db.select().from(subscriptionTable).where(eq(subscriptionTable.member, id)).get();
const rowOf = ({ id }: MemberRow) => here.world.db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.member, id)).get();

async function answer(member: MemberRow, told: Told, each: Asked): Promise<void> {
  const { billing, world } = here;
  if (each.ask === "checkout") {
    const url = await billing.openCheckout(world, member, { ...each.choice, trial: each.trial });
    if (url.includes("/pay/")) told.pages.push(url);
  } else if (each.ask === "change") {
    const seen = await planOf(member);
    const from = { plan: seen?.plan === "workshop" ? ("workshop" as const) : ("studio" as const), quantity: seen?.quantity ?? 1 };
    await billing.changePlan(world, member.id, { ...each.choice, from });
  } else if (each.ask === "renewal") await billing.setRenewal(world, member.id, each.renews);
  else if (each.ask === "event") {
    const event = told.events[each.which % Math.max(1, told.events.length)]; // it stays: it may come again
    const kept = event && (await billing.keepPaymentEvent(world, billing.readEventBody(asEvent(event)), Date.now()));
    if (kept) await billing.followPaymentEvent(world, kept);
  } else await runClock();
}
/** A refusal in words is an answer; where nothing was lost, nothing else is. */
async function tryAnswer(member: MemberRow, told: Told, each: Asked): Promise<void> {
  const isTroubled = each.fault !== undefined || Date.now() < told.away;
  if (each.fault?.kind === "refused") told.away = Math.max(told.away, Date.now() + 60_000); // Stripe repeats a failure by its key
  await here
    .work(each.fault, () => answer(member, told, each))
    .catch((error: unknown) => {
      if (!isTroubled && !(error instanceof AppError && error.code === "conflict")) throw error;
    });
}
function actAtStripe(act: (typeof acts)[number], customer: string): void {
  const { bank } = here.payments;
  const [subscription] = bank.subscriptionsOf(customer);
  if (act === "works" || act === "declines") bank.setCard(customer, act);
  if (!subscription || act === "works" || act === "declines") return;
  const { id, schedule, status } = subscription;
  const last = chargesOf(bank, customer).at(-1);
  const open = bank.ledger.disputes.find((each) => each.status === "needs_response");
  if (act === "dispute") {
    if (last && !last.disputed) bank.dispute(last.invoice);
  } else if (act === "win" || act === "lose") {
    if (open) bank.closeDispute(open.id, act === "win" ? "won" : "lost");
  } else if (act === "refund") {
    if (last && last.amount > last.amount_refunded && !last.disputed) bank.refund(last.id);
  } else if (status === "canceled") return;
  else if (act === "end") bank.cancelNow(id);
  else if (act === "settle") bank.settle(id);
  else if (act === "give up") bank.giveUp(id);
  else if (act === "pause") bank.pause(id);
  else if (schedule === null) bank.cancelAtEnd(id, act === "cancel");
}
async function doThat(told: Told, each: Done): Promise<void> {
  const { bank, url } = here.payments;
  if ("act" in each) return actAtStripe(each.act, bank.ledger.customers.at(-1)?.id ?? "");
  const page = told.pages[each.pay % Math.max(1, told.pages.length)];
  const path = page && new URL(page).pathname;
  if (!path || bank.cardOf(bank.find("checkouts", path.slice(path.lastIndexOf("/") + 1)).customer) !== "works") return;
  await fetch(url + path, { method: "POST", body: new URLSearchParams({ act: "pay" }), redirect: "manual" });
}
async function live(member: MemberRow, told: Told, each: Step): Promise<void> {
  if ("together" in each) {
    if ("meanwhile" in each) here.after(each.at, () => doThat(told, each.meanwhile));
    await Promise.all(each.together.map((ask) => tryAnswer(member, told, ask)));
  } else if ("away" in each) {
    told.away = Date.now() + each.away * 1_000;
    here.awayUntil(told.away);
  } else if ("pass" in each) await letPass(each.pass, each.looks ? () => here.work(each.fault, runClock) : undefined);
  else await doThat(told, each);
}
/** Until a look has come after all that happened: without a word from Stripe that takes six hours. */
async function runTimers(member: MemberRow, told: Told, lost: boolean): Promise<void> {
  const { bank } = here.payments;
  here.awayUntil(0);
  here.after(0, async () => undefined);
  told.away = 0;
  if (!lost)
    for (const event of told.events.toReversed())
      await tryAnswer(member, told, { ask: "event", which: told.events.indexOf(event), fault: undefined });
  let isStill = false;
  for (let round = 0; round < 12 && !isStill; round++) {
    const due = readDue(bank);
    isStill = !due || due.at > nowSeconds() + 6 * hour + 60;
    await letPass(6 * hour + 60);
    await runClock();
  }
  expect(isStill).toBe(true);
}
async function check(member: MemberRow): Promise<void> {
  const { bank } = here.payments;
  const { db } = here.world;
  const customers = bank.ledger.customers.filter(({ metadata }) => metadata.member === member.id);
  expect(customers.length, "customers at Stripe").toBeLessThanOrEqual(1);
  const going = bank.ledger.subscriptions.filter(({ status }) => status !== "canceled");
  expect(going.length, "plans that are paid at once").toBeLessThanOrEqual(1);
  const [customer] = customers;
  const [plan, row] = [await planOf(member), await rowOf(member)];
  const wanted = customer && wantedOf(bank, customer.id);
  const said = plan && { status: plan.status, end: plan.periodEnd / 1_000, plan: plan.plan, quantity: plan.quantity };
  expect(said, "what the account says").toEqual(wanted);
  const entitled = entitlement(plan, Date.now());
  const runs = entitlementCeiling(entitled) === "running";
  const { paid, missing } = customer ? moneyOf(bank, customer.id, nowSeconds()) : { paid: false, missing: undefined };
  if (paid) expect(["trialing", "active"], "a month that is paid").toContain(entitled);
  const inGrace = missing !== undefined && nowSeconds() < missing + graceDays * day;
  expect(runs, `entitled, where paid is ${paid} and missing since ${missing}`).toBe(paid || inGrace);
  const stacks = await db.select().from(stackTable).where(eq(stackTable.member, member.id));
  expect(stacks.length, "stacks").toBeLessThanOrEqual(1);
  if (runs) expect(stacks[0]?.ceiling, "what the stack may").toBe("running");
  else expect(stacks[0]?.ceiling ?? "stopped", "what the stack may").not.toBe("running");
  expect(row?.wake ?? false, "it is asked to run until it is heard").toBe(runs);
  expect(row?.trouble ?? null, "trouble that an operator is told of").toBe(null);
  const events = await db.select().from(paymentEventTable);
  expect(events.filter(({ processedAt }) => processedAt === null).length, "what was told and not followed").toBe(0);
}
async function run({ first, steps, lost }: typeof history extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const member = await here.newMember();
  const told: Told = { events: [], pages: [], away: 0 };
  here.awayUntil(0);
  const { ledger } = here.payments.bank;
  const before: Step[] = first ? [{ together: [{ ask: "checkout", ...first, fault: undefined }] }, { pay: 0 }] : [];
  for (const each of [...before, ...steps]) {
    await letPass(1);
    await live(member, told, each);
    told.events.push(...ledger.events.splice(0));
    if (!("pass" in each) || !each.checks) continue; // what was paid is entitled in each month, not in the last alone
    await runTimers(member, told, lost);
    told.events.push(...ledger.events.splice(0));
    await check(member);
  }
  await runTimers(member, told, lost);
  await check(member);
}

const lives = Number(process.env.PAYMENT_LIVES ?? times({ few: 30, all: 300, long: 10_000 }));
test(
  `${lives} lives of a paying member, with faults between any two lines, end in what Stripe says, looked at along the way`,
  async () => {
    await fc.assert(fc.asyncProperty(history, run), { numRuns: lives, endOnFailure: true });
  },
  limit(60_000 + lives * 2_000),
);

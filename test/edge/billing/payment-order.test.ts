import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { paymentPage } from "../../../schema/billing/payment.ts";
import type { PaymentEvent } from "../../doubles/payments/ledger.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { asEvent, signEvent } from "../../doubles/payments/wire.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long, times } from "../../harness/suite/long-run.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";
import { openPayments } from "./paid-member.ts";
import { chargesOf, wantedOf } from "./payment-oracle.ts";

/** Whatever becomes of what Stripe tells, in the end the account says what Stripe says. */
let payments: Payments;
let secret: string;
let member: TestMember;
let host: TestMachine;
let customer: string;
beforeAll(async () => {
  secret = (await openSecrets(edgeUp.folder)).paymentSecret;
  payments = await openPayments({ tells: false });
  [member, host] = [await newMember(), await joinMachine("host")];
  await buy();
  const [row] = await sql("select customer from payment_customer where member = ?", [member.actor.member]);
  customer = z.string().parse(row?.customer);
});
afterAll(() => payments.close());

async function buy(): Promise<void> {
  const answer = await ask("POST", "/billing/checkout", { body: { plan: "studio" }, token: await member.token() });
  const { url } = paymentPage.parse(answer.json);
  if (url.includes("/pay/")) await fetch(url, { method: "POST", body: new URLSearchParams({ act: "pay" }), redirect: "manual" });
}
const acts = ["buy", "fail", "renew", "settle", "cancel", "resume", "end", "larger", "smaller", "twice", "dispute", "win", "lose"] as const;
const choices = {
  larger: { plan: "workshop", quantity: 1 },
  smaller: { plan: "studio", quantity: 1 },
  twice: { plan: "studio", quantity: 2 },
};
async function doAct(act: (typeof acts)[number]): Promise<void> {
  if (act === "buy") return buy();
  if (act === "larger" || act === "smaller" || act === "twice") {
    const { plan, quantity } = wanted();
    const body = { ...choices[act], from: { plan, quantity } };
    const answer = await ask("PUT", "/billing/plan", { body, token: await member.token() });
    return expect([200, 409], answer.text).toContain(answer.status); // it is refused while nothing is paid, or it is cancelled
  }
  const { bank } = payments;
  const [subscription] = bank.subscriptionsOf(customer);
  if (!subscription || subscription.status === "canceled") return;
  const { id, schedule } = subscription;
  if ((act === "cancel" || act === "resume") && schedule !== null) {
    // Stripe's own page offers neither where a schedule decides: the member does it here.
    const answer = await ask("PUT", "/billing/renewal", { body: { renews: act === "resume" }, token: await member.token() });
    return expect([200, 409], answer.text).toContain(answer.status); // a payment may be missing
  }
  if (act === "dispute" || act === "win" || act === "lose") return actOfBank(act);
  if (act === "end") bank.cancelNow(id);
  else if (act === "settle") bank.settle(id);
  else if (act === "cancel" || act === "resume") bank.cancelAtEnd(id, act === "cancel");
  else bank.endPeriod(id, act === "fail" ? "failed" : "paid");
}
/** The payer's bank takes the last payment back, and returns it or does not. */
function actOfBank(act: "dispute" | "win" | "lose"): void {
  const { ledger } = payments.bank;
  const last = ledger.charges.findLast((each) => each.customer === customer);
  if (act === "dispute") {
    if (last && !last.disputed) payments.bank.dispute(last.invoice);
    return;
  }
  const open = ledger.disputes.find(
    ({ status, charge }) => status === "needs_response" && chargesOf(payments.bank, customer).some(({ id }) => id === charge),
  );
  if (open) payments.bank.closeDispute(open.id, act === "win" ? "won" : "lost");
}
const wanted = () => wantedOf(payments.bank, customer)!;
async function deliver(event: PaymentEvent): Promise<void> {
  const raw = JSON.stringify(asEvent(event));
  const answer = await ask("POST", "/webhooks/stripe", { raw, headers: { "stripe-signature": signEvent(raw, secret) } });
  expect(answer.status, answer.text).toBe(200);
}
let beats = 0;
/** The host's half minute: what is due is looked at. */
async function beat(): Promise<void> {
  await sql("update payment_customer set next_look = 0, revision = revision + 1 where member = ?", [member.actor.member]);
  const capacity = { cpus: 4, memoryMb: 8192, stacks: 0 };
  beats += 6;
  await signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: beats, capacity, stacks: [] });
}

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ act: fc.constantFrom(...acts) }) },
  { weight: 3, arbitrary: fc.record({ deliver: fc.nat(20), wait: fc.boolean(), hold: fc.constantFrom(0, 0, 20, 60) }) },
);
const sequence = fc.record({ steps: fc.array(step, { minLength: 1, maxLength: 12 }), lost: fc.boolean() });

async function run({ steps, lost }: typeof sequence extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const { ledger } = payments.bank;
  ledger.events = [];
  ledger.disputes = ledger.disputes.filter(({ charge }) => !chargesOf(payments.bank, customer).some(({ id }) => id === charge));
  for (const each of chargesOf(payments.bank, customer)) each.disputed = false;
  const sent: Promise<void>[] = [];
  const holds: number[] = [];
  payments.hold(() => {
    const held = holds.shift();
    return held ? wait(held) : undefined;
  });
  for (const each of steps) {
    if ("act" in each) await doAct(each.act);
    else {
      const event = ledger.events[each.deliver % Math.max(1, ledger.events.length)]; // it stays: it may come again
      holds.push(each.hold);
      if (event) sent.push(deliver(event));
      if (each.wait) await sent.at(-1);
    }
  }
  if (!lost) for (const event of ledger.events.toReversed()) sent.push(deliver(event));
  await Promise.all(sent);
  const { status, end, plan, quantity } = wanted();
  let nextBeat = Date.now() + (lost ? 0 : 5_000); // an event alone is enough, unless Stripe did not answer just then
  await eventually(`${plan} ${quantity} times, ${status} until ${end}`, async () => {
    const [row] = await sql("select plan, quantity, status, period_end from subscription where member = ?", [member.actor.member]);
    if (row?.plan === plan && row.quantity === quantity && row.status === status && row.period_end === end * 1_000) return true;
    if (Date.now() < nextBeat) return undefined;
    nextBeat = Date.now() + 2_000;
    await beat();
    return undefined;
  });
}

test(
  "events that come twice, late, out of order or never end in what Stripe says",
  async () => {
    await fc.assert(fc.asyncProperty(sequence, run), { numRuns: times({ few: 12, all: 40, long: 10_000 }), endOnFailure: true });
    await eventually("nothing that was told being left", async () => {
      await beat();
      const left = "select count(*) as n from payment_event where customer = ? and processed_at is null";
      return (await sql(left, [customer]))[0]?.n === 0 ? true : undefined;
    });
  },
  limit(long ? 7_200_000 : 60_000),
);

test("an answer that is old when it arrives is not written over a newer one", async () => {
  await buy();
  const { bank } = payments;
  const [subscription] = bank.subscriptionsOf(customer);
  bank.settle(subscription!.id);
  if (subscription!.schedule !== null) bank.releaseSchedule(subscription!.schedule);
  for (const each of bank.ledger.disputes) each.status = "won";
  bank.ledger.events = [];
  bank.cancelAtEnd(subscription!.id, false);
  const arrival = Promise.withResolvers<void>();
  let asked = 0;
  payments.hold((path) => {
    if (path !== "/v1/subscriptions") return undefined;
    asked++; // whoever asks: a look of the clock may be on its way beside the event's, and is as old
    return arrival.promise;
  });
  await deliver(bank.ledger.events[0]!);
  await eventually("its being asked", async () => (asked > 0 ? true : undefined));
  payments.hold(() => undefined);
  bank.cancelAtEnd(subscription!.id, true);
  await deliver(bank.ledger.events[1]!);
  const status = async () => (await sql("select status from subscription where member = ?", [member.actor.member]))[0]?.status;
  await eventually("the newer one", async () => ((await status()) === "canceled" ? true : undefined));
  let anew = 0;
  payments.hold((path) => {
    if (path === "/v1/subscriptions") anew++;
    return undefined;
  });
  arrival.resolve();
  await eventually("the older one's being asked for anew", async () => (anew > 0 ? true : undefined));
  expect(await status()).toBe("canceled");
});

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { billingOut } from "../../../schema/billing/billing.ts";
import { invoicesOut, paymentPage } from "../../../schema/billing/payment.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { signEvent } from "../../doubles/payments/wire.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets, type Secrets } from "../../local/secrets.ts";
import {
  ask,
  edgeUp,
  eraseAccount,
  joinMachine,
  newMember,
  newPerson,
  refusal,
  signed,
  sql,
  startEdgeWithoutEngine,
  type TestPerson,
} from "../client.ts";
import { openPayments, press } from "./paid-member.ts";

/** Payments of SPEC 12 against a double that speaks Stripe's API and signs what it tells. */
let payments: Payments;
let secrets: Secrets;
beforeAll(async () => {
  secrets = await openSecrets(edgeUp.folder);
  payments = await openPayments();
});
afterAll(() => payments.close());

const checkout = async (person: TestPerson, headers: Record<string, string> = {}) =>
  ask("POST", "/billing/checkout", { body: { plan: "studio" }, token: await person.token(), headers });
const pageIn = (answer: Awaited<ReturnType<typeof ask>>) => paymentPage.parse(answer.json).url;
const billing = async (person: TestPerson) => billingOut.parse((await ask("GET", "/billing", { token: await person.token() })).json);
const memberOf = async ({ subject }: TestPerson) =>
  z.string().parse((await sql("select id from member where subject = ?", [subject]))[0]?.id);
const becomes = (person: TestPerson, wanted: z.infer<typeof billingOut>["entitlement"], status?: string) =>
  eventually(`${wanted} ${status ?? ""}`, async () => {
    const now = await billing(person);
    return now.entitlement === wanted && (status === undefined || now.subscription?.status === status) ? now : undefined;
  });
async function paid() {
  const member = await newMember();
  await press(pageIn(await checkout(member)), "pay");
  await becomes(member, "active");
  const [row] = await sql("select customer from payment_customer where member = ?", [member.actor.member]);
  const customer = z.string().parse(row?.customer);
  const subscription = payments.bank.subscriptionsOf(customer)[0]!;
  return { ...member, customer, subscription };
}
const deliver = (body: string, signature: string) =>
  ask("POST", "/webhooks/stripe", { raw: body, headers: { "stripe-signature": signature } });
const eventOf = (customer: string, id = `evt_${crypto.randomUUID()}`) =>
  JSON.stringify({
    id,
    object: "event",
    type: "customer.subscription.updated",
    created: 1,
    data: { object: { object: "subscription", customer } },
  });

test("a paid checkout makes the plan active and the stack wanted by itself", async () => {
  await newMember(); // the host beats: it has room
  const person = await newPerson();
  const page = pageIn(await checkout(person));
  expect((await billing(person)).entitlement).toBe("none");
  const gone = await press(page, "pay");
  expect(gone.headers.get("location")).toBe(`${edgeUp.publicUrl}/plan-usage?paid=1`);
  const now = await becomes(person, "active");
  expect([now.limits?.title, now.payments]).toEqual(["Studio", { open: true, customer: true }]);
  const member = await memberOf(person);
  const stack = () => sql("select ceiling, host from stack where member = ?", [member]);
  await eventually("a place for it", async () => (await stack()).find(({ host }) => host !== null));
  expect(await stack()).toMatchObject([{ ceiling: "running", host: expect.stringMatching(/^hst_/) }]);
  await eventually("its being asked to run", async () =>
    (await sql("select wake from payment_customer where member = ?", [member]))[0]?.wake === 0 ? true : undefined,
  );
  const { invoices } = invoicesOut.parse((await ask("GET", "/billing/invoices", { token: await person.token() })).json);
  expect(invoices).toMatchObject([{ amount: 2_900, currency: "usd", status: "paid", url: expect.stringContaining("/invoice/") }]);
});

test("where Stripe Tax is wanted the page adds it, and a company may say its number", async () => {
  const { paymentKey: STRIPE_KEY } = secrets;
  const bindings = { STRIPE_TAX: "1", STRIPE_URL: payments.url, STRIPE_KEY };
  const { edge, stop } = await startEdgeWithoutEngine(60, "taxed", { bindings });
  try {
    const person = await newPerson(edge);
    const answer = await ask("POST", "/billing/checkout", { body: { plan: "studio" }, token: await person.token(), edge });
    expect(answer.status, answer.text).toBe(200);
    expect(payments.bank.ledger.checkouts.at(-1)).toMatchObject({ status: "open", taxed: true });
  } finally {
    await stop();
  }
});

test("two clicks are one checkout, and who has paid is sent to the portal", async () => {
  const person = await newPerson();
  const pages = (await Promise.all([checkout(person), checkout(person)])).map(pageIn);
  expect([new Set(pages).size, pageIn(await checkout(person))]).toEqual([1, pages[0]]);
  await press(pages[0]!, "decline");
  expect((await billing(person)).entitlement).toBe("none");
  await Promise.all([press(pages[0]!, "pay"), press(pages[0]!, "pay")]);
  await becomes(person, "active");
  expect(pageIn(await checkout(person))).toContain("/portal/");
  const [row] = await sql("select customer from payment_customer where member = ?", [await memberOf(person)]);
  expect(payments.bank.subscriptionsOf(String(row?.customer))).toHaveLength(1);
});

test("what is forged, old or of nobody changes nothing; what comes twice is taken once", async () => {
  const { customer, actor } = await paid();
  const body = eventOf(customer);
  const kept = async (id: string) => sql("select processed_at from payment_event where id = ?", [id]);
  const old = Math.floor(Date.now() / 1000) - 600;
  for (const signature of [
    "",
    "t=1,v1=00",
    signEvent(body, "whsec_other"),
    signEvent(body, secrets.paymentSecret, old),
    signEvent(`${body} `, secrets.paymentSecret),
  ])
    expect(refusal(await deliver(body, signature)).code, signature).toBe("unauthenticated");
  const { id } = JSON.parse(body) as { id: string };
  expect(await kept(id)).toEqual([]);
  const before = await sql("select * from subscription where member = ?", [actor.member]);
  for (let n = 0; n < 3; n++) expect((await deliver(body, signEvent(body, secrets.paymentSecret))).status).toBe(200);
  await eventually("the event done", async () => ((await kept(id))[0]?.processed_at ? true : undefined));
  expect(await sql("select * from subscription where member = ?", [actor.member])).toEqual(before);
  const nobodys = eventOf("cus_nobody", "evt_of_nobody");
  expect((await deliver(nobodys, signEvent(nobodys, secrets.paymentSecret))).status).toBe(200);
  expect((await kept("evt_of_nobody"))[0]?.processed_at).toBeGreaterThan(0);
  // While a secret is rolled Stripe signs by both.
  const [ours, others] = [secrets.paymentSecret, "whsec_other"].map((secret) => signEvent(nobodys, secret));
  const proofOf = (signature = "") => signature.slice(signature.indexOf(",") + 1);
  expect((await deliver(nobodys, `${ours},${proofOf(others)}`)).status).toBe(200);
  expect((await deliver(nobodys, `${others},${proofOf(ours)}`)).status).toBe(200);
  expect(refusal(await deliver("x".repeat(600_000), "")).code).toBe("too_large");
});

test("a payment that fails is grace, then the stack is stopped, and paying brings it back", async () => {
  const { token, actor, subscription, ...person } = await paid();
  const member = { ...person, token };
  payments.bank.endPeriod(subscription.id, "failed");
  const grace = await becomes(member, "grace", "past_due");
  expect(grace.subscription?.periodEnd).toBeLessThanOrEqual(Date.now());
  expect(grace.model.limitMicros).toBe(Math.ceil((25_000_000 * 7) / 30)); // of a month that is not paid, a week
  // Eight days later: the double's invoice is that old.
  const week = 8 * 86_400;
  for (const invoice of payments.bank.invoicesOf(subscription.customer)) invoice.created -= week;
  payments.bank.tell("invoice.payment_failed", { object: "invoice", customer: subscription.customer });
  await becomes(member, "suspended");
  const ceiling = async (wanted: string) =>
    eventually(`ceiling ${wanted}`, async () =>
      (await sql("select ceiling from stack where member = ?", [actor.member]))[0]?.ceiling === wanted ? true : undefined,
    );
  await ceiling("stopped");
  await press(pageIn(await ask("POST", "/billing/portal", { body: {}, token: await token() })), "settle");
  expect((await becomes(member, "active")).model.limitMicros).toBe(25_000_000);
  await ceiling("running");
});

test("a plan that is cancelled runs to its end and no longer; another checkout brings it back", async () => {
  const { subscription, ...member } = await paid();
  const portal = pageIn(await ask("POST", "/billing/portal", { body: {}, token: await member.token() }));
  await press(portal, "cancel");
  const going = await becomes(member, "active", "canceled");
  expect(going.subscription?.periodEnd).toBe(subscription.end * 1_000);
  await press(portal, "resume");
  await becomes(member, "active", "active");
  await press(portal, "cancel");
  payments.bank.endPeriod(subscription.id, "paid");
  await becomes(member, "suspended", "canceled");
  const page = pageIn(await checkout(member));
  expect(page).toContain("/pay/");
  await press(page, "pay");
  await becomes(member, "active", "active");
});

test("what Stripe never told is found when it is due, and while Stripe is away nothing changes", async () => {
  const { subscription, actor, ...member } = await paid();
  for (const status of [500, 503]) {
    payments.refuse(status);
    expect(refusal(await checkout({ ...member })).code).toBe("unavailable");
  }
  payments.refuse();
  expect((await checkout(member)).status).toBe(200);
  Object.assign(subscription, { cancel_at_period_end: true }); // and no event
  await sql("update payment_customer set next_look = 0 where member = ?", [actor.member]);
  const host = await joinMachine("host");
  const capacity = { cpus: 4, memoryMb: 8192, stacks: 0 };
  expect((await signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: 6, capacity, stacks: [] })).status).toBe(200);
  await becomes(member, "active", "canceled");
});

test("who is erased pays no more, and what Stripe tells of them later changes nothing", async () => {
  const { customer, subscription, actor, ...member } = await paid();
  const asked = await eraseAccount(await member.token());
  expect(asked.status, asked.text).toBeLessThan(300);
  await eventually("the end of the plan", async () => (subscription.status === "canceled" ? true : undefined));
  await eventually("no customer", async () =>
    (await sql("select 1 from payment_customer where customer = ?", [customer])).length === 0 ? true : undefined,
  );
  const late = eventOf(customer);
  expect((await deliver(late, signEvent(late, secrets.paymentSecret))).status).toBe(200);
  expect(await sql("select status from subscription where member = ? and status <> 'canceled'", [actor.member])).toEqual([]);
});

test("whoever watches the edge sees whether payments answer, and whether what they tell is followed (SPEC 16)", async () => {
  /** A member of a file that has ended differs from a Stripe that is gone with it. */
  const forgetOthers = () => sql("update payment_difference set closed_at = 1 where closed_at is null");
  const look = (wanted: number) =>
    eventually(`billing is a ${wanted}`, async () => {
      await forgetOthers();
      const now = await ask("GET", "/health/billing");
      return now.status === wanted ? z.object({ state: z.string() }).parse(now.json).state : undefined;
    });
  const late: (string | number)[] = ["evt_unread", "customer.subscription.updated", "cus_nobody", Date.now() - 3_600_000];
  await sql("insert into payment_event (id, type, customer, received_at) values (?, ?, ?, ?)", late);
  expect(await look(503)).toBe("What Stripe told is not followed yet");
  await sql("delete from payment_event where id = 'evt_unread'");
  expect(await look(200)).toBe("Stripe answers");
});

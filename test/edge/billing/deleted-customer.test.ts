import { afterAll, beforeAll, expect, test } from "vitest";
import { invoicesOut, paymentPage } from "../../../schema/billing/payment.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { PaymentEvent } from "../../doubles/payments/ledger.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { asEvent, signEvent } from "../../doubles/payments/wire.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, edgeUp, newMember, refusal, sql, type TestPerson } from "../client.ts";
import { openPayments, payMember as payUntold, planOf, press } from "./paid-member.ts";

/** Who was deleted as a customer on Stripe's dashboard, and who paid and is not known here any more. */
let payments: Payments;
let secret: string;
beforeAll(async () => {
  secret = (await openSecrets(edgeUp.folder)).paymentSecret;
  payments = await openPayments({ tells: false });
});
afterAll(() => payments.close());

type Person = Pick<TestPerson, "token">;
const post = async (path: string, { token }: Person, body: object = {}) => ask("POST", path, { body, token: await token() });
const read = async (path: string, { token }: Person) => ask("GET", path, { token: await token() });
async function refresh(person: Person): Promise<void> {
  const answer = await post("/billing/refresh", person);
  expect(answer.status, answer.text).toBe(200);
}
const payMember = () => payUntold(payments, undefined, refresh);
async function pageOf(path: string, person: Person): Promise<string> {
  const answer = await post(path, person, path === "/billing/checkout" ? { plan: "studio" } : {});
  expect(answer.status, answer.text).toBe(200);
  return paymentPage.parse(answer.json).url;
}
const customersOf = (member: string) => payments.bank.ledger.customers.filter(({ metadata }) => metadata.member === member);
const rowOf = async (member: string) => (await sql("select * from payment_customer where member = ?", [member]))[0];
const stored = async (id: string) => (await sql("select * from payment_event where id = ?", [id]))[0];
const forget = async (member: string) => {
  for (const table of ["subscription", "payment_customer"]) await sql(`delete from ${table} where member = ?`, [member]);
};
async function tell(event: PaymentEvent): Promise<string> {
  const raw = JSON.stringify(asEvent(event));
  const answer = await ask("POST", "/webhooks/stripe", { raw, headers: { "stripe-signature": signEvent(raw, secret) } });
  expect(answer.status, answer.text).toBe(200);
  return event.id;
}
const lastEvent = (type: string) => payments.bank.ledger.events.findLast((each) => each.type === type)!;

test.each([true, false])("who was deleted at Stripe pays again (their plans are listed there: %s)", async (lists) => {
  const { customer, subscription, ...member } = await payMember();
  const { member: id } = member.actor;
  payments.customers.remove(customer, { lists });
  const [first, second] = await Promise.all([pageOf("/billing/checkout", member), pageOf("/billing/checkout", member)]);
  expect([subscription.status, new URL(first).pathname]).toEqual(["canceled", new URL(second).pathname]);
  expect(await planOf(id)).toMatchObject({ plan: "studio", status: "canceled" });
  expect((await planOf(id)).period_end).toBeLessThanOrEqual(Date.now());
  expect(first).toContain("/pay/");
  await press(first, "pay");
  await refresh(member);
  expect(await planOf(id)).toMatchObject({ plan: "studio", status: "active" });
  expect(customersOf(id)).toMatchObject([{ id: (await rowOf(id))?.customer, email: expect.stringContaining("@") }]);
});

test("a search that still names who was deleted leads to no one who is gone", async () => {
  const { customer, ...member } = await payMember();
  payments.bank.find("customers", customer).created -= 7_200;
  payments.customers.remove(customer);
  payments.customers.searchLag = 3_600;
  const found = payments.customers.search(new URLSearchParams({ query: `metadata['member']:'${member.actor.member}'` }));
  expect(found).toMatchObject({ data: [{ id: customer }] });
  expect(await pageOf("/billing/portal", member)).toContain("/portal/");
  payments.customers.searchLag = 0;
  expect((await rowOf(member.actor.member))?.customer).not.toBe(customer);
});

test.each([true, false])("Stripe's word that a customer was deleted ends the plan and the row (plans listed: %s)", async (lists) => {
  const { customer, ...member } = await payMember();
  const { member: id } = member.actor;
  payments.customers.remove(customer, { lists });
  const event = await tell(lastEvent("customer.deleted"));
  await eventually("no row", async () => ((await rowOf(id)) === undefined ? true : undefined));
  expect(await planOf(id)).toMatchObject({ status: "canceled" });
  expect((await stored(event))?.processed_at).not.toBeNull();
});

test("the screens of who was deleted say how it stands, and a look is in no trouble", async () => {
  const [seen, looked, asked] = [await payMember(), await payMember(), await payMember()];
  for (const { customer } of [seen, looked, asked]) payments.customers.remove(customer, { lists: false });
  const answer = await read("/billing/invoices", seen);
  expect(answer.status, answer.text).toBe(200);
  expect(invoicesOut.parse(answer.json)).toEqual({ invoices: [], upcoming: null, card: null, waiting: null });
  const preview = await read("/billing/plan/preview?plan=workshop&quantity=1", asked);
  expect([preview.status, refusal(preview).message]).toEqual([409, "No plan is paid: there is nothing to change."]);
  await sql("update payment_customer set read_at = 0 where member = ?", [looked.actor.member]);
  await refresh(looked);
  for (const { actor } of [seen, looked, asked]) {
    expect(await planOf(actor.member)).toMatchObject({ status: "canceled" });
    expect(await rowOf(actor.member)).toBeUndefined();
  }
});

test("a key of another account, which knows no customer here, ends nobody's plan by a look", async () => {
  const { customer, ...member } = await payMember();
  const { member: id } = member.actor;
  await sql("update payment_customer set customer = 'cus_of_another_account', read_at = 0 where member = ?", [id]);
  payments.refuse(400, "/v1/subscriptions"); // as that account would
  expect((await post("/billing/refresh", member)).status).toBe(502);
  payments.refuse();
  expect(await planOf(id)).toMatchObject({ status: "active" });
  expect(await rowOf(id)).toMatchObject({ customer: "cus_of_another_account", trouble: "refused" });
  expect(await pageOf("/billing/checkout", member)).toContain("/portal/"); // asked for by the member, they are found again
  expect((await rowOf(id))?.customer).toBe(customer);
});

test("who paid and was forgotten is served again by the next thing that Stripe tells of them, or by their own look", async () => {
  const [told, looking] = [await payMember(), await payMember()];
  await forget(told.actor.member);
  payments.bank.endPeriod(told.subscription.id, "paid");
  const event = await tell(lastEvent("invoice.paid"));
  await eventually("their plan", async () => {
    const [row] = await sql("select status from subscription where member = ?", [told.actor.member]);
    return row?.status === "active" ? true : undefined;
  });
  expect(await stored(event)).toMatchObject({ parked: null, customer: told.customer });
  await forget(looking.actor.member);
  await refresh(looking);
  expect(await planOf(looking.actor.member)).toMatchObject({ plan: "studio", status: "active" });
  expect(await rowOf(looking.actor.member)).toMatchObject({ customer: looking.customer });
});

test("a stranger's customer stays one, whatever an event says of it", async () => {
  const [member, erased] = [await newMember(), await payMember()];
  await forget(erased.actor.member);
  await sql("update member set erasing_since = 1 where id = ?", [erased.actor.member]);
  const { ledger } = payments.bank;
  const made = (id: string, metadata: Record<string, string>) => {
    ledger.customers.push({ id, email: null, name: null, metadata, created: 1, currency: null, default_payment_method: null });
    return id;
  };
  const customers = [
    made("cus_of_socks", { order: "7" }),
    made("cus_of_a_word", { member: "mem_' or 1=1" }),
    made("cus_of_nobody", { member: newId("mem") }),
    erased.customer,
    "cus_unheard_of",
  ];
  for (const customer of customers) {
    const metadata = { member: member.actor.member }; // its own text, which is not Stripe's word
    const event = { id: `evt_${customer}`, type: "invoice.paid", created: 1, object: { object: "invoice", customer, metadata } };
    const before = payments.calls.length;
    await tell(event);
    await eventually(`${customer} looked at`, async () =>
      payments.calls.slice(before).includes(`GET /v1/customers/${customer}`) ? true : undefined,
    );
    expect(await stored(event.id)).toMatchObject({ parked: "customer", customer: null });
  }
  expect(await rowOf(member.actor.member)).toBeUndefined();
  expect(await rowOf(erased.actor.member)).toBeUndefined();
  const strangers = async () => (await sql("select count(*) as n from payment_customer where customer like 'cus_of_%'"))[0]?.n;
  expect(await strangers()).toBe(0);
});

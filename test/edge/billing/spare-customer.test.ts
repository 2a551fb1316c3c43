import { afterAll, beforeAll, expect, test } from "vitest";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { openSecrets } from "../../local/secrets.ts";
import { ask, beatOfHost, edgeUp, eraseAccount, newMember, sql, type TestPerson } from "../client.ts";
import { openHost, openPayments, payMember, planOf } from "./paid-member.ts";

/**
 * No customer of a member stays at Stripe that nobody ends, though its search is late and processes die. The
 * edge hears of no event here: it looks when a test has it look, and at no other time.
 */
let payments: Payments;
let key: string;
let beat: () => Promise<void>;
beforeAll(async () => {
  key = (await openSecrets(edgeUp.folder)).paymentKey;
  payments = await openPayments({ tells: false });
  ({ beat } = await openHost());
});
afterAll(() => payments.close());

const customersOf = (member: string) => payments.bank.ledger.customers.filter(({ metadata }) => metadata.member === member);
/** By a call of another minute, whose process died before it was written here. */
async function makeSpare(member: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(`${payments.url}/v1/customers`, { method: "POST", headers, body: `metadata[member]=${member}` });
  expect(answer.status).toBe(200);
}
async function visit({ token }: TestPerson, path = "/billing/checkout"): Promise<void> {
  const body = path === "/billing/checkout" ? { plan: "studio" } : {};
  const answer = await ask("POST", path, { body, token: await token() });
  expect(answer.status, answer.text).toBe(200);
}
const payer = () => payMember(payments, undefined, (member) => visit(member, "/billing/refresh"));
const rowOf = async (member: string) => (await sql("select * from payment_customer where member = ?", [member]))[0];
/** Its next look is an hour away: hosts of other files beat too, and their look would search beside it. */
async function lookAfter(person: TestPerson, member: string, minutes: number): Promise<void> {
  const now = Date.now();
  const moment = [now - minutes * 60_000, now + 3_600_000, member];
  await sql("update payment_customer set visited_at = ?, next_look = ?, read_at = 0 where member = ?", moment);
  await visit(person, "/billing/refresh");
  await eventually("its look", async () => (((await rowOf(member))?.read_at ?? 0) !== 0 ? true : undefined));
}
async function makeTwo() {
  const member = await newMember();
  const { member: id } = member.actor;
  payments.customers.searchLag = 3_600; // Stripe's search knows of neither
  await makeSpare(id);
  await visit(member);
  payments.customers.searchLag = 0;
  expect(customersOf(id)).toHaveLength(2);
  return { ...member, id };
}

test("of two customers that two minutes made, a look some minutes later ends the empty one", async () => {
  const member = await makeTwo();
  const { id } = member;
  await lookAfter(member, id, 3);
  await eventually("one customer", async () => (customersOf(id).length === 1 ? true : undefined));
  expect(customersOf(id)).toMatchObject([{ id: (await rowOf(id))?.customer }]);
  const before = payments.calls.length;
  await lookAfter(member, id, 30); // it is not searched for at each look for good
  await visit(member, "/billing/portal");
  expect(payments.calls.slice(before).filter((call) => call.endsWith("/search"))).toEqual([]);
});

test("one at which something was paid is nobody's to end but an operator's", async () => {
  const member = await payer();
  const { member: id } = member.actor;
  await makeSpare(id);
  const [, spare] = customersOf(id);
  await sql("update payment_customer set customer = ? where member = ?", [spare!.id, id]);
  await lookAfter(member, id, 3);
  await beat();
  expect(customersOf(id)).toHaveLength(2);
  expect(member.subscription.status).toBe("active");
});

test("what died before the payer's name was written at Stripe is written by the next call", async () => {
  const member = await newMember();
  await visit(member);
  const [made] = customersOf(member.actor.member);
  Object.assign(made!, { email: null, name: null });
  await visit(member, "/billing/portal");
  expect(made).toMatchObject({ email: expect.stringContaining("@"), name: expect.any(String) });
  Object.assign(made!, { email: "accounts@bakery.example" }); // they have said another since
  await visit(member, "/billing/portal");
  expect(made).toMatchObject({ email: "accounts@bakery.example" });
});

const erasureOf = async (member: string) => (await sql("select * from erasure where member = ?", [member]))[0];
const makeDue = (member: string) => sql("update erasure set due_at = 0 where member = ? and due_at < ?", [member, Date.now() + 600_000]);
async function erase({ token }: TestPerson): Promise<void> {
  const answer = await eraseAccount(await token());
  expect(answer.status, answer.text).toBe(202);
}
/** Its host has nothing of the stack: its agent may have asked for a place until it was told of the end. */
async function drive(member: string): Promise<void> {
  await makeDue(member);
  await beatOfHost({ erased: [member] });
}
const erased = (member: string) =>
  eventually("the account is erased", async () => {
    if ((await erasureOf(member))?.ended_at) return true;
    await drive(member);
    return undefined;
  });

test("who is erased leaves no customer at Stripe, however many there are", async () => {
  const member = await makeTwo();
  await erase(member);
  await erased(member.id);
  expect(customersOf(member.id)).toEqual([]);
});

test("an erasure ends what is paid though its row is lost and Stripe is away, and keeps nothing else until then", async () => {
  const member = await payer();
  const { member: id } = member.actor;
  for (const table of ["subscription", "payment_customer"]) await sql(`delete from ${table} where member = ?`, [id]);
  payments.refuse(503);
  await erase(member);
  await eventually("all but Stripe's", async () => {
    await drive(id);
    const row = await erasureOf(id);
    return row?.step === "rows" && row.error === "unavailable" ? true : undefined;
  });
  expect(await sql("select id from member where id = ?", [id])).toEqual([]);
  expect([member.subscription.status, (await erasureOf(id))?.ended_at]).toEqual(["active", null]);
  payments.refuse();
  await erased(id);
  expect([member.subscription.status, customersOf(id)]).toEqual(["canceled", []]);
});

test.each(["/v1/invoices", "/v1/customers"])(
  "an erasure during which Stripe is away at %s is tried again until all is ended",
  async (path) => {
    const member = await payer();
    const { member: id } = member.actor;
    payments.refuse(503, path);
    await erase(member);
    await eventually("a first try", async () => (Number((await erasureOf(id))?.attempts) > 0 ? true : undefined));
    expect(await erasureOf(id)).toMatchObject({ step: "stack", error: "unavailable", ended_at: null });
    expect(await planOf(id)).toMatchObject({ status: "canceled" }); // here nothing is taken or given from the start
    payments.refuse();
    await erased(id);
    expect([member.subscription.status, customersOf(id), await rowOf(id)]).toEqual(["canceled", [], undefined]);
  },
);

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Payments } from "../../doubles/payments/server.ts";
import { ask, newPerson, refusal, type TestPerson } from "../client.ts";
import { openPayments } from "./paid-member.ts";

/** One member does not use up the calls that Stripe takes of all (issue 27). */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments();
});
afterAll(() => payments.close());

const most = 60; // wrangler.toml, RATE_STRIPE
const choice = { plan: "workshop", quantity: 1 };
const counted: readonly [string, string, object?][] = [
  ["POST", "/billing/refresh", {}],
  ["POST", "/billing/trial", {}],
  ["POST", "/billing/checkout", choice],
  ["POST", "/billing/portal", {}],
  ["GET", "/billing/invoices"],
  ["GET", "/billing/plan/preview?plan=workshop&quantity=1"],
  ["PUT", "/billing/plan", { ...choice, from: { plan: "studio", quantity: 1 } }],
  ["PUT", "/billing/renewal", { renews: false }],
];
const call = async (person: TestPerson, method: string, path: string, body?: object) =>
  ask(method, path, { token: await person.token(), ...(body && { body }) });
/** Asks until no more is let through. Gives how many were. */
async function askUntilFull(person: TestPerson): Promise<number> {
  for (let tries = 0; tries <= 2 * most; tries++) if ((await call(person, "POST", "/billing/refresh", {})).status === 429) return tries; // a minute may end in it
  throw new Error("it is not counted");
}

test("who asks for payments too often is told when to come again, at every address that asks Stripe", async () => {
  const person = await newPerson();
  expect((await call(person, "POST", "/billing/checkout", choice)).status).toBe(200);
  expect(await askUntilFull(person)).toBeGreaterThanOrEqual(most - 1);
  for (const [method, path, body] of counted) {
    const askOnceFull = async () => {
      await askUntilFull(person);
      const before = payments.calls.length;
      return { answer: await call(person, method, path, body), asked: payments.calls.length - before };
    };
    let { answer, asked } = await askOnceFull();
    // A minute began between the two, or the clock asked Stripe meanwhile: neither does so each time.
    for (let tries = 0; tries < 4 && (answer.status !== 429 || asked > 0); tries++) ({ answer, asked } = await askOnceFull());
    expect([answer.status, answer.headers.get("retry-after"), asked], `${method} ${path}`).toEqual([429, "10", 0]);
    expect(refusal(answer)).toMatchObject({ code: "rate_limited", message: expect.stringContaining("asked for payments very often") });
  }
  for (const path of ["/billing", "/billing/plans", "/me"]) expect((await call(person, "GET", path)).status, path).toBe(200);
  expect((await call(await newPerson(), "POST", "/billing/refresh", {})).status).toBe(200);
});

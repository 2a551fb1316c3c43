import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { MemberRow } from "../../../schema/account/member.table.ts";
import { graceDays } from "../../../schema/billing/entitlement.ts";
import { paymentCustomerTable } from "../../../schema/billing/payment.table.ts";
import { subscriptionTable } from "../../../schema/billing/subscription.table.ts";
import { stackTable } from "../../../schema/stack/registry.table.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { newId } from "../../../schema/wire/id.ts";
import { beside } from "../client.ts";
import { openPaymentWorld, type PaymentHistoryWorld } from "./payment-world.ts";

/** Who pays in the seconds in which the account ends: their stack is asked to run again. */
let here: PaymentHistoryWorld;
beforeAll(async () => {
  here = await openPaymentWorld(beside(60));
});
afterAll(() => here.close());

const rowOf = async ({ id }: MemberRow) =>
  (await here.world.db.select().from(paymentCustomerTable).where(eq(paymentCustomerTable.member, id)).get())!;
const planOf = ({ id }: MemberRow) => here.world.db.select().from(subscriptionTable).where(eq(subscriptionTable.member, id)).get();
const stackOf = async ({ id }: MemberRow) => (await here.world.db.select().from(stackTable).where(eq(stackTable.member, id)).get())!;
/** As a ticket or a heartbeat does. */
const followCeiling = async (member: MemberRow) =>
  here.billing.withCeiling(here.world.db, await stackOf(member), await planOf(member), Date.now());
/** Nothing is answered by an engine here: a wish to wake stays. */
const settleWish = (member: MemberRow, nextLook: number) =>
  here.world.db.update(paymentCustomerTable).set({ wake: false, nextLook }).where(eq(paymentCustomerTable.member, member.id));
async function look(member: MemberRow): Promise<boolean> {
  await here.world.db.update(paymentCustomerTable).set({ nextLook: 0 }).where(eq(paymentCustomerTable.member, member.id));
  await here.billing.syncDuePayments(here.world, Date.now());
  return (await rowOf(member)).wake;
}
/** A member whose plan runs, with a stack that may. */
async function payMember() {
  const member = await here.newMember();
  const url = await here.billing.openCheckout(here.world, member, { plan: "studio", quantity: 1, trial: false });
  await fetch(here.payments.url + new URL(url).pathname, { method: "POST", body: new URLSearchParams({ act: "pay" }), redirect: "manual" });
  const stack = { id: newId("stk"), member: member.id, workspace: newId("wsp"), createdAt: 1 };
  await here.world.db.insert(stackTable).values({ ...stack, ceiling: "running" });
  await look(member);
  await settleWish(member, 0);
  const { customer } = await rowOf(member);
  return { member, subscription: here.payments.bank.subscriptionsOf(customer)[0]! };
}
const endWeek = (member: MemberRow, endsIn: number) =>
  here.world.db
    .update(subscriptionTable)
    .set({ status: "past_due", periodEnd: Date.now() + endsIn - graceDays * dayMs })
    .where(eq(subscriptionTable.member, member.id));

test("a payment that is read while the week of grace ends asks the stopped stack to run", async () => {
  const { member } = await payMember();
  await endWeek(member, 2_000); // and it was paid already: Stripe says that it is active
  let isHeld = true;
  here.payments.hold(async (path) => {
    if (!isHeld || path !== "/v1/subscriptions") return;
    isHeld = false;
    vi.setSystemTime(Date.now() + 3_000);
    expect((await followCeiling(member)).ceiling).toBe("stopped"); // its agent asks for a ticket, and stops
  });
  expect(await look(member)).toBe(true);
  expect([isHeld, (await stackOf(member)).ceiling, (await planOf(member))?.status]).toEqual([false, "running", "active"]);
});
test("a ceiling that lets a stack run again asks it to, whoever changes it, and once", async () => {
  const { member } = await payMember();
  await endWeek(member, -1);
  expect((await followCeiling(member)).ceiling).toBe("stopped");
  expect((await rowOf(member)).wake).toBe(false);
  await here.world.db
    .update(subscriptionTable)
    .set({ status: "active", periodEnd: Date.now() + dayMs })
    .where(eq(subscriptionTable.member, member.id));
  const stopped = await stackOf(member);
  const { revision } = await rowOf(member);
  await Promise.all([followCeiling(member), followCeiling(member)]);
  const wished = await rowOf(member);
  expect([wished.wake, wished.nextLook <= Date.now(), wished.revision > revision]).toEqual([true, true, true]);
  expect(await stackOf(member)).toMatchObject({ ceiling: "running", ceilingRev: stopped.ceilingRev + 1 });
  await settleWish(member, Date.now());
  await followCeiling(member);
  expect((await rowOf(member)).wake).toBe(false);
});
test("a look that finds all as it was asks nothing of a stack, as of one that its member has stopped", async () => {
  const { member, subscription } = await payMember();
  for (let looks = 0; looks < 3; looks++) expect(await look(member)).toBe(false);
  here.payments.bank.cancelAtEnd(subscription.id, true);
  expect([await look(member), (await planOf(member))?.status]).toEqual([false, "canceled"]);
});

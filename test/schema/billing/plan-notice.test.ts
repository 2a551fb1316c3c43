import { expect, test } from "vitest";
import type { Subscription } from "../../../schema/billing/entitlement.ts";
import {
  describePlanNotice,
  judgePlanNotice,
  type NoticeFacts,
  type PlanNotice,
  planNotices,
  type ToldNotice,
} from "../../../schema/billing/plan-notice.ts";

/** What is told of a plan and when (SPEC 12.2). */
const day = 86_400_000;
const end = 1_000 * day;
const due: Subscription = { plan: "studio", status: "past_due", periodEnd: end };
const nothing: ToldNotice = { notice: null, noticeSince: 0 };
/** Told of a plan that is looked at again and again. */
function listTold(plan: (now: number) => Subscription, times: readonly number[]): PlanNotice[] {
  let told = nothing;
  return times.flatMap((now) => {
    const { tell } = judgePlanNotice(plan(now), told, now);
    if (!tell) return [];
    told = { notice: tell.notice, noticeSince: tell.since };
    return [tell.notice];
  });
}
const hours = (from: number, to: number) => Array.from({ length: (to - from) * 24 }, (_, n) => end + from * day + (n * day) / 24);

test("each is told once, in order, however often it is looked, and the recovery once", () => {
  const order = ["grace_began", "grace_middle", "grace_ending", "suspended"];
  expect(listTold(() => due, hours(-2, 120))).toEqual(order);
  const paid = (now: number): Subscription => (now < end + 8 * day ? due : { ...due, status: "active", periodEnd: now + 30 * day });
  expect(listTold(paid, hours(-2, 40))).toEqual([...order, "recovered"]);
});
test("who was not looked at for days is told the newest alone; a stop of more than a week ago is not told", () => {
  expect(listTold(() => due, [end + 6.5 * day])).toEqual(["grace_ending"]);
  expect(listTold(() => due, [end + 15 * day])).toEqual([]);
});
test("a trial and a cancelled plan stop without grace; a plan that runs has nothing to tell", () => {
  expect(listTold(() => ({ ...due, status: "canceled" }), hours(-5, 5))).toEqual(["suspended"]);
  const trial: Subscription = { plan: "trial", status: "trialing", periodEnd: end };
  expect(listTold(() => trial, hours(-5, 5))).toEqual(["trial_ending", "suspended"]);
  expect(listTold(() => ({ ...due, status: "active", periodEnd: end + 99 * day }), hours(0, 30))).toEqual([]);
});
test("free days of a plan say three days before that a card pays next; what pays has no trouble to recover from", () => {
  const free = (now: number): Subscription =>
    now < end ? { ...due, status: "trialing" } : { ...due, status: "active", periodEnd: end + 30 * day };
  expect(listTold(free, hours(-5, 20))).toEqual(["free_days_ending"]);
  const unpaid = (now: number): Subscription => (now < end ? { ...due, status: "trialing" } : due);
  expect(listTold(unpaid, hours(-5, 2))).toEqual(["free_days_ending", "grace_began"]);
});
test("a month that is over is not a missing payment before Stripe had an hour to say what became of it", () => {
  const renewed = (now: number): Subscription =>
    now < end + day / 48 ? { ...due, status: "active" } : { ...due, status: "active", periodEnd: end + 30 * day };
  expect(listTold(renewed, hours(-1, 2))).toEqual([]);
  expect(listTold(() => ({ ...due, status: "active" }), hours(-1, 1))).toEqual(["grace_began"]);
});
test("another missing payment after a recovery is told anew", () => {
  const twice = (now: number): Subscription =>
    now < end + day
      ? due
      : now < end + 30 * day
        ? { ...due, status: "active", periodEnd: end + 30 * day }
        : { ...due, periodEnd: end + 30 * day };
  expect(listTold(twice, hours(0, 31))).toEqual(["grace_began", "recovered", "grace_began"]);
});
test("it says when there is something again, and never when nothing more comes", () => {
  expect(judgePlanNotice(due, nothing, end - 1).nextAt).toBe(end);
  expect(judgePlanNotice(due, nothing, end).nextAt).toBe(end + 3 * day);
  expect(judgePlanNotice(due, nothing, end + 8 * day).nextAt).toBeNull();
});
test("what is told names the plan's price and the day, and of what the bank took back that the bank returns it", () => {
  const facts: NoticeFacts = {
    ...{ plan: "studio", quantity: 1, status: "past_due", disputed: false, nextPlan: null, nextQuantity: null },
    periodEnd: Date.UTC(2026, 10, 30, 12),
  };
  const say = (notice: PlanNotice, change: Partial<NoticeFacts> = {}) => describePlanNotice(notice, { ...facts, ...change });
  expect(say("grace_began")).toBe("The payment for Studio ($29.00 a month) did not arrive. Pay it by 7 December, or your stack stops");
  expect(say("grace_began", { plan: "workshop", quantity: 2 })).toContain("Workshop ($198.00 a month)");
  expect(say("grace_began", { disputed: true })).toBe(
    "Your bank took the payment for Studio ($29.00 a month) back. Ask your bank to return it by 7 December, or your stack stops",
  );
  expect(say("grace_ending")).toContain("Your stack stops on 7 December, as the payment for Studio ($29.00 a month) is missing.");
  expect(say("suspended", { status: "canceled" })).toMatch(
    /^Your plan ended on 30 November, and your stack is stopped\. .* a plan restarts it/,
  );
  expect(say("suspended", { plan: "trial", status: "trialing" })).toMatch(/^Your trial ended on 30 November/);
  expect(say("recovered", { status: "active" })).toMatch(/^The payment .* arrived\. Everything runs, and it is paid until 30 November$/);
  expect(say("free_days_ending", { status: "trialing", nextPlan: "workshop", nextQuantity: 1 })).toBe(
    "Your free days end on 30 November. Then your card pays $99.00 a month for Workshop",
  );
  expect(say("trial_ending", { plan: "trial", status: "trialing" })).toContain("from $29.00 a month");
  for (const notice of planNotices)
    for (const disputed of [true, false]) {
      const text = say(notice, { plan: "workshop", quantity: 5, disputed });
      expect(text.length).toBeLessThan(180); // a subject is cut at 200
      expect(/\bpay\b/i.test(text) && disputed && /^grace|suspended/.test(notice)).toBe(false); // nothing is open that could be paid
    }
});

import { expect, test } from "vitest";
import { type BannerFacts, describeBanner } from "../../edge/app/billing/plan/plan-banner-words.ts";
import { formatDate, formatDay } from "../../edge/app/ui/format.ts";
import type { MeOut } from "../../schema/account/account.ts";
import { describeNoModelTime, isPlanLimit, limitReached, waitsForModelTime } from "../../schema/billing/limit-reached.ts";
import type { InvoiceView } from "../../schema/billing/payment.ts";
import { describePlaceLimit } from "../../schema/billing/place-limit.ts";
import { errorTable } from "../../schema/wire/error.ts";
import { expectLinear, fillText } from "../harness/linear.ts";
import { sampleBilling, sampleSubscription } from "./browser/billing/sample-billing.ts";

/** What the banner of the plan says, and which sentences lead to the plans. */
const at = Date.parse("2026-11-18T12:00:00Z");
const [stopsAt, archivedAt] = [Date.parse("2026-11-25T12:00:00Z"), Date.parse("2027-02-23T12:00:00Z")];
const invoice = (failures: number, change: Partial<InvoiceView> = {}): InvoiceView => ({
  ...{ id: "in_1", number: null, title: "Studio", at, amount: 2_900, due: 2_900, refunded: 0, takenBack: false, currency: "usd" },
  ...{ status: "open", isPlan: true, failures, url: "https://pay.example/in_1", file: null },
  ...change,
});
type Standing = MeOut["entitlement"];
const say = (entitlement: Standing, change: Parameters<typeof sampleSubscription>[0], invoices?: BannerFacts["invoices"]) => {
  const subscription = sampleSubscription({ status: "past_due", periodEnd: at, ...change });
  const billing = sampleBilling({ entitlement, subscription, withoutPayment: { stopsAt, archivedAt } });
  return describeBanner({ me: { entitlement, subscription }, billing, invoices });
};

test("a plan that goes on has no banner, also when that is heard before the account is read again", () => {
  expect(say("active", { status: "active" })).toBeUndefined();
  expect(say("trialing", { status: "trialing" })).toBeUndefined();
  const subscription = sampleSubscription({ status: "past_due", periodEnd: at });
  const paid = sampleBilling({ subscription: { ...subscription, status: "active" } });
  expect(describeBanner({ me: { entitlement: "suspended", subscription }, billing: paid })).toBeUndefined();
});
test("before anything is read the account alone says what is missing, without a day", () => {
  const subscription = sampleSubscription({ status: "past_due", periodEnd: at });
  expect(describeBanner({ me: { entitlement: "grace", subscription } })).toEqual({
    ...{ title: "A payment is missing.", need: "payment", exports: false },
    text: "Your agents work on for a week from when it was due, with a week's model time; then your stack stops and visitors can't see what you have online. Nothing is deleted.",
  });
  expect(describeBanner({ me: { entitlement: "suspended", subscription } })?.title).toBe(
    "Your stack is stopped. Paying restarts it in seconds.",
  );
  expect(describeBanner({ me: { entitlement: "none", subscription: null } })).toMatchObject({ need: "plan", exports: false });
});
test("a payment that is missing is named with its amount, how often it failed, and what follows when", () => {
  const day = formatDay(at);
  expect(say("grace", {}, [invoice(1, { amount: 9_900, isPlan: false }), invoice(1, { amount: 3_500 })])).toMatchObject({
    title: "A payment of $29.00 failed.",
    text: `Your agents work on until ${formatDay(stopsAt)}, with a week's model time; then your stack stops and visitors can't see what you have online. Nothing is deleted.`,
  });
  for (const [failures, missing] of [
    [0, `A payment of $29.00 has been missing since ${day}.`],
    [1, "A payment of $29.00 failed."],
    [2, "A payment of $29.00 failed twice."],
    [4, "A payment of $29.00 failed 4 times."],
  ] as const) {
    expect(say("grace", {}, [invoice(failures)])?.title).toBe(missing);
    expect(say("suspended", {}, [invoice(failures)])?.title).toBe(`Your stack is stopped. ${missing} Paying restarts it in seconds.`);
  }
  const several = [invoice(2), invoice(2, { id: "in_0" })];
  expect(say("grace", {}, several)?.title).toBe("2 payments of together $58.00 are missing.");
  expect(say("suspended", {}, several)?.title).toContain("2 payments of together $58.00 are missing. Paying");
  expect(say("suspended", {}, [])?.text).toMatch(
    new RegExp(`Nothing is deleted\\. From ${formatDate(archivedAt)} on your agents and files are kept in an archive`),
  );
  expect(say("archived", {}, [invoice(4)])?.title).toMatch(/^Your stack is archived\. .* Paying brings it all back\.$/);
  expect(say("archived", {}, [])?.text).not.toContain("in an archive");
});
test("what ended without a payment wants a plan, and no invoice is asked to be paid", () => {
  for (const [change, ended] of [
    [{ plan: "trial", status: "trialing" }, `The trial ended on ${formatDay(at)}.`],
    [{ status: "canceled" }, `The plan ended on ${formatDay(at)}, as its payment failed.`],
  ] as const)
    expect(say("suspended", change, [invoice(1)])).toMatchObject({
      title: `Your stack is stopped. ${ended} Choosing a plan restarts it in seconds.`,
      ...{ need: "plan", exports: true },
    });
  for (const paid of [[], [invoice(2, { status: "paid" })]])
    expect(say("suspended", { status: "canceled" }, paid)?.title).toContain(`The plan ended on ${formatDay(at)}. Choosing`);
  expect(say("archived", { status: "canceled" })?.title).toContain("Choosing a plan brings it all back.");
});
test("a payment that the bank took back is said so; nothing open is asked for", () => {
  expect(say("grace", { disputed: true }, [invoice(1)])).toMatchObject({
    ...{ title: "Your bank took a payment back.", need: "bank" },
    text: `Ask your bank to return it. Your agents work on until ${formatDay(stopsAt)}; without it your stack stops. Nothing is deleted.`,
  });
  expect(say("suspended", { disputed: true }, [invoice(1)])).toMatchObject({
    ...{ title: "Your stack is stopped. Your bank took a payment back.", need: "plan" },
    text: expect.stringMatching(/^Once it is returned, or the next month is paid, everything runs again\./),
  });
});
test("only what has a sentence of a limit of the plan in it leads to the plans", () => {
  const { model, models, agents, egress, disk, domains, apps } = limitReached;
  for (const text of [
    model,
    waitsForModelTime,
    models,
    agents,
    egress,
    disk,
    domains(1),
    domains(12),
    apps(1),
    apps(3),
    describePlaceLimit(1),
    describePlaceLimit(40),
    errorTable.payment_required.message,
    `The agent could not finish. ${model}`,
    `The app of shop2 was not let to 10.0.0.7:443. ${egress} What was used stands under Rules.`,
    `Not deployed (3 of 4): ${apps(30)} Nothing was changed.`,
  ])
    expect(isPlanLimit(text)).toBe(true);
  const others = ["The budget of the task is used up.", "queued for a free place: its plan lets 2 work at once", model.slice(1)];
  for (const text of ["", "3", errorTable.no_capacity.message, errorTable.storage_full.message, ...others])
    expect(isPlanLimit(text)).toBe(false);
});
test("model time that is used up is told with what brings more, and when", () => {
  const paid = { plan: "studio", status: "active", disputed: false, periodEnd: at } as const;
  const more = (change: object) => /go on (.*), or with/.exec(describeNoModelTime({ ...paid, ...change }, formatDay))?.[1];
  expect(isPlanLimit(describeNoModelTime(paid, formatDay))).toBe(true);
  expect(more({})).toBe(`from ${formatDay(at)} on, at once with a larger plan`);
  expect(more({ status: "past_due" })).toBe("once the month is paid");
  expect(more({ status: "past_due", disputed: true })).toBe("once your bank returns the payment");
  for (const ends of [{ plan: "trial" }, { status: "canceled" }, { periodEnd: null }]) expect(more(ends)).toBe("with a larger plan");
});
test("a megabyte of the worst text is judged in time in proportion to its length", () => {
  for (const piece of ["0", "Your plan has 1", limitReached.model.slice(0, -1)]) {
    expect(isPlanLimit(fillText(piece)(1_048_576))).toBe(false);
    expectLinear(piece, 250_000, fillText(piece), isPlanLimit);
  }
});

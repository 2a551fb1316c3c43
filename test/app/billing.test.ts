import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { describeDifference } from "../../edge/app/billing/desk/payment-desk-words.ts";
import { describeInvoice } from "../../edge/app/billing/payment/invoice-words.ts";
import { PaidTwice } from "../../edge/app/billing/payment/paid-twice.tsx";
import { describePayingCard } from "../../edge/app/billing/payment/pays-with-words.ts";
import { comparePlans, describePlanLoss } from "../../edge/app/billing/plan/plan-difference.ts";
import { fillDays, stackBars } from "../../edge/app/billing/use/day-bars.ts";
import { describeForecast, forecastUse } from "../../edge/app/billing/use/forecast.ts";
import { judgeUse } from "../../edge/app/billing/use/judge-use.ts";
import { listSavings } from "../../edge/app/billing/use/savings.ts";
import { listUsageMonths } from "../../edge/app/billing/use/usage-months.ts";
import { chooseByteUnit, describeDisk, formatRan, formatSpent } from "../../edge/app/billing/use/use-words.ts";
import { differenceKinds } from "../../schema/billing/payment-desk.ts";
import { allowedBy, type PlanChoice } from "../../schema/billing/subscription-plan.ts";
import { newId } from "../../schema/wire/id.ts";
import { sampleSubscription } from "./browser/billing/sample-billing.ts";

/** What the screen of plan and usage shows of its numbers. */
test("who pays for two plans is told whom to write to, or whom to ask where there is no address", () => {
  const say = (paidTwice: boolean, support: string | null) =>
    renderToStaticMarkup(createElement(PaidTwice, { billing: { paidTwice, support } })).replace(/<[^>]*>/g, "");
  const said = "You pay for two plans at once.";
  expect(say(true, "help@example.com")).toBe(`${said} Write to help@example.com and what was paid twice is paid back.`);
  expect(say(true, null)).toBe(`${said} Ask whoever runs this GrowQR to pay back what was paid twice.`);
  expect(say(false, "help@example.com")).toBe("");
});
test("a limit is near from four fifths on and reached when all is used, never a moment earlier", () => {
  expect(judgeUse(0, 5)).toEqual({ percent: 0, standing: "free" });
  expect(judgeUse(79, 100).standing).toBe("free");
  expect(judgeUse(80, 100).standing).toBe("near");
  expect(judgeUse(4_999_999, 5_000_000)).toEqual({ percent: 99, standing: "near" });
  for (const [used, most] of [[5, 5], [6, 5], [0, 0]] as const) expect(judgeUse(used, most)).toEqual({ percent: 100, standing: "reached" }); // biome-ignore format: one line
});
test("bars stand one on another, the highest first, and a day without anything is a gap", () => {
  const days = [
    { day: 10, parts: [1, 2, 3] },
    { day: 12, parts: [0, 0, 4] },
  ];
  expect(fillDays(days, 3).map(({ day }) => day)).toEqual([10, 11, 12]);
  expect(stackBars(days, 3)).toEqual({ at: [864_000, 950_400, 1_036_800], tops: [[6, 0, 4], [5, 0, 4], [3, 0, 4]] }); // biome-ignore format: one line
  expect(stackBars([], 1)).toEqual({ at: [], tops: [[]] });
});
test("what only an own key paid is said so, and what the plan paid is the cost", () => {
  expect(formatSpent({ costMicros: 0, ownMicros: 120_000 })).toBe("$0.12, own key");
  expect(formatSpent({ costMicros: 500_000, ownMicros: 120_000 })).toBe("$0.50");
  expect(formatSpent({ costMicros: 0, ownMicros: 0 })).toBe("$0.00");
});
test("bars of bytes are counted as their largest is written", () => {
  expect([0, 999 * 1_024 ** 2, 1_000 * 1_024 ** 2].map((most) => chooseByteUnit(most).unit)).toEqual(["MB", "MB", "GB"]);
  expect(chooseByteUnit(2 * 1_024 ** 3).bytes).toBe(1_024 ** 3);
});
test("the disk is what was measured last, compared with the first day on which it was", () => {
  const rows = (...sizes: (number | null)[]) =>
    sizes.map((mb, day) => ({ day: 20_000 + day, egressBytes: 0, diskBytes: mb === null ? null : mb * 1_024 ** 2 }));
  expect(describeDisk([])).toBeUndefined();
  expect(describeDisk(rows(null, null))).toBeUndefined();
  const named = (ago: number) => new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", timeZone: "UTC" }).format((20_000 + ago) * 86_400_000); // biome-ignore format: one line
  expect(describeDisk(rows(null, 300, null))).toEqual({ kept: "300 MB", measured: `measured on ${named(1)}` });
  expect(describeDisk(rows(null, 300, 500, null))?.measured).toBe(`measured on ${named(2)}: 200 MB more than on ${named(1)}`);
  expect(describeDisk(rows(300, 100))?.measured).toBe(`measured on ${named(1)}: 200 MB less than on ${named(0)}`);
  expect(describeDisk(rows(300, 300.5))?.measured).toBe(`measured on ${named(1)}: about as much as on ${named(0)}`);
});
test("cents that do not add up are said by what was compared, and in which direction", () => {
  const say = (kind: (typeof differenceKinds)[number], expectedCents: number, foundCents: number) =>
    describeDifference({ member: newId("mem"), kind, invoice: null, expectedCents, foundCents, since: 0 });
  expect(say("meter", 1_234, 1_230)).toEqual({
    title: "$0.04 told to Stripe and not on its meter",
    amounts: "Told to Stripe: $12.34. On its meter: $12.30.",
  });
  expect(say("meter", 1_230, 1_234).title).toBe("$0.04 on Stripe's meter and never told");
  const titles = differenceKinds.flatMap((kind) => [say(kind, 2, 1).title, say(kind, 1, 2).title]);
  expect(new Set(titles).size).toBe(2 * differenceKinds.length);
});
test("the card that pays is named, and said to expire where it will not pay the next time", () => {
  const card = { brand: "visa", last4: "4242", expires: "2027-04" };
  const expiry = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.UTC(2027, 3));
  const [lastMoment, over] = [Date.UTC(2027, 4) - 1, Date.UTC(2027, 4)];
  const say = (now: number, nextAt: number | undefined, change: Partial<typeof card> = {}) => describePayingCard({ ...card, ...change }, now, nextAt); // biome-ignore format: one line
  expect(say(0, lastMoment)).toBe(`Your card is the Visa ending 4242, which expires in ${expiry}.`);
  expect(say(0, undefined)).toBe(say(0, lastMoment));
  expect(say(lastMoment, over)).toBe(`${say(0, undefined)} It expires before the next payment: choose another under Manage billing.`);
  expect(say(over, undefined)).toBe(`Your card is the Visa ending 4242, which expired in ${expiry}: choose another under Manage billing.`);
  expect(say(0, 0, { brand: "amex" })).toContain("Your card is the American Express ending 4242,");
  for (const brand of ["unknown", "constructor"]) expect(say(0, 0, { brand })).toContain("Your card is the one ending 4242,");
});

const dayMs = 86_400_000;
const period = { usedMicros: 6_000_000, limitMicros: 25_000_000, periodStart: 100 * dayMs, periodEnd: 130 * dayMs };
const dayAt = (at: number) => new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" }).format(at);
test("a forecast goes on as the whole days went, and says when the plan's model time ends", () => {
  const days = [100, 102, 109, 110].map((day) => ({ day, costMicros: 2_000_000 }));
  // Ten whole days for $6.00, and twenty more; what today cost so far makes no day of it.
  expect(forecastUse({ ...period, days }, 110 * dayMs)).toEqual({ micros: 18_000_000, by: 130 * dayMs, usedUpAt: null });
  const over = forecastUse({ ...period, limitMicros: 9_000_000, days }, 110 * dayMs)!;
  expect(over.usedUpAt).toBe(115 * dayMs);
  expect(describeForecast({ ...over, usedUpAt: null }, 0)).toBe(`At this pace: about $18.00 by ${dayAt(130 * dayMs)}.`);
  const said = describeForecast(over, 9_000_000);
  expect(said).toContain(`Your plan has $9.00: it is used up about ${dayAt(115 * dayMs)}. Then your agents wait for the next period`);
});
test("nothing is forecast before a whole day is known, without an end, or where nothing is left", () => {
  const days = [{ day: 100, costMicros: 2_000_000 }];
  const at = (now: number, change: Partial<typeof period> | { periodEnd: null } = {}) => forecastUse({ ...period, days, ...change }, now);
  expect(at(101 * dayMs)).toBeDefined();
  expect(at(101 * dayMs - 1)).toBeUndefined();
  expect(at(101.5 * dayMs, { periodStart: 100.25 * dayMs })).toBeUndefined();
  expect(at(101 * dayMs, { periodEnd: null })).toBeUndefined();
  expect(at(130 * dayMs)).toBeUndefined();
  expect(at(101 * dayMs, { usedMicros: 25_000_000 })).toBeUndefined();
  expect(forecastUse({ ...period, days: [] }, 110 * dayMs)).toBeUndefined();
});
test("what costs most is said with a way to make it cheaper that is there, at most two of them", () => {
  const row = { costMicros: 8_000_000, ownMicros: 0, inputTokens: 1, outputTokens: 1, calls: 1 };
  const quest = newId("qst");
  const known = [{ id: quest, title: "Bookings" }];
  const model = { usedMicros: 10_000_000, limitMicros: 25_000_000, calls: 2 };
  const list = (name: string, change: { used?: number; own?: number; cost?: number; known?: typeof known } = {}) =>
    listSavings({
      billing: { model: { ...model, usedMicros: change.used ?? model.usedMicros } },
      usage: {
        days: [{ day: 1, ...row, ownMicros: change.own ?? 0 }],
        models: [{ model: name, ...row, costMicros: change.cost ?? 8_000_000 }],
        quests: [
          { quest: null, ...row },
          { quest, ...row, costMicros: 4_000_000 },
        ],
      },
      known: change.known ?? known,
    });
  const both = list("claude-sonnet-5", { used: 24_000_000 });
  expect(both.map(({ where }) => where)).toEqual(["models", { quest }]);
  expect(both[0]!.text).toMatch(/^claude-sonnet-5 is 100 percent /);
  expect(both[1]!.text).toMatch(/^The quest “Bookings” is 50 percent\./);
  expect(list("claude-haiku-5", { known: [], used: 24_000_000 }).map(({ where }) => where)).toEqual(["keys"]);
  expect(list("claude-haiku-5", { known: [], used: 24_000_000, own: 5 })).toEqual([]);
  expect(list("claude-haiku-5", { known: [] })).toEqual([]);
  expect(list("claude-sonnet-5", { cost: 50_000, used: 24_000_000 })).toEqual([]);
});
test("of a smaller plan it is said what is above it, and nothing else", () => {
  const model = { usedMicros: 30_000_000, limitMicros: 90_000_000, calls: 1 };
  const disk = (gb: number) => ({ bytes: gb * 1_024 ** 3, at: 0 });
  const studio = { plan: "studio", quantity: 1 } as const;
  const losses = describePlanLoss({ used: { apps: 11, domains: 6, disk: disk(41) }, model }, studio);
  expect(losses.map((loss) => loss.slice(0, 12))).toEqual(["You have 11 ", "One of your ", "You keep 41 ", "You used $30"]);
  const fits = { used: { apps: 10, domains: 5, disk: disk(40) }, model: { ...model, usedMicros: 25_000_000 } };
  expect(describePlanLoss(fits, studio)).toEqual([]);
  expect(describePlanLoss({ ...fits, used: { ...fits.used, disk: null }, model }, { plan: "studio", quantity: 2 })).toEqual([]);
});
test("of another plan everything that is more or less is named, the model time first", () => {
  const [studio, workshop] = [{ plan: "studio", quantity: 1 } as const, { plan: "workshop", quantity: 1 } as const];
  const period = { periodStart: 100 * dayMs, periodEnd: 130 * dayMs };
  const having = (choice: PlanChoice, change = {}) => ({
    subscription: { ...sampleSubscription({ ...choice, periodEnd: period.periodEnd }), ...change },
    ...{ periodStart: period.periodStart, limits: allowedBy(choice), support: "support@example.com" },
    model: { usedMicros: 0, limitMicros: allowedBy(choice).modelMicros, calls: 0 },
  });
  const list = (...args: Parameters<typeof comparePlans>) => comparePlans(...args).map(({ name, before, after }) => `${name}: ${before} → ${after}`); // biome-ignore format: one line
  expect(list(having(workshop), studio, false, 110 * dayMs)).toEqual([
    "Model time a month: $90.00 → $25.00",
    "Agents at work at once: 12 → 6",
    "Projects online: 30 → 10",
    "Working memory: 12 GB → 6 GB",
    "Processors: 8 → 4",
    "Disk for everything: 160 GB → 40 GB",
    "Internet traffic a day: 200 GB → 50 GB",
    "Domains for each project: 20 → 5",
    "Data of each project: 4 GB → 1 GB",
    "Support within: 1 working day → 2 working days",
  ]);
  const unanswered = list({ ...having(workshop), support: null }, studio, false, 110 * dayMs); // nobody can be written to
  expect(unanswered.at(-1)).toBe("Data of each project: 4 GB → 1 GB");
  // Two thirds of the period are left: so much of the $65.00 that the larger plan has more.
  expect(list(having(studio), workshop, true, 110 * dayMs).slice(0, 3)).toEqual([
    "Model time in this period: $25.00 → $68.33",
    "Model time each month after: $25.00 → $90.00",
    "Agents at work at once: 6 → 12",
  ]);
  expect(list(having({ plan: "trial", quantity: 1 }), studio, false, 110 * dayMs)).toContain("AI models: standard → standard and large");
  expect(list(having(studio), workshop, true, 100 * dayMs)[1]).toBe("Agents at work at once: 6 → 12");
  expect(list(having(studio, { status: "trialing" }), { ...studio, quantity: 2 }, true, 110 * dayMs)).toEqual([
    "Model time a month after the free days: $25.00 → $50.00",
    "Internet traffic a day: 50 GB → 100 GB",
  ]);
});
test("an invoice stands as Stripe says, with a declined card and what was given back", () => {
  const say = (status: "open" | "paid" | "void" | null, failures = 0, refunded = 0, takenBack = false) =>
    describeInvoice({ status, failures, refunded, takenBack, currency: "usd" }).state;
  expect([say("open"), say("open", 2), say("paid"), say("paid", 2), say("paid", 0, 500), say("void", 1), say(null)]).toEqual(
    ["Open", "Payment failed", "Paid", "Paid", "Paid, $5.00 given back", "Void", ""], // biome-ignore format: one line
  );
  expect(say("paid", 0, 0, true)).toBe("Paid, then taken back");
});
test("the months before the period go back to when the account began, the newest first, a year of them at most", () => {
  const months = (from: string, began: string) =>
    listUsageMonths({ from: Date.parse(from), began: Date.parse(began) }).map(({ month }) => month);
  expect(months("2026-11-15T09:00:00Z", "2026-09-30T23:59:00Z")).toEqual(["2026-11", "2026-10", "2026-09"]);
  expect(months("2026-11-01T09:00:00Z", "2026-10-01T00:00:00Z")).toEqual(["2026-10"]);
  expect(months("2026-11-15T09:00:00Z", "2026-11-15T08:00:00Z")).toEqual([]); // the period has all of it
  const year = months("2026-03-15T09:00:00Z", "2020-01-01T00:00:00Z");
  expect([year.length, year[0], year.at(-1)]).toEqual([12, "2026-03", "2025-04"]);
  const titles = listUsageMonths({ from: Date.parse("2026-01-10T00:00:00Z"), began: Date.parse("2025-12-31T00:00:00Z") });
  expect(titles.map(({ title }) => /\d{4}/.test(title))).toEqual([false, true]); // last year's says which year
});
test("how long something ran is said in hours also where these are days", () => {
  expect([0, 59_999, 104.3 * 3_600_000].map(formatRan)).toEqual(["0 h 00 m", "0 h 00 m", "104 h 18 m"]);
});

import { expect, test } from "vitest";
import { fillDays, stackBars } from "../../edge/app/billing/day-bars.ts";
import { judgeUse } from "../../edge/app/billing/judge-use.ts";
import { describeDifference } from "../../edge/app/billing/payment-desk-words.ts";
import { chooseByteUnit, describeDisk, formatSpent } from "../../edge/app/billing/use-words.ts";
import { differenceKinds } from "../../schema/billing/payment-desk.ts";
import { newId } from "../../schema/wire/id.ts";

/** What the screen of plan and usage shows of its numbers. */
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

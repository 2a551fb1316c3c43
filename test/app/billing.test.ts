import { expect, test } from "vitest";
import { fillDays, stackBars } from "../../edge/app/billing/day-bars.ts";
import { judgeUse } from "../../edge/app/billing/judge-use.ts";

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

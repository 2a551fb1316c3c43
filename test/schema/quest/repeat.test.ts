import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findDueOccurrence, occurrenceTimes } from "../../../schema/quest/repeat.ts";

const day = 86_400_000;

describe("steps that come again", () => {
  test("are due on their days; of those missed only the newest is made up for", () => {
    const spaced = { after_days: [1, 3, 7, 14, 30] };
    expect(occurrenceTimes(spaced, 0)).toEqual([1, 3, 7, 14, 30].map((days) => days * day));
    expect(findDueOccurrence(spaced, 0, [], day - 1)).toEqual({ skipped: [], nextAt: day });
    expect(findDueOccurrence(spaced, 0, [], day)).toEqual({ n: 1, skipped: [], nextAt: 3 * day });
    expect(findDueOccurrence(spaced, 0, [1], 8 * day)).toEqual({ n: 3, skipped: [2], nextAt: 14 * day });
    expect(findDueOccurrence(spaced, 0, [1, 2, 3, 4, 5], 99 * day)).toEqual({ skipped: [] });
  });
  test("are each made or skipped exactly once, whenever one looks", () => {
    const schedule = fc.oneof(
      fc.record({ every_days: fc.integer({ min: 1, max: 9 }), times: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ after_days: fc.array(fc.nat(60), { minLength: 1, maxLength: 8 }) }),
    );
    fc.assert(
      fc.property(schedule, fc.array(fc.nat(30), { maxLength: 20 }), (repeat, waits) => {
        let now = 0;
        const done: number[] = [];
        for (const wait of [...waits, 400]) {
          now += wait * day;
          const next = findDueOccurrence(repeat, 0, done, now);
          done.push(...next.skipped, ...(next.n === undefined ? [] : [next.n]));
        }
        expect(done.sort((a, b) => a - b)).toEqual(occurrenceTimes(repeat, 0).map((_, index) => index + 1));
      }),
    );
  });
});

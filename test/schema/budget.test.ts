import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BudgetLimits,
  type BudgetUsage,
  budgetLimits,
  findReachedLimit,
  formatAmount,
  noUsage,
  raiseLimits,
  sumUsage,
  workingTime,
} from "../../schema/budget.ts";

const spent = (part: Partial<BudgetUsage>): BudgetUsage => ({ ...noUsage, ...part });

test("a task is bound by the smaller of what its spec and its type allow; what neither names is not bound", () => {
  expect(budgetLimits({ cost_usd: 3, minutes: 60 }, { cost_usd: 1.5, tokens: 5_000 })).toEqual({
    cost: 1_500_000,
    minutes: 60,
    tokens: 5_000,
  });
  expect(budgetLimits({}, {})).toEqual({});
  expect(findReachedLimit({}, spent({ costMicros: 1e12, workMs: 1e12, tokens: 1e12 }))).toBeUndefined();
});
test("a limit is reached when all of it is used, not before, and what the member adds counts for that limit alone", () => {
  const limits: BudgetLimits = { cost: 1_000, minutes: 2 };
  expect(findReachedLimit(limits, spent({ costMicros: 999, workMs: 119_999 }))).toBeUndefined();
  expect(findReachedLimit(limits, spent({ costMicros: 1_000 }))).toEqual({ what: "cost", used: 1_000, limit: 1_000 });
  const more = raiseLimits(limits, { cost: 500, tokens: 9 });
  expect(more).toEqual({ cost: 1_500, minutes: 2 });
  expect(findReachedLimit(more, spent({ costMicros: 1_200, workMs: 120_000 }))).toEqual({ what: "minutes", used: 2, limit: 2 });
});
test("time that an agent waits for the member is not its working time, however the waits overlap", () => {
  expect(workingTime(0, 100, [])).toBe(100);
  expect(
    workingTime(0, 100, [
      { from: 10, to: 40 },
      { from: 30, to: 60 },
    ]),
  ).toBe(50);
  expect(workingTime(0, 100, [{ from: -50, to: 200 }])).toBe(0);
  const span = fc
    .tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: -20, max: 120 }))
    .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (waits) => {
      const units = Array.from({ length: 100 }, (_, at) => at).filter((at) => !waits.some(({ from, to }) => from <= at && at < to));
      expect(workingTime(0, 100, waits)).toBe(units.length);
    }),
  );
});
test("what several turns used is their sum, in whatever order, and is said in its own unit", () => {
  const amounts = fc.record({ costMicros: fc.nat(1_000), workMs: fc.nat(1_000), tokens: fc.nat(1_000) });
  fc.assert(
    fc.property(fc.array(amounts), (all) => {
      expect(sumUsage(...all)).toEqual(sumUsage(...[...all].reverse()));
    }),
  );
  expect([
    formatAmount("cost", 3_000_000),
    formatAmount("cost", 1_200),
    formatAmount("minutes", 4),
    formatAmount("tokens", 12_000),
  ]).toEqual(["$3.00", "$0.0012", "4 minutes", "12,000 tokens"]);
});

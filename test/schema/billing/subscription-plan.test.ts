import fc from "fast-check";
import { expect, test } from "vitest";
import {
  allowAfterChange,
  allowedBy,
  isMore,
  isSameChoice,
  mostQuantity,
  type PaidChoice,
  paidPlanName,
  planName,
  subscriptionPlans,
} from "../../../schema/billing/subscription-plan.ts";

/** Issue 27.2: plans as data. */
const choice: fc.Arbitrary<PaidChoice> = fc.record({
  plan: fc.constantFrom(...paidPlanName.options),
  quantity: fc.integer({ min: 1, max: mostQuantity }),
});

test("each plan of the file has a name in the API, a price unless it is the trial, and a product of its own", () => {
  expect(planName.options).toEqual(Object.keys(subscriptionPlans));
  const sold = Object.entries(subscriptionPlans).filter(([, { price }]) => price !== null);
  expect(sold.map(([name]) => name)).toEqual(paidPlanName.options);
  expect(new Set(sold.map(([, { price }]) => price?.product)).size).toBe(sold.length);
});

test("a change to more takes nothing away, and no change is more both ways", () => {
  fc.assert(
    fc.property(choice, choice, (a, b) => {
      if (isSameChoice(a, b)) return !isMore(a, b);
      if (!isMore(a, b)) return true;
      const [after, before] = [allowedBy(a), allowedBy(b)];
      return !isMore(b, a) && after.cpus >= before.cpus && after.agents >= before.agents && after.modelMicros >= before.modelMicros;
    }),
  );
  expect(isMore({ plan: "workshop", quantity: 1 }, { plan: "studio", quantity: 1 })).toBe(true);
  // Dearer with half the processors, cheaper with twice of them: neither is paid in the middle of a period.
  expect(isMore({ plan: "studio", quantity: 4 }, { plan: "workshop", quantity: 1 })).toBe(false);
  expect(isMore({ plan: "workshop", quantity: 1 }, { plan: "studio", quantity: 4 })).toBe(false);
});

test("changes within a period never allow more models than what is left of it is paid for", () => {
  const [start, end] = [0, 1_000];
  const changes = fc.array(fc.record({ to: choice, at: fc.integer({ min: start, max: end }) }), { maxLength: 8 });
  fc.assert(
    fc.property(choice, changes, (first, list) => {
      let [from, allowed, bound] = [first, allowedBy(first).modelMicros, allowedBy(first).modelMicros];
      for (const { to, at } of list.sort((a, b) => a.at - b.at)) {
        allowed = allowAfterChange(allowed, { from, to }, { start, end }, at);
        const added = allowedBy(to).modelMicros - allowedBy(from).modelMicros;
        bound += (added * (end - at)) / (end - start) + 1;
        from = to;
        expect(allowed).toBeLessThanOrEqual(Math.max(0, bound) + 1);
        bound = Math.max(bound, 0);
      }
    }),
  );
  const [from, to] = [{ plan: "studio", quantity: 1 } as const, { plan: "workshop", quantity: 5 } as const];
  expect(allowAfterChange(25_000_000, { from, to }, { start, end }, end)).toBe(25_000_000);
  expect(allowAfterChange(25_000_000, { from, to }, { start, end }, start)).toBe(450_000_000);
});

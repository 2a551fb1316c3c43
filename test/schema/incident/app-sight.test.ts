import { describe, expect, test } from "vitest";
import { type AppSight, findFault, flapping, isFlapping } from "../../../schema/incident/app-sight.ts";

const now = 10_000_000;
const well: AppSight = {
  state: "well",
  bad: false,
  reason: undefined,
  since: now - 600_000,
  rate: { verdict: "good", requests: 100, errors: 0 },
  ends: 0,
};
const badRate = { verdict: "bad", requests: 60, errors: 45 } as const;

describe("what of an app is an incident", () => {
  test("one that is out of order for a minute, in its own words or by its state", () => {
    const bad: AppSight = { ...well, state: "restarting", bad: true, reason: "It ended with 1.", since: now - 60_000 };
    expect(findFault(bad, now)).toEqual({ cause: "health", reason: "It ended with 1." });
    expect(findFault({ ...bad, reason: undefined }, now)).toEqual({ cause: "health", reason: "It is restarting." });
    expect(findFault({ ...bad, since: now - 59_999 }, now)).toBeUndefined();
  });
  test("one that is well at every look, and ends again and again between them", () => {
    expect(findFault({ ...well, ends: flapping.ends - 1 }, now)).toBeUndefined();
    expect(findFault({ ...well, ends: 6 }, now)).toEqual({ cause: "health", reason: "It has ended 6 times within 10 minutes." });
    expect([isFlapping({ state: "well", ends: 6 }), isFlapping({ state: "well", ends: 4 })]).toEqual([true, false]);
  });
  test("one whose answers are errors, unless its member or its plan keeps it down: who asks for it then gets none", () => {
    expect(findFault({ ...well, rate: badRate }, now)).toEqual({
      cause: "errors",
      reason: "45 of its last 60 answers were errors (75 %).",
    });
    for (const state of ["stopped", "suspended"] as const)
      for (const more of [{ rate: badRate }, { ends: 9 }]) expect(findFault({ ...well, state, ...more }, now), state).toBeUndefined();
    expect(findFault(well, now)).toBeUndefined();
  });
});

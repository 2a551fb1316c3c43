import { describe, expect, test } from "vitest";
import {
  describeAway,
  describeSignInAway,
  type HealthPart,
  type HeardReadiness,
  healthParts,
  heardReadiness,
} from "../../schema/readiness.ts";

/** SPEC 16: what members are told while a part is away. */
const parts = (away: Partial<Record<HealthPart, number>>): HeardReadiness => ({
  ready: true,
  parts: Object.fromEntries(healthParts.map((part) => [part, { ok: away[part] === undefined, state: "answers", since: away[part] ?? 1 }])),
});
const told = healthParts.filter((part) => part !== "ci");

describe("the line for members", () => {
  test("is none while all is well, none for parts that nobody has told of, and none for a full machine", () => {
    expect(describeAway(parts({}), 9)).toBeUndefined();
    expect(describeAway({ ready: true, parts: {} }, 9)).toBeUndefined();
    expect(describeAway(parts({ ci: 1 }), 9)).toBeUndefined();
    const forAccount = (part: HealthPart) => describeAway(parts({ [part]: 1 }), 9, ["db", "billing"]);
    expect([forAccount("hosts"), forAccount("billing")?.away]).toEqual([undefined, "Payments are away"]);
  });

  test.each(told)("says of %s what is away, since when, and both what works and what does not", (part) => {
    const line = describeAway(parts({ [part]: 5 }), 9);
    expect(line).toMatchObject({ since: 5 });
    expect(line?.works).toMatch(/read|works/);
    expect(line?.works).toMatch(/wait|once|can't/);
    for (const word of ["engine", "relay", "libSQL", "database", "503"]) expect(`${line?.away} ${line?.works}`).not.toContain(word);
  });

  test("is of the worst, of several: each part has its place", () => {
    const ranked = ["engine", "db", "git", "hosts", "identity", "billing"] as const;
    expect([...ranked].sort()).toEqual([...told].sort());
    const lines = ranked.map((part) => describeAway(parts({ [part]: 1 }), 9)?.away);
    for (const [at, line] of lines.entries())
      expect(describeAway(parts(Object.fromEntries(ranked.slice(at).map((part) => [part, 1]))), 9)?.away).toBe(line);
  });
});

test("a Worker of another version is understood: it may name other parts, and say no time", () => {
  const answer = { ready: false, parts: { db: { ok: false, state: "does not answer", at: 1 }, sea: { ok: true, state: "calm" } }, more: 1 };
  expect(describeAway(heardReadiness.parse(answer), 9)).toMatchObject({ away: "Accounts can't be reached", since: 9 });
});

test("a page without a token says that sign-in is away, whatever else is, since when the edge has known it", () => {
  const told = (part: HealthPart) => describeAway(parts({ [part]: 5 }), 9);
  const line = { ...told("identity"), since: 7 };
  expect(describeSignInAway(undefined, 7)).toEqual(line);
  expect(describeSignInAway(told("billing"), 7)).toEqual(line);
  expect(describeSignInAway(told("identity"), 7)).toEqual(told("identity"));
  expect(describeSignInAway(told("hosts"), 7)).toEqual(line); // what hosts being away leaves readable can't be read now
});

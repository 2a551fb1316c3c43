import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepestJson, findJsonIssue } from "../../../schema/wire/json-text.ts";

const nested = (levels: number): unknown => JSON.parse("[".repeat(levels) + "]".repeat(levels));

describe("a JSON value from outside", () => {
  test("is fit when its texts are well-formed and without U+0000, and it is not too deep", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 8 }), (value) => {
        const fit = !JSON.stringify(value).includes("\\u0000");
        expect(findJsonIssue(JSON.parse(JSON.stringify(value)), { texts: true }) === undefined).toBe(fit);
      }),
    );
    expect(findJsonIssue(nested(deepestJson), { texts: true })).toBeUndefined();
  });
  test("that is unfit says where, and repeats nothing of it", () => {
    expect(findJsonIssue({ a: [{ b: "x\ud800" }] }, { texts: true })).toEqual({
      path: "a.0.b",
      message: expect.stringContaining("surrogate"),
    });
    expect(findJsonIssue({ a: { "\udc00": 1 } }, { texts: true })).toMatchObject({ path: "a" });
    expect(findJsonIssue(["\0"], { texts: true })).toMatchObject({ path: "0", message: expect.stringContaining("U+0000") });
    expect(findJsonIssue(nested(deepestJson + 1), { texts: false })).toMatchObject({ message: expect.stringContaining("levels") });
    expect(findJsonIssue(["\ud800"], { texts: false })).toBeUndefined();
  });
  test("of a megabyte of the worst is told in less than 100 ms", () => {
    const worst = [
      nested(500_000),
      Array.from({ length: 500_000 }, () => 1),
      Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, "x"])),
      ["\ud83d".repeat(500_000)],
      JSON.parse(`${'{"a":['.repeat(40)}${"[],".repeat(300_000)}1${"]}".repeat(40)}`),
    ];
    for (const value of worst) {
      const took = Array.from({ length: 4 }, () => {
        const before = process.cpuUsage();
        findJsonIssue(value, { texts: true });
        return process.cpuUsage(before).user / 1_000;
      });
      expect(Math.min(...took)).toBeLessThan(100); // the machine has other work too
    }
  });
});

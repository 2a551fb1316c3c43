import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deepestJson, findJsonIssue, hasRepeatedField } from "../../../schema/wire/json-text.ts";
import { expectLinear } from "../../harness/linear.ts";

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
  test("of a megabyte of the worst is told in time in proportion to its length", () => {
    const worst: Record<string, (size: number) => unknown> = {
      levels: (size) => nested(size / 2),
      "a list": (size) => Array.from({ length: size / 2 }, () => 1),
      keys: (size) => Object.fromEntries(Array.from({ length: size / 10 }, (_, n) => [`k${n}`, "x"])),
      "halves of characters": (size) => ["\ud83d".repeat(size / 2)],
      "lists in levels": (size) => JSON.parse(`${'{"a":['.repeat(40)}${"[],".repeat(size / 3)}1${"]}".repeat(40)}`),
    };
    for (const [title, make] of Object.entries(worst)) {
      findJsonIssue(make(1_000_000), { texts: true });
      // Large enough that the square of it would show at once: ratios of a millisecond are not steady.
      expectLinear(title, 128 * 1024, make, (value) => findJsonIssue(value, { texts: true }));
    }
  });
});

describe("a JSON text", () => {
  const repeats = (text: string) => hasRepeatedField(text, JSON.parse(text));
  test("that names a field twice in one object is known by it, wherever it stands and however it is written", () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '[{"b":{"c":[],"c":{}}}]',
      '{"__proto__":1,"__proto__":2}',
      '{"":0, "" : 1}',
    ])
      expect(repeats(text), text).toBe(true);
    for (const text of ['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '"a:b"', '{"a:\\":":":\\"{:"}', "[]", "null", '{"__proto__":{"a":1}}'])
      expect(repeats(text), text).toBe(false);
  });
  test("of a megabyte of the worst is told in time in proportion to its length, of whether it names one twice", () => {
    const worst: Record<string, (size: number) => string> = {
      levels: (size) => "[".repeat(50) + "{},".repeat(size / 3) + "1" + "]".repeat(50),
      names: (size) => `{${Array.from({ length: size / 10 }, (_, n) => `"k${n}":1`)}}`,
      backslashes: (size) => JSON.stringify("\\".repeat(size / 2)),
      colons: (size) => JSON.stringify(":".repeat(size)),
    };
    for (const [title, make] of Object.entries(worst))
      expectLinear(
        title,
        128 * 1024,
        (size) => ({ text: make(size), value: JSON.parse(make(size)) }),
        ({ text, value }) => hasRepeatedField(text, value),
      );
  });
  test("that was made of a value repeats none, with spaces or without", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.nat(3), (value, spaces) => !repeats(JSON.stringify(value, null, spaces))),
    );
  });
});

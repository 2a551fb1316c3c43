import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChangedFile } from "../../../schema/event.ts";
import { findSuspicions, hasRefusal } from "../../../schema/proof/suspicion.ts";
import { specShape } from "../../../schema/task/spec.ts";

const task = specShape.parse({ id: "T1", title: "Do", owner: "coding", tests: [{ command: "npm test", contains: "42 passed" }] });
const changed = (path: string, patch: string | undefined, over: Partial<ChangedFile> = {}): ChangedFile => ({
  path,
  status: "modified",
  additions: 1,
  deletions: 1,
  ...(patch === undefined ? {} : { patch }),
  ...over,
});
const found = (...files: ChangedFile[]) => findSuspicions(files, task);
const weight = (path: string, patch: string) => {
  const all = found(changed(path, patch));
  return hasRefusal(all) ? "refuse" : all.length > 0 ? "review" : "none";
};

describe("a change that makes its own checks easy", () => {
  test("by deleting, skipping or shutting out tests is refused", () => {
    expect(hasRefusal(found(changed("test/a.test.ts", "-x", { status: "deleted" })))).toBe(true);
    for (const line of [
      "it.skip('works', () => {",
      "test.todo('later')",
      "describe.only('this', () => {",
      "xit('works', f)",
      "fit('works', f)",
      "test('x', { skip: true }, f)",
      "process.exit(0);",
    ])
      expect(weight("src/a.test.js", `@@\n+${line}`), line).toBe("refuse");
    for (const line of [
      "@pytest.mark.skip",
      "@pytest.mark.xfail(reason='x')",
      "    pytest.skip('x')",
      "sys.exit(0)",
      "@unittest.skip('x')",
    ])
      expect(weight("tests/test_a.py", `+${line}`), line).toBe("refuse");
    expect(weight("pkg/a_test.go", '+\tt.Skip("later")')).toBe("refuse");
    expect(weight("tests/a.rs", "+#[ignore]")).toBe("refuse");
  });
  test("by taking assertions away is refused; by changing them it goes to review", () => {
    expect(weight("test/a.test.ts", "-  expect(sum(1, 2)).toBe(3);\n-  expect(sum(0, 0)).toBe(0);\n+  expect(true).toBe(true);")).toBe(
      "refuse",
    );
    expect(weight("test/a.test.ts", "-  expect(sum(1, 2)).toBe(3);\n+  expect(sum(1, 2)).toBe(4);")).toBe("review");
  });
  test("by a script or pipeline that can't fail is refused", () => {
    for (const script of [
      "true",
      "exit 0",
      "",
      "echo 42 passed",
      "vitest run || true",
      "node --test; exit 0",
      "jest --passWithNoTests",
      "node --test || echo ok",
    ])
      expect(weight("package.json", `-    "test": "node --test",\n+    "test": "${script}",`), script).toBe("refuse");
    expect(weight(".github/workflows/ci.yml", "+        continue-on-error: true")).toBe("refuse");
    expect(weight("package.json", '-    "test": "node --test",\n+    "test": "node --test test/only.test.js",')).toBe("review");
    expect(weight("vitest.config.ts", "+    exclude: ['test/hard.test.ts'],")).toBe("review");
    expect(weight(".growqr/environment.yaml", "+setup: [npm ci]")).toBe("review");
  });
  test("by printing what a check looks for is seen", () => {
    expect(weight("src/main.js", '+console.log("42 passed");')).toBe("review");
    expect(weight("test/a.test.js", '+console.log("42 passed");')).toBe("refuse");
  });
  test("in a way that can't be shown goes to review, and is refused of a program", () => {
    expect(found(changed("test/a.test.ts", undefined))).toMatchObject([{ weight: "refuse", text: expect.stringMatching(/not text/) }]);
    expect(found(changed("test/page.png", undefined))).toMatchObject([{ weight: "review" }]);
    expect(found(changed("logo.png", undefined))).toEqual([]);
  });
  test("is refused behind more of a line than is read, and what stands in the part that is not read is not hidden by that", () => {
    const far = `+${" ".repeat(12_000)}it.skip("adds", () => {});${" ".repeat(12_000)}`;
    expect(found(changed("test/a.test.ts", far))).toMatchObject([{ weight: "refuse", text: expect.stringMatching(/more than 10000/) }]);
    expect(weight("vitest.config.ts", far)).toBe("review");
  });
  test("is refused whatever stands around the line that does it", () => {
    const noise = fc.array(
      fc
        .tuple(
          fc.constantFrom("+", " "),
          fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\n")),
        )
        .map(([sign, text]) => sign + text),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(noise, noise, fc.constantFrom("it.skip('a', f)", "test.only('a', f)", "process.exit(0)"), (before, after, line) => {
        expect(weight("test/a.test.js", [...before, `+${line}`, ...after].join("\n"))).toBe("refuse");
      }),
    );
  });
});

describe("honest work", () => {
  test("is not suspected: new tests, new code, moved tests, repaired scripts", () => {
    for (const [path, patch] of [
      ["test/new.test.ts", "+test('adds', () => {\n+  expect(sum(1, 2)).toBe(3);\n+});"],
      ["src/skip.ts", "+export const skip = (n: number) => n + 1;"],
      ["src/cli.ts", "+  process.exit(0);"],
      ["test/a.test.ts", " test('x', () => {\n+  const more = 1;\n })"],
      ["package.json", '+    "build": "tsc -b",'],
      ["README.md", "+Run `it.skip` never."],
      ["docs/testing.md", "-old\n+new"],
    ] as const)
      expect(weight(path, patch), path).toBe("none");
    expect(weight("test/a.test.ts", "-it.skip('x', f)\n+it('x', f)")).toBe("none");
  });
});

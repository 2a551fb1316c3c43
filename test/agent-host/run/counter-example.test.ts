import { describe, expect, test } from "vitest";
import { listCounterExamples, spreadEvenly } from "../../../agent-host/run/counter-example.ts";
import { judgeStrength } from "../../../agent-host/run/counter-proof.ts";
import { emptyFunction, findFunctionBodies } from "../../../agent-host/run/programs/function-bodies.ts";
import { readHunks, takeOutHunk } from "../../../agent-host/run/programs/hunks.ts";
import { stripTypes } from "../../../agent-host/run/programs/strip-types.ts";
import type { BranchChange } from "../../../schema/proof/check-file.ts";
import { expectLinear } from "../../harness/linear.ts";

const emptied = (path: string, text: string, plain = text) =>
  findFunctionBodies(path, { text, plain }).map((body) => [body.name, emptyFunction(text, body)]);

describe("a function that does nothing", () => {
  test("is made of each named one in JavaScript: declared, assigned, of a class, of an object", () => {
    const text = `function a(x) { return x; }
const b = (x) => x + 1, c = async function () { await 1; };
class D { e() { return 1; } static f = () => 2; get g() { return 3; } }
module.exports.h = () => 4;
export default () => [1].map((x) => x);
const empty = () => {};
`;
    const found = emptied("a.js", text);
    expect(found.map(([name]) => name)).toEqual(["a", "b", "c", "e", "f", "g", "h", "default"]);
    expect(found[0]![1]).toContain("function a(x) {}");
    expect(found[1]![1]).toContain("const b = (x) => undefined, c");
    expect(found[5]![1]).toContain("get g() {} }");
  });
  test("is made of TypeScript too, and the rest of the text stays as it is", async () => {
    const text = "interface A { b(): void }\nexport const sum = <T extends number>(a: T, b: T): number => a + b;\n";
    const [plain] = await stripTypes([text]);
    expect(emptied("a.ts", text, plain)).toEqual([["sum", text.replace("a + b", "undefined")]]);
  });
  test("is made of Python by its lines", () => {
    const text =
      'class A:\n    def a(self,\n          b=")"):\n        """Doc\nat the margin\n"""\n        return 1\n\n    # more\n    async def c(self):\n        return (\n1)\n\ndef d(): return 2\ndef e():\n    pass\n';
    expect(emptied("a.py", text)).toEqual([
      [
        "a",
        'class A:\n    def a(self,\n          b=")"):\n        pass\n\n    # more\n    async def c(self):\n        return (\n1)\n\ndef d(): return 2\ndef e():\n    pass\n',
      ],
      ["c", text.replace("return (\n1)", "pass")],
    ]);
  });
  test("is made of nothing that can't be read, and of the worst text in linear time", () => {
    expect(emptied("a.js", "function (")).toEqual([]);
    expect(emptied("a.jsx", "const a = () => <b />")).toEqual([]);
    const worst: [path: string, make: (chars: number) => string][] = [
      ["a.js", (chars) => "(".repeat(chars)],
      ["a.js", (chars) => `[${"1,".repeat(chars / 2)}]`],
      ["a.ts", (chars) => "a<".repeat(chars / 2)],
      ["a.py", (chars) => "def a(".repeat(chars / 6)],
      ["a.py", (chars) => "'''".repeat(chars / 3)],
    ];
    for (const [path, make] of worst) expectLinear(`${path}: ${make(12)}`, 32_500, make, (text) => emptied(path, text));
  });
});

describe("a changed place", () => {
  const diff = `diff --git a/a.go b/a.go
index 1..2 100644
--- a/a.go
+++ b/a.go
@@ -1,3 +1,4 @@
 one
+one and a half
-two
+2
 three
@@ -10 +11,0 @@
-ten
diff --git a/new.go b/new.go
--- /dev/null
+++ b/new.go
@@ -0,0 +1 @@
+new
`;
  test("is taken out by itself", () => {
    const hunks = readHunks(diff);
    expect([...hunks.keys()]).toEqual(["a.go", "new.go"]);
    const now = "one\none and a half\n2\nthree\n5\n6\n7\n8\n9\n10\n11\n12\n";
    const [first, second] = hunks.get("a.go")!;
    expect(takeOutHunk(now, first!)).toBe("one\ntwo\nthree\n5\n6\n7\n8\n9\n10\n11\n12\n");
    expect(takeOutHunk(now, second!)).toBe("one\none and a half\n2\nthree\n5\n6\n7\n8\n9\n10\n11\nten\n12\n");
  });
});

describe("the ways of not doing a work", () => {
  const change = (path: string, status: BranchChange["status"]): BranchChange => ({ path, status });
  const text = "export function a() { return 1; }\nexport function b() { return 2; }\nexport const c = 3;\n";
  const texts = new Map(["src/new.js", "src/old.js"].map((path) => [path, { text, executable: false }]));
  test("are all of it, each file of it and each function that was made or changed", () => {
    const work = [change("src/new.js", "added"), change("src/old.js", "modified"), change("src/gone.js", "deleted")];
    const hunks = readHunks(
      "diff --git a/src/old.js b/src/old.js\n+++ b/src/old.js\n@@ -2,2 +2,2 @@\n-export function b() { return 0; }\n+export function b() { return 2; }\n-const c = 0;\n+export const c = 3;\n",
    );
    const all = listCounterExamples(work, texts, hunks);
    expect(all.map(({ name }) => name)).toEqual([
      "nothing is done",
      "src/new.js is empty",
      "src/old.js is as it was before",
      "a in src/new.js does nothing",
      "b in src/new.js does nothing",
      "b in src/old.js does nothing",
    ]);
    expect(all[0]!.way).toEqual({ gone: ["src/new.js"], restored: ["src/old.js", "src/gone.js"], texts: {} });
    expect(all[3]!.way.texts["src/new.js"]!.text).toBe(text.replace("{ return 1; }", "{}"));
  });
  test("are one where one file was changed in one place", () => {
    const hunks = readHunks("diff --git a/src/old.js b/src/old.js\n+++ b/src/old.js\n@@ -3 +3 @@\n-const c = 0;\n+export const c = 3;\n");
    expect(listCounterExamples([change("src/old.js", "modified")], texts, hunks).map(({ name }) => name)).toEqual(["nothing is done"]);
  });
  test("are tried evenly where there are too many", () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    expect(spreadEvenly(all, 5)).toEqual([0, 1, 25, 50, 75]);
    expect(spreadEvenly([1, 2], 5)).toEqual([1, 2]);
  });
});

test("a proof is refused where its checks notice nothing, or less than its plan asks for", () => {
  const check = { name: "tests.0", kind: "command", command: "true", exitCode: 0, seconds: 60 } as const;
  const why = (caught: number, least?: number) =>
    judgeStrength({ checks: [check], ...(least === undefined ? {} : { least }) }, { caught, tried: 4, left: 0, missed: ["a"] })[0]?.why;
  expect([why(0), why(1), why(2, 0.75), why(3, 0.75), why(4, 1)]).toEqual(["proves_nothing", undefined, "too_weak", undefined, undefined]);
  expect(judgeStrength({ checks: [] }, { caught: 0, tried: 1, left: 0, missed: ["a"] })).toEqual([]); // outputs alone were asked for
  expect(judgeStrength({ checks: [check] }, undefined)).toEqual([]); // nothing was made that can be taken out
});

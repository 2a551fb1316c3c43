import assert from "node:assert";
import vm from "node:vm";
import { describe, expect, test } from "vitest";
import {
  addCanary,
  choosesByName,
  findTestFiles,
  isTestFile,
  runsChosenTests,
  runsTests,
  writeControl,
} from "../../../schema/proof/canary.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

describe("a run of tests", () => {
  const read = ["src/a.js", "test/a.test.js", "test/b.test.js", "test/data.json", "vitest.config.ts"];
  const yes = [
    "node --test",
    "npx vitest run",
    "python3 -m pytest -q",
    "npm test\nmocha --exit",
    "node test/a.test.js",
    "cd a && ./node_modules/.bin/jest",
  ];
  const more = [
    "NODE_ENV=test npx c8 mocha",
    "uv run pytest",
    "python -m coverage run -m unittest",
    "go test ./...",
    "bun test",
    "time node --test-reporter=tap --test",
    "tsx test/a.test.js",
  ];
  test.each([...yes, ...more])("is %j", (line) => expect(runsTests(line, read)).toBe(true));
  const no = ["node src/a.js", "eslint .", "tsc --noEmit", "echo test", "prettier --check test", "test -f test/a.test.js", "npm ls jest"];
  const others = [
    "grep -q vitest package.json",
    "npx eslint test/a.test.js",
    "node --check test/a.test.js",
    "python3 -m py_compile test_a.py",
  ];
  test.each([...no, ...others, "pip install pytest && python3 app.py"])("is not %j", (line) => expect(runsTests(line, read)).toBe(false));
  test("has its tests in the files it names, else in all test files that it read", () => {
    expect(findTestFiles("node --test test/a.test.js", read)).toEqual(["test/a.test.js"]);
    expect(findTestFiles("node --test", read)).toEqual(["test/a.test.js", "test/b.test.js"]);
  });
});

test("a file with tests is none that prepares them, or that they read", () => {
  const tests = ["test/a.js", "a.spec.ts", "src/__tests__/a.tsx", "test_a.py", "tests/a_test.py"];
  const others = ["conftest.py", "tests/a.py", "vitest.config.ts", "test/setup.ts", "test/fixtures/a.test.js", "src/a.js", "test/a.json"];
  expect([...tests, ...others].filter(isTestFile)).toEqual(tests);
});

const words = { name: "w1", says: "s1" };
/** What a file of tests comes to with a canary: the names of its tests, and what those that fail say. */
function runFile(text: string, given: Record<string, unknown> = {}): { names: string[]; failed: string[] } {
  const names: string[] = [];
  const failed: string[] = [];
  const test = (name: string, run: () => void) => {
    names.push(name);
    try {
      run();
    } catch (error) {
      failed.push(error instanceof Error ? error.message : "");
    }
  };
  vm.compileFunction(text, ["test", "assert", ...Object.keys(given)])(test, assert, ...Object.values(given));
  return { names, failed };
}

describe("a canary", () => {
  const add = (text: string, path = "a.test.js") => addCanary(path, text, words) ?? "";
  test("stands at the end, fails, and says so", () => {
    expect(runFile(add("test('a', () => assert.equal(1, 1));"))).toEqual({ names: ["a", "w1"], failed: ["s1"] });
  });
  test("does not fail where one of the ways in which its file asserts lets the false pass", () => {
    const bent = { ...assert, equal: () => undefined };
    expect(runFile(add("test('a', () => bent_assert.equal(1, 2));"), { bent_assert: bent })).toEqual({ names: ["a", "w1"], failed: [] });
    const required = "test('a', () => { require('node:assert').strict.equal(1, 1); });";
    expect(runFile(add(required), { require: () => ({ strict: bent }) }).failed).toEqual([]);
    expect(runFile(add(required), { require: () => assert }).failed).toEqual(["s1"]);
    expect(runFile(add("test('a', () => equal(1, 2));"), { equal: () => undefined }).failed).toEqual([]);
    expect(runFile(add("test('a', () => equal(1, 2));"), { equal: assert.equal }).failed).toHaveLength(2);
    const helped = addCanary("a.test.js", "test('a', () => same(1, 1));", words, ['same("x1", "x2")']) ?? "";
    expect(runFile(helped, { same: assert.equal })).toEqual({ names: ["a", "w1"], failed: ["s1"] });
    expect(runFile(helped, { same: () => undefined }).failed).toEqual([]);
    const builtIn = { process: { getBuiltinModule: () => bent } }; // what a helper asserts by
    expect(runFile(add("test('a', () => undefined);"), builtIn).failed).toEqual([]);
    expect(runFile(add("expect(1).toBe(1);"), { expect: () => ({ toBe: () => undefined }) }).failed).toEqual([]);
  });
  test("has a control, which says whether a helper accepts what is the same and refuses what is not", () => {
    const runControl = (call: string, given: Record<string, unknown>) =>
      runFile(writeControl("a.test.js", "", [{ words, same: `${call}(1, 1)`, other: `${call}(1, 2)` }]), given).failed;
    expect(runControl("same", { same: assert.equal })).toEqual(["s1"]);
    expect(runControl("store.add", { store: { add: () => undefined } })).toEqual([]);
    const broken = () => {
      throw new TypeError("there is no store yet");
    };
    expect(runControl("store.add", { store: { add: broken } })).toEqual([]);
    const python = writeControl("test_a.py", "import judging", [
      { words, same: "judging.same(self, 1, 1)", other: "judging.same(self, 1, 2)" },
    ]);
    expect(python).toContain("\nimport judging\n");
    expect(python).toContain("            judging.same(self, 1, 2)\n        except AssertionError:\n");
  });
  test("comes before what begins the run of a suite", () => {
    const text = add("const suite = { run() {} };\ntest.run = () => undefined;\ntest('a', () => {});\ntest.run();\n");
    expect(runFile(text)).toEqual({ names: ["a", "w1"], failed: ["s1"] });
    expect(addCanary("a.test.js", "test('a', f);\nall().run();\n", words)).toBeUndefined();
  });
  test("stands before what runs a file of Python by itself, and asserts as its file does", () => {
    const text = add("def test_a(): pass\nif __name__ == '__main__':\n    main()\n", "test_a.py");
    expect(text.indexOf("def test_w1")).toBeGreaterThan(text.indexOf("def test_a"));
    expect(text.indexOf("main()")).toBeGreaterThan(text.indexOf("class Testw1"));
    expect(add("import unittest\nclass T(unittest.TestCase):\n  def test_a(self): self.assertIn(1, [1])\n", "test_a.py")).toContain(
      "lambda: self.assertIn(1, []),",
    );
    expect(add("import unittest\n", "test_a.py")).toContain("lambda: self.assertEqual(1, 2),"); // as a helper of it may
  });
  test("is a test of Go's where the file has some", () => {
    expect(add('package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n', "a_test.go")).toMatch(
      /\nfunc TestW1\(t \*testing\.T\) \{ t\.Fatal\("s1"\) \}\n$/,
    );
    expect(addCanary("a_test.go", "package a\n", words)).toBeUndefined();
    for (const path of ["a_test.go", "a_linux_test.go"])
      expect(addCanary(path, '//go:build integration\npackage a\nimport "testing"\n', words)).toBeUndefined();
  });
  test("is laid in no file of another kind", () => {
    expect(addCanary("test/guide.txt", "text", words)).toBeUndefined();
  });
  test("is laid in a megabyte of the worst text in time in proportion to its length", () => {
    for (const piece of [
      ".run(",
      ".run( ",
      "\n",
      "if __name__",
      "assert",
      "assert.",
      "self.assert",
      "equal(",
      "expect(",
      ").to",
      "import ",
    ])
      for (const path of ["a.test.js", "test_a.py", "a_test.go"])
        expectLinear(`${path}: ${piece}`, 250_000, fillText(piece), (text) => addCanary(path, text, words));
    expect(runsTests("node ".repeat(200_000), [])).toBe(false);
    expectLinear("a line", 250_000, fillText("node "), (line) => runsTests(line, []));
  });
});

test.each([
  ["npx vitest run -t adds", true],
  ["pytest test_a.py::test_b", true],
  ["pytest -k adds", true],
  ["python3 -m pytest -q", false],
  ["python3 -m pytest -m slow", true],
  ["node --test test", false],
  ["node --test --test-name-pattern=adds", true],
  ["python3 -m unittest tests.test_a.TestA", true],
  ["python3 -m unittest tests.test_a", false],
  ["go test ./... -run TestA", true],
  ["npx vitest run a.test.ts:10", true],
  ["npx mocha -f adds", true],
  ["coverage run -m pytest", false],
  ["make check ARGS='-k adds'", true],
  ["./run.sh -k adds", true],
])("that %j chooses tests by name is %s", (line, chooses) => expect(choosesByName(line)).toBe(chooses));
test.each([
  ["rm -f out.txt\nnpm test", false],
  ["[ ! -f .env ] || pytest", false],
  ["grep -f words.txt notes.txt; node --test", false],
  ["python3 -m pytest -k adds", true],
  ["rm -f a\nnode --test --test-name-pattern=adds", true],
])("that the lines of %j choose tests by name is %s", (lines, chooses) => expect(runsChosenTests(lines)).toBe(chooses));

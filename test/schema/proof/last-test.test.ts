import { describe, expect, test } from "vitest";
import { addFailingTest, findTestFiles, isTestFile, runsTests } from "../../../schema/proof/last-test.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

describe("a run of tests", () => {
  const read = ["src/a.js", "test/a.test.js", "test/b.test.js", "test/data.json", "vitest.config.ts"];
  test.each(["node --test", "npx vitest run", "python3 -m pytest -q", "npm test\nmocha --exit", "node test/a.test.js"])("is %j", (line) =>
    expect(runsTests(line, read)).toBe(true),
  );
  test.each(["node src/a.js", "eslint .", "tsc --noEmit", "echo test", "prettier --check test"])("is not %j", (line) =>
    expect(runsTests(line, read)).toBe(false),
  );
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

describe("a last test that fails", () => {
  test("stands at the end, in whichever way the file names its tests", () => {
    expect(addFailingTest("a.test.js", "test('a', () => {});\n", "w1")).toMatch(/^test\('a'.*\n\n;\(typeof test .*'w1'/);
    expect(addFailingTest("a.test.js", "test('a', f);\ntest.run();\n", "w1")).toBeUndefined();
  });
  test("stands before what runs a file of Python by itself", () => {
    const text = addFailingTest("test_a.py", "def test_a(): pass\nif __name__ == '__main__':\n    main()\n", "w1") ?? "";
    expect(text.indexOf("def test_w1")).toBeGreaterThan(text.indexOf("def test_a"));
    expect(text.indexOf("main()")).toBeGreaterThan(text.indexOf("class Testw1"));
  });
  test("is put at the end of a megabyte of the worst text in time in proportion to its length", () => {
    for (const piece of [".run(", ".run( ", "\n", "if __name__"])
      for (const path of ["a.test.js", "test_a.py"])
        expectLinear(`${path}: ${piece}`, 250_000, fillText(piece), (text) => addFailingTest(path, text, "w1"));
    expect(runsTests("node ".repeat(200_000), [])).toBe(false);
    expectLinear("a line", 250_000, fillText("node "), (line) => runsTests(line, []));
  });
});

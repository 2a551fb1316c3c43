import { describe, expect, test } from "vitest";
import { stripTypes } from "../../../../agent-host/run/programs/strip-types.ts";
import { findTests } from "../../../../agent-host/run/tests/false-test.ts";
import { expectLinear, fillText } from "../../../harness/linear.ts";

const makeFalse = (path: string, text: string, name: string, plain = text) => {
  const found = findTests(path, { text, plain }).find((each) => each.name === name);
  return found?.makeFalse("s1");
};

describe("a test of the project", () => {
  const script =
    'it("one", () => { ok(1); });\ntest("two", { timeout: 1 }, async () => equal(1, 1));\ntest(`three`, f);\ntest("same", () => {});\nit("same", () => {});\n';
  test("is found in a script where its name stands there, once, with what it does", () =>
    expect(findTests("a.test.js", { text: script }).map(({ name }) => name)).toEqual(["one", "two"]));
  test("is made false before it does anything", async () => {
    expect(makeFalse("a.test.js", script, "one")).toContain("it(\"one\", () => { throw new Error('s1');  ok(1); });");
    expect(makeFalse("a.test.js", script, "two")).toContain("async () => ((() => { throw new Error('s1'); })(), equal(1, 1)));");
    const typed = 'test("typed", (t: Context): void => { t.pass(); });\n';
    const [plain] = await stripTypes([typed]);
    expect(makeFalse("a.test.ts", typed, "typed", plain)).toBe(
      "test(\"typed\", (t: Context): void => { throw new Error('s1');  t.pass(); });\n",
    );
  });
  test("is found in Python and in Go as well", () => {
    expect(makeFalse("test_a.py", "class T:\n    def test_a(self):\n        assert 1\n", "test_a")).toBe(
      'class T:\n    def test_a(self):\n        raise AssertionError("s1")\n        assert 1\n',
    );
    expect(makeFalse("a_test.go", "func TestA(c *testing.T) {\n}\n", "TestA")).toBe('func TestA(c *testing.T) { c.Fatal("s1")\n\n}\n');
    expect(findTests("a_test.go", { text: "func TestA(_ *testing.T) {\n}\n" })).toEqual([]);
    expect(findTests("a.test.js", { text: "test('a', { fails: true }, () => {});\n" })).toEqual([]);
    expect(findTests("test_a.py", { text: "def helper():\n    return 1\n" })).toEqual([]);
  });
  test("is looked for in the worst text in time in proportion to its length", () => {
    for (const piece of ["func Test", "func TestA(t *testing.T) {\n", "test('a', ", "def test_a():\n  x\n"])
      for (const path of ["test_a.py", "a_test.go", "a.test.js"])
        expectLinear(`${path}: ${piece}`, 20_000, fillText(piece), (text) => findTests(path, { text }));
  });
});

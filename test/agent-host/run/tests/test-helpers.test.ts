import { describe, expect, test } from "vitest";
import { findHelperCalls, writeHelperCall } from "../../../../agent-host/run/tests/test-helpers.ts";
import { expectLinear, fillText } from "../../../harness/linear.ts";

const before = new Set(["tools/right/index.js", "judging.py", "tests/deep/same.py", "lib/equal.ts"]);
function find(path: string, text: string) {
  const { heads, calls } = findHelperCalls(path, { text, plain: text }, (each) => before.has(each));
  return { heads, calls: calls.map((call) => writeHelperCall(call, ["1", "2", "3"])) };
}

describe("a helper of tests", () => {
  test("is called in a script with what can't be right, and loaded without the work", () => {
    const text = `import test from "node:test";
import { sum } from "../src/sum.js";
const { right, wrong: no } = require("../tools/right");
const all = require("../tools/right");
test("a", () => right(sum(1, 2), 3));
test("b", (t) => { no(t, sum(1, 2), 3); all.right("a", { b: 1 }); right(() => sum(1, 2)); all.add("x"); sum(1, 2); });
`;
    expect(find("test/a.test.js", text)).toEqual({
      heads:
        'import test from "node:test";\nconst { right, wrong: no } = require("../tools/right");\nconst all = require("../tools/right");',
      calls: ["right(1, 2)", "all.right(1, 2)"],
    });
    expect(find("test/a.test.ts", 'import { equal } from "../lib/equal.ts";\nequal(1, 2);\n').calls).toEqual(["equal(1, 2)"]);
  });
  test("is called in Python as well, in the test that it is given", () => {
    const text = `import unittest
import judging
from deep.same import same, like as alike
from total import total
class Sum(unittest.TestCase):
    def test_adds(self):
        same(self, total(7, 8), [1, "a, (b"])
        judging.close(total(1, 2), 3)
        alike(*total(1, 2))
        judging.shown(self, 1, name=1)
        judging.reset()
        total(1, 2)
`;
    expect(find("tests/test_sum.py", text)).toEqual({
      heads: "import judging\nfrom deep.same import same, like as alike",
      calls: ["same(self, 1, 2)", "judging.close(1, 2)"],
    });
  });
  test("is none where the text says nothing of one, or is no program", () => {
    for (const [path, text] of [
      ["a.test.js", "right(1, 2);"],
      ["a.test.js", "const { right } = require('./right'"],
      ["test_a.py", "same(self, 1)"],
      ["a_test.go", 'import "x"'],
    ] as const)
      expect(find(path, text)).toEqual({ heads: "", calls: [] });
  });
  test("is looked for in the worst text in time in proportion to its length", () => {
    for (const piece of ["import judging\n", "from judging import same\nsame(self, ((((\n", "right((", "import './tools/right';\n"])
      for (const path of ["test_a.py", "a.test.js"]) expectLinear(`${path}: ${piece}`, 20_000, fillText(piece), (text) => find(path, text));
  });
});

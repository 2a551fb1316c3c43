import { expect, test } from "vitest";
import { findTellingLine } from "../../../schema/proof/error-line.ts";

test.each([
  [
    "▶ site\n✖ every link leads to a page that is there (1.2ms)\n  AssertionError [ERR_ASSERTION]: index.html links to contact.html, which is not there\n      at x.mjs:3\n    code: 'ERR'\n  }\n",
    "AssertionError [ERR_ASSERTION]: index.html links to contact.html, which is not there",
  ],
  ["collected 1 item\nE   assert 1 == 2\n1 failed\n", "E   assert 1 == 2"],
  ["Traceback\n  File x\nValueError: bad\n", "ValueError: bad"],
  ["error: could not compile `x`\n", "error: could not compile `x`"],
  ["building\nit went wrong\n}\n\n", "it went wrong"],
  ["}\n", ""],
  ["", ""],
])("the line that says most of %j", (output, line) => {
  expect(findTellingLine(output)).toBe(line);
});
test("a very long line is cut", () => {
  expect(findTellingLine("x".repeat(5_000))).toHaveLength(300);
});

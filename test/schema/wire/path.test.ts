import fc from "fast-check";
import { expect, test } from "vitest";
import { innerPath, shownPath } from "../../../schema/wire/path.ts";

test("a path that people read has nothing invisible in it, nothing that turns it around, and is on one line", () => {
  expect(shownPath("invoice\u202efdp.exe")).toBe("invoice\ufffdfdp.exe");
  expect(shownPath("a\nb\tc\u001b[31m\u2028.md")).toBe("a\ufffdb\ufffdc\ufffd[31m\ufffd.md");
  expect(shownPath(" lead and end ")).toBe("␣lead and end␣");
  expect(shownPath("👩\u200d🍳 café.md")).toBe("👩\u200d🍳 café.md");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (path) => !/[^\P{C}\u200d]|[\p{Zl}\p{Zp}]|^\s|\s$/u.test(shownPath(path))));
});
test("an inner path is shown as it is", () => {
  for (const path of ["index.html", "a/b c/d.md", "é😀.md"]) expect([innerPath.parse(path), shownPath(path)]).toEqual([path, path]);
});

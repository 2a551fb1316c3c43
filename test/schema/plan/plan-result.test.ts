import { expect, test } from "vitest";
import { downloadIn, downloadName } from "../../../schema/git/download.ts";
import { sumStrength } from "../../../schema/plan/plan-result.ts";

test("what the checks of several tasks would have noticed is counted together, and nothing is said where nothing was measured", () => {
  expect(sumStrength([{ strength: null }])).toBeUndefined();
  expect(sumStrength([{ strength: { caught: 5, tried: 6 } }, { strength: null }, { strength: { caught: 2, tried: 2 } }])).toEqual({
    caught: 7,
    tried: 8,
  });
});

test("a folder is saved under its own name, and is not asked for together with a file", () => {
  const read = (more: object) => downloadIn.safeParse({ repo: "projects/bakery", ...more });
  expect(downloadName(read({ folder: "site/about us" }).data!)).toBe("bakery-about us.zip");
  expect(downloadName(read({ ref: "agent/a/pages", folder: "site" }).data!)).toBe("bakery-site-pages.zip");
  for (const wrong of [{ folder: "../x" }, { folder: "" }, { folder: "site/" }, { folder: "site", path: "site/a.css" }])
    expect(read(wrong).success).toBe(false);
});

import { expect, it } from "vitest";
import { FailingWays, type Way } from "../../../agent-host/run/way.ts";

const way = (given: Partial<Way>): Way => ({ gone: [], restored: [], texts: {}, ...given });

it("a way in which a check was seen to fail is known again, in whatever order its files are named", () => {
  const failing = new FailingWays();
  failing.add(way({ gone: ["a.js", "b.js"], restored: ["c.js", "d.js"] }));
  expect(failing.has(way({ gone: ["b.js", "a.js"], restored: ["d.js", "c.js"] }))).toBe(true);
  expect(failing.has(way({ gone: ["a.js"], restored: ["c.js", "d.js"] }))).toBe(false);
  expect(failing.has(way({ gone: ["a.js", "b.js", "c.js"], restored: ["d.js"] }))).toBe(false);
});

it("a file that is empty is another way than one that is gone, and its text counts", () => {
  const failing = new FailingWays();
  failing.add(way({ texts: { "a.js": { text: "", executable: false } } }));
  expect(failing.has(way({ texts: { "a.js": { text: "", executable: false } } }))).toBe(true);
  expect(failing.has(way({ texts: { "a.js": { text: "x", executable: false } } }))).toBe(false);
  expect(failing.has(way({ gone: ["a.js"] }))).toBe(false);
});

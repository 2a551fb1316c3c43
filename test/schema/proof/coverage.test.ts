import { expect, test } from "vitest";
import type { DeclinedEffect, Effect } from "../../../schema/approval/effect.ts";
import { countProven, declinedTexts, describeCoverage, describePart, headlineOf, mergeCoverage } from "../../../schema/proof/coverage.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";

const scenarios = ["The main heading names the release", "The version is tagged", "It answers https://api.example.com", "It lists prices"];
const task = specShape.parse({
  id: "merge",
  title: "Merge",
  owner: "repo",
  outputs: ["index.html"],
  scenarios,
  acceptance: [{ file: "index.html", contains: "<h1>", scenarios: [1] }],
});
const no = (effect: Effect): DeclinedEffect => ({ effect, approval: newId("apr"), at: 1 });
const states = (...effects: Effect[]) => describeCoverage(task, { declined: effects.map(no) }).map(({ state }) => state);

test("what a check has shown is checked, whatever its words and whatever was declined", () => {
  const [first] = describeCoverage(task, { declined: [no("push:main"), no("push:tags")] });
  expect(first).toEqual({ name: "scenarios.0", text: scenarios[0], state: "checked", by: ["acceptance.0"] });
});

test("what no check has shown is declined where it speaks of what was declined, else not checked", () => {
  expect(states()).toEqual(["checked", "not checked", "not checked", "not checked", "checked"]);
  expect(states("push:tags")).toEqual(["checked", "declined", "not checked", "not checked", "checked"]);
  expect(states("reach:api.example.com")).toEqual(["checked", "not checked", "declined", "not checked", "checked"]);
});

test("what was declined is named by its effect, each once", () => {
  expect(declinedTexts([no("push:tags"), no("push:tags"), { ...no("push:main"), unanswered: true }])).toEqual([
    "push version tags",
    "push to main (nobody answered in time)",
  ]);
});

const plain = (index: number) => scenarios[index]!.replace(/\.$/, "");
test("a proof is called Verified only where each thing asked for was checked; else it counts, and names the others", () => {
  const proven = countProven(describeCoverage(task, { declined: [no("push:tags")] }));
  expect(proven).toEqual({ checked: 1, asked: 4, missing: [`${plain(1)} (declined)`, plain(2), plain(3)] });
  expect(headlineOf(proven)).toBe("1 of 4 checked");
  expect(describePart(proven)).toBe(`1 of 4 checked. Not checked: ${plain(1)} (declined); ${plain(2)}; ${plain(3)}`);
  const long = specShape.parse({ ...task, scenarios: ["A\nlong one. ".repeat(40), ...scenarios], acceptance: [] });
  const described = describePart(countProven(describeCoverage(long)));
  expect(described).toMatch(/^0 of 5 checked\. Not checked: A long one\. [^;]{100,110}…; [^;]+; [^;]+ and 2 more$/);
  const whole = countProven(describeCoverage(specShape.parse({ ...task, scenarios: scenarios.slice(0, 1) })));
  expect([headlineOf(whole), describePart(whole)]).toEqual(["Verified", ""]);
  const silent = countProven(describeCoverage(specShape.parse({ ...task, scenarios: [], acceptance: [] })));
  expect([silent, headlineOf(silent), describePart(silent)]).toEqual([undefined, "Verified", ""]); // its checks are all that was asked for
});

test("what a work, its test, its review and its merge show is counted once: the scenarios are the work's", () => {
  const check = { command: "node --test", exit_code: 0, timeout: 20, scenarios: [1, 3] };
  const work = specShape.parse({
    id: "shop",
    title: "Shop",
    owner: "coding",
    outputs: ["shop.js"],
    scenarios: scenarios.slice(0, 3),
    acceptance: [check],
  });
  const all = withHandOffs([work]);
  expect(all.map(({ owner }) => owner)).toEqual(["coding", "testing", "reviewer", "repo"]);
  const proven = all.map((spec) => countProven(describeCoverage(spec)));
  expect(proven.map(headlineOf)).toEqual(["2 of 3 checked", "2 of 3 checked", "Verified", "2 of 3 checked"]);
  const together = countProven(mergeCoverage(all.map((spec) => describeCoverage(spec))));
  expect(together).toEqual({ checked: 2, asked: 3, missing: [plain(1)] });
  const second = describeCoverage(specShape.parse({ ...work, acceptance: [{ ...check, scenarios: [2] }] }));
  expect(headlineOf(countProven(mergeCoverage([describeCoverage(work), second])))).toBe("Verified");
});

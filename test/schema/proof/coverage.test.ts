import { expect, test } from "vitest";
import type { DeclinedEffect, Effect } from "../../../schema/approval/effect.ts";
import { declinedTexts, describeCoverage } from "../../../schema/proof/coverage.ts";
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

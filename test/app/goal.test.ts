import { expect, test } from "vitest";
import { fillGoalForm, readGoalForm } from "../../edge/app/goal/goal-edit.ts";
import { goalShape } from "../../schema/goal.ts";
import { newId } from "../../schema/wire/id.ts";

const steps = [
  { text: "Rent the oven", done: true },
  { text: "Find flour", done: false },
];
const goal = goalShape.parse({ id: newId("gol"), title: "Open a bakery", why: "Bread", by: "2027-03-01", steps, created: "2026-11-20" });
const form = fillGoalForm(goal);

test("a goal's form sends only what was changed of it", () => {
  expect(readGoalForm(form, form, steps)).toEqual({});
  expect(readGoalForm(form, { ...form, title: "Open two bakeries ", progress: "40" }, steps)).toEqual({
    title: "Open two bakeries",
    progress: 40,
  });
  expect(readGoalForm(form, { ...form, why: "", by: " " }, steps)).toEqual({ why: null, by: null });
});

test("a step that keeps its words keeps the tick it has by now; a new one has none", () => {
  const now = steps.map((step) => ({ ...step, done: true }));
  expect(readGoalForm(form, { ...form, steps: "Find flour\n\n Hire Ann \nRent the oven" }, now)).toEqual({
    steps: [
      { text: "Find flour", done: true },
      { text: "Hire Ann", done: false },
      { text: "Rent the oven", done: true },
    ],
  });
});

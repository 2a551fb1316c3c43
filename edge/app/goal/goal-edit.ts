import { z } from "zod";
import type { Goal } from "../../../schema/goal.ts";

/** A goal as a form: text fields, one line a step. Pure. */
export const goalForm = z.object({
  ...{ title: z.string(), why: z.string(), measure: z.string() },
  ...{ by: z.string(), progress: z.string(), steps: z.string() },
});
export type GoalForm = z.infer<typeof goalForm>;

export function fillGoalForm(goal: Goal | undefined): GoalForm {
  return {
    title: goal?.title ?? "",
    why: goal?.why ?? "",
    measure: goal?.measure ?? "",
    by: goal?.by ?? "",
    progress: goal?.progress?.toString() ?? "",
    steps: (goal?.steps ?? []).map((step) => step.text).join("\n"),
  };
}

/**
 * The fields that the person changed. A step with the same text stays ticked; an emptied field is removed.
 */
export function readGoalForm(before: GoalForm, form: GoalForm, steps: Goal["steps"]): object {
  const differs = (name: keyof GoalForm) => before[name].trim() !== form[name].trim();
  const text = (name: "title" | "why" | "measure" | "by") => (differs(name) ? { [name]: form[name].trim() || null } : {});
  const progress = form.progress.trim() === "" ? null : Number(form.progress);
  const lines = form.steps
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return {
    ...text("title"),
    ...text("why"),
    ...text("measure"),
    ...text("by"),
    ...(differs("progress") ? { progress } : {}),
    ...(differs("steps")
      ? { steps: lines.map((line) => ({ text: line, done: steps.some((step) => step.text === line && step.done) })) }
      : {}),
  };
}

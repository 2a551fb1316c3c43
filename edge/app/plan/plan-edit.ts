import { z } from "zod";
import type { Plan, PlanEdit } from "../../../schema/plan/plan.ts";
import { findSpecIssues, priorities, type Spec, type SpecIn, specShape } from "../../../schema/task/spec.ts";
import { type Issue, type Parsed, parseShape } from "../../../schema/wire/yaml.ts";
import { checkForm, fillCheckForm, readCheckForm } from "./plan-check-form.ts";
import { formatInputs, joinLines, keepUnchanged, parseInputs } from "./plan-inputs.ts";

/** A task of a plan as a form: text fields, one line each where there are many. Pure. */
export const taskForm = z.object({
  ...{ id: z.string(), title: z.string(), description: z.string(), owner: z.string(), project: z.string() },
  priority: z.enum(priorities),
  depends: z.array(z.string()),
  ...{ inputs: z.string(), scenarios: z.string(), outputs: z.string(), tests: z.string() },
  acceptance: z.array(checkForm),
  ...{ constraints: z.string(), cost: z.string(), minutes: z.string() },
});
export type TaskForm = z.infer<typeof taskForm>;
export const emptyTaskForm: TaskForm = {
  ...{ id: "", title: "", description: "", owner: "coding", project: "", priority: "normal", depends: [] },
  ...{ inputs: "", scenarios: "", outputs: "", tests: "", acceptance: [], constraints: "", cost: "", minutes: "" },
};
/** The unsaved forms of a plan's tasks, by task; a new task is `new`. */
export const taskDrafts = z.record(z.string(), taskForm);
export type TaskDrafts = z.infer<typeof taskDrafts>;
export const newTaskKey = "new";

/** The edits in the unsaved forms, or the first task whose form is wrong. Removed tasks are left out. */
export function readPlanEdits(plan: Plan, unsaved: TaskDrafts): { ok: true; edits: PlanEdit[] } | { ok: false; id: string } {
  const edits: PlanEdit[] = [];
  for (const id of [...plan.tasks.map((task) => task.id), newTaskKey]) {
    const before = plan.tasks.find((task) => task.id === id);
    const draft = unsaved[id];
    if (!draft) continue;
    const next = readTaskForm(draft, before);
    if (!next.ok) return { ok: false, id };
    edits.push(before ? { kind: "change", id, task: next.value } : { kind: "add", task: next.value });
  }
  return { ok: true, edits };
}
export function fillTaskForm(spec: Spec): TaskForm {
  return {
    id: spec.id,
    title: spec.title,
    description: spec.description ?? "",
    owner: spec.owner,
    project: spec.project ?? "",
    priority: spec.priority,
    depends: spec.depends_on,
    inputs: formatInputs(spec.inputs),
    scenarios: spec.scenarios.map(joinLines).join("\n"),
    outputs: spec.outputs.join("\n"),
    tests: spec.tests.map((test) => (typeof test === "string" ? test : test.command)).join("\n"),
    acceptance: spec.acceptance.map(fillCheckForm),
    constraints: spec.constraints.map(joinLines).join("\n"),
    cost: spec.budget.cost_usd?.toString() ?? "",
    minutes: spec.budget.minutes?.toString() ?? "",
  };
}
const lines = (text: string) => [
  ...new Set(
    text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean),
  ),
];

/** The spec that a form holds, or its issues by path. Fields that the form does not show stay as before. */
export function readTaskForm(form: TaskForm, before: Spec | undefined): Parsed<Spec> {
  const { description: _d, project: _p, budget: _b, ...rest } = before ?? ({} as Partial<Spec>);
  const tests = lines(form.tests).map((line) => before?.tests.find((test) => typeof test !== "string" && test.command === line) ?? line);
  const checks = form.acceptance.map(readCheckForm);
  const wrong = checks.flatMap((read, index) =>
    read.ok ? [] : read.issues.map(({ path, message }) => ({ path: `acceptance.${index}.${path}`, message })),
  );
  const budget = {
    ...before?.budget,
    cost_usd: form.cost.trim() === "" ? undefined : Number(form.cost),
    minutes: form.minutes.trim() === "" ? undefined : Number(form.minutes),
  };
  const next: SpecIn = {
    ...rest,
    id: form.id.trim(),
    title: form.title,
    owner: form.owner.trim(),
    priority: form.priority,
    ...(form.description.trim() ? { description: form.description } : {}),
    ...(form.project.trim() ? { project: form.project.trim() } : {}),
    depends_on: form.depends,
    inputs: parseInputs(lines(form.inputs), before?.inputs),
    outputs: lines(form.outputs),
    scenarios: keepUnchanged(lines(form.scenarios), before?.scenarios ?? []),
    tests,
    acceptance: checks.flatMap((read) => (read.ok ? [read.check] : [])),
    constraints: keepUnchanged(lines(form.constraints), before?.constraints ?? []),
    budget: Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined)),
  };
  const read = parseShape(next, specShape);
  const issues = [...wrong, ...(read.ok ? [] : read.issues)];
  if (!read.ok || issues.length > 0) return { ok: false, issues };
  const more = findSpecIssues(read.value);
  return more.length > 0 ? { ok: false, issues: more } : read;
}

const apart = new Map<string, "cost" | "minutes">([
  ["budget.cost_usd", "cost"],
  ["budget.minutes", "minutes"],
]);
const namedFields = [
  "title",
  "description",
  "owner",
  "project",
  "priority",
  "inputs",
  "scenarios",
  "outputs",
  "tests",
  "constraints",
] as const;
type Shown = (typeof namedFields)[number] | "cost" | "minutes";
/** The issues by field, and those of no field. Issues of a check stand at the check. */
export function sortIssues(issues: readonly Issue[], form: TaskForm): { at: Partial<Record<Shown, string>>; other: string[] } {
  const at: Partial<Record<Shown, string>> = {};
  const other: string[] = [];
  for (const { path, message } of issues.filter((issue) => !/^acceptance\.\d+\./.test(issue.path))) {
    const [head, index] = path.split(".");
    const field = namedFields.find((shown) => shown === head) ?? apart.get(path);
    if (field) at[field] ??= `${lineOf(form[field], index)}${message}`;
    else other.push(path === "acceptance" ? message : `${path}: ${message}`);
  }
  return { at, other };
}
/** The line of a field that an issue is about, for lists. */
function lineOf(value: string, index: string | undefined): string {
  if (index === undefined) return "";
  const line = /^\d+$/.test(index) ? lines(value)[Number(index)] : index;
  return line === undefined ? "" : `“${line.length > 40 ? `${line.slice(0, 39)}…` : line}”: `;
}

/** The ids after moving one up or down; undefined at the list's end. */
export function moveTask(plan: Plan, id: string, by: 1 | -1): string[] | undefined {
  const ids = plan.tasks.map((task) => task.id);
  const at = ids.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= ids.length) return undefined;
  [ids[at], ids[to]] = [ids[to]!, ids[at]!];
  return ids;
}
export function newTaskId(plan: Plan): string {
  for (let n = plan.tasks.length + 1; ; n++) {
    const id = `T${String(n).padStart(3, "0")}`;
    if (!plan.tasks.some((task) => task.id.toLowerCase() === id.toLowerCase())) return id;
  }
}

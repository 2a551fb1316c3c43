import type { Check } from "../../schema/check.ts";
import type { Plan } from "../../schema/plan.ts";
import { type Spec, type SpecIn, spec, specIssues } from "../../schema/spec.ts";
import { type CheckForm, checkFormOf, checkOf } from "./plan-check.ts";

/** A task of a plan as a form: text fields, one line each where there are many. Pure. */
export type Form = {
  id: string;
  title: string;
  description: string;
  owner: string;
  project: string;
  depends: string[];
  outputs: string;
  tests: string;
  acceptance: CheckForm[];
  constraints: string;
  cost: string;
  minutes: string;
};
export function formOf(of: Spec): Form {
  return {
    id: of.id,
    title: of.title,
    description: of.description ?? "",
    owner: of.owner,
    project: of.project ?? "",
    depends: of.depends_on,
    outputs: of.outputs.join("\n"),
    tests: of.tests.map((test) => (typeof test === "string" ? test : test.command)).join("\n"),
    acceptance: of.acceptance.map(checkFormOf),
    constraints: of.constraints.join("\n"),
    cost: of.budget.cost_usd?.toString() ?? "",
    minutes: of.budget.minutes?.toString() ?? "",
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

/** The spec the form means, or what is wrong with it. What the form does not show of `before` stays. */
export function specOf(form: Form, before: Spec | undefined): { ok: true; spec: Spec } | { ok: false; text: string } {
  const { description: _d, project: _p, budget: _b, ...rest } = before ?? ({} as Partial<Spec>);
  const tests = lines(form.tests).map((line) => before?.tests.find((test) => typeof test !== "string" && test.command === line) ?? line);
  const acceptance: Check[] = [];
  for (const [index, each] of form.acceptance.entries()) {
    const read = checkOf(each);
    if (!read.ok) return { ok: false, text: `Check ${index + 1}: ${read.text}` };
    acceptance.push(read.check);
  }
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
    ...(form.description.trim() ? { description: form.description } : {}),
    ...(form.project.trim() ? { project: form.project.trim() } : {}),
    depends_on: form.depends,
    outputs: lines(form.outputs),
    tests,
    acceptance,
    constraints: lines(form.constraints),
    budget: Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined)),
  };
  const read = spec.safeParse(next);
  if (!read.success) return { ok: false, text: read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join(". ") };
  const issue = specIssues(read.data)[0];
  return issue ? { ok: false, text: `${issue.path}: ${issue.message}` } : { ok: true, spec: read.data };
}

/** Ids in the order after moving one up or down; undefined at the end of the list. */
export function moved(of: Plan, id: string, by: 1 | -1): string[] | undefined {
  const ids = of.tasks.map((task) => task.id);
  const at = ids.indexOf(id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= ids.length) return undefined;
  [ids[at], ids[to]] = [ids[to]!, ids[at]!];
  return ids;
}
export function freshId(of: Plan): string {
  for (let n = of.tasks.length + 1; ; n++) {
    const id = `T${String(n).padStart(3, "0")}`;
    if (!of.tasks.some((task) => task.id.toLowerCase() === id.toLowerCase())) return id;
  }
}

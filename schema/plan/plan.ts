import { z } from "zod";
import { builderTypes, carryWorkChange, replaceDependency, withStages } from "../task/hand-off.ts";
import { findSpecIssues, findStoredSpecIssues, priorityRank, type Spec, sameId, specId, specShape } from "../task/spec.ts";
import { findUnreadable, type Issue, type Parsed, parseShape, printYaml, readYaml } from "../wire/yaml.ts";

/** A story as task specs with dependencies: what the member sees and edits before anything runs. */
export const planShape = z.strictObject({
  title: z.string().trim().min(1).max(200),
  story: z.string().trim().max(16_000).default(""),
  /** How many of its tasks may work at once; the subscription's limit holds as well. */
  concurrency: z.number().int().min(1).max(20).optional(),
  tasks: z.array(specShape).min(1).max(100),
});
export type Plan = z.infer<typeof planShape>;
export const planLimits = { bytes: 256 * 1024, depth: 16, tokens: 40_000 } as const;
const ownLimits = { ...planLimits, bytes: planLimits.bytes - 1_024, tokens: planLimits.tokens - 100 }; // its file says more than the plan

/**
 * Everything wrong with a plan, by path. `owners` are the agent types there are; without it any
 * name is taken. `files` false: without what is wrong with it as a file, which is slow to tell.
 */
export function findPlanIssues(plan: Plan, owners?: ReadonlySet<string>, files = true): Issue[] {
  const wrong = files ? findStoredSpecIssues : findSpecIssues;
  const issues = plan.tasks.flatMap((task, index) => wrong(task).map((issue) => ({ ...issue, path: `tasks.${index}.${issue.path}` })));
  for (const [index, task] of plan.tasks.entries()) {
    if (plan.tasks.findIndex((other) => sameId(other.id, task.id)) !== index)
      issues.push({ path: `tasks.${index}.id`, message: `is used by another task: ${task.id}` });
    if (owners && !owners.has(task.owner)) issues.push({ path: `tasks.${index}.owner`, message: `there is no agent type ${task.owner}` });
    for (const [at, id] of task.depends_on.entries())
      if (!plan.tasks.some((other) => other.id === id))
        issues.push({ path: `tasks.${index}.depends_on.${at}`, message: `there is no task ${id} in this plan` });
  }
  return issues.length > 0 ? issues : [...(files ? findUnreadable(plan, ownLimits) : []), ...cycles(plan.tasks)];
}

/** One issue for each dependency that closes a cycle. Ids are known to be unique and present. */
function cycles(tasks: readonly Spec[]): Issue[] {
  const issues: Issue[] = [];
  const done = new Set<string>();
  const visit = (index: number, way: string[]) => {
    const task = tasks[index]!;
    for (const [at, id] of task.depends_on.entries()) {
      const start = [...way, task.id].indexOf(id);
      if (start >= 0)
        issues.push({
          path: `tasks.${index}.depends_on.${at}`,
          message: `makes a cycle: ${[...way, task.id].slice(start).join(" → ")} → ${id}`,
        });
      else if (!done.has(id))
        visit(
          tasks.findIndex((other) => other.id === id),
          [...way, task.id],
        );
    }
    done.add(task.id);
  };
  for (const [index, task] of tasks.entries()) if (!done.has(task.id)) visit(index, []);
  return issues;
}

/** Checks a value from outside: shape first, then what only the whole shows. */
export function checkPlan(value: unknown, owners?: ReadonlySet<string>, files = true): Parsed<Plan> {
  const read = parseShape(value, planShape);
  const issues = read.ok ? findPlanIssues(read.value, owners, files) : [];
  return issues.length === 0 ? read : { ok: false, issues };
}
export function readPlan(text: string, owners?: ReadonlySet<string>): Parsed<Plan> {
  const read = readYaml(text, planShape, planLimits);
  const issues = read.ok ? findPlanIssues(read.value, owners) : [];
  return issues.length === 0 ? read : { ok: false, issues };
}
export function printPlan(plan: Plan): string {
  return printYaml(planShape.parse(plan));
}

/**
 * Orders tasks so that each follows those it depends on; among free ones by priority, then as listed. The
 * plan must be valid.
 */
export function orderTasks(tasks: readonly Spec[]): Spec[] {
  const left = [...tasks]
    .map((task, index) => ({ task, index }))
    .sort((a, b) => priorityRank(a.task.priority) - priorityRank(b.task.priority) || a.index - b.index);
  const out: Spec[] = [];
  const placed = new Set<string>();
  while (left.length > 0) {
    const at = left.findIndex(({ task }) => task.depends_on.every((id) => placed.has(id)));
    if (at < 0) throw new RangeError("the plan has a cycle or a missing dependency");
    for (const { task } of left.splice(at, 1)) {
      placed.add(task.id);
      out.push(task);
    }
  }
  return out;
}

// ── the member's edits ─────────────────────────────────────────────────────────────────────────────────────

export const planEdit = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("add"), task: specShape, before: specId.optional() }),
  z.strictObject({ kind: z.literal("remove"), id: specId }),
  z.strictObject({ kind: z.literal("change"), id: specId, task: specShape }),
  z.strictObject({ kind: z.literal("reorder"), ids: z.array(specId).max(100) }),
]);
export type PlanEdit = z.infer<typeof planEdit>;

/**
 * The plan after edits made together, or why not. A removed task's dependents depend
 * on what it depended on; a renamed one is followed; the test, review and merge of
 * what is built follow its changes, and what is built anew gets its own, unless the
 * edits bring them. Tasks in `begun` (state other than created) stay as they are.
 */
export function applyPlanEdits(
  plan: Plan,
  edits: readonly PlanEdit[],
  begun: ReadonlySet<string> = new Set(),
  owners?: ReadonlySet<string>,
): Parsed<Plan> {
  let now = plan;
  const fresh = new Set<string>();
  for (const [index, edit] of edits.entries()) {
    const next = once(now, edit, begun, owners);
    if (!next.ok) return { ok: false, issues: next.issues.map((issue) => ({ ...issue, path: `edits.${index}.${issue.path}` })) };
    if (edit.kind === "add" || (edit.kind === "change" && (fresh.delete(edit.id) || !builds(now, edit.id)))) fresh.add(edit.task.id);
    now = next.value;
  }
  const tasks = [...fresh].reduce<readonly Spec[]>((all, id) => {
    const work = all.find((task) => task.id === id && builderTypes.includes(task.owner));
    return work ? withStages(all, work) : all;
  }, now.tasks);
  return findKeptIssues(plan, tasks, begun) ?? checkPlan({ ...now, tasks }, owners);
}
const builds = (plan: Plan, id: string) => plan.tasks.some((task) => task.id === id && builderTypes.includes(task.owner));

function once(plan: Plan, edit: PlanEdit, begun: ReadonlySet<string>, owners?: ReadonlySet<string>): Parsed<Plan> {
  const wrong = edit.kind === "add" || edit.kind === "reorder" ? undefined : untouchable(plan, edit.id, begun);
  const tasks = wrong ? undefined : apply(plan.tasks, edit);
  if (!tasks) return { ok: false, issues: [wrong ?? { path: "ids", message: "must list every task of the plan once" }] };
  const was = edit.kind === "change" && builds(plan, edit.id) ? plan.tasks.find(({ id }) => id === edit.id) : undefined;
  const after = edit.kind === "change" && was ? carryWorkChange(plan.tasks, tasks, was, edit.task, begun) : tasks;
  return findKeptIssues(plan, after, begun) ?? checkPlan({ ...plan, tasks: after }, owners, false);
}
/** What is wrong when a task that has begun would not stay as it is. */
function findKeptIssues(plan: Plan, tasks: readonly Spec[], begun: ReadonlySet<string>): { ok: false; issues: Issue[] } | undefined {
  const repointed = plan.tasks.find(
    (task) => begun.has(task.id) && JSON.stringify(tasks.find(({ id }) => id === task.id)) !== JSON.stringify(task),
  );
  return repointed && { ok: false, issues: [{ path: "id", message: `${repointed.id} has begun and depends on it` }] };
}
function untouchable(plan: Plan, id: string, begun: ReadonlySet<string>): Issue | undefined {
  if (!plan.tasks.some((task) => task.id === id)) return { path: "id", message: `there is no task ${id} in this plan` };
  return begun.has(id) ? { path: "id", message: `${id} has begun and can't be changed; pause or cancel it` } : undefined;
}
function apply(tasks: readonly Spec[], edit: PlanEdit): Spec[] | undefined {
  switch (edit.kind) {
    case "add": {
      const at = tasks.findIndex((task) => task.id === edit.before);
      return at < 0 ? [...tasks, edit.task] : [...tasks.slice(0, at), edit.task, ...tasks.slice(at)];
    }
    case "remove": {
      const instead = tasks.find((task) => task.id === edit.id)?.depends_on ?? [];
      return replaceDependency(
        tasks.filter((task) => task.id !== edit.id),
        edit.id,
        instead,
      );
    }
    case "change": {
      const changed = tasks.map((task) => (task.id === edit.id ? edit.task : task));
      return edit.task.id === edit.id ? changed : replaceDependency(changed, edit.id, [edit.task.id]);
    }
    case "reorder": {
      const listed = edit.ids.map((id) => tasks.find((task) => task.id === id)).filter((task) => task !== undefined);
      return new Set(listed).size === tasks.length && edit.ids.length === tasks.length ? listed : undefined;
    }
  }
}

// ── from proposal to end ───────────────────────────────────────────────────────────────────────────────────

export const planStates = ["proposed", "accepted", "rejected", "done", "cancelled"] as const;
export type PlanState = (typeof planStates)[number];
const planTransitions = {
  proposed: ["accepted", "rejected"],
  accepted: ["done", "cancelled"],
  rejected: [],
  done: [],
  cancelled: [],
} as const satisfies Record<PlanState, readonly PlanState[]>;
/** The next state, or undefined when the step is not allowed. Nothing runs before `accepted`. */
export function nextPlanState(from: PlanState, to: PlanState): PlanState | undefined {
  return (planTransitions[from] as readonly PlanState[]).includes(to) ? to : undefined;
}

import { z } from "zod";
import type { MemoryFile } from "./memory/memory.ts";
import { slug } from "./memory/memory.ts";
import { trimmedText } from "./wire/bounded-text.ts";
import { type Id, id } from "./wire/id.ts";
import { type Parsed, printYaml, readYaml, yamlIssue } from "./wire/yaml.ts";

/** What the member wants: a file in memory. Its front matter is the record, the text below is for people. */
export const goalStates = ["active", "paused", "reached", "dropped"] as const;
const goalStep = z.strictObject({ text: trimmedText(500), done: z.boolean().default(false) });
const fields = {
  title: trimmedText(120).refine((title) => !/[\r\n]/.test(title), "must be one line"),
  why: trimmedText(8_000).optional(),
  measure: trimmedText(500).optional(),
  by: z.iso.date().optional(),
  state: z.enum(goalStates).default("active"),
  /** Percent. */
  progress: z.number().int().min(0).max(100).optional(),
  steps: z.array(goalStep).max(50).default([]),
  /** Quests that work towards it. */
  quests: z.array(id("qst")).max(20).default([]),
} as const;
export const goalShape = z.strictObject({ id: id("gol"), ...fields, created: z.iso.date() });
export type Goal = z.infer<typeof goalShape>;
/** A new goal, or with `id` a change: what is absent stays as it is, what is null is taken away. */
export const goalIn = z.strictObject({
  id: id("gol").optional(),
  title: fields.title.optional(),
  why: fields.why.nullable(),
  measure: fields.measure.nullable(),
  by: fields.by.nullable(),
  state: z.enum(goalStates).optional(),
  progress: fields.progress.nullable(),
  steps: z.array(goalStep).max(50).optional(),
  quests: z.array(id("qst")).max(20).optional(),
});
export type GoalIn = z.infer<typeof goalIn>;

/** The goal after a change; a new one needs a title. */
export function changeGoal(before: Goal | undefined, change: GoalIn, as: Id<"gol">, today: string): Parsed<Goal> {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const all = { ...(before ?? { created: today }), ...Object.fromEntries(given), id: before?.id ?? as };
  const next = goalShape.safeParse(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)));
  return next.success
    ? { ok: true, value: next.data }
    : yamlIssue(String(next.error.issues[0]?.path[0] ?? ""), next.error.issues[0]?.message ?? "is wrong");
}

/**
 * What was proposed of a goal, on the goal as it is now: each field
 * that the proposal changed is as proposed, all others as they are.
 */
export function rebaseGoal(was: Goal, proposed: Goal, now: Goal): Goal {
  const same = (name: keyof Goal) => JSON.stringify(was[name]) === JSON.stringify(proposed[name]);
  const names = Object.keys(goalShape.shape) as (keyof Goal)[];
  return goalShape.parse(Object.fromEntries(names.map((name) => [name, (same(name) ? now : proposed)[name]])));
}

/** Whether two titles name one goal: letters' case and the space around and between words don't count. */
export function isSameGoalTitle(title: string, other: string): boolean {
  const [plain, otherPlain] = [title, other].map((each) => each.trim().replace(/\s+/g, " ").toLowerCase());
  return plain === otherPlain;
}

/** Whether a change does nothing but say which steps of a goal are done. */
export function onlyTicksSteps(was: Goal, next: Goal): boolean {
  const withoutTicks = ({ steps, ...rest }: Goal) => ({ ...rest, steps: steps.map(({ text }) => text) });
  const [before, after] = [was, next].map((goal) => printYaml(withoutTicks(goal)));
  return before === after && printYaml(was) !== printYaml(next);
}
/** A goal as its text says it, once the person has changed that: what is no title, measure or step is why. */
export function readGoalText(goal: Goal, text: string): Parsed<Goal> {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const taken = (pattern: RegExp) => lines.flatMap((line) => (pattern.test(line) ? [line.replace(pattern, "").trim()] : []));
  const patterns = { title: /^# /, measure: /^Reached when: /, step: /^- \[[ xX]\] /, done: /^- \[[xX]\] / };
  const done = new Set(taken(patterns.done));
  const why = lines
    .filter((line) => ![patterns.title, patterns.measure, patterns.step].some((pattern) => pattern.test(line)))
    .join("\n")
    .trim();
  const change: GoalIn = {
    title: taken(patterns.title)[0],
    measure: taken(patterns.measure)[0] ?? null,
    why: why || null,
    steps: taken(patterns.step).map((step) => ({ text: step, done: done.has(step) })),
  };
  return changeGoal(goal, change, goal.id, goal.created);
}
/** Where a goal lives for good: the name it began with, and the end of its id. */
export function goalPath(goal: Goal): string {
  return `goals/${slug(goal.title)}-${goal.id.slice(-6).toLowerCase()}.md`;
}
export function goalFile(goal: Goal, path = goalPath(goal)): MemoryFile {
  const { why, measure, steps } = goal;
  const text = [
    `# ${goal.title}`,
    ...(why ? ["", why] : []),
    ...(measure ? ["", `Reached when: ${measure}`] : []),
    ...(steps.length > 0 ? ["", ...steps.map((step) => `- [${step.done ? "x" : " "}] ${step.text.replace(/\s+/g, " ")}`)] : []),
  ];
  return { path, content: `---\n${printYaml(goal)}---\n\n${text.join("\n")}\n` };
}
/** More than all fields together can take, each character as an escape. */
const goalBounds = { bytes: 256 * 1024, depth: 8, tokens: 12_000 } as const;
/** The goal a file holds. One without front matter, as people write it, is a goal by its heading. */
export function readGoal(content: string): Parsed<Goal> {
  const end = content.startsWith("---\n") ? content.indexOf("\n---", 3) : -1;
  return end < 0 ? yamlIssue("", "has no front matter") : readYaml(content.slice(4, end + 1), goalShape, goalBounds);
}
/** What share of it is done: as told, else by its steps. */
export function goalProgress(goal: Pick<Goal, "progress" | "steps" | "state">): number | undefined {
  if (goal.state === "reached") return 100;
  if (goal.progress !== undefined) return goal.progress;
  return goal.steps.length === 0 ? undefined : Math.round((100 * goal.steps.filter((step) => step.done).length) / goal.steps.length);
}

/** What a change does to a goal, as people read it: a line each. Pure. */
export function describeGoalChanges(was: Goal, next: Goal): string[] {
  const states = { active: "Taken up again", paused: "Paused", reached: "Reached", dropped: "Given up" } as const;
  const stepsOf = (goal: Goal, done?: boolean) =>
    goal.steps.filter((step) => done === undefined || step.done === done).map((step) => step.text);
  const news = (now: readonly string[], before: readonly string[]) => now.filter((text) => !before.includes(text));
  const [before, after] = [goalProgress(was), goalProgress(next)];
  return [
    ...(was.title === next.title ? [] : [`Called “${next.title}” from now on`]),
    ...(was.state === next.state ? [] : [states[next.state]]),
    ...news(stepsOf(next, true), stepsOf(was, true)).map((text) => `Done: ${text}`),
    ...news(stepsOf(next, false), stepsOf(was)).map((text) => `To do as well: ${text}`),
    ...news(stepsOf(was), stepsOf(next)).map((text) => `No step any more: ${text}`),
    ...stepsOf(next, false)
      .filter((text) => stepsOf(was, true).includes(text))
      .map((text) => `Not done after all: ${text}`),
    ...(was.why === next.why ? [] : [`Why: ${next.why ?? "left out"}`]),
    ...(was.measure === next.measure ? [] : [`Reached when: ${next.measure ?? "left out"}`]),
    ...(was.by === next.by ? [] : [`By: ${next.by ?? "no date"}`]),
    ...(before === after ? [] : [`${before ?? 0} % before, ${after ?? 0} % with it`]),
  ];
}

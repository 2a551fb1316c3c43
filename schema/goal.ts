import { z } from "zod";
import { id } from "./id.ts";
import { type MemoryFile, slug } from "./memory.ts";
import { cut, plain } from "./prompt.ts";
import { type Parsed, printYaml, readYaml, refuse } from "./yaml.ts";

/** What the member wants: a Markdown file in `goals/` with its facts at its head, so that a person and an actor can both read it. */
export const goalStates = ["active", "paused", "reached", "dropped"] as const;
const words = (max: number) => z.string().trim().min(1).max(max);
export const goal = z.strictObject({
  id: id("gol"),
  title: words(120),
  state: z.enum(goalStates),
  progress: z.number().int().min(0).max(100).optional(),
  by: z.iso.date().optional(),
  why: words(1_000).optional(),
  measure: words(500).optional(),
  steps: z.array(z.strictObject({ text: words(2_000), done: z.boolean() })).max(50),
  /** Quests and tasks that serve it. */
  quests: z.array(id("qst")).max(50),
  tasks: z.array(id("tsk")).max(200),
});
export type Goal = z.infer<typeof goal>;

/** Progress as shown: what was said, else the share of steps that are done. A reached goal is whole. */
export function goalProgress(of: Goal): number | undefined {
  if (of.state === "reached") return 100;
  if (of.progress !== undefined || of.steps.length === 0) return of.progress;
  return Math.round((100 * of.steps.filter((step) => step.done).length) / of.steps.length);
}

/** The id ends the name, so that two goals of one title are two files. A new title is a new name: the writer removes the old file. */
export function goalPath(of: Pick<Goal, "id" | "title">): string {
  return `goals/${slug(of.title).slice(0, 40).replace(/-$/, "")}-${of.id.slice(-6).toLowerCase()}.md`;
}
export function goalFile(of: Goal): MemoryFile {
  const facts = goal.parse(of);
  const lines = [`# ${plain(facts.title, 120)}`];
  if (facts.why) lines.push("## Why", facts.why);
  if (facts.measure) lines.push("## Measure", facts.measure);
  if (facts.steps.length > 0)
    lines.push("## Steps", facts.steps.map((step) => `- [${step.done ? "x" : " "}] ${plain(step.text, 2_000)}`).join("\n"));
  return { path: goalPath(facts), content: `---\n${printYaml(facts)}---\n\n${lines.join("\n\n")}\n` };
}
/** Reads the head; what a member wrote below it is theirs and is left alone. */
export function readGoal(text: string): Parsed<Goal> {
  const head = /^---\n([\s\S]*?\n)---(\n|$)/.exec(text)?.[1];
  return head === undefined ? refuse("", "has no head between --- lines") : readYaml(head, goal);
}
/** One line for lists and prompts. */
export function goalLine(of: Goal): string {
  const progress = goalProgress(of);
  return cut(`${plain(of.title, 120)} (${of.state}${progress === undefined ? "" : `, ${progress} %`}${of.by ? `, by ${of.by}` : ""})`, 200);
}

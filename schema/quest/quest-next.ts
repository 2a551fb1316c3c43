import type { Spec } from "../task/spec.ts";
import { isTaskOver, type TaskState } from "../task/task.ts";
import type { Id } from "../wire/id.ts";
import { type Issue, type Parsed, yamlIssue } from "../wire/yaml.ts";
import type { Quest, QuestShape } from "./quest.ts";
import { type FilledQuest, type FilledStep, fillOccurrence, fillQuest, type QuestValues } from "./quest-fill.ts";
import { countSteps, type QuestProgress, type QuestRun, type QuestTaskStanding, questProgress, type StepOnline } from "./quest-run.ts";
import { findDueOccurrence } from "./repeat.ts";

/**
 * What a quest does next. Pure: the actor makes the tasks, writes
 * the run and asks again when something has changed or is due.
 */

const mostWords = 16_000;
/** A step's spec with the words of the package's prompts: how the quest is led, and how this step is done. */
function led(quest: Quest, spec: Spec, prompt: string | undefined, under: string): Parsed<Spec> {
  const promptText = prompt === undefined ? undefined : quest.prompts.get(prompt);
  const parts = [spec.description, quest.prompts.get(quest.prompt), promptText].filter((part) => part !== undefined && part.trim() !== "");
  const description = parts.map((part) => part?.trim()).join("\n\n");
  if (description.length > mostWords)
    return yamlIssue(`${under}.prompt`, `is longer than ${mostWords} characters with the quest's own prompt`);
  return { ok: true, value: description === "" ? spec : { ...spec, description } };
}
/** Every step as it is given to an agent; one that repeats as its first time. */
export function questTaskSteps(quest: Quest, given: Readonly<Record<string, unknown>>): Parsed<FilledQuest> {
  const filled = fillQuest(quest, given);
  if (!filled.ok) return filled;
  const steps: FilledStep[] = [];
  const issues: Issue[] = [];
  for (const [index, step] of filled.value.steps.entries()) {
    const spec = led(quest, step.spec, step.prompt, `steps.${index}`);
    if (spec.ok) steps.push({ ...step, spec: spec.value });
    else issues.push(...spec.issues);
  }
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: { values: filled.value.values, steps } };
}
/**
 * The n-th time of a step that repeats. It builds on `after`, the
 * last of its times that was proven, or on what the step names.
 */
export function questTaskOccurrence(quest: Quest, step: string, values: QuestValues, n: number, after: string | undefined): Parsed<Spec> {
  const spec = fillOccurrence(quest, step, values, n);
  if (!spec.ok) return spec;
  const prompt = quest.steps.find((spec) => spec.id === step)?.prompt;
  const whole = led(quest, spec.value, typeof prompt === "string" ? prompt : undefined, step);
  if (!whole.ok || after === undefined) return whole;
  return { ok: true, value: { ...whole.value, depends_on: [after] } };
}

export type QuestTask = QuestTaskStanding & { receipt?: { id: Id<"rct">; commit: string } | undefined; online?: StepOnline | undefined };
export type QuestNext = {
  run: QuestRun;
  /** Times of steps that are to be made now. */
  make: { step: string; n: number }[];
  /** When to ask again although nothing has changed. */
  nextAt: number | undefined;
  progress: QuestProgress;
};
const proven = (state: TaskState | undefined) => state === "verified" || state === "deployed";

/**
 * Takes in what its tasks have become, and says which times of
 * its repeating steps are due. `now` is milliseconds since 1970.
 */
export function nextQuestRun(run: QuestRun, steps: readonly FilledStep[], tasks: ReadonlyMap<string, QuestTask>, now: number): QuestNext {
  const left = run.steps.filter((step) => step.n !== undefined && tasks.get(step.task)?.state === "cancelled"); // one time that the member leaves out
  const on = run.steps.filter((step) => !left.includes(step));
  const kept = on.map(({ online: _before, ...step }) => {
    const { receipt, online } = tasks.get(step.task) ?? {};
    return { ...step, ...(receipt ? { receipt } : {}), ...(online ? { online } : {}) };
  });
  const skipped = { ...run.skipped };
  for (const { step, n } of left) skipped[step] = [...(skipped[step] ?? []), ...(n === undefined ? [] : [n])];
  const since = { ...run.since };
  const make: QuestNext["make"] = [];
  const later: number[] = [];
  if (run.state === "running")
    for (const { spec, repeat } of steps) {
      if (repeat === undefined) continue;
      const occurrences = kept.filter((step) => step.step === spec.id);
      const ready = spec.depends_on.every((id) => kept.some((step) => step.step === id && proven(tasks.get(step.task)?.state)));
      if (!ready) continue;
      since[spec.id] ??= now;
      if (occurrences.some((step) => !isTaskOver(tasks.get(step.task)?.state ?? "created"))) continue; // one time after another
      const made = [...occurrences.flatMap((step) => step.n ?? []), ...(skipped[spec.id] ?? [])];
      const found = findDueOccurrence(repeat, since[spec.id] ?? now, made, now);
      if (found.skipped.length > 0) skipped[spec.id] = [...(skipped[spec.id] ?? []), ...found.skipped];
      if (found.n !== undefined) make.push({ step: spec.id, n: found.n });
      if (found.nextAt !== undefined) later.push(found.nextAt);
    }
  const next: QuestRun = { ...run, steps: kept, skipped, since };
  const at = questProgress(
    run.state === "failed" ? { ...next, state: "running" } : next,
    countSteps({ values: run.values, steps: [...steps] }),
    tasks,
  );
  const { state } = at;
  return {
    run: { ...next, state },
    make: state === "running" ? make : [],
    nextAt: later.length > 0 ? Math.min(...later) : undefined,
    progress: at,
  };
}

/** What a quest takes of its package into memory: `quest.yaml` and the prompts it names. */
export function questMemoryTexts(quest: QuestShape, texts: ReadonlyMap<string, string>): Record<string, string> {
  const named = ["quest.yaml", quest.prompt, ...quest.steps.flatMap((step) => (typeof step.prompt === "string" ? step.prompt : []))];
  return Object.fromEntries([...new Set(named)].map((path) => [path, texts.get(path) ?? ""]));
}

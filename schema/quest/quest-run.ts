import { z } from "zod";
import { describeCapability } from "../agent/capability.ts";
import { toMicros } from "../budget.ts";
import type { MemoryFile } from "../memory/memory.ts";
import { estimatePlan, type PlanEstimate } from "../plan/schedule.ts";
import { type Covered, isWhole } from "../proof/coverage.ts";
import { checksOf, type Spec } from "../task/spec.ts";
import { activeTaskStates, type TaskState } from "../task/task.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { type Parsed, printYaml, readYaml } from "../wire/yaml.ts";
import { type Quest, questSource } from "./quest.ts";
import { type FilledQuest, fillQuest, findTooLong } from "./quest-fill.ts";

/** A quest that was started: its state, its steps' proofs, and the file by which Git remembers it. */
export const questStates = ["ready", "running", "paused", "done", "failed", "cancelled"] as const;
export type QuestState = (typeof questStates)[number];
const questTransitions = {
  ready: ["running", "cancelled"],
  running: ["paused", "done", "failed", "cancelled"],
  paused: ["running", "cancelled"],
  failed: ["running", "cancelled"], // a step was tried again
  done: [],
  cancelled: [],
} as const satisfies Record<QuestState, readonly QuestState[]>;
/** The next state, or undefined when the step is not allowed. A quest ends once. */
export function nextQuestState(from: QuestState, to: QuestState): QuestState | undefined {
  return (questTransitions[from] as readonly QuestState[]).includes(to) ? to : undefined;
}

/**
 * Whether a step that says it goes online is there: its project's address answers, for a release serves; the
 * member is asked; it waits (for a release to be taken, or that failed); or the member does not want it.
 */
export const stepOnline = ["serves", "asked", "waits", "declined"] as const;
export type StepOnline = (typeof stepOnline)[number];
export const questStep = z.strictObject({
  step: z.string(),
  task: id("tsk"),
  n: z.number().int().positive().optional(),
  receipt: z.strictObject({ id: id("rct"), commit: commitHash }).optional(),
  /** Of one that is verified, and goes online. Once the quest is over it stays as it was then. */
  online: z.enum(stepOnline).optional(),
});
type QuestStep = z.infer<typeof questStep>;
export const questRun = z.strictObject({
  id: id("qst"),
  quest: z.string(),
  version: z.string(),
  source: questSource,
  title: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  state: z.enum(questStates),
  goal: id("gol").optional(),
  /** Holds the tasks of the steps that do not repeat. */
  plan: id("pln").optional(),
  startedAt: z.number(),
  /** From when the days of a step that repeats count: when what it builds on was proven. */
  since: z.record(z.string(), z.number()).default({}),
  /** Occurrences that were missed and not made up for, or cancelled, by step. */
  skipped: z.record(z.string(), z.array(z.number().int())),
  steps: z.array(questStep),
});
export type QuestRun = z.infer<typeof questRun>;

export function questFile(run: QuestRun): MemoryFile {
  return { path: `quests/${run.id}/quest.yaml`, content: printYaml(questRun.parse(run)) };
}
export function readQuestRun(text: string): Parsed<QuestRun> {
  return readYaml(text, questRun, { bytes: 256 * 1024, depth: 8, tokens: 40_000 });
}

/**
 * `covered`: how much of what its spec asks for in words its checks have shown. `goesOnline`: once it is
 * verified its address must answer.
 */
export type QuestTaskStanding = { state: TaskState; covered?: Covered | undefined; goesOnline?: boolean | undefined };
/**
 * How far it is. A step is over once its task is verified and, where it goes online, its address answers or
 * the member does not want that. It counts as proven only if all it says has happened; one that repeats
 * counts each time.
 */
export type QuestProgress = { proven: number; of: number; state: QuestState; current: string[] };
export function questProgress(run: QuestRun, total: number, tasks: ReadonlyMap<string, QuestTaskStanding>): QuestProgress {
  const steps = run.steps.map((step) => ({ step, ...judgeStep(step, tasks.get(step.task) ?? { state: "created" }, run.state) }));
  const count = (isMeant: (step: (typeof steps)[number]) => boolean) => steps.filter(isMeant).length;
  const [proven, over] = [count(({ isProven }) => isProven), count(({ isOver }) => isOver)];
  const skipped = Object.values(run.skipped).reduce((sum, list) => sum + list.length, 0);
  const isWorkedOn = steps.some(({ isWorking }) => isWorking);
  const failed = steps.some(({ hasFailed }) => hasFailed) && !isWorkedOn; // what waits to go online holds up no second try
  const ended = over + skipped >= total;
  const state = run.state !== "running" ? run.state : ended ? "done" : failed ? "failed" : "running";
  const current = steps.filter(({ isWorking, isWaiting }) => isWorking || (isWaiting && state !== "done" && state !== "cancelled"));
  return { proven, of: Math.max(0, total - skipped), state, current: current.map(({ step }) => step.step) };
}
function judgeStep({ online: known }: QuestStep, { state, covered, goesOnline }: QuestTaskStanding, questState: QuestState) {
  const isVerified = state === "verified" || state === "deployed";
  // Just verified, and the quest has not taken it in yet: nobody knows where it is with going online.
  const online = known ?? (goesOnline && questState === "running" ? "waits" : undefined);
  const isWaiting = isVerified && (online === "asked" || online === "waits");
  return {
    isWaiting,
    isOver: isVerified && !isWaiting,
    isProven: isVerified && (online === undefined || online === "serves") && isWhole(covered),
    isWorking: [...activeTaskStates, "complete"].includes(state),
    hasFailed: state === "failed" || state === "cancelled",
  };
}
/** Steps that must be proven until it is done: each occurrence of one that repeats counts. */
export function countSteps(filled: FilledQuest): number {
  return filled.steps.reduce(
    (sum, { repeat }) => sum + (repeat === undefined ? 1 : "times" in repeat ? repeat.times : new Set(repeat.after_days).size),
    0,
  );
}

// ── before it is started ───────────────────────────────────────────────────────────────────────────────────

export type QuestPreview = {
  title: string;
  summary: string;
  version: string;
  steps: { id: string; title: string; owner: string; repeats: number }[];
  /** What it may do, for people. */
  touches: string[];
  projects: string[];
  outputs: string[];
  /** Commands that its checks run in a clean room. */
  commands: string[];
  memory: string[];
  estimate: PlanEstimate;
  /** The most it may cost, whatever the estimate. */
  budgetMicros: number | undefined;
};
/** Everything the member should know before starting it with these values. Nothing is changed by looking. */
export function computeQuestPreview(quest: Quest, given: Readonly<Record<string, unknown>>, limit: number): Parsed<QuestPreview> {
  const filled = fillQuest(quest, given);
  if (!filled.ok) return filled;
  const issues = findTooLong(filled.value);
  if (issues.length > 0) return { ok: false, issues };
  const { steps } = filled.value;
  const all = steps.flatMap(({ spec, repeat }) =>
    Array.from(
      { length: repeat ? countSteps({ values: {}, steps: [{ spec, repeat }] }) : 1 },
      (_, n): Spec => ({ ...spec, id: n === 0 ? spec.id : `${spec.id}-${n + 1}` }),
    ),
  );
  const runs = steps
    .flatMap(({ spec }) => checksOf(spec))
    .flatMap((check) => (check.kind === "command" ? [check.command] : check.kind === "url" && check.serve ? [check.serve] : []));
  return {
    ok: true,
    value: {
      title: quest.title,
      summary: quest.summary,
      version: quest.version,
      steps: steps.map((step) => ({
        id: step.spec.id,
        title: step.spec.title,
        owner: step.spec.owner,
        repeats: countSteps({ values: {}, steps: [step] }),
      })),
      touches: quest.permissions.map(describeCapability),
      projects: [...new Set(steps.flatMap(({ spec }) => spec.project ?? []))],
      outputs: [...new Set(steps.flatMap(({ spec }) => spec.outputs))],
      commands: [...new Set(runs)],
      memory: quest.memory.map(({ path }) => path),
      estimate: estimatePlan(all, limit),
      budgetMicros: quest.budget.cost_usd === undefined ? undefined : toMicros(quest.budget.cost_usd),
    },
  };
}

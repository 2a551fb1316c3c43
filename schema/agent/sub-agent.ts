import { z } from "zod";
import { composeMergePrompt, resolutionShape } from "../merge.ts";
import { type Spec, specShape } from "../task/spec.ts";
import { maxRepairs } from "../task/task.ts";
import { commitHash } from "../task/task-command.ts";
import { cutText } from "../wire/cut-text.ts";
import { id } from "../wire/id.ts";
import { errorClasses } from "../work.ts";
import { composeTaskPrompt, type TaskPromptContext } from "./prompt.ts";

/**
 * What a sub-agent does next: pure, from its own state, what it heard, and nothing else. It never
 * acts: a turn is run for it by its parent, and a change of its task is the parent's to make.
 * Every command carries a key made of task, run and step, so that doing it twice is doing it once.
 */
export const taskContext = z.strictObject({
  directory: z.string(),
  clone: z.string().optional(),
  branch: z.string().optional(),
  earlier: z.array(z.string()),
  handedOn: z.array(z.strictObject({ title: z.string(), outcome: z.string() })),
  recalled: z.array(z.string()),
  /** For a task that merges: what, in this order, and what the member decided where it conflicts. */
  merges: z.array(z.strictObject({ from: commitHash, branch: z.string(), decided: z.array(resolutionShape) })).optional(),
});
export const subInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("assigned"), task: id("tsk"), run: z.number().int(), spec: specShape, context: taskContext }),
  /**
   * A turn that it had asked for has ended. `commit` is the head
   * of the task's branch then, if it has one of its own.
   */
  z.strictObject({
    kind: z.literal("turn_ended"),
    key: z.string(),
    end: z.enum(["done", "interrupted", "failed", "stopped"]),
    reason: z.string().default(""),
    /** Of a failed one. */
    errorClass: z.enum(errorClasses).optional(),
    commit: commitHash.optional(),
    /**
     * It asked the member something that is not answered; the
     * answer continues this step, if it is still at it.
     */
    asked: z.boolean().optional(),
  }),
  /** The parent would not run the turn: the task is paused, over, or another's by now. */
  z.strictObject({ kind: z.literal("refused"), key: z.string() }),
  z.strictObject({
    kind: z.literal("reported"),
    task: id("tsk"),
    state: z.enum(["working", "done", "blocked"]),
    text: z.string(),
    commit: commitHash.optional(),
  }),
  z.strictObject({ kind: z.literal("verdict"), task: id("tsk"), passed: z.boolean(), failures: z.array(z.string()).default([]) }),
  /** A back-off is over: the same step once more. */
  z.strictObject({ kind: z.literal("again"), task: id("tsk") }),
  z.strictObject({ kind: z.literal("pause"), task: id("tsk") }),
  z.strictObject({ kind: z.literal("resume"), task: id("tsk") }),
  z.strictObject({ kind: z.literal("cancel"), task: id("tsk") }),
]);
export type SubInput = z.infer<typeof subInput>;
export type SubInputOf<K extends SubInput["kind"]> = Extract<SubInput, { kind: K }>;

export const subPhases = ["idle", "working", "verifying", "done", "failed", "cancelled"] as const;
const claim = z.object({ text: z.string(), commit: commitHash.optional() });
export const subState = z.object({
  phase: z.enum(subPhases),
  task: id("tsk").nullable(),
  run: z.number().int(),
  spec: specShape.nullable(),
  context: taskContext.nullable(),
  /** Counts prompts of this run; the last one's key names it. */
  step: z.number().int(),
  /** The key of the turn that is under way, null between turns. */
  turn: z.string().nullable(),
  paused: z.boolean(),
  /** What is to be prompted when it goes on. */
  pending: z.string().nullable(),
  nudges: z.number().int(),
  interruptions: z.number().int(),
  repairs: z.number().int(),
  /** What the agent says it has finished, until a turn's end shows what it left. */
  claim: claim.nullable(),
  /** It said it can't go on. */
  blocked: z.string().nullable(),
  progress: z.string(),
});
export type SubState = z.infer<typeof subState>;
export const newSubState: SubState = {
  phase: "idle",
  task: null,
  run: 0,
  spec: null,
  context: null,
  step: 0,
  turn: null,
  paused: false,
  pending: null,
  nudges: 0,
  interruptions: 0,
  repairs: 0,
  claim: null,
  blocked: null,
  progress: "",
};
/** Prompts without a claim of the task's end, and restarts in a row, that are borne. */
export const mostNudges = 2;
export const mostInterruptions = 2;

/** What it wants of its parent. `execute` runs a turn; `report` asks for a change of the task. */
export const stepOutcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("complete"), commit: commitHash, text: z.string() }),
  /** `said`: in its own words, because it found that it can't or must not be done so. */
  z.strictObject({ kind: z.literal("give_up"), reason: z.string().min(1), said: z.boolean().optional() }),
  /** Until the member has answered what it asked. */
  z.strictObject({ kind: z.literal("wait") }),
  z.strictObject({ kind: z.literal("error"), class: z.enum(errorClasses), reason: z.string().min(1) }),
]);
export type StepOutcome = z.infer<typeof stepOutcome>;
export const subCommand = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("execute"), key: z.string(), task: id("tsk"), run: z.number().int(), prompt: z.string().min(1) }),
  z.strictObject({ kind: z.literal("report"), key: z.string(), task: id("tsk"), run: z.number().int(), outcome: stepOutcome }),
]);
export type SubCommand = z.infer<typeof subCommand>;
export type SubAgentDecision = { state: SubState; commands: SubCommand[]; text: string };

const noCommands = (state: SubState, text: string): SubAgentDecision => ({ state, commands: [], text });
/** Asks for the next turn, or keeps the words for later while paused. */
function prompt(state: SubState, words: string, text: string): SubAgentDecision {
  if (state.paused) return noCommands({ ...state, pending: words, turn: null }, `${text}; waits, paused`);
  const step = state.step + 1;
  const key = `${state.task}:${state.run}:${step}`;
  const next: SubState = { ...state, phase: "working", step, turn: key, pending: null };
  return { state: next, commands: [{ kind: "execute", key, task: state.task!, run: state.run, prompt: words }], text };
}
function report(state: SubState, phase: SubState["phase"], outcome: StepOutcome, text: string): SubAgentDecision {
  const step = state.step + 1;
  const next: SubState = { ...state, phase, step, turn: null, claim: null };
  const key = `${state.task}:${state.run}:${step}`;
  return { state: next, commands: [{ kind: "report", key, task: state.task!, run: state.run, outcome: outcome }], text };
}

export function decideSubAgentStep(state: SubState, input: SubInput): SubAgentDecision {
  if (input.kind === "assigned") return assigned(state, input);
  if (input.kind === "turn_ended") return turnEnded(state, input);
  if (input.kind === "refused") return turnRefused(state, input);
  if (state.task === null || input.task !== state.task) return noCommands(state, `${input.kind} of another task: nothing to do`);
  const rules: { [K in Exclude<SubInput["kind"], "assigned" | "turn_ended" | "refused">]: (input: SubInputOf<K>) => SubAgentDecision } = {
    reported: (heard) => reported(state, heard),
    verdict: (heard) => verdict(state, heard),
    again: () =>
      state.phase !== "working" || state.turn ? noCommands(state, "nothing to try again") : prompt(state, begin(state), "tries again"),
    pause: () => noCommands({ ...state, paused: true }, "pauses"),
    resume: () => resume(state),
    cancel: () => noCommands({ ...state, phase: "cancelled", turn: null, pending: null, paused: false }, "stops: cancelled"),
  };
  return (rules[input.kind] as (heard: SubInput) => SubAgentDecision)(input);
}

function assigned(state: SubState, { task, run, spec: assignedSpec, context }: SubInputOf<"assigned">): SubAgentDecision {
  if (state.task === task && state.run >= run) return noCommands(state, "has this task already");
  const next: SubState = { ...newSubState, phase: "working", task, run, spec: assignedSpec, context };
  return prompt(next, begin(next), `begins ${assignedSpec.id}`);
}
/** The whole task, as its first words to the agent. */
function begin({ task, run, spec: taskSpec, context }: SubState): string {
  const given: TaskPromptContext = { ...context!, task: task!, run };
  const merges = (context?.merges ?? []).map(({ from, branch, decided }) => `\n\n${composeMergePrompt(from, branch, decided)}`);
  return `${composeTaskPrompt(taskSpec!, given).text}${merges.join("")}\n\n${duties(taskSpec!, given)}`;
}
function duties(spec: Spec, { task, branch, clone }: TaskPromptContext): string {
  const push = branch ? `committed, pushed to ${branch}` : "committed and pushed";
  return [
    "How to work on it:",
    ...(clone ? ["- Clone the address above into your directory (when the folder is there already, fetch)."] : []),
    `- Tell what you do with report_progress {task: "${task}", state: "working", text}.`,
    changeDuty(spec),
    `- When everything is ${push}, and every check above passes: report_progress {task: "${task}", state: "done", text, commit: the full hash, outputs: files beside those named above}.`,
    `- When you can't go on: report_progress {task: "${task}", state: "blocked", text}.`,
    spec.budget.minutes ? `- You have ${spec.budget.minutes} minutes.` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

/** What it may change. */
function changeDuty({ outputs, anywhere }: Spec): string {
  const named = "name each in outputs when you report that it is done";
  const asked = "a check that was there before, a manifest, a lockfile, or settings of a package manager or test runner";
  if (anywhere) return `- You may change what the work needs. But ${asked}: ${named}, and the member is asked then.`;
  const only = outputs.length > 0 ? "Change no other files than those named above." : "No files are named above that you may change.";
  return `- ${only} Where the work needs more, ${named}, new tests too. For ${asked}, or a program that was there before, the member is asked then.`;
}

function turnEnded(state: SubState, { key, end, reason, errorClass, commit, asked }: SubInputOf<"turn_ended">): SubAgentDecision {
  if (state.turn !== key) return noCommands(state, "an older turn ended");
  const now: SubState = { ...state, turn: null };
  if (end === "stopped") return stopped(now);
  if (end === "interrupted") return interrupted(now, reason);
  if (end === "failed")
    return report(
      now,
      "working",
      { kind: "error", class: errorClass ?? "bug", reason: cutText(reason || "the turn failed", 900) },
      "failed",
    );
  if (now.blocked !== null) return report(now, "failed", { kind: "give_up", reason: cutText(now.blocked, 900), said: true }, "gives up");
  if (asked && now.claim === null) return waitForAnswer(state);
  return ended({ ...now, interruptions: 0 }, commit);
}
/** The step stays open: the turn with the answer carries its key. */
function waitForAnswer(state: SubState): SubAgentDecision {
  const asked = report(state, "working", { kind: "wait" }, "waits for an answer");
  return { ...asked, state: { ...asked.state, turn: state.turn } };
}
/**
 * A turn is stopped because of a pause. When that is over
 * already, because the member was quick, it goes on at once.
 */
function stopped(state: SubState): SubAgentDecision {
  const words = state.step <= 1 ? begin(state) : resumeWords(state);
  return state.paused
    ? noCommands({ ...state, pending: words }, "was stopped in the middle")
    : prompt(state, words, "was stopped; goes on");
}
/** When it is because of a pause that it has not heard of yet, or not any more, the step comes again. */
function turnRefused(state: SubState, { key }: SubInputOf<"refused">): SubAgentDecision {
  if (state.turn !== key) return noCommands(state, "an older turn was refused");
  const words = state.step <= 1 ? begin(state) : resumeWords(state);
  const now: SubState = { ...state, turn: null, pending: words };
  if (state.paused || state.interruptions >= mostInterruptions) return noCommands(now, "may not go on now");
  return prompt({ ...now, interruptions: state.interruptions + 1 }, words, "tries again");
}
function ended(state: SubState, commit: string | undefined): SubAgentDecision {
  const { claim: said } = state;
  if (!said) return nudge(state, notDone(state), "ended without a word on the task");
  if (!commit)
    return nudge(
      state,
      `Nothing of yours is on the branch ${state.context?.branch}. Commit, push, and report done with the hash.`,
      "nothing is pushed",
    );
  if (said.commit && said.commit !== commit) {
    const words = `You reported the commit ${said.commit}, but the branch ${state.context?.branch} stands at ${commit}. Push what belongs to the task and report done with the hash that is there.`;
    return nudge({ ...state, claim: null }, words, "the branch stands elsewhere");
  }
  return report({ ...state, nudges: 0 }, "verifying", { kind: "complete", commit, text: said.text }, "says it is done");
}
function notDone({ task }: SubState): string {
  return `The task ${task} is not reported as done. Go on with it. When it is done, pushed and checked, call report_progress with state done and the commit; when you can't go on, with state blocked.`;
}
function nudge(state: SubState, words: string, text: string): SubAgentDecision {
  if (state.nudges < mostNudges) return prompt({ ...state, nudges: state.nudges + 1 }, words, text);
  return report(state, "failed", { kind: "give_up", reason: `${text}, ${mostNudges + 1} times` }, "gives up");
}
function interrupted(state: SubState, reason: string): SubAgentDecision {
  if (state.interruptions < mostInterruptions)
    return prompt({ ...state, interruptions: state.interruptions + 1 }, resumeWords(state), `interrupted (${reason}); goes on`);
  return report(
    state,
    "failed",
    { kind: "error", class: "stale_worker", reason: cutText(reason || "interrupted again and again", 900) },
    "lost",
  );
}
/** With the task as a reminder, for what was cut off may never have reached the agent. */
function resumeWords(state: SubState): string {
  return `You were interrupted in the middle of ${state.task}. Go on where you were: look at what is there (git status, git log), do nothing twice, and report as before. This is the task again, as a reminder.\n\n${begin(state)}`;
}

function reported(state: SubState, { state: said, text, commit }: SubInputOf<"reported">): SubAgentDecision {
  const next: SubState = { ...state, progress: text };
  if (said === "working") return noCommands(next, text);
  if (said === "blocked") return noCommands({ ...next, blocked: text }, `is blocked: ${text}`);
  return noCommands({ ...next, blocked: null, claim: { text, ...(commit ? { commit } : {}) } }, `done, it says: ${text}`);
}
function verdict(state: SubState, { passed, failures }: SubInputOf<"verdict">): SubAgentDecision {
  const moved = state.phase === "done" && !passed; // its branch has gone on since it was verified
  if (state.phase !== "verifying" && !moved) return noCommands(state, "a verdict that was not awaited");
  if (passed) return noCommands({ ...state, phase: "done", repairs: 0 }, "verified");
  const repairs = state.repairs + 1;
  if (repairs > maxRepairs) return noCommands({ ...state, phase: "failed", repairs }, "failed its checks too often");
  const words = [
    `A clean checkout of your commit did not pass (repair ${repairs} of ${maxRepairs}):`,
    ...failures.slice(0, 20).map((failure) => `- ${cutText(failure, 1_500)}`),
    "Find the cause, mend it, push, and report done with the new commit. Never weaken a check or a test.",
  ].join("\n");
  return prompt({ ...state, repairs, nudges: 0 }, words, `repair ${repairs}`);
}
function resume(state: SubState): SubAgentDecision {
  const next: SubState = { ...state, paused: false };
  if (next.phase !== "working" || next.turn !== null) return noCommands(next, "goes on");
  return prompt(next, next.pending ?? resumeWords(next), "goes on");
}

/** Action `status` of a subAgent. Times are milliseconds since 1970. */
export const subStatus = z.object({
  agent: id("agt"),
  member: id("mem"),
  parent: id("agt"),
  type: z.string(),
  channel: id("chn"),
  workspace: z.string(),
  tools: z.array(z.string()),
  capabilities: z.array(z.string()),
  phase: z.enum(subPhases),
  paused: z.boolean(),
  task: id("tsk").nullable(),
  run: z.number().int(),
  progress: z.string(),
  repairs: z.number().int(),
  log: z.array(z.object({ at: z.number(), heard: z.string(), text: z.string(), did: z.array(z.string()) })),
});
export type SubStatus = z.infer<typeof subStatus>;

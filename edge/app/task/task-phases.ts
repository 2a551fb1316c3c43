import { dayMs } from "../../../schema/wire/duration.ts";
import type { LoggedTaskFacts } from "../live/team-log.ts";

/** A task's time as phases that differ by shape. Pure; times are milliseconds since 1970. */
export type PhaseKind = "plan" | "build" | "check" | "you" | "now" | "fail" | "est";
export type Phase = { kind: PhaseKind; from: number; to: number };
export const phaseNames: Record<PhaseKind, string> = {
  plan: "Plan",
  build: "Build",
  check: "Check",
  you: "Waited for you",
  now: "Waiting now",
  fail: "Failed",
  est: "Estimate",
};

const phaseKinds: Partial<Record<LoggedTaskFacts["state"], PhaseKind>> = {
  created: "plan",
  assigned: "plan",
  in_progress: "build",
  waiting: "you",
  complete: "check",
};
type StateChange = { at: number; state: LoggedTaskFacts["state"] };
type TimedTask = { facts: LoggedTaskFacts; createdAt: number; updatedAt: number };

/** A task's phases, from its states or else from its creation and last change. */
export function listPhases(task: TimedTask, history: readonly StateChange[], now: number): Phase[] {
  const steps = history.length > 0 ? history : guessed(task);
  const phases: Phase[] = [];
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const to = next?.at ?? now;
    if (step.state === "failed") phases.push({ kind: "fail", from: step.at, to: step.at });
    const kind = phaseKinds[step.state];
    if (!kind) continue;
    const waits = kind === "you" && !next ? "now" : kind;
    const last = phases.at(-1);
    if (last?.kind === waits && last.to === step.at) phases[phases.length - 1] = { ...last, to };
    else phases.push({ kind: waits, from: step.at, to });
  }
  return phases;
}
function guessed({ facts, createdAt, updatedAt }: TimedTask): StateChange[] {
  if (facts.state === "created") return [{ at: createdAt, state: "created" }];
  const worked = { at: createdAt, state: "in_progress" as const };
  return facts.state === "in_progress" ? [worked] : [worked, { at: updatedAt, state: facts.state }];
}

/** The time window with marks at round times: `days` back from now, at least a quarter of an hour. */
export function windowOf(froms: readonly number[], now: number, days: number): { from: number; to: number; marks: number[] } {
  const earliest = Math.max(now - days * dayMs, Math.min(now - 900_000, ...froms));
  const length = (now - earliest) * 1.12;
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440, 2_880, 10_080].map((minutes) => minutes * 60_000);
  const step = steps.find((candidate) => length / candidate <= 8) ?? 10_080 * 60_000;
  const offset = new Date(earliest).getTimezoneOffset() * 60_000;
  const from = Math.floor((earliest - offset) / step) * step + offset;
  const to = from + Math.ceil((earliest + length - from) / step) * step;
  const marks = Array.from({ length: Math.round((to - from) / step) }, (_none, index) => from + index * step);
  return { from, to, marks };
}
export const shareOfWindow = (at: number, { from, to }: { from: number; to: number }): number =>
  Math.max(0, Math.min(100, ((at - from) / (to - from)) * 100));

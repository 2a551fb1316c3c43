import type { Snapshot } from "../../../schema/agent/grow-agent.ts";
import type { EventBody } from "../../../schema/event.ts";
import type { StackRun, StepLine } from "../live/log-view.ts";
import { formatElapsed } from "../ui/format.ts";

/** The stack in the log: provisions and wakes as runs of steps, and its state since the snapshot. Pure. */
type Stack = Snapshot["stack"];

export function applyProvisionStep(before: StackRun | undefined, body: EventBody<"provision.step">, seq: number, at: number): StackRun {
  const run = before ?? { run: body.run, seq, at, steps: [] };
  const known = run.steps.findIndex((step) => step.step === body.step);
  const started = run.steps[known]?.at ?? at;
  const step: StepLine = { step: body.step, state: body.state, ms: body.ms, at: started, detail: body.detail, since: body.since };
  return { ...run, steps: known < 0 ? [...run.steps, step] : run.steps.with(known, step) };
}

/** What a step is doing, or why it failed; `now` is by the server's clock. */
export function describeStep({ state, detail, since }: StepLine, now: number): string | undefined {
  if (!detail || state === "done") return undefined;
  return since === undefined ? detail : `${detail}, ${formatElapsed(now - since)} so far`;
}

export const isReady = (body: EventBody<"provision.step">): boolean => body.step === "ready" && body.state === "done";

export function stackAtStep(before: Stack, body: EventBody<"provision.step">): Stack {
  const ready = isReady(body);
  const place = body.step === "placement" && body.state === "started" ? (body.place ?? null) : null; // any later step has its machine
  return { ...before, provisioning: body.state !== "failed" && !ready, ready: ready || before.ready, place };
}
export function stackAtState(before: Stack | undefined, body: EventBody<"stack.state">): Stack {
  const ready = body.observed === "running" && (before?.ready ?? true);
  // What tells of trouble alone leaves the place in line, and the sleep, as they were.
  const kept = body.trouble === undefined ? { trouble: before?.trouble } : { place: before?.place, asleep: before?.asleep };
  return { ...body, ...kept, provisioning: false, ready };
}
/** Whether the conversation shows the event. */
export function isStackEventShown(body: EventBody<"stack.state">): boolean {
  return (body.observed === "stopped" && body.tier === "stopped") || body.observed === "failed" || body.observed === "unreachable";
}

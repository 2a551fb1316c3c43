import { z } from "zod";
import { taskUsage } from "../budget.ts";
import type { MemoryFile } from "../memory/memory.ts";
import { isWhole } from "../proof/coverage.ts";
import { id } from "../wire/id.ts";
import { type Parsed, printYaml, readYaml } from "../wire/yaml.ts";
import { printSpec, readSpec, type Spec } from "./spec.ts";
import { type TaskFacts, type TaskState, taskFacts } from "./task.ts";

/**
 * A task as the actor keeps it and as Git remembers it: `tasks/<id>/spec.yaml` and `tasks/<id>/task.yaml`.
 */
export const taskHead = z.strictObject({
  id: id("tsk"),
  /** The plan or quest it came from. */
  plan: z.string().max(60).optional(),
  quest: id("qst").optional(),
  project: z.string().max(60).optional(),
  branch: z.string().max(200).optional(),
  /** SHA-256 of the canonical spec, hex. */
  specHash: z.string().regex(/^[0-9a-f]{64}$/),
  createdAt: z.number(),
  updatedAt: z.number(),
  facts: taskFacts,
  /** Up to this commit. */
  used: taskUsage.optional(),
});
export type TaskHead = z.infer<typeof taskHead>;
export type Task = TaskHead & { spec: Spec };

export function taskFiles(task: Task): MemoryFile[] {
  const { spec, ...head } = task;
  return [
    { path: `tasks/${task.id}/spec.yaml`, content: printSpec(spec) },
    { path: `tasks/${task.id}/task.yaml`, content: printYaml(head) },
  ];
}
/** The task those two files remember: how an actor without state comes back. */
export function readTask(specText: string, headText: string): Parsed<Task> {
  const spec = readSpec(specText);
  if (!spec.ok) return spec;
  const head = readYaml(headText, taskHead);
  return head.ok ? { ok: true, value: { ...head.value, spec: spec.value } } : head;
}

/** One line of `tasks/<id>/log.md`, as a task changes. */
export function taskLogLine(now: number, from: string, to: TaskFacts): string {
  const worker = to.worker ? ` (${to.worker})` : "";
  return `- ${new Date(now).toISOString()} ${from === to.state ? to.state : `${from} → ${to.state}`}: ${to.reason.replace(/\s+/g, " ")}${worker}\n`;
}
/** When a task came into each of its states, by its log. */
export function readTaskLog(log: string): { at: number; state: TaskState }[] {
  return log.split("\n").flatMap((line) => {
    const [, at, state] = /^- (\S+) \w+ → (\w+): /.exec(line) ?? [];
    const known = taskFacts.shape.state.safeParse(state);
    return at !== undefined && known.success && !Number.isNaN(Date.parse(at)) ? [{ at: Date.parse(at), state: known.data }] : [];
  });
}

/** Body of the event `task.state`. */
export const taskStateBody = z.object({
  taskId: id("tsk"),
  title: z.string(),
  from: z.enum(["none", ...(taskFacts.shape.state.options as TaskState[])]),
  facts: taskFacts,
});
/**
 * What must be recorded of a transition: every change of state is
 * an event and a commit; a change within a state is an event alone.
 */
export function recordOfChange(before: TaskFacts | undefined, after: TaskFacts): { event: boolean; commit: boolean } {
  if (!before || before.state !== after.state) return { event: true, commit: true };
  const proof = before.commit !== after.commit || before.proven !== after.proven || before.worker !== after.worker;
  return { event: proof || before.reason !== after.reason || before.dueAt !== after.dueAt, commit: proof };
}

/** How a task is drawn: the state of its growth ring. */
export type TaskRing = "idle" | "working" | "waiting" | "complete" | "done" | "stale" | "deployed" | "failed" | "cancelled" | "paused";
const rings = {
  created: "idle",
  assigned: "idle",
  in_progress: "working",
  waiting: "waiting",
  complete: "complete",
  verified: "done",
  deployed: "deployed",
  paused: "paused",
  failed: "failed",
  cancelled: "cancelled",
} as const satisfies Record<TaskState, TaskRing>;
export function taskRingState(facts: TaskFacts): TaskRing {
  const proof = facts.proven !== undefined && facts.proven !== facts.commit;
  if (facts.state === "verified" && !proof && !isWhole(facts.covered)) return "complete"; // Verified says that all was checked
  return proof && (facts.state === "complete" || facts.state === "verified" || facts.state === "deployed") ? "stale" : rings[facts.state];
}

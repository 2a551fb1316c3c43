import { z } from "zod";
import { id } from "../wire/id.ts";
import { errorClasses } from "../work.ts";

/**
 * One attempt at something for a task: an agent's turn, a
 * shell command, a Git act. Times are milliseconds since 1970.
 */
export const runKinds = ["agent", "shell", "git"] as const;
export const taskRun = z.strictObject({
  id: id("wrk"),
  project: z.string().max(60),
  task: id("tsk").optional(),
  kind: z.enum(runKinds),
  /** The agent that did it; absent for the platform's own acts, such as a verification. */
  worker: id("agt").optional(),
  /** What was run, for people: a command line, or the agent's prompt in one line. */
  what: z.string().max(2_000),
  attempt: z.number().int().positive(),
  errorClass: z.enum(errorClasses).optional(),
  exitCode: z.number().int().optional(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  completedAt: z.number().optional(),
});
export type TaskRun = z.infer<typeof taskRun>;

export type RunEnd = { at: number; errorClass?: TaskRun["errorClass"]; exitCode?: number };
/** Starts or ends a run once; a repeat changes nothing. */
export function startRun(run: TaskRun, at: number): TaskRun {
  return run.startedAt === undefined && run.completedAt === undefined ? { ...run, startedAt: at } : run;
}
export function completeRun(run: TaskRun, end: RunEnd): TaskRun {
  if (run.completedAt !== undefined) return run;
  const { errorClass, exitCode } = end;
  return {
    ...run,
    completedAt: end.at,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

import { z } from "zod";
import { commandLine } from "../proof/check.ts";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { projectRef } from "./project-ref.ts";

/**
 * One line that a member runs in a clean checkout of a project's `main`: a throw-away room of their stack
 * with what the project's setup installs, without a network, secrets or anything of an agent's. Nothing that
 * it writes is kept. The member's actor owns the run, so that it goes on whoever hangs up.
 */
export const commandSeconds = { default: 120, max: 900 } as const;
/** So many of a project are kept, the newest. */
export const mostCommands = 50;
/** So often a run is begun that is broken off before its end. */
export const mostCommandAttempts = 3;

export const commandStates = [
  /** Taken, and waiting for its machine. */
  "queued",
  "running",
  /** It ended, with whatever exit code, or was stopped. */
  "complete",
  /** It could not be run. */
  "failed",
  /** Its member gave it up, or its stack or project went away. */
  "cancelled",
] as const;
export type CommandState = (typeof commandStates)[number];
const commandMoves = {
  queued: ["queued", "running", "failed", "cancelled"],
  running: ["queued", "running", "complete", "failed", "cancelled"],
  complete: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<CommandState, readonly CommandState[]>;
/** Whether a command may change so. One that was broken off is queued again, or runs anew. */
export const isCommandMove = (from: CommandState, to: CommandState): boolean =>
  (commandMoves[from] as readonly CommandState[]).includes(to);
export const commandsUnderWay = ["queued", "running"] as const satisfies readonly CommandState[];
export const isCommandUnderWay = (state: CommandState): boolean => state === "queued" || state === "running";

/** Why it was stopped: its time was over, it printed too much, or its room's memory was used up. */
export const commandStops = ["late", "too_much", "memory"] as const;
export type CommandStop = (typeof commandStops)[number];
/** A line that was printed, without its end; `setup`: by what installs the project for it. */
export const commandOutputLine = z.object({ from: z.enum(["setup", "command"]), line: z.string() });
export type CommandOutputLine = z.infer<typeof commandOutputLine>;

export const projectCommandIn = z.strictObject({
  project: projectRef,
  command: commandLine,
  seconds: z.number().int().min(1).max(commandSeconds.max).default(commandSeconds.default).describe("Seconds until it is stopped"),
});
export const projectCommandView = z.object({
  id: id("cmd"),
  projectId: id("prj"),
  project: projectName,
  /** Of `main`, once it began. */
  commit: commitHash.optional(),
  command: z.string(),
  seconds: z.number().int(),
  state: z.enum(commandStates),
  /** How often it was begun; more than once where it was broken off. */
  attempt: z.number().int().optional(),
  exitCode: z.number().int().optional(),
  ms: z.number().int().optional(),
  stopped: z.enum(commandStops).optional(),
  /** Not all that it printed is told. */
  cut: z.literal(true).optional(),
  /** In words: why it waits, failed or was cancelled. */
  reason: z.string().optional(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
});
export type ProjectCommandView = z.infer<typeof projectCommandView>;
export const projectCommandOut = z.object({ command: projectCommandView });
export const projectCommandsOut = z.object({ commands: z.array(projectCommandView) });
export const projectCommandSeenIn = z.strictObject({ project: projectRef, id: id("cmd") });
/** `tail`: the end of what it printed, where not all of it is told. */
export const projectCommandSeenOut = z.object({
  command: projectCommandView.extend({ output: z.array(commandOutputLine), tail: z.string().optional() }),
});

/** Body of the event `project.command`: it is taken, begins, or has ended. The line is cut. */
export const mostToldCommand = 300;
export const projectCommandBody = projectCommandView
  .pick({ projectId: true, commit: true, state: true, attempt: true, exitCode: true, ms: true, stopped: true, reason: true })
  .extend({ name: z.string(), commandId: id("cmd"), command: z.string().max(mostToldCommand) });
/** Body of the event `project.output`: what it has printed since the one before. */
export const projectOutputBody = z.object({
  projectId: id("prj"),
  name: z.string(),
  commandId: id("cmd"),
  lines: z.array(commandOutputLine),
});

import { z } from "zod";
import { projectRef } from "../project/project-ref.ts";
import { branchName } from "../proof/proof.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";

/**
 * How a commit of a project stands: by the checks that the platform runs of each push in a clean room, or by
 * the proof of the task that made it. It is told, and gives no right: only a receipt does that.
 */
export const commitStatusStates = [
  /** It waits for a clean room. */
  "queued",
  "running",
  "passed",
  "failed",
  /** The platform could not run its checks: nothing is said of the commit. */
  "error",
  /** Nothing was run: there are no checks, or a newer commit of its branch came first. */
  "skipped",
] as const;
export type CommitStatusState = (typeof commitStatusStates)[number];
const statusMoves = {
  queued: ["queued", "running", "passed", "failed", "error", "skipped"],
  running: ["queued", "running", "passed", "failed", "error", "skipped"],
  passed: ["queued"],
  failed: ["queued"],
  error: ["queued"],
  skipped: ["queued"],
} as const satisfies Record<CommitStatusState, readonly CommitStatusState[]>;
/** Whether a status may change so. One that has ended is queued again where its member asks for it. */
export const isStatusMove = (from: CommitStatusState, to: CommitStatusState): boolean =>
  (statusMoves[from] as readonly CommitStatusState[]).includes(to);
export const statusesUnderWay = ["queued", "running"] as const satisfies readonly CommitStatusState[];
export const isStatusUnderWay = (state: CommitStatusState): boolean => state === "queued" || state === "running";
/** So often the checks of a commit are begun that are broken off before their end. */
export const mostStatusAttempts = 3;
/** So many of a project are kept, the newest. */
export const mostStatuses = 200;
/** Of so many, the newest, a list tells each check: the answer stays far below what a connection takes. */
export const mostDetailed = 20;

export const statusSources = ["checks", "proof"] as const;
export type StatusSource = (typeof statusSources)[number];
/** One check of a commit; `what`: the command, address or file; `reason`: why it failed. */
export const statusCheck = z.object({
  name: z.string(),
  what: z.string().max(300),
  passed: z.boolean(),
  ms: z.number().int(),
  reason: z.string().max(1_000).optional(),
});
export type StatusCheck = z.infer<typeof statusCheck>;

export const commitStatusView = z.object({
  repo: z.string(),
  hash: commitHash,
  /** Where the commit was first seen. */
  branch: z.string(),
  /** The first line of its message, where the log tells of the commit. */
  title: z.string().optional(),
  state: z.enum(commitStatusStates),
  source: z.enum(statusSources),
  /** In words: what came of it, or what it waits for. */
  reason: z.string().optional(),
  /** Of the last run of its checks; in a list only those of the newest are told. */
  checks: z.array(statusCheck),
  /** Of a proof: the task, and the receipt that it gave. */
  taskId: id("tsk").optional(),
  receiptId: id("rct").optional(),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
});
export type CommitStatusView = z.infer<typeof commitStatusView>;

/** Action `statuses`: newest first; of commits that were first seen on a branch, or of one. */
export const statusesIn = z.strictObject({ project: projectRef, branch: branchName.optional(), hash: commitHash.optional() });
export const statusesOut = z.object({ statuses: z.array(commitStatusView) });
/** Action `verify`: the project's checks on the head of a branch. */
export const verifyIn = z.strictObject({
  project: projectRef,
  branch: branchName
    .default("main")
    .describe("The branch whose newest commit is checked; none of an agent, which its task's proof looks at"),
});
export const verifyOut = z.object({ status: commitStatusView });

/** Body of the event `commit.status`. */
export const commitStatusBody = commitStatusView
  .pick({ repo: true, hash: true, branch: true, title: true, state: true, source: true, reason: true, taskId: true, receiptId: true })
  .extend({ failed: z.number().int().optional(), checks: z.number().int().optional() });

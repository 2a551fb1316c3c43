import { z } from "zod";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { sha256Hex } from "../wire/canonical.ts";
import { id } from "../wire/id.ts";

/**
 * A version of a project as it runs for others: a commit of `main` that was proven, with what its setup
 * installed and what its environment file says. One release of a project serves; the one before is kept.
 */
export const releaseStates = [
  /** Taken, and waiting for its machine. */
  "queued",
  /** It is being set up, started and asked for its health; another one may serve meanwhile. */
  "starting",
  "serving",
  /** Another one has taken its place; it can be gone back to. */
  "replaced",
  /** It never served: setup, migration, start or health failed. */
  "failed",
  /** Its member gave it up before it served. */
  "cancelled",
  /** It served and was taken back, by the member or because it failed within its watch time. */
  "rolled_back",
] as const;
export type ReleaseState = (typeof releaseStates)[number];
/**
 * What may follow. The host says which release serves: what it goes back to may have failed or ended before.
 */
const releaseMoves = {
  queued: ["starting", "serving", "failed", "cancelled"],
  starting: ["serving", "failed", "cancelled"],
  serving: ["replaced", "rolled_back"],
  replaced: ["serving"],
  failed: ["serving"],
  cancelled: ["serving"],
  rolled_back: ["serving"],
} as const satisfies Record<ReleaseState, readonly ReleaseState[]>;
/** Whether a release may change so. One under way may stay so: at its next step, or saying why it waits. */
export function isReleaseMove(from: ReleaseState, to: ReleaseState): boolean {
  return (from === to && isReleaseUnderWay(from)) || (releaseMoves[from] as readonly ReleaseState[]).includes(to);
}
export const isReleaseUnderWay = (state: ReleaseState): boolean => state === "queued" || state === "starting";

/** What is done for a release, in this order. */
export const releaseSteps = ["setup", "migrate", "start", "health", "switch"] as const;
export type ReleaseStep = (typeof releaseSteps)[number];

/** What a release was made of, beside its commit. Releases of before do not say. */
export const releaseMade = z.object({
  /** SHA-256 over names and contents of the packages; absent where it needs none. As its receipt names it. */
  snapshot: sha256Hex.optional(),
  /** SHA-256 of the environment file; absent where the project has none. */
  environment: sha256Hex.optional(),
  /** The versions of the project's secrets that it was given, by name; absent where that is not known. */
  secrets: z.record(z.string().max(64), z.number().int()).optional(),
});
export type ReleaseMade = z.infer<typeof releaseMade>;

export const releaseView = z.object({
  id: id("rel"),
  project: projectName,
  commit: commitHash,
  /** The receipt that speaks for the commit. */
  receipt: id("rct"),
  /** Known once it has been set up. */
  made: releaseMade.optional(),
  state: z.enum(releaseStates),
  /** Where it is while it starts, or where it failed. */
  step: z.enum(releaseSteps).optional(),
  /** In words, where it failed, was cancelled or taken back, or why it waits. */
  reason: z.string().optional(),
  /** The end of what it printed, where it failed or was taken back. */
  log: z.string().optional(),
  /** Who asked for it: the member, an agent with their leave, or the platform by the project's rule. */
  by: z.union([z.literal("member"), z.literal("platform"), id("agt")]),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  servedAt: z.number().optional(),
  endedAt: z.number().optional(),
});
export type ReleaseView = z.infer<typeof releaseView>;
/** Releases of one project that its list shows. */
export const mostReleases = 200;
/** Seconds after its switch in which a release that fails is taken back. */
export const watchSeconds = 60;
/** So much of the end of what a release printed is kept where it failed. */
export const mostReleaseLog = 8_000;

export const releaseHandOffBody = z.object({
  project: projectName,
  from: z.enum(["merge", "deployment"]),
  to: z.enum(["deployment", "monitoring"]),
  /** The task that merged. */
  taskId: id("tsk").optional(),
  releaseId: id("rel").optional(),
});

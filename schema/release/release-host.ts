import { z } from "zod";
import { repoName } from "../proof/proof.ts";
import { egressHost } from "../stack/egress-refusal.ts";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { sha256Hex } from "../wire/canonical.ts";
import { id } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";
import { releaseMade, releaseSteps } from "./release.ts";

/**
 * What a host is asked about the app of a project: the container in which its release runs. The host says
 * which release serves; it switches in one row of its ledger.
 */

/** What an address of the app answers, as the specification of what is released says. */
const expectedAnswer = z.strictObject({
  port: z.number().int().min(1).max(65_535),
  path: z.string().max(500).startsWith("/"),
  status: z.number().int().min(200).max(299),
  contains: z.string().min(1).max(2_000).optional(),
});
export type ExpectedAnswer = z.infer<typeof expectedAnswer>;

/**
 * What the receipt says that its checks ran with: the packages, and the image in which they were installed.
 * `more`: the checks asked for packages of their own, which the commit alone does not.
 */
const provenPackages = z.strictObject({ snapshot: sha256Hex, image: sha256Hex, more: z.boolean() });
export type ProvenPackages = z.infer<typeof provenPackages>;

/** PUT /stacks/:member/apps/:project. The same release again starts nothing and answers how it went. */
export const appPut = z.strictObject({
  release: id("rel"),
  repo: repoName,
  commit: commitHash,
  /** The project's secrets, by the names of variables; given to the release's processes alone. */
  env: z.record(z.string().max(64), z.string().max(32_768)),
  /** Which version each of them is. */
  secrets: releaseMade.shape.secrets,
  /** Absent where the receipt names none. */
  proven: provenPackages.optional(),
  /** Names that the member lets it reach; it and its setup reach those the environment file asks for. */
  reach: z.array(egressHost).max(200).default([]),
  /** Its health, where its environment file says nothing of it and it listens on that port. */
  expects: expectedAnswer.optional(),
  /** How many seconds after its switch a release that fails is taken back. */
  watchSeconds: z.number().int().min(0).max(3_600).default(60),
});
export type AppPut = z.infer<typeof appPut>;

/** `closed`: names of the environment file that its setup asked for, and that the member has not allowed. */
export const releaseFailure = z.object({
  step: z.enum(releaseSteps),
  reason: z.string(),
  log: z.string(),
  closed: z.array(egressHost).optional(),
  /** Its member gave it up. */
  cancelled: z.literal(true).optional(),
});
export type ReleaseFailure = z.infer<typeof releaseFailure>;
/** A line of its answer, as JSON. The last one is `end`. */
export const appLine = z.discriminatedUnion("type", [
  z.object({ type: z.literal("step"), step: z.enum(releaseSteps) }),
  /** The machine prepares first what this needs; what it does, in words. */
  z.object({ type: z.literal("waits"), detail: z.string() }),
  z.object({ type: z.literal("output"), step: z.enum(releaseSteps), text: z.string() }),
  z.object({
    type: z.literal("end"),
    served: z.boolean(),
    /** Where it failed, why in words, and the end of what it printed. */
    failed: releaseFailure.optional(),
    /** What it was made of, where it came as far as that. */
    made: releaseMade.optional(),
    /** The release that serves now. */
    current: id("rel").optional(),
  }),
  /** The platform could not say how it goes; the same PUT again goes on with it. */
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type AppLine = z.infer<typeof appLine>;

const seenAppStates = [
  /** It answers as it should. */
  "well",
  /** Its process runs, and its health is not what it should be. */
  "unwell",
  /** Its process has ended, and is started again after a while. */
  "restarting",
  /** It has ended so often that it is started no more until somebody says so. */
  "crashed",
  /** Nobody has come for a while, and its member's plan lets it sleep then; the next visitor wakes it. */
  "asleep",
  /** A visitor has come while it slept, and it does not answer yet. */
  "waking",
  /** Its member has stopped it. */
  "stopped",
  /** Its member's plan does not let it run. */
  "suspended",
] as const;
export const seenAppState = z.enum(seenAppStates);
/** How an app is, as its host says it, or as the platform finds it. */
export const appStates = [
  ...seenAppStates,
  /** Its host answers, and knows of no app of the project. */
  "lost",
  /** Its host does not answer. */
  "unreachable",
] as const;
export type AppState = (typeof appStates)[number];
export const appStateBody = z.object({
  project: projectName,
  state: z.enum(appStates),
  reason: z.string().optional(),
});

/** GET /stacks/:member/apps and …/apps/:project. Times are milliseconds since 1970. */
/** What an app asked for and was not let to. `asked`: its environment file names it. */
const appRefusal = z.object({
  name: z.string().max(253),
  port: z.number().int(),
  asked: z.boolean(),
  /** It may be reached, but the plan's volume of this day is used up. */
  usedUp: z.literal(true).optional(),
});
export type AppRefusal = z.infer<typeof appRefusal>;
/** `pastMigration`: a newer release has changed the app's data, and nothing changes it back. */
export const keptRelease = z.object({ release: id("rel"), pastMigration: z.boolean() });
export type KeptRelease = z.infer<typeof keptRelease>;
export const appSeen = z.object({
  project: projectName,
  state: seenAppState,
  current: id("rel").optional(),
  /** Those that can be gone back to: the one before, and the newest that was well. */
  kept: z.array(keptRelease).max(2),
  /** The newest release that was taken back by the host itself, with the reason and the end of its log. */
  takenBack: z.object({ release: id("rel"), at: z.number(), reason: z.string(), log: z.string() }).optional(),
  /** Since when it is in this state. */
  since: z.number(),
  /** Why it is not well, in words. */
  reason: z.string().optional(),
  /** It was stopped because it keeps more than its plan lets it. */
  over: z.literal(true).optional(),
  /** What the one that serves was made of. */
  made: releaseMade.optional(),
  /** Restarts since its switch. */
  restarts: z.number().int(),
  /** How often its process has ended by itself within ten minutes, since its switch or its member's start. */
  ends: z.number().int().default(0),
  /**
   * Of one whose environment file names something beyond loopback: what its member lets it reach, and what it
   * was refused since its start, each once.
   */
  network: z.object({ reach: z.array(egressHost), refused: z.array(appRefusal) }).optional(),
});
export type AppSeen = z.infer<typeof appSeen>;
export const appsSeen = z.object({ apps: z.array(appSeen) });

/** PUT …/apps/:project/reach (`reachPut`): what its member lets it reach, in place of the names before. */
/** POST …/apps/:project/roll-back. `to` must be a kept one; where it serves already nothing happens. */
export const appRollBack = z.strictObject({ to: id("rel") });
/** POST …/apps/:project/cancel. A release that serves, or did, goes on; `served` says so. */
export const appCancel = z.strictObject({ release: id("rel") });
export const appCancelled = z.object({ served: z.boolean() });
/** POST …/apps/:project/power */
export const appPower = z.strictObject({ running: z.boolean() });
/** DELETE …/apps/:project?data=true|false answers `{ removed: boolean }`. */

/** GET …/apps/:project/logs (`appLogsIn`) answers such lines as JSON, the oldest first. */
export const appLogLine = z.object({
  at: z.number(),
  release: id("rel"),
  stream: z.enum(["out", "err", "platform"]),
  text: z.string(),
  /** Of the platform's line that tells that the app's process has ended by itself; with its exit code. */
  ended: z.object({ code: z.number().int().optional() }).optional(),
});
export type AppLogLine = z.infer<typeof appLogLine>;
export const mostLogLines = 2_000;
export const appLogsIn = z.strictObject({
  follow: z.enum(["true", "false"]).optional(),
  lines: queryNumber(z.number().int().min(1).max(mostLogLines)).optional(),
  /** Lines that hold this text. */
  search: z.string().max(200).optional(),
  release: id("rel").optional(),
  /**
   * The lines until the app's process last ended by itself, and the one that tells it, in place of the
   * newest; none where it never did. Nothing is searched or followed then.
   */
  crash: z.enum(["last"]).optional(),
});

/** GET …/apps/:project/metrics?hours= : one row a minute, for a week at most. */
export const appMinute = z.object({
  /** The beginning of the minute. */
  at: z.number(),
  /** Of one CPU, in percent. */
  cpu: z.number(),
  memoryMb: z.number(),
  requests: z.number().int(),
  /** Answers of 500 and above, and requests that got none. */
  errors: z.number().int(),
  /** Milliseconds until the answer's head. */
  p50: z.number(),
  p95: z.number(),
});
export type AppMinute = z.infer<typeof appMinute>;
export const appMetricsIn = z.strictObject({ hours: queryNumber(z.number().int().min(1).max(168)).default(24) });
export const appMetrics = z.object({ minutes: z.array(appMinute) });
/**
 * ALL …/apps/:project/http/* is the release's own server, WebSockets too. Where no process of it runs, this
 * header of the refusal says how the app is.
 */
export const appStateHeader = "x-growqr-app-state";

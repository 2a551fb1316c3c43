import { z } from "zod";
import { egressHost } from "../stack/egress-refusal.ts";
import { commitHash } from "../task/task-command.ts";
import { sha256Hex } from "../wire/canonical.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import type { NamedCheck } from "./check.ts";
import { agreedFiles, ruleNames } from "./room-rules.ts";
import { setupSeen } from "./setup.ts";
import { strengthShape } from "./strength.ts";
import { testsSeen } from "./test-report.ts";

/**
 * A clean room: the platform runs a task's checks on a fresh
 * clone, in a throw-away container, without the author's session.
 */
export const repoName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "must be owner/name");
export const branchName = z
  .string()
  .max(200)
  .regex(/^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9_-])?$/, "must be a branch name");
const seconds = z.number().int().min(1).max(900);
const checkText = z.string().min(1).max(2_000);
export const mostOutputs = 100;
const checkName = z.string().regex(/^[a-z]+\.[0-9]{1,3}$/);
/** `NamedCheck` as it travels to the host. */
export const roomCheck = z.discriminatedUnion("kind", [
  z.strictObject({
    name: checkName,
    kind: z.literal("url"),
    url: z.string().max(500),
    status: z.number().int(),
    contains: checkText.optional(),
    serve: checkText.optional(),
    seconds,
  }),
  z.strictObject({
    name: checkName,
    kind: z.literal("command"),
    command: checkText,
    exitCode: z.number().int(),
    contains: checkText.optional(),
    seconds,
  }),
  z.strictObject({ name: checkName, kind: z.literal("file"), file: innerPath, contains: checkText.optional(), seconds }),
]);
export type RoomCheck = z.infer<typeof roomCheck>;
export type CommandCheck = Extract<RoomCheck, { kind: "command" }>;

/** POST /stacks/:member/runs */
export const runIn = z.strictObject({
  id: id("wrk"),
  repo: repoName,
  /** The commit must be this branch's head. */
  branch: branchName,
  commit: commitHash,
  /**
   * Of a task that merges: where the branch stood, what was merged, and the files in which
   * the member decided a conflict. Its work is what it did beyond that. `places`: those in
   * which each place was decided for itself; the rest of them is as git merges it.
   */
  merged: z
    .strictObject({
      into: commitHash,
      from: z.array(commitHash).max(100),
      decided: z.array(z.string().max(400)).max(100),
      places: z.array(z.string().max(400)).max(100).default([]),
    })
    .optional(),
  /**
   * Where main stood when the task was begun: its checks count, wherever the branch
   * parts from main. `handed`: commits of earlier tasks; a branch that goes on from one
   * of them may lack what main has got beside it, and puts nothing else in its place.
   */
  begun: z.strictObject({ main: commitHash, handed: z.array(commitHash).max(100) }).optional(),
  outputs: z.array(innerPath).max(mostOutputs),
  /** Other files that its agent named when it was done: they may be changed, and need not be there. */
  also: z.array(innerPath).max(mostOutputs).optional(),
  /**
   * It may change any other file as well, but for those that settle how it is checked: the member has
   * agreed.
   */
  anywhere: z.literal(true).optional(),
  /**
   * Those of both that the member has not been told of: what settles how the work is checked is not
   * accepted among them without their word.
   */
  unasked: z
    .array(innerPath)
    .max(2 * mostOutputs)
    .optional(),
  checks: z.array(roomCheck).max(100),
  /** Share of the counter-examples that the checks must catch; absent: at least one of them. */
  least: z.number().min(0).max(1).optional(),
  /** The checks alone: of a push, of which nothing is to be proven. */
  checksOnly: z.literal(true).optional(),
  /** The member made it: what they want needs no check that would miss it, and none is looked for. */
  byMember: z.literal(true).optional(),
  /** Names that the member lets its agent reach; its setup reaches those the environment file asks for. */
  reach: z.array(egressHost).max(200).optional(),
});
export type RunIn = z.infer<typeof runIn>;

/** Why a run did not pass, for code; `reason` says it to people and to the agent that repairs. */
export const failureCauses = [
  "not_pushed",
  "wrong_branch",
  "moved",
  "not_merged",
  "output_missing",
  "output_link",
  "checks_edited",
  "unfit_name",
  "undeclared",
  "unasked",
  "secret_in_commit",
  "exit_code",
  "text_missing",
  "file_missing",
  "timeout",
  "too_much_output",
  "no_server",
  "other_server",
  "status",
  "skipped",
  "report_bent",
  "proves_nothing",
  "time_bomb",
  "told_apart",
  "too_weak",
  "flaky",
  "broken_room",
  "setup_failed",
] as const;
export type FailureCause = (typeof failureCauses)[number];
/**
 * What changed in a file that takes the member's word. `diff` is cut where it is long; `hash` is its mode
 * and Git's hash of the whole file, "" where it is gone.
 */
export const unaskedChange = z.strictObject({
  path: z.string().max(400),
  diff: z.string().max(40_000),
  hash: z.string().max(80),
  /** In words: packages of a lockfile that are not what their names say. */
  packages: z.string().max(2_000).optional(),
});
export type UnaskedChange = z.infer<typeof unaskedChange>;
/**
 * `closed`: names of the environment file that its setup asked for, and that the member has not allowed.
 * `unasked`: changes that the member is to be asked about; the rest of the proof holds.
 */
export const checkFailure = z.object({
  check: z.string(),
  why: z.enum(failureCauses),
  reason: z.string(),
  closed: z.array(egressHost).optional(),
  unasked: z
    .array(unaskedChange)
    .max(2 * mostOutputs)
    .optional(),
});
export type CheckFailure = z.infer<typeof checkFailure>;

export const checkResult = z.object({
  name: z.string(),
  kind: z.enum(["url", "command", "file"]),
  /** The command line, address or file. */
  what: z.string(),
  passed: z.boolean(),
  why: z.enum(failureCauses).optional(),
  reason: z.string().optional(),
  exitCode: z.number().int().optional(),
  status: z.number().int().optional(),
  /** Of an address: the command that served it. */
  serve: z.string().optional(),
  ms: z.number().int(),
  outputBytes: z.number().int(),
  /** SHA-256 of what it printed (of the answer's body for an address, of the content for a file). */
  outputHash: sha256Hex,
  /** The end of what it printed. */
  tail: z.string(),
  /** Of a command: the tests in it; null: none is known, so nobody knows how much it looks at. */
  tests: testsSeen.nullable().optional(),
});
export type CheckResult = z.infer<typeof checkResult>;
export const outputSeen = z.object({ path: z.string(), bytes: z.number().int(), sha256: sha256Hex, executable: z.boolean() });
export type OutputSeen = z.infer<typeof outputSeen>;
export const runResult = z.object({
  id: id("wrk"),
  repo: z.string(),
  branch: z.string(),
  commit: commitHash,
  tree: commitHash.optional(),
  base: commitHash.optional(),
  /** Name and digest of the container's image. */
  image: z.object({ name: z.string(), sha256: sha256Hex }),
  passed: z.boolean(),
  failures: z.array(checkFailure),
  checks: z.array(checkResult),
  outputs: z.array(outputSeen),
  /** What was installed before the checks; absent where nothing had to be. */
  setup: setupSeen.optional(),
  /** What the checks would have noticed; absent where the task made nothing that can be taken out. */
  strength: strengthShape.optional(),
  /** What the room held to, where it passed, and where all but the member's word is there. */
  rules: ruleNames.optional(),
  /** Changed files that settle how it is checked: the member has agreed where no failure says otherwise. */
  agreed: agreedFiles.optional(),
  startedAt: z.number(),
  endedAt: z.number(),
});
export type RunResult = z.infer<typeof runResult>;

/** As much of a change as is read for suspicions. */
export const diffBytes = 768 * 1024;
/**
 * One line (NDJSON) of the answer: what happens as it happens, then
 * exactly one `result` (a verdict) or `error` (no verdict: try again).
 */
export const runLine = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("step"),
    step: z.enum(["setup", "room", "clone", "sealed", "place", "control", "clock", "judges", "tests", "canary", "counter"]),
    ms: z.number().int(),
  }),
  /** The machine prepares first what this needs; what it does, in words. */
  z.object({ type: z.literal("waits"), detail: z.string() }),
  z.object({ type: z.literal("output"), check: z.string(), text: z.string() }),
  z.object({ type: z.literal("check"), result: checkResult }),
  z.object({ type: z.literal("outputs"), outputs: z.array(outputSeen) }),
  /** What the task changed, as a unified diff, of at most `diffBytes`. */
  z.object({ type: z.literal("diff"), text: z.string() }),
  z.object({ type: z.literal("result"), result: runResult }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type RunLine = z.infer<typeof runLine>;

/** The checks of a spec as the host takes them: `outputs.*` are looked at in the commit itself. */
export function toRoomChecks(checks: readonly NamedCheck[]): RoomCheck[] {
  return checks.filter((check) => !check.name.startsWith("outputs.")).map((check) => roomCheck.parse(check));
}

import { z } from "zod";
import { notesRef, type RanCheck, ranCheck } from "../receipt/receipt.ts";
import { commitHash } from "../task/task-command.ts";
import { trimTail } from "../wire/foreign-text.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import type { NamedCheck } from "./check.ts";
import { coverageEntry } from "./coverage.ts";

/**
 * A clean room: the platform runs a task's checks on a fresh
 * clone, in a throw-away container, without the author's session.
 */
export const repoName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, "must be owner/name");
export const branchName = z
  .string()
  .max(200)
  .regex(/^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9_./-]*[A-Za-z0-9_-]$/, "must be a branch name");
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().int().min(1).max(900);
const checkText = z.string().min(1).max(2_000);
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
  outputs: z.array(innerPath).max(100),
  checks: z.array(roomCheck).max(100),
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
  "exit_code",
  "text_missing",
  "file_missing",
  "timeout",
  "too_much_output",
  "no_server",
  "other_server",
  "status",
  "skipped",
  "proves_nothing",
  "time_bomb",
  "flaky",
  "broken_room",
] as const;
export type FailureCause = (typeof failureCauses)[number];
export const checkFailure = z.object({ check: z.string(), why: z.enum(failureCauses), reason: z.string() });
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
  ms: z.number().int(),
  outputBytes: z.number().int(),
  /** SHA-256 of what it printed (of the answer's body for an address, of the content for a file). */
  outputHash: sha256Hex,
  /** The end of what it printed. */
  tail: z.string(),
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
  z.object({ type: z.literal("step"), step: z.enum(["room", "clone", "sealed", "control", "clock"]), ms: z.number().int() }),
  z.object({ type: z.literal("output"), check: z.string(), text: z.string() }),
  z.object({ type: z.literal("check"), result: checkResult }),
  z.object({ type: z.literal("outputs"), outputs: z.array(outputSeen) }),
  /** What the task changed, as a unified diff, of at most `diffBytes`. */
  z.object({ type: z.literal("diff"), text: z.string() }),
  z.object({ type: z.literal("result"), result: runResult }),
  z.object({ type: z.literal("error"), code: z.string(), message: z.string() }),
]);
export type RunLine = z.infer<typeof runLine>;

/**
 * POST /stacks/:member/notes: adds a receipt (a compact JWS) to the
 * commit's note under `refs/notes/receipts`; the same one twice is one.
 */
export const noteIn = z.strictObject({
  repo: repoName,
  commit: commitHash,
  receipt: z
    .string()
    .max(100_000)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, "must be a compact JWS"),
});
export const noteOut = z.object({ commit: commitHash, ref: z.literal(notesRef), hash: commitHash, added: z.boolean() });

// ── receipts between runner, edge and member ───────────────────────────────────────────────────────────────

/**
 * POST /stacks/:member/receipts, signed by the runner: what a run showed. The same run gets the same receipt.
 */
export const receiptIn = z.strictObject({
  run: id("wrk"),
  task: id("tsk"),
  title: z.string().max(200),
  repo: repoName,
  branch: z.string().max(200),
  commit: commitHash,
  spec: z.strictObject({ id: z.string().max(60), sha256: sha256Hex }),
  image: z.strictObject({ name: z.string().max(200), sha256: sha256Hex }),
  checks: z.array(ranCheck).min(1).max(200),
  outputs: z.array(z.strictObject({ path: innerPath, sha256: sha256Hex })).max(100),
  coverage: z.array(coverageEntry).max(150).optional(),
  declined: z.array(z.string().max(600)).max(50).optional(),
  /** Milliseconds since 1970. */
  startedAt: z.number().int(),
  finishedAt: z.number().int(),
});
export type ReceiptIn = z.infer<typeof receiptIn>;
export const receiptOut = z.object({ id: id("rct"), receipt: z.string() });
/**
 * GET /receipts, GET /receipts/:receiptId. `receipt` is the compact
 * JWS that `verify-receipt.mjs` reads. Times are milliseconds.
 */
export const receiptView = z
  .object({
    id: id("rct"),
    task: id("tsk"),
    title: z.string(),
    repo: z.string(),
    branch: z.string(),
    commit: commitHash,
    /** The public key that verifies it, in `/.well-known/jwks.json`. */
    key: z.string(),
    checks: z.number().int(),
    issuedAt: z.number(),
    /** Since when its branch has newer commits; null while it is current. */
    staleAt: z.number().nullable(),
    receipt: z.string(),
  })
  .meta({ id: "Receipt" });
/** PUT /stacks/:member/receipts/:receiptId */
export const receiptStaleIn = z.strictObject({ staleAt: z.number().int() });

/** The checks of a run that passed, as a receipt names them: declared outputs first. */
export function toRanChecks(run: RunIn, result: RunResult): RanCheck[] {
  const seen = new Map(result.checks.map((each) => [each.name, each]));
  const files = result.outputs.map(({ path, sha256: output }, index) => {
    return ranCheck.parse({ name: `outputs.${index}`, kind: "file", file: path, seconds: 60, output, ms: 0 });
  });
  const rest = run.checks.map((check) => {
    const { ms, outputHash: output, exitCode, status } = seen.get(check.name)!;
    const { name, seconds } = check;
    const contains = check.contains === undefined ? {} : { contains: check.contains };
    const common = { name, seconds, ...contains, output, ms };
    if (check.kind === "file") return ranCheck.parse({ ...common, kind: "file", file: check.file });
    if (check.kind === "command") return ranCheck.parse({ ...common, kind: "command", command: check.command, exitCode });
    const serve = check.serve === undefined ? {} : { serve: check.serve };
    return ranCheck.parse({ ...common, kind: "url", url: check.url, ...serve, status });
  });
  return [...files, ...rest];
}

// ── what is a check, and what does it check? ───────────────────────────────────────────────────────────────

const folders = /(^|\/)(tests?|__tests__|specs?|checks?|e2e|acceptance)\//i;
const bases = /(^|[._-])(tests?|specs?|checks?|verify|e2e)([._-]|$)/i;
const testSettings =
  /^(conftest\.py|pytest\.ini|tox\.ini|\.mocharc(\..+)?|(vitest|jest|playwright|karma|ava)\.config\..+|codecept\.conf\..+)$/i;
/**
 * Whether a file decides about "passed" rather than being what is judged:
 * tests by their usual names and folders, settings of test runners.
 */
export function isCheckFile(path: string): boolean {
  const base = path.slice(path.lastIndexOf("/") + 1);
  return folders.test(path) || bases.test(base.replace(/\.[A-Za-z0-9]+$/, "")) || testSettings.test(base);
}
const wordsOf = (command: string) =>
  command.split(/[\s"'`=;|&()<>]+/).map((word) => trimTail(word.startsWith("./") ? word.slice(2) : word, "/"));
/** Scripts and make files that a command line runs. */
export function runsFile(command: string, path: string): boolean {
  const words = wordsOf(command);
  if (/^(GNU)?[Mm]akefile$/.test(path)) return words.includes("make");
  return words.some((word) => word !== "" && (word === path ? /\.(sh|bash)$/.test(path) || isCheckFile(path) : false));
}
/** Whether the command line names this file, or a folder or pattern it lies in. */
export function namesFile(command: string, path: string): boolean {
  return wordsOf(command).some((word) => {
    const glob = word.search(/[*?[{]/);
    const fixed = glob < 0 ? word : word.slice(0, Math.max(0, word.lastIndexOf("/", glob)));
    return fixed !== "" && (fixed === path || path.startsWith(`${fixed}/`));
  });
}
/** Names of the package.json scripts that a command line runs. */
export function packageScriptsIn(command: string): string[] {
  const found = [...command.matchAll(/\b(?:npm|pnpm|yarn|bun)\s+(?:run(?:-script)?\s+)?([A-Za-z][\w:.-]*)/g)].map((match) => match[1]!);
  const node = [...command.matchAll(/\bnode\s+--run[ =]([\w:.-]+)/g)].map((match) => match[1]!);
  return [...new Set([...found.map((each) => (each === "t" ? "test" : each)), ...node])];
}

export type BranchChange = { path: string; status: "added" | "modified" | "deleted" };
/**
 * The changes of a branch that has parted from main earlier than its task was begun: `own` since
 * it parted, `beside` all in which it differs from main as that was then. What is as main has it
 * is no work of the branch; what main has got too, and otherwise, is replaced and not added.
 */
export function changesBeside(ofBranch: readonly BranchChange[], beside: readonly BranchChange[]): BranchChange[] {
  const differs = new Map(beside.map(({ path, status }) => [path, status]));
  return ofBranch.flatMap(({ path, status }): BranchChange[] => {
    const there = differs.get(path);
    if (there === undefined) return [];
    return [{ path, status: status === "added" && there === "modified" ? "modified" : status }];
  });
}
/**
 * Check files that were there before the task and that it
 * changed or removed without the spec listing them as outputs.
 */
export function findEditedChecks(
  changes: readonly BranchChange[],
  checks: readonly RoomCheck[],
  outputs: readonly string[],
): BranchChange[] {
  const commands = commandsOfChecks(checks);
  return changes.filter(
    ({ path, status }) =>
      status !== "added" && !outputs.includes(path) && (isCheckFile(path) || commands.some((command) => runsFile(command, path))),
  );
}
export function commandsOfChecks(checks: readonly RoomCheck[]): string[] {
  return checks.flatMap((check) => {
    if (check.kind === "command") return [check.command];
    return check.kind === "url" && check.serve !== undefined ? [check.serve] : [];
  });
}
/**
 * Scripts of package.json that a check runs and that say something else than before. Where several
 * texts count as before, a script may be as it is in any of them, and not there where one has none.
 */
export function findEditedScripts(
  befores: readonly (string | undefined)[],
  after: string | undefined,
  checks: readonly RoomCheck[],
): string[] {
  const is = scriptsIn(after);
  const was = befores.map(scriptsIn);
  const used = checks.flatMap((check) => (check.kind === "command" ? packageScriptsIn(check.command) : []));
  const ways = [...new Set(used)].flatMap((each) => [each, `pre${each}`, `post${each}`]);
  return ways.filter((each) => was.some((before) => before.has(each)) && was.every((before) => before.get(each) !== is.get(each)));
}
const manifest = z.looseObject({ scripts: z.record(z.string(), z.string()).default({}) });
function scriptsIn(json: string | undefined): Map<string, string> {
  if (json === undefined) return new Map();
  try {
    return new Map(Object.entries(manifest.parse(JSON.parse(json)).scripts));
  } catch {
    return new Map(); // not a package's manifest: it has no scripts
  }
}

export type SuspectCheck = { check: CommandCheck; alone: boolean };
/**
 * The checks that the task's own author wrote or could bend, each to be tried once more
 * without the work they are to prove. `alone`: it must fail by itself; else one of them must.
 */
export function findSuspectChecks(changes: readonly BranchChange[], checks: readonly RoomCheck[]): SuspectCheck[] {
  const checkFiles = changes.filter(({ path, status }) => status !== "deleted" && isCheckFile(path));
  const scripts = changes.some(({ path, status }) => path === "package.json" && status !== "deleted");
  return checks.flatMap((check): SuspectCheck[] => {
    if (check.kind !== "command") return [];
    const scripted = changes.some(({ path, status }) => status === "added" && runsFile(check.command, path));
    if (scripted || checkFiles.some(({ path }) => namesFile(check.command, path))) return [{ check, alone: true }];
    const bent = checkFiles.length > 0 || (scripts && packageScriptsIn(check.command).length > 0);
    return bent && check.name.startsWith("tests.") ? [{ check, alone: false }] : [];
  });
}
/**
 * What the task made besides checks: taken away for the trial. Empty:
 * the task was about checks alone, and the trial says nothing.
 */
export function changesOfWork(changes: readonly BranchChange[], checks: readonly RoomCheck[]): BranchChange[] {
  const runner = /^(package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|[Mm]akefile|tsconfig.*\.json)$/;
  const scripts = commandsOfChecks(checks.filter((check) => check.kind === "command"));
  const isRunners = (path: string) => runner.test(path.slice(path.lastIndexOf("/") + 1));
  return changes.filter(
    ({ path }) => !isCheckFile(path) && !isRunners(path) && !/\.(md|txt|rst)$/i.test(path) && !scripts.some((line) => runsFile(line, path)),
  );
}

/** The checks of a spec as the host takes them: `outputs.*` are looked at in the commit itself. */
export function toRoomChecks(checks: readonly NamedCheck[]): RoomCheck[] {
  return checks.filter((check) => !check.name.startsWith("outputs.")).map((check) => roomCheck.parse(check));
}

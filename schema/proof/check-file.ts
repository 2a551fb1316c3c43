import { z } from "zod";
import { environmentPath } from "../environment/environment.ts";
import { trimTail } from "../wire/foreign-text.ts";
import type { CommandCheck, RoomCheck } from "./proof.ts";

/** Which files decide about a check, and what a task did to them. Pure, over paths and command lines. */

const folders = /(^|\/)(tests?|__tests__|specs?|checks?|e2e|acceptance)\//i;
const bases = /(^|[._-])(tests?|specs?|checks?|verify|e2e)([._-]|$)/i;
const testSettings =
  /^(conftest\.py|pom\.xml|pytest\.ini|tox\.ini|\.mocharc(\..+)?|(vitest|jest|playwright|karma|ava)\.config\..+|codecept\.conf\..+)$/i;
/**
 * Whether a file decides about "passed" rather than being what is judged:
 * tests by their usual names and folders, settings of test runners, and what says how all of it is installed.
 */
export function isCheckFile(path: string): boolean {
  const base = path.slice(path.lastIndexOf("/") + 1);
  return folders.test(path) || bases.test(base.replace(/\.[A-Za-z0-9]+$/, "")) || testSettings.test(base) || path === environmentPath;
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
 * What a task changed that goes on from the commits of earlier ones: `beside` holds what differs from each of
 * them. What is as main has it, or as one of them, is no work of the task; what another of them has otherwise
 * is changed and not added.
 */
export function changesOfTask(ofBranch: readonly BranchChange[], beside: readonly (readonly BranchChange[])[]): BranchChange[] {
  const others = beside.map((changes) => new Map(changes.map(({ path, status }) => [path, status])));
  return ofBranch.flatMap(({ path, status }): BranchChange[] => {
    const seen = others.map((changes) => changes.get(path));
    if (seen.includes(undefined)) return [];
    return [{ path, status: [status, ...seen].find((each) => each !== undefined && each !== "added") ?? "added" }];
  });
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
  const is = readScripts(after);
  const was = befores.map(readScripts);
  const used = checks.flatMap((check) => (check.kind === "command" ? packageScriptsIn(check.command) : []));
  const ways = [...new Set(used)].flatMap((each) => [each, `pre${each}`, `post${each}`]);
  return ways.filter((each) => was.some((before) => before.has(each)) && was.every((before) => before.get(each) !== is.get(each)));
}
const manifest = z.looseObject({ scripts: z.record(z.string(), z.string()).default({}) });
/** The scripts of a package.json by their names; none where it is no manifest. */
export function readScripts(json: string | undefined): Map<string, string> {
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
/** What is taken out for counter-examples: the work, with documents that the spec declares or checks read. */
export function partsOfWork(changes: readonly BranchChange[], checks: readonly RoomCheck[], outputs: readonly string[]): BranchChange[] {
  const work = new Set(changesOfWork(changes, checks).map(({ path }) => path));
  const asked = new Set([...outputs, ...checks.flatMap((check) => (check.kind === "file" ? [check.file] : []))]);
  return changes.filter(({ path }) => work.has(path) || (/\.(md|txt|rst)$/i.test(path) && asked.has(path) && !isCheckFile(path)));
}

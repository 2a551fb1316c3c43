import { baseOf } from "../environment/setup-paths.ts";
import { capText } from "../wire/foreign-text.ts";
import { isWithin } from "../wire/path.ts";
import { commandsOfChecks, isCheckFile, runsFile } from "./check-file.ts";
import { type JudgedRun, settlesChecks } from "./outputs.ts";

/**
 * Files that nothing that runs in a check may change: they belong to another user than the check runs under.
 * Pure, over paths and printed text.
 */

/**
 * `always`: those that settle the checks. `before`: all others beside the outputs, where the checks can do
 * without writing in them.
 */
export type KeptFiles = { always: string[]; before: string[] };
const foldersOpen = /(?:^|\/)\.(?:git|npm|docker)?(?:keep|ignore)$/;
/** Of these paths of a commit. One that only holds its folder open, a check may clear away. */
export function listKept(
  paths: readonly string[],
  { checks, installs = [], outputs, also = [] }: Pick<JudgedRun, "checks" | "installs" | "outputs" | "also">,
): KeptFiles {
  const commands = commandsOfChecks(checks);
  const settles = (path: string) =>
    settlesChecks(path) ||
    isCheckFile(path) ||
    installs.some((installed) => isWithin(installed, path)) ||
    commands.some((command) => runsFile(command, path));
  const isOutput = (path: string) => [...outputs, ...also].some((output) => isWithin(output, path));
  const meant = paths.filter((path) => !foldersOpen.test(path));
  const always = meant.filter(settles);
  const there = new Set(always);
  return { always, before: meant.filter((path) => !there.has(path) && !isOutput(path)) };
}

const wordsOf = (line: string) => line.split(/[\s'"`:,;()&|<>]+/);
/** Which of the files these lines make executable (`chmod`). */
export function listMadeExecutable(lines: readonly string[], kept: readonly string[]): string[] {
  const words = new Set(lines.filter((line) => /\bchmod\b/.test(line)).flatMap((line) => wordsOf(line).map(baseOf)));
  return words.size === 0 ? [] : kept.filter((path) => words.has(baseOf(path)));
}

const denied = /EACCES|EPERM|Permission denied|Operation not permitted|preserving times/i;
const isNotExecutable = /^(?:\/bin\/)?(?:ba|da)?sh: (?:line )?\d{1,6}: (\S{1,300}): Permission denied$/;
const mostRead = { whole: 64 * 1024, line: 2_000 } as const;
/** Programs of Rust print a cause on a line of its own, below what it was the cause of. */
function joinCauses(lines: readonly string[]): string[] {
  const said = lines.filter((line) => line.trim() !== "");
  const isCause = (line: string, at: number) =>
    /^\s{1,8}Permission denied \(os error 13\)$/.test(line.trimEnd()) && said[at - 1]?.trim() === "Caused by:";
  return said.map((line, at) => (isCause(line, at) ? `${said[at - 2] ?? ""}: ${line.trim()}` : line));
}
/** Whether a check failed because it would have changed one of them, in a sentence; else "". */
export function describeKept(output: string, kept: readonly string[]): string {
  const lines = joinCauses(capText(output, mostRead).split("\n")).filter(
    (line) => denied.test(line) && !/(?:::|:\d{1,6}: )/.test(line.replace(/^\S{1,20}: (?:line )?\d{1,6}: /, "")),
  );
  const longest = [...kept].sort((a, b) => b.length - a.length);
  for (const line of lines) {
    const [, program] = isNotExecutable.exec(line) ?? [];
    if (program?.includes("/"))
      return ` ${program} is not executable in the commit: \`git update-index --chmod=+x\`, or run it by its interpreter.`;
    const words = wordsOf(line);
    const path =
      longest.find((each) => words.some((word) => word === each || word.endsWith(`/${each}`))) ??
      kept.find((each) => words.slice(1).some((word) => baseOf(word) === baseOf(each)));
    if (path !== undefined)
      return ` ${path} settles how the work is checked, so nothing may change it while a check runs: commit it as the check would leave it, or have the check write to a copy of it.`;
  }
  const ofFolders = lines.some((line) => /^(?:tar|cp|mv|rm|rsync|install|touch|chmod): /.test(line));
  return ofFolders
    ? " Folders that hold files of before belong to another user while a check runs: have it work in a folder that it makes itself."
    : "";
}

import { randomBytes } from "node:crypto";
import { packageScriptsIn, readScripts } from "../../schema/proof/check-file.ts";
import { addFailingTest, findTestFiles, runsTests } from "../../schema/proof/last-test.ts";
import type { CheckFailure, CommandCheck, RunIn } from "../../schema/proof/proof.ts";
import { runInFreshCopies } from "./check-sequence.ts";
import { type ProgramText, readTextsAt } from "./program-text.ts";
import type { Traces } from "./room/fresh-copy.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { judgeResult, runCheckCommand } from "./run-check.ts";
import { type CommitFacts, readTextAt } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { prepareWays } from "./way.ts";

const mostTestFiles = 20;
const mostAlone = 4;
/** What each check did to files of the commit, by its name. */
export type CheckTraces = Map<string, Traces>;
/** `files`: those with tests that it read. `known`: those that it could have read. */
type Runner = { check: CommandCheck; files: string[]; known: string[] };

/**
 * Each run of tests must read a file with tests, and come to the end of each that it reads: with a test there
 * that fails, it must fail.
 */
export async function tryLastTests(room: ProofRoom, input: RunIn, known: CommitFacts, traces: CheckTraces): Promise<CheckFailure[]> {
  const scripts = readScripts((await readTextAt(room, input.commit, "package.json")) ?? undefined);
  const paths = [...known.entries.keys()].sort();
  const runners = input.checks.flatMap((check): Runner[] => {
    if (check.kind !== "command" || check.exitCode !== 0) return [];
    const line = [check.command, ...packageScriptsIn(check.command).map((name) => scripts.get(name) ?? "")].join("\n");
    const there = runsTests(line, paths) ? findTestFiles(line, paths) : [];
    const read = traces.get(check.name)?.read;
    return there.length > 0 ? [{ check, files: there.filter((path) => read?.has(path)).slice(0, mostTestFiles), known: there }] : [];
  });
  const blind = runners.find(({ files }) => files.length === 0);
  if (blind) return [tellBlind(blind)];
  const all = [...new Set(runners.flatMap(({ files }) => files))];
  const texts = await readTextsAt(room, input.commit, known, all);
  const words = new Map(all.map((path) => [path, `w${randomBytes(8).toString("hex")}`]));
  const silent = await findSilent(room, known, { runners, texts, words }, all);
  for (const path of [...new Set(silent.flatMap(({ files }) => files))].slice(0, mostAlone)) {
    const [runner] = await findSilent(room, known, { runners, texts, words }, [path]);
    if (runner?.passed)
      return [
        makeFailure(
          runner.check.name,
          "skipped",
          `\`${runner.check.command}\` passes with a test at the end of ${path} that fails: its run ends before its last test.`,
        ),
      ];
  }
  return [];
}

const tellBlind = ({ check, known: [first = ""] }: Runner) =>
  makeFailure(
    check.name,
    "skipped",
    `\`${check.command}\` passed and read none of the project's tests (${first}): it ran no test of them.`,
  );

type Tests = { runners: readonly Runner[]; texts: ReadonlyMap<string, ProgramText>; words: ReadonlyMap<string, string> };
/** Runs the commands with failing tests at the ends of these files. Answers which say nothing of which. */
async function findSilent(
  room: ProofRoom,
  known: CommitFacts,
  { runners, texts, words }: Tests,
  paths: readonly string[],
): Promise<(Runner & { passed: boolean })[]> {
  const changed = paths.flatMap((path) => {
    const known = texts.get(path);
    const text = known && addFailingTest(path, known.text, words.get(path) ?? "");
    return known && text !== undefined ? [[path, { ...known, text }] as const] : [];
  });
  if (changed.length === 0) return [];
  const [way] = await prepareWays(room, known.base, [{ gone: [], restored: [], texts: Object.fromEntries(changed) }]);
  const silent: (Runner & { passed: boolean })[] = [];
  const byCheck = new Map(runners.map((runner) => [runner.check, runner]));
  await runInFreshCopies(room, [...byCheck.keys()], { way: way! }, async (check) => {
    const result = await runCheckCommand(room, check.command, check.seconds, () => undefined);
    const text = result.out.toString("utf8");
    const runner = byCheck.get(check)!;
    const files = changed.map(([path]) => path).filter((path) => runner.files.includes(path) && !text.includes(words.get(path) ?? ""));
    if (files.length > 0) silent.push({ ...runner, files, passed: judgeResult(check, result, text).passed });
    return true;
  });
  return silent;
}

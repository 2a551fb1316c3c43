import { randomInt } from "node:crypto";
import {
  addCanary,
  type CanaryWords,
  choosesByName,
  findTestFiles,
  isTestFile,
  nameOfCanary,
  runsChosenTests,
  runsTests,
  writeControl,
} from "../../../schema/proof/canary.ts";
import type { CheckFailure, CheckResult, CommandCheck, RunIn } from "../../../schema/proof/proof.ts";
import { countFailedTests } from "../../../schema/proof/test-counts.ts";
import { bareName, type TestReport } from "../../../schema/proof/test-report.ts";
import { findMadeExecutable, limitToTaken } from "../check-sequence.ts";
import { withoutWork } from "../counter-example.ts";
import { type ProgramText, readTextsAt } from "../programs/program-text.ts";
import { makeFreshCopy, type Traces } from "../room/fresh-copy.ts";
import type { ProofRoom } from "../room/workplace.ts";
import { judgeResult, quoteError, runCheckCommand } from "../run-check.ts";
import type { CommitFacts } from "../run-clone.ts";
import { makeFailure } from "../run-step.ts";
import { prepareWays } from "../way.ts";
import { readCommandLines } from "./command-lines.ts";
import { findTests } from "./false-test.ts";
import { findHelperCalls, writeHelperCall } from "./test-helpers.ts";
import { runReportingEach, type TestReports } from "./test-reports.ts";

const mostTestFiles = 20;
const mostAlone = 4;
/** What each check did to files of the commit, by its name. */
export type CheckTraces = Map<string, Traces>;
/** `files`: those with tests that it ran. `there`: those that its own line would run. */
type Runner = { check: CommandCheck; line: string; wide: string; files: string[]; there: string[]; report: TestReport | undefined };
/**
 * A test that is plainly false; `made`: the name of the project's own that was made so. `single`: no other of
 * those was found.
 */
type Canary = { path: string; words: CanaryWords; made?: string; single?: true; lay: (text: string) => string | undefined };

/**
 * Runs each check with tests once more with plainly false ones laid among them: one at the end of each file,
 * under a name drawn at random, and one of the project's own, drawn at random, made false under its own name.
 * Each must be said to have failed: else what asserts, reports or ends the run is bent, and nothing that it
 * passes counts. `laid`: there were some for each runner.
 *
 * Nothing else may have failed in that run: work can tell an early run from a late one (numbers of processes
 * and of files, times), and be right in those alone in which nothing false is laid.
 */
export async function tryCanaries(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  seen: { checks: readonly CheckResult[]; traces: CheckTraces; reports: TestReports },
): Promise<{ failures: CheckFailure[]; laid: boolean }> {
  const brief = limitToTaken(input.checks, seen.checks, { times: 4, more: 10 });
  const runners = await findRunners(room, { ...input, checks: brief }, known, seen);
  const blind = runners.find(({ files }) => files.length === 0);
  if (blind) return { failures: [tellBlind(blind)], laid: false };
  const texts = await readTextsAt(room, input.commit, known, [...new Set(runners.flatMap(({ files }) => files))]);
  const tried = { room, known, texts };
  let laid = runners.length > 0;
  for (const runner of runners) {
    const canaries = drawCanaries(runner, texts, await findStrictHelpers(tried, runner));
    laid &&= canaries.length > 0;
    if (canaries.length === 0) continue;
    const { together, late } = await runTogether(tried, runner, canaries);
    if (late) return { failures: [tellLate(runner, late.text)], laid };
    const doubted = together.passed ? canaries : canaries.filter(({ words }) => !together.text.includes(words.says));
    for (const canary of doubted.slice(0, mostAlone)) {
      const alone = await runWith(tried, runner, [canary]);
      if (alone.passed || (await passesInReport(tried, runner, canary, alone.text)))
        return { failures: [tellBent(runner, canary, alone.text)], laid };
    }
  }
  return { failures: [], laid };
}

async function findRunners(
  room: ProofRoom,
  { commit, checks }: RunIn,
  { entries }: CommitFacts,
  { traces, reports }: Parameters<typeof tryCanaries>[3],
): Promise<Runner[]> {
  const paths = [...entries.keys()].sort();
  return (await readCommandLines(room, commit, checks)).flatMap(({ check, line, wide }): Runner[] => {
    const report = reports.get(check.name);
    const reported = new Set(report?.tests.filter(({ outcome }) => outcome === "passed" || outcome === "failed").map(({ file }) => file));
    const there = runsTests(line, paths) ? findTestFiles(line, paths) : [];
    const read = traces.get(check.name)?.read ?? new Set();
    const told = paths.filter((path) => reported.has(path) && isTestFile(path));
    const files = (told.length > 0 ? told : there.filter((path) => read.has(path))).slice(0, mostTestFiles);
    return files.length + there.length > 0 ? [{ check, line, wide, files, there, report }] : [];
  });
}

const choosesAny = ({ line, wide }: Pick<Runner, "line" | "wide">) => choosesByName(line) || runsChosenTests(wide);
const letters = "abcdefghijklmnopqrstuvwxyz";
const drawWord = () => Array.from({ length: randomInt(12, 20) }, () => letters[randomInt(letters.length)]).join("");
const drawWords = (): CanaryWords => ({ name: drawWord(), says: drawWord() });
function drawCanaries({ line, wide, files, report }: Runner, texts: ReadonlyMap<string, ProgramText>, helpers: StrictHelpers): Canary[] {
  const passed = new Set(
    report?.tests.flatMap((test) => (test.outcome === "passed" && test.name !== "" ? [`${test.file}\0${bareName(test)}`] : [])),
  );
  const places = files.flatMap((path) =>
    findTests(path, texts.get(path) ?? { text: "" })
      .filter(({ name }) => passed.has(`${path}\0${name}`) || passed.has(`\0${name}`))
      .map((place) => ({ path, ...place })),
  );
  const drawn = places[places.length > 0 ? randomInt(places.length) : 0];
  const words = drawWords();
  // Its place is looked for in the text as it is: it comes before what is added at the end.
  const single = places.length === 1 ? { single: true as const } : {};
  const made = drawn ? [{ path: drawn.path, words, made: drawn.name, ...single, lay: () => drawn.makeFalse(words.says) }] : [];
  if (choosesAny({ line, wide })) return made;
  const added = files.map((path): Canary => {
    const words = drawWords();
    return { path, words, lay: (text) => addCanary(path, text, words, helpers.get(path)) };
  });
  return [...made, ...added.filter(({ path, lay }) => lay(texts.get(path)?.text ?? "") !== undefined)];
}

/** Calls of a file's helpers, by its path, that refuse what is not the same. */
type StrictHelpers = ReadonlyMap<string, readonly string[]>;
const mostHelped = 3;
const drawNumber = () => String(randomInt(100_000, 1_000_000));
/**
 * Helpers may accept anything for good reasons: those count that accept what is the same and refuse what is
 * not, in a run without the work, in which a test of each stands alone in the place of its file.
 */
async function findStrictHelpers(tried: Tried, { check, wide, line, files }: Runner): Promise<StrictHelpers> {
  const { room, known, texts } = tried;
  if (choosesAny({ wide, line })) return new Map();
  const changed = new Set(known.changes.map(({ path }) => path));
  const isBefore = (path: string) => known.entries.has(path) && !changed.has(path);
  const found = files.flatMap((path) => {
    const text = texts.get(path);
    const { heads, calls } = text ? findHelperCalls(path, text, isBefore) : { heads: "", calls: [] };
    if (!text || calls.length === 0) return [];
    const controls = calls.map((call) => ({
      words: drawWords(),
      same: writeHelperCall(call, [drawNumber()]),
      other: writeHelperCall(call, [drawNumber(), drawNumber(), drawNumber()]),
    }));
    return [{ path, controls, text: { ...text, text: writeControl(path, heads, controls) } }];
  });
  const helped = found.slice(0, mostHelped);
  if (helped.length === 0) return new Map();
  const { gone, restored } = withoutWork(known.changes);
  const laid = Object.fromEntries(helped.map(({ path, text }) => [path, text]));
  const [way = ""] = await prepareWays(room, known.base, [{ gone, restored, texts: laid }]);
  await makeFreshCopy(room, { way, executable: findMadeExecutable(room, [check]) });
  const { out } = await runCheckCommand(room, check.command, check.seconds, () => undefined);
  const printed = out.toString("utf8");
  const isStrict = ({ words }: { words: CanaryWords }) => printed.includes(words.says);
  return new Map(helped.map(({ path, controls }) => [path, controls.filter(isStrict).map(({ other }) => other)]));
}

type Tried = { room: ProofRoom; known: CommitFacts; texts: ReadonlyMap<string, ProgramText> };
async function prepareCanaries({ room, known, texts }: Tried, canaries: readonly Canary[]): Promise<string> {
  const laid = new Map<string, ProgramText>();
  for (const { path, lay } of canaries) {
    const there = laid.get(path) ?? texts.get(path);
    const text = there && lay(there.text);
    if (there && text !== undefined) laid.set(path, { ...there, text });
  }
  const [way = ""] = await prepareWays(room, known.base, [{ gone: [], restored: [], texts: Object.fromEntries(laid) }]);
  return way;
}
type Ran = { passed: boolean; text: string };
/**
 * Where the runner does not say that the canaries alone failed, the check must pass once more as it is,
 * before or after them, which is drawn: else `late`.
 */
async function runTogether(tried: Tried, runner: Runner, canaries: readonly Canary[]): Promise<{ together: Ran; late?: Ran }> {
  if (!canaries.some(({ single }) => single)) {
    const together = await runWith(tried, runner, canaries);
    if (saysAll(together, canaries) && countFailedTests(together.text) === canaries.length) return { together };
  }
  const before = randomInt(2) === 0 ? await runWith(tried, runner, []) : undefined;
  const together = await runWith(tried, runner, canaries);
  const asItIs = before ?? (await runWith(tried, runner, []));
  return asItIs.passed ? { together } : { together, late: asItIs };
}
const saysAll = ({ passed, text }: Ran, canaries: readonly Canary[]) => !passed && canaries.every(({ words }) => text.includes(words.says));
async function runWith(tried: Tried, { check }: Runner, canaries: readonly Canary[]): Promise<Ran> {
  const { room } = tried;
  await makeFreshCopy(room, { way: await prepareCanaries(tried, canaries), executable: findMadeExecutable(room, [check]) });
  const result = await runCheckCommand(room, check.command, check.seconds, () => undefined);
  const text = result.out.toString("utf8");
  return { passed: judgeResult(check, result, text).passed, text };
}
/** Whether a runner that reports has not said of a canary that it failed, where the check itself did. */
async function passesInReport(tried: Tried, { check }: Runner, canary: Canary, printed: string): Promise<boolean> {
  if (printed.includes(canary.words.says) || (canary.made === undefined && printed.includes(nameOfCanary(canary.path, canary.words))))
    return false;
  const report = (await runReportingEach(tried.room, [check], await prepareCanaries(tried, [canary]))).get(check.name)?.report;
  const failed = report?.tests.filter(({ outcome }) => outcome === "failed") ?? [];
  const name = canary.made ?? nameOfCanary(canary.path, canary.words);
  return report !== undefined && !failed.some((test) => bareName(test) === name || (test.name === "" && test.file === canary.path));
}

const tellBlind = ({ check, there: [first = ""] }: Runner) =>
  makeFailure(
    check.name,
    "skipped",
    `\`${check.command}\` passed and read none of the project's tests (${first}): it ran no test of them.`,
  );
const tellLate = ({ check }: Runner, printed: string) =>
  makeFailure(
    check.name,
    "flaky",
    `\`${check.command}\` passed, and failed in a later run of the same commit: it may not depend on when it runs.${quoteError(printed)}`,
  );
function tellBent({ check }: Runner, { path, words, made }: Canary, printed: string): CheckFailure {
  const line = `\`${check.command}\``;
  if (made !== undefined)
    return makeFailure(
      check.name,
      "report_bent",
      `${line} passes with the test “${made}” of ${path} made false: something bends what it reports.`,
    );
  if (printed.includes(nameOfCanary(path, words)))
    return makeFailure(
      check.name,
      "report_bent",
      `${line} passes with a test in ${path} that is plainly false: something bends what it reports.`,
    );
  return makeFailure(
    check.name,
    "skipped",
    `${line} passes with a test at the end of ${path} that fails: its run ends before its last test, or something bends what it reports.`,
  );
}

import { randomBytes } from "node:crypto";
import { packagesFolder } from "../../../schema/environment/install.ts";
import { folderOf } from "../../../schema/environment/setup-paths.ts";
import { choosesByName, isTestFile, runsChosenTests, runsTests } from "../../../schema/proof/canary.ts";
import { isCheckFile } from "../../../schema/proof/check-file.ts";
import { settlesChecks } from "../../../schema/proof/outputs.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn } from "../../../schema/proof/proof.ts";
import { readTestCounts } from "../../../schema/proof/test-counts.ts";
import {
  countTests,
  judgeTests,
  readPrintedTests,
  readReportLines,
  summarizeTests,
  type TestReport,
} from "../../../schema/proof/test-report.ts";
import { startOfText } from "../../../schema/wire/foreign-text.ts";
import { isWithin } from "../../../schema/wire/path.ts";
import { findMadeExecutable, runCheckSafely } from "../check-sequence.ts";
import { withoutWork } from "../counter-example.ts";
import { type CopyWish, makeFreshCopy } from "../room/fresh-copy.ts";
import { execInRoom } from "../room/run-room.ts";
import { checksFolder, type ProofRoom } from "../room/workplace.ts";
import type { CommitFacts } from "../run-clone.ts";
import { makeFailure } from "../run-step.ts";
import { type FailingWays, prepareWays } from "../way.ts";
import { readCommandLines } from "./command-lines.ts";

/** What the runners of each check reported, by its name; checks without any are not in it. */
export type TestReports = Map<string, TestReport>;

const reporters = `${checksFolder}/reports`;
const mostReportBytes = 12 * 1024 * 1024;
/**
 * In such a run the work has no say in the programs that judge it (`images/opencode/checks/reports`,
 * `guard.mjs` and `guard-run.py`).
 */
export const guardedRun = "GUARDED_RUN=1";
/** What that takes of a check which does not bear that its runners report. */
export const preloads = [`NODE_OPTIONS=--import=${reporters}/guard.mjs`, `PYTHONPATH=${reporters}`];
const reportsScript = `find "$1" -maxdepth 1 -type f -name '*.lines' -print0 2>/dev/null | head -z -n 100 | xargs -0 -r cat -- | head -c ${mostReportBytes}`;

type Reported = { result: CheckResult; report: TestReport | undefined };
/**
 * Runs a check in the fresh copy that is there, so that the runners of tests in it report each test. A work
 * can tell such a run from others, and write reports itself: what they are worth, the canary says.
 */
export async function runReporting(
  room: ProofRoom,
  check: RoomCheck,
  { all, more, ...wish }: CopyWish & { all: readonly RoomCheck[]; more: readonly string[] },
): Promise<Reported> {
  const [first = [], ...others] = nodeReporters(check, room.scripts ?? []);
  let seen = await runOnce(room, check, { all, more }, first);
  for (const options of others) {
    if (seen.result.passed || seen.report) break;
    await makeFreshCopy(room, { ...wish, executable: findMadeExecutable(room, [check]) });
    seen = await runOnce(room, check, { all, more }, options);
  }
  return seen;
}
async function runOnce(
  room: ProofRoom,
  check: RoomCheck,
  { all, more }: { all: readonly RoomCheck[]; more: readonly string[] },
  nodeOptions: readonly string[],
): Promise<Reported> {
  if (check.kind !== "command") return { result: await runCheckSafely(room, check, { all, more }, () => undefined), report: undefined };
  const folder = `/tmp/${randomBytes(8).toString("hex")}`; // the next copy begins without it
  let printed = "";
  const env = [
    `TEST_REPORTS=${folder}`,
    `NODE_OPTIONS=${[`--import=${reporters}/runners.mjs`, ...nodeOptions].join(" ").replaceAll("FOLDER", folder)}`,
    ...[`PYTHONPATH=${reporters}`, "PYTEST_ADDOPTS=-p pytest_report"],
    `GOFLAGS=${room.installed.includes(packagesFolder) ? "-mod=mod " : ""}-v`,
  ];
  const result = await runCheckSafely(room, check, { all, more: [...more, ...env] }, (text) => {
    printed += text;
  });
  if (result.why === "broken_room") return { result, report: undefined };
  const cmd = ["bash", "-c", reportsScript, "reports", folder];
  const { out } = await execInRoom(room, { cmd, uid: room.place.uid, ms: 60_000 });
  const whole = Buffer.byteLength(out) < mostReportBytes;
  const told = result.outputBytes === Buffer.byteLength(printed) ? readPrintedTests(printed) : undefined;
  const report = (whole ? readReportLines(out) : undefined) ?? told;
  return {
    result,
    report: report && { ...report, tests: report.tests.map((test) => ({ ...test, file: toProjectPath(room, test.file) })) },
  };
}
const toProjectPath = ({ place }: ProofRoom, file: string) => (file.startsWith(`${place.work}/`) ? file.slice(place.work.length + 1) : "");

/**
 * Options of Node, to be tried one after the other: it wants a destination for each reporter, and a line that
 * names reporters may name none.
 */
function nodeReporters(check: RoomCheck, scripts: readonly string[]): string[][] {
  if (check.kind !== "command") return [];
  const toFile = [`--test-reporter=${reporters}/node.mjs`, "--test-reporter-destination=FOLDER.node"];
  const usual = [...toFile, "--test-reporter=spec", "--test-reporter-destination=stdout"];
  const [named] = [check.command, ...scripts].filter((line) => line.includes("--test-reporter"));
  if (named === undefined) return [usual];
  const destinations = named.split("--test-reporter-destination").length - 1;
  const reporting = named.split("--test-reporter").length - 1 - destinations;
  const missing = Array.from({ length: Math.max(0, reporting - destinations) }, () => "--test-reporter-destination=stdout");
  return check.command === named ? [[...toFile, ...missing]] : [usual, [...toFile, ...missing]];
}

/** The result of a check with what its runners reported. */
export function addTests(check: CheckResult, reports: TestReports): CheckResult {
  const report = reports.get(check.name);
  return report ? { ...check, tests: summarizeTests(report) } : check;
}

/**
 * Tests that were left out, are no longer run or had not come to their end, and runners that no longer
 * report. Where none ever did, words that say what was left out count for a task that has written tests.
 */
export async function judgeReports(
  room: ProofRoom,
  { commit, checks: asked }: RunIn,
  known: CommitFacts,
  { checks, reports, failing }: { checks: readonly CheckResult[]; reports: TestReports; failing: FailingWays },
): Promise<CheckFailure[]> {
  const paths = [...known.entries.keys()];
  const wrote = known.changes.some(({ path, status }) => status !== "deleted" && isCheckFile(path));
  const commands = await readCommandLines(room, commit, asked);
  const runs = commands.filter(({ check, wide }) => reports.has(check.name) || runsTests(wide, paths)).map(({ check }) => check);
  const changed = listTestsChanged(known);
  const removed = known.changes.some(({ path, status }) => status !== "added" && isTestFile(path));
  const before: TestReports = new Map();
  if (known.changes.length > 0 && (removed || paths.some((path) => isTestFile(path) && !changed.has(path)))) {
    const without = withoutWork(known.changes);
    const [way = ""] = await prepareWays(room, known.base, [without]);
    for (const [name, { result, report }] of await runReportingEach(room, runs, way)) {
      if (report) before.set(name, report);
      if (result.why === "exit_code" && reports.has(name)) failing.add(without); // nothing of the work is there that could see that it is reported
    }
  }
  const settled = known.changes.some(({ path }) => settlesChecks(path)); // which runner it is, the member has agreed to
  return commands.flatMap(({ check: { name }, line, wide }) => {
    const result = checks.find((each) => each.name === name);
    if (!result) return [];
    const report = reports.get(name);
    const then = before.get(name);
    const beside = { before: then, changed, wrote, chooses: choosesByName(line) || runsChosenTests(wide) };
    const said = report ? judgeTests(report, beside) : (!settled && tellSilent(then)) || tellWords(result, wrote);
    return said === "" ? [] : [makeFailure(name, "skipped", startOfText(`\`${result.what}\` ${said}`, mostReason))];
  });
}
const mostReason = 2_500;
/** A runner that reported before the task, and does not now. */
function tellSilent(then: TestReport | undefined): string {
  const ran = then?.closed ? then.tests.filter(({ outcome }) => outcome !== "skipped").length : 0;
  if (ran === 0) return "";
  return `passes, but ${then!.runners.join(" and ")} does not report its tests, as it did before the task (${countTests(ran)}): something ends it or keeps it from that.`;
}
function tellWords({ tail }: CheckResult, wrote: boolean): string {
  const counts = readTestCounts(tail); // a runner counts at its end
  return wrote && counts && counts.skipped > 0 ? `left out ${countTests(counts.skipped)}.` : "";
}
/** Files that the task changed, and the tests beside a helper of tests that it changed. */
function listTestsChanged({ changes, entries }: CommitFacts): Set<string> {
  const helpers = changes.filter(({ path }) => isCheckFile(path) && !isTestFile(path)).map(({ path }) => folderOf(path));
  const beside = [...entries.keys()].filter(
    (path) => isTestFile(path) && helpers.some((folder) => folder === "" || isWithin(folder, path)),
  );
  return new Set([...changes.map(({ path }) => path), ...beside]);
}

/** Runs these checks where the commit is otherwise (`way`), so that their runners report. */
export async function runReportingEach(room: ProofRoom, checks: readonly RoomCheck[], way: string): Promise<Map<string, Reported>> {
  const reported = new Map<string, Reported>();
  for (const check of checks) {
    await makeFreshCopy(room, { way, executable: findMadeExecutable(room, [check]) });
    reported.set(check.name, await runReporting(room, check, { all: checks, more: [], way }));
  }
  return reported;
}

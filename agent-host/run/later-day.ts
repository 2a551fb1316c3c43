import { findSuspectChecks } from "../../schema/proof/check-file.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck, findMadeExecutable, limitToTaken, runInFreshCopies } from "./check-sequence.ts";
import { listFewerCpus } from "./room/disguise.ts";
import { makeFreshCopy } from "./room/fresh-copy.ts";
import { laterEnvironment } from "./room/later-clock.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { quoteError } from "./run-check.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { guardedRun, preloads, runReporting, type TestReports } from "./tests/test-reports.ts";

/** Days by which the clock is ahead: of checks that were there before, and of those that the author wrote. */
const laterDays = { known: 33, own: 400 } as const;

/**
 * Runs the checks, which passed, once more in the first place of the room: on a later day, with one processor
 * less, so that runners of tests report, and so that the work has no say in the programs that judge it.
 * All must be as today. Answers what the runners reported; `fewer`: there was a processor to take.
 */
export async function tryLaterDay(
  room: ProofRoom,
  { checks }: RunIn,
  known: CommitFacts,
  passed: readonly CheckResult[],
): Promise<{ failures: CheckFailure[]; reports: TestReports; fewer: boolean }> {
  const reports: TestReports = new Map();
  if (checks.every(({ kind }) => kind === "file")) return { failures: [], reports, fewer: false };
  const cpus = await listFewerCpus(room);
  const fewer = cpus !== undefined;
  const there = cpus === undefined ? room : { ...room, place: { ...room.place, cpus } };
  const brief = limitToTaken(checks, passed, { times: 4, more: 10 });
  const written = new Set(findSuspectChecks(known.changes, checks).map(({ check }) => check.name));
  for (const days of [laterDays.known, laterDays.own]) {
    const meant = brief.filter(({ name }) => written.has(name) === (days === laterDays.own));
    const { failed, bent } = await findFailingThen(there, { all: checks, checks: meant, days }, reports);
    if (bent) return { failures: [bent], reports, fewer };
    if (failed) return { failures: [await tellLater(room, checks, { failed, days, fewer })], reports, fewer };
  }
  return { failures: [], reports, fewer };
}
/** `bent`: it fails where the work has no say in the programs that judge it, and there alone. */
type FoundThen = { failed?: CheckResult; bent?: CheckFailure };
type Later = { all: readonly RoomCheck[]; checks: readonly RoomCheck[]; days: number };
/**
 * The check that fails then, where its runners report, and with all of its time where they do not: it need
 * not bear that they do.
 */
async function findFailingThen(there: ProofRoom, { all, checks, days }: Later, reports: TestReports): Promise<FoundThen> {
  const clock = laterEnvironment(days);
  let found: FoundThen = {};
  // What was reported lies in each copy.
  await runInFreshCopies(there, checks, { clock, unread: true }, async (check) => {
    const report = (given: RoomCheck, env: readonly string[]) => runReporting(there, given, { all, more: [...clock, ...env], clock });
    const reportAgain = async (given: RoomCheck, env: readonly string[]) => {
      await makeFreshCopy(there, { clock, executable: findMadeExecutable(there, [given]) });
      return report(given, env);
    };
    const guarded = await report(check, [guardedRun]);
    const seen = guarded.result.passed ? guarded : await reportAgain(check, []);
    if (seen.result.passed && seen.report) reports.set(check.name, seen.report);
    if (guarded.result.passed) return true;
    const whole = all.find(({ name }) => name === check.name) ?? check;
    if (seen.result.passed) {
      const { result } = await reportAgain(whole, [guardedRun]);
      if (!result.passed) found = { bent: tellBent(there, result) };
      return result.passed;
    }
    const fails = (env: readonly string[]) => findFailingCheck(there, [whole], { clock, env, all });
    const failed = await fails([]);
    if (failed) found = { failed };
    else if (await fails([...preloads, guardedRun])) found = await tellUnseen(there, fails);
    return !found.failed && !found.bent;
  });
  return found;
}
/** A check that passes but where something is loaded before its programs, for this or for another reason. */
async function tellUnseen(there: ProofRoom, fails: (env: readonly string[]) => Promise<CheckResult | undefined>): Promise<FoundThen> {
  const plainly = await fails(preloads);
  const guarded = await fails([...preloads, guardedRun]);
  if (!guarded) return {};
  if (!plainly) return { bent: tellBent(there, guarded) };
  const reason = `\`${plainly.what}\` fails where NODE_OPTIONS and PYTHONPATH load something before its programs, so nobody sees whether the work ends or bends what judges it: let it pass there too.${quoteError(plainly.tail)}`;
  return { bent: makeFailure(plainly.name, "report_bent", reason) };
}
function tellBent({ place }: ProofRoom, { name, what: line, tail, why, reason = "" }: CheckResult): CheckFailure {
  const said = [...tail.replaceAll(`${place.work}/`, "").matchAll(/^The work ends or bends what judges it: (.{1,300})$/gm)].at(-1)?.[1];
  const how = said
    ? `: ${said}. Work that ends itself may return to who called it instead.`
    : why === "exit_code"
      ? `.${quoteError(tail)}`
      : `. ${reason}`;
  return makeFailure(name, "report_bent", `\`${line}\` passes only where the work may end or bend the program that judges it${how}`);
}
type Failed = { failed: CheckResult; days: number; fewer: boolean };
/** Why a check failed then: by the clock, by a processor less, or by chance. */
async function tellLater(room: ProofRoom, checks: readonly RoomCheck[], { failed, days, fewer }: Failed): Promise<CheckFailure> {
  const meant = checks.filter(({ name }) => name === failed.name);
  const fails = async (clock: readonly string[]) => (await findFailingCheck(room, meant, { clock, all: checks })) !== undefined;
  const line = `\`${failed.what}\``;
  const flaky = makeFailure(failed.name, "flaky", `${line} passed once and failed once at the same commit.`);
  if (await fails([])) return flaky;
  if (await fails(laterEnvironment(days)))
    return makeFailure(failed.name, "time_bomb", `${line} passes today and fails with the clock ${days} days on.`);
  if (!fewer) return flaky;
  return makeFailure(failed.name, "told_apart", `${line} passes with all processors of a machine and fails with one less.`);
}

import { findSuspectChecks } from "../../schema/proof/check-file.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck, limitToTaken, runInFreshCopies } from "./check-sequence.ts";
import { listFewerCpus } from "./room/disguise.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { laterEnvironment } from "./run-check.ts";
import type { CommitFacts } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { runReporting, type TestReports } from "./tests/test-reports.ts";

/** Days by which the clock is ahead: of checks that were there before, and of those that the author wrote. */
const laterDays = { known: 33, own: 400 } as const;

/**
 * Runs the checks, which passed, once more in the first place of the room: on a later day, with one processor
 * less, and so that runners of tests report. All must be as today. Answers what the runners reported;
 * `fewer`: there was a processor to take.
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
    const failed = await findFailingThen(there, { all: checks, checks: meant, days }, reports);
    if (failed) return { failures: [await tellLater(room, checks, { failed, days, fewer })], reports, fewer };
  }
  return { failures: [], reports, fewer };
}
type Later = { all: readonly RoomCheck[]; checks: readonly RoomCheck[]; days: number };
/**
 * The check that fails then, where its runners report, and with all of its time where they do not: it need
 * not bear that they do.
 */
async function findFailingThen(there: ProofRoom, { all, checks, days }: Later, reports: TestReports): Promise<CheckResult | undefined> {
  const clock = laterEnvironment(days);
  let failed: CheckResult | undefined;
  await runInFreshCopies(there, checks, { clock }, async (check) => {
    const { result, report } = await runReporting(there, check, { all, more: clock, clock });
    if (result.passed && report) reports.set(check.name, report);
    const whole = all.filter(({ name }) => name === check.name);
    failed = result.passed ? undefined : await findFailingCheck(there, whole, { clock, all });
    return failed === undefined;
  });
  return failed;
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

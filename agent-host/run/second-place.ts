import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckFailure, CheckResult, RoomCheck } from "../../schema/proof/proof.ts";
import { runProgram } from "../program.ts";
import { findFailingCheck, limitToTaken, runInFreshCopies } from "./check-sequence.ts";
import { clearPlace } from "./room/fresh-copy.ts";
import { type ProofRoom, placeDays } from "./room/workplace.ts";
import { laterEnvironment } from "./run-check.ts";
import { makeFailure } from "./run-step.ts";
import { runReporting, type TestReports } from "./test-reports.ts";

/**
 * Runs the checks, which passed in the first place of the room, in its second one: another user, home,
 * folder, host name, environment and date. Both must agree. Answers too what runners of tests report there.
 */
export async function trySecondPlace(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  passed: readonly CheckResult[],
): Promise<{ failures: CheckFailure[]; reports: TestReports }> {
  const reports: TestReports = new Map();
  if (checks.every(({ kind }) => kind === "file")) return { failures: [], reports }; // a file says the same everywhere
  const second = await enterSecondPlace(room);
  try {
    const brief = limitToTaken(checks, passed, { times: 4, more: 10 });
    const later = laterEnvironment(placeDays);
    if (!(await failsReporting(second, brief, later, reports))) return { failures: [], reports };
    const failed = await failsThere(second, checks, brief, later);
    if (!failed) return { failures: [], reports };
    const today = await failsThere(second, checks, checks, []);
    if (!today) return { failures: [tellDate(failed)], reports };
    await leaveSecondPlace(room);
    const again = await findFailingCheck(room, checks);
    const flaky = () => makeFailure(again!.name, "flaky", `\`${again!.what}\` passed once and failed once at the same commit.`);
    return { failures: [again ? flaky() : tellPlace(today)], reports };
  } finally {
    await leaveSecondPlace(room);
  }
}
/** Whether a check fails, where its runners report and where they do not: it need not bear that they do. */
async function failsReporting(
  second: ProofRoom,
  checks: readonly RoomCheck[],
  clock: readonly string[],
  reports: TestReports,
): Promise<boolean> {
  let failed = false;
  await runInFreshCopies(second, checks, { clock }, async (check) => {
    const { result, report } = await runReporting(second, check, { all: checks, more: clock, clock });
    if (result.passed && report) reports.set(check.name, report);
    failed = !result.passed && (await findFailingCheck(second, [check], { clock })) !== undefined;
    return !failed;
  });
  return failed;
}
/** The same room, seen from its second place, which finds nothing of the first one's. */
async function enterSecondPlace(room: ProofRoom): Promise<ProofRoom> {
  const [, place] = room.layout.places;
  await clearPlace(room);
  await nameRoom(room, place.hostname);
  return { ...room, place };
}
async function leaveSecondPlace(room: ProofRoom): Promise<void> {
  const [first, second] = room.layout.places;
  await clearPlace({ ...room, place: second });
  await nameRoom(room, first.hostname);
}
async function nameRoom({ host, name }: ProofRoom, hostname: string): Promise<void> {
  const { State } = await host.engine.call("run inspect", host.engine.docker.getContainer(name).inspect());
  await runProgram("nsenter", [`--uts=/proc/${State.Pid}/ns/uts`, "hostname", hostname], { timeout: 10_000 });
}
/** Some tools wait for a person unless they are told that none is there (`CI`): those are told then. */
async function failsThere(
  second: ProofRoom,
  checks: readonly RoomCheck[],
  brief: readonly RoomCheck[],
  clock: readonly string[],
): Promise<CheckResult | undefined> {
  const failed = await findFailingCheck(second, brief, { clock });
  return failed?.why === "timeout" ? findFailingCheck(second, checks, { clock, env: ["CI=1"] }) : failed;
}
const quoteCheck = ({ what: text, tail, reason }: CheckResult) => {
  const line = findTellingLine(tail);
  return `\`${text}\`${line ? ` says there: ${line}` : `: ${reason ?? "it failed"}`}`;
};
const tellDate = (failed: CheckResult) =>
  makeFailure(failed.name, "time_bomb", `\`${failed.what}\` passes today and fails with the clock ${placeDays} days on.`);
const tellPlace = (failed: CheckResult) =>
  makeFailure(
    failed.name,
    "told_apart",
    `\`${failed.what}\` passes in one workspace and fails in another, where folder, user, home, host name and environment differ. ${quoteCheck(failed)}`,
  );

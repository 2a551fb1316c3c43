import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckFailure, CheckResult, RoomCheck } from "../../schema/proof/proof.ts";
import { runProgram } from "../program.ts";
import { findFailingCheck, limitToTaken } from "./check-sequence.ts";
import { clearPlace } from "./room/fresh-copy.ts";
import { type ProofRoom, placeDays } from "./room/workplace.ts";
import { laterEnvironment } from "./run-check.ts";
import { makeFailure } from "./run-step.ts";

/**
 * Runs the checks, which passed in the first place of the room, in its second one: another user, home,
 * folder, host name, environment and date. Both must agree.
 */
export async function trySecondPlace(
  room: ProofRoom,
  checks: readonly RoomCheck[],
  passed: readonly CheckResult[],
): Promise<CheckFailure[]> {
  if (checks.every(({ kind }) => kind === "file")) return []; // a file says the same everywhere
  const second = await enterSecondPlace(room);
  try {
    const brief = limitToTaken(checks, passed, { times: 4, more: 10 });
    const failed = await failsThere(second, checks, brief, laterEnvironment(placeDays));
    if (!failed) return [];
    const today = await failsThere(second, checks, checks, []);
    if (!today) return [tellDate(failed)];
    await leaveSecondPlace(room);
    const again = await findFailingCheck(room, checks);
    return [
      again ? makeFailure(again.name, "flaky", `\`${again.what}\` passed once and failed once at the same commit.`) : tellPlace(today),
    ];
  } finally {
    await leaveSecondPlace(room);
  }
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

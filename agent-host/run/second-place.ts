import { findTellingLine } from "../../schema/proof/error-line.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck, limitToTaken } from "./check-sequence.ts";
import { disguiseRoom } from "./room/disguise.ts";
import { clearPlace } from "./room/fresh-copy.ts";
import { sweepRoom } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { makeFailure } from "./run-step.ts";
import { readCommandLines } from "./tests/command-lines.ts";

/**
 * Runs the checks, which passed in the first place of the room, in its second one, which is in all as a box
 * is (`Workplace`). Both must agree.
 */
export async function trySecondPlace(room: ProofRoom, input: RunIn, passed: readonly CheckResult[]): Promise<CheckFailure[]> {
  const { checks } = input;
  if (checks.every(({ kind }) => kind === "file")) return []; // a file says the same everywhere
  const [, place] = room.layout.places;
  // The second place finds nothing of the first one's.
  const [{ spawner, undo }] = await Promise.all([disguiseRoom(room), clearPlace(room)]);
  const second = { ...room, place, spawner };
  const failed = await failsThere(second, input, passed)
    .finally(() => sweepRoom(second, place.uid))
    .finally(() => Promise.all([clearPlace({ ...room, place }), undo()]));
  if (!failed) return [];
  const again = failed.isSteady ? await findFailingCheck(room, checks) : failed.result;
  if (!again) return [tellPlace(failed.result)];
  return [makeFailure(again.name, "flaky", `\`${again.what}\` passed once and failed once at the same commit.`)];
}

/** Some tools wait for a person, in a box as well, unless they are told that none is there (`CI`). */
const waitsForPerson = /^(?:npx )?(?:react-scripts|craco|razzle)\s/m;
const isLate = ({ why }: CheckResult, check: RoomCheck | undefined, brief: RoomCheck | undefined) =>
  why === "timeout" || (why === "no_server" && (brief?.seconds ?? 0) < (check?.seconds ?? 0));
/** The first check that fails there, tried again with all of its time: `isSteady` where it fails then too. */
async function failsThere(
  second: ProofRoom,
  { commit, checks }: RunIn,
  passed: readonly CheckResult[],
): Promise<{ result: CheckResult; isSteady: boolean } | undefined> {
  const brief = limitToTaken(checks, passed, { times: 4, more: 10 });
  for (let at = 0; at < checks.length; at += 1) {
    const result = await findFailingCheck(second, brief.slice(at), { all: checks });
    if (!result) return undefined;
    at = checks.findIndex(({ name }) => name === result.name);
    const late = isLate(result, checks[at], brief[at]);
    const lines = late ? await readCommandLines(second, commit, checks) : [];
    const waits = lines.some(({ check, line }) => check.name === result.name && waitsForPerson.test(line));
    const again = await findFailingCheck(second, checks.slice(at, at + 1), { all: checks, env: waits ? ["CI=1"] : [] });
    if (again) return { result: again, isSteady: true };
    if (!late) return { result, isSteady: false };
  }
  return undefined;
}

const quoteCheck = ({ what: text, tail, reason }: CheckResult) => {
  const line = findTellingLine(tail);
  return `\`${text}\`${line ? ` says there: ${line}` : `: ${reason ?? "it failed"}`}`;
};
const gitWords = /bare ?repositor|hook/i;
const isAboutGit = ({ tail }: CheckResult) => gitWords.test(tail);
function tellPlace(failed: CheckResult): CheckFailure {
  const differs = "folder, user, home, host name, environment, shell, limits, owner and times of files and the processes above";
  const git = " A box's Git runs no hooks and opens no bare repository unasked: a test that needs either sets GIT_CONFIG_COUNT=0.";
  const memory = failed.why === "broken_room" || failed.exitCode === 137 ? " The room has less memory than a box says there is." : "";
  const reason = `\`${failed.what}\` passes in one workspace and fails in another, where ${differs} differ. ${quoteCheck(failed)}${isAboutGit(failed) ? git : ""}${memory}`;
  return makeFailure(failed.name, "told_apart", reason);
}

import { changesOfWork, findSuspectChecks } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { AppError } from "../../schema/wire/error.ts";
import { execInContainer } from "../docker.ts";
import { judgeResult, laterEnvironment, makeFreshCopy, runCheckCommand } from "./run-check.ts";
import type { CommitFacts } from "./run-clone.ts";
import { type CleanRoom, roomFolders, roomUsers, userAndGroup } from "./run-room.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";

/**
 * Tries the checks that the task's author wrote: without the work they must fail, on another day they must
 * pass.
 */
export async function tryOwnChecks(room: CleanRoom, input: RunIn, known: CommitFacts, emit: EmitLine): Promise<CheckFailure[]> {
  const list = findSuspectChecks(known.changes, input.checks);
  if (list.length === 0) return [];
  const empty = await timeStep(emit, "control", tryWithoutWork(room, input, known, list));
  return empty.length > 0 ? empty : timeStep(emit, "clock", tryAnotherDay(room, list));
}

type Suspects = ReturnType<typeof findSuspectChecks>;
async function tryWithoutWork(room: CleanRoom, input: RunIn, known: CommitFacts, list: Suspects): Promise<CheckFailure[]> {
  const work = changesOfWork(known.changes, input.checks);
  if (work.length === 0 || !known.base) return [];
  await makeFreshCopy(room);
  await restoreBefore(room, known.base, work);
  const passing: Suspects = [];
  for (const each of list) {
    const result = await runCheckCommand(room, each.check.command, each.check.seconds, () => undefined);
    if (judgeResult(each.check, result, result.out.toString("utf8")).passed) passing.push(each);
  }
  const taken = `${work
    .slice(0, 3)
    .map(({ path }) => path)
    .join(", ")}${work.length > 3 ? " …" : ""}`;
  const blind = passing.filter(({ alone }) => alone || passing.length === list.length);
  return blind.map(({ check }) =>
    makeFailure(
      check.name,
      "proves_nothing",
      `\`${check.command}\` passes as well without the work (${taken}): it proves nothing about it.`,
    ),
  );
}
/** Puts the copy's files back to what they were before the task. */
async function restoreBefore(room: CleanRoom, base: string, work: CommitFacts["changes"]): Promise<void> {
  const script =
    'cd "$1"; shift; base=$1; shift; for p in "$@"; do git checkout -q "$base" -- ":(literal)$p" 2>/dev/null || rm -rf -- "./$p"; done';
  for (let from = 0; from < work.length; from += 200) {
    const paths = work.slice(from, from + 200).map(({ path }) => path);
    const cmd = ["bash", "-c", script, "away", roomFolders.work, base, ...paths];
    const env = ["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "HOME=/nonexistent"];
    const { code, err } = await execInContainer(room.host.engine, room.name, { cmd, user: userAndGroup(roomUsers.check), env, ms: 60_000 });
    if (code !== 0) throw new AppError("internal", { what: "control run", err: err.slice(-300) });
  }
}

async function tryAnotherDay(room: CleanRoom, list: Suspects): Promise<CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const { check } of list) {
    const again = async (env: readonly string[]) => {
      await makeFreshCopy(room);
      const result = await runCheckCommand(room, check.command, check.seconds, () => undefined, env);
      return result.ended === "itself" ? judgeResult(check, result, result.out.toString("utf8")).passed : undefined;
    };
    if ((await again(laterEnvironment)) !== false) continue;
    if ((await again([])) === false)
      failures.push(makeFailure(check.name, "flaky", `\`${check.command}\` passed once and failed once at the same commit.`));
    else failures.push(makeFailure(check.name, "time_bomb", `\`${check.command}\` passes today and fails with the clock 400 days on.`));
  }
  return failures;
}

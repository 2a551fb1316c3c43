import { changesOfWork, findSuspectChecks } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { findMadeExecutable, runEachCheck } from "./check-sequence.ts";
import { withoutWork } from "./counter-example.ts";
import { makeFreshCopy } from "./room/fresh-copy.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { judgeResult, laterEnvironment, runCheckCommand } from "./run-check.ts";
import type { CommitFacts } from "./run-clone.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";
import { prepareWays } from "./way.ts";

const clockDays = 400;

/**
 * Tries the checks that the task's author wrote: without the work they must fail, on another day they must
 * pass.
 */
export async function tryOwnChecks(room: ProofRoom, input: RunIn, known: CommitFacts, emit: EmitLine): Promise<CheckFailure[]> {
  const list = findSuspectChecks(known.changes, input.checks);
  if (list.length === 0) return [];
  const empty = await timeStep(emit, "control", tryWithoutWork(room, input, known, list));
  return empty.length > 0 ? empty : timeStep(emit, "clock", tryAnotherDay(room, list));
}

type Suspects = ReturnType<typeof findSuspectChecks>;
async function tryWithoutWork(room: ProofRoom, input: RunIn, known: CommitFacts, list: Suspects): Promise<CheckFailure[]> {
  const work = changesOfWork(known.changes, input.checks);
  if (work.length === 0) return [];
  const [way = ""] = await prepareWays(room, known.base, [withoutWork(work)]);
  const passed = await runEachCheck(
    room,
    list.map(({ check }) => check),
    way,
    "passed",
  );
  const passing = list.filter(({ check }) => passed.has(check.name));
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
async function tryAnotherDay(room: ProofRoom, list: Suspects): Promise<CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const { check } of list) {
    const again = async (clock: readonly string[]) => {
      await makeFreshCopy(room, { clock, executable: findMadeExecutable(room, [check]) });
      const result = await runCheckCommand(room, check.command, check.seconds, () => undefined, clock);
      return result.ended === "itself" ? judgeResult(check, result, result.out.toString("utf8")).passed : undefined;
    };
    if ((await again(laterEnvironment(clockDays))) !== false) continue;
    if ((await again([])) === false)
      failures.push(makeFailure(check.name, "flaky", `\`${check.command}\` passed once and failed once at the same commit.`));
    else
      failures.push(
        makeFailure(check.name, "time_bomb", `\`${check.command}\` passes today and fails with the clock ${clockDays} days on.`),
      );
  }
  return failures;
}

import { changesOfWork, findSuspectChecks } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { runEachCheck } from "./check-sequence.ts";
import { withoutWork } from "./counter-example.ts";
import type { ProofRoom } from "./room/workplace.ts";
import type { CommitFacts } from "./run-clone.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";
import { type FailingWays, prepareWays } from "./way.ts";

/** Tries the checks that the task's author wrote: without the work they must fail. */
export async function tryOwnChecks(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  failing: FailingWays,
  emit: EmitLine,
): Promise<CheckFailure[]> {
  const list = findSuspectChecks(known.changes, input.checks);
  if (list.length === 0) return [];
  return timeStep(emit, "control", tryWithoutWork(room, input, known, { list, failing }));
}

type Suspects = ReturnType<typeof findSuspectChecks>;
async function tryWithoutWork(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  { list, failing }: { list: Suspects; failing: FailingWays },
): Promise<CheckFailure[]> {
  const work = changesOfWork(known.changes, input.checks);
  if (work.length === 0) return [];
  const without = withoutWork(work);
  const [way = ""] = await prepareWays(room, known.base, [without]);
  const passed = await runEachCheck(
    room,
    list.map(({ check }) => check),
    way,
    "passed",
  );
  if (passed.size < list.length) failing.add(without);
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

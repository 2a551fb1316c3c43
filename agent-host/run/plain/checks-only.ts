import type { CheckFailure, CheckResult, RunIn, RunResult } from "../../../schema/proof/proof.ts";
import { runCheckSafely, runInFreshCopies } from "../check-sequence.ts";
import { addDefaultServers } from "../default-server.ts";
import { refuseInstalled } from "../prove-commit.ts";
import { RoomDoor } from "../room/room-door.ts";
import { cutNetwork } from "../room/run-room.ts";
import type { ProofRoom } from "../room/workplace.ts";
import { addToReason, describeLack, failCheck } from "../run-checks.ts";
import { type CommitFacts, checkHead, fetchBranches, readCommitFacts } from "../run-clone.ts";
import { type EmitLine, makeFailure, timeStep } from "../run-step.ts";
import { layOutCommit } from "./lay-out.ts";

type Ran = Pick<RunResult, "failures" | "checks" | "outputs"> & { tree?: string; base?: string };
const ranNone = (failures: CheckFailure[]): Ran => ({ failures, checks: [], outputs: [] });

/**
 * Runs the checks of a pushed commit, each in a fresh copy of it that they may write in. Nothing is proven by
 * that: who pushed it may have written the checks as well. Its branch may have gone on since.
 */
export async function runChecksOnly(room: ProofRoom, input: RunIn, emit: EmitLine, intact?: Promise<void>): Promise<Ran> {
  const head = await checkHead(room, input, await timeStep(emit, "clone", fetchBranches(room, input)));
  if (head && head.why !== "moved") return ranNone([head]);
  const door = await timeStep(
    emit,
    "sealed",
    cutNetwork(room).then(() => RoomDoor.open(room)),
  );
  const facts = await readCommitFacts(room, input);
  if (!facts) return ranNone([makeFailure("commit", "broken_room", "It holds more files than a clean room can take.")]);
  const early = [...refuseInstalled(room, facts), ...(await layOutCommit(room, input, facts))];
  if (early.length > 0) return ranNone(early);
  await intact;
  const { checks } = await addDefaultServers(room, input, facts);
  const results = await runEach({ ...room, door }, { ...input, checks }, facts, emit);
  const failures = results.flatMap((result) => (result.passed ? [] : [failCheck(result)]));
  return { failures, checks: results, outputs: [], tree: facts.tree, base: facts.base };
}

async function runEach(room: ProofRoom, input: RunIn, facts: CommitFacts, emit: EmitLine): Promise<CheckResult[]> {
  const setting = { all: input.checks };
  const results: CheckResult[] = [];
  await runInFreshCopies(room, input.checks, { unread: true }, async (check) => {
    room.door?.take();
    const ended = await runCheckSafely(room, check, setting, (text) => emit({ type: "output", check: check.name, text }));
    const asked = room.door?.take() ?? [];
    const result = ended.passed ? ended : addToReason(ended, describeLack(ended, asked, room.installed, facts));
    results.push(result);
    emit({ type: "check", result });
    return result.why !== "broken_room";
  });
  return results;
}

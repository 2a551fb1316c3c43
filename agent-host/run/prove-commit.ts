import { isCheckFile } from "../../schema/proof/check-file.ts";
import { type AskedName, describeAsked, describeMissing } from "../../schema/proof/needs.ts";
import { type JudgedRun, withAnywhere } from "../../schema/proof/outputs.ts";
import type { CheckFailure, CheckResult, RunIn, RunResult } from "../../schema/proof/proof.ts";
import { isWithin } from "../../schema/wire/path.ts";
import { findSecretsInCommits } from "../gitea/secret-prints.ts";
import { runCheckSafely } from "./check-sequence.ts";
import { judgeStrength, measureStrength } from "./counter-proof.ts";
import { addDefaultServers } from "./default-server.ts";
import { type CheckReads, tryLastTests } from "./last-tests.ts";
import { checkOutputs } from "./outputs.ts";
import { listOwnChanges, type OwnChanges } from "./own-changes.ts";
import { tryOwnChecks } from "./own-check-trials.ts";
import { RoomDoor } from "./room-door.ts";
import { type CommitFacts, checkHead, fetchBranches, makePlainClone, readCommitFacts } from "./run-clone.ts";
import { checkMerged, leaveOutDecided } from "./run-merge.ts";
import { cutNetwork } from "./run-room.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";
import { trySecondPlace } from "./second-place.ts";
import { failTracked } from "./setup/failure.ts";
import { findUnasked } from "./unasked.ts";
import { hintUndeclared, judgeUndeclared, refuseUndeclared, refuseUnfit } from "./undeclared.ts";
import { makeFreshCopy, type ProofRoom, takeReadFiles } from "./workplace.ts";

type Proof = Pick<RunResult, "failures" | "checks" | "outputs" | "strength"> & { tree?: string; base?: string };

/** `intact`: what is installed in the room is as it was installed. */
export async function proveCommit(room: ProofRoom, asked: JudgedRun, emit: EmitLine, intact?: Promise<void>): Promise<Proof> {
  const branchHead = await timeStep(emit, "clone", fetchBranches(room, asked));
  await timeStep(emit, "sealed", cutNetwork(room));
  const door = RoomDoor.open(room);
  door.catch(() => undefined); // it is awaited before a check runs
  const head = (await checkHead(room, asked, branchHead)) ?? (await checkMerged(room, asked));
  if (head) return { failures: [head], checks: [], outputs: [] };
  const facts = await readCommitFacts(room, asked);
  if (!facts)
    return { failures: [makeFailure("commit", "broken_room", "It holds more files than a clean room can take.")], checks: [], outputs: [] };
  const served = await addDefaultServers(room, asked, facts);
  const { known, failures: strays } = await leaveOutDecided(room, served, facts);
  const ownChanges = await listOwnChanges(room, served, known);
  const { input, free } = withAnywhere(served, ownChanges.changes);
  const unfit = await refuseUnfit(room, input, known, ownChanges.changes);
  if (unfit.length > 0) return { failures: unfit, checks: [], outputs: [] }; // Git itself may not lay it out
  await makePlainClone(room, input.commit);
  const found = await checkOutputs(room, input, known);
  emit({ type: "outputs", outputs: found.seen });
  if (known.diff) emit({ type: "diff", text: known.diff });
  const about = { tree: known.tree, base: known.base, outputs: found.seen };
  const secrets = await findSecretFailures(room, input);
  const early = [
    ...strays,
    ...refuseInstalled(room, known),
    ...secrets,
    ...found.failures,
    ...(await refuseUndeclared(room, input, known, ownChanges)),
  ];
  // What the commit lacks is reported at once: its checks would only fail later and less clearly.
  if (early.length > 0) return { ...about, failures: early, checks: [] };
  await intact;
  const guarded = { ...room, door: await door };
  const { checks, failures, reads } = await runChecks(guarded, input, known, emit);
  if (failures.length > 0) return { ...about, failures: [...failures, ...hintUndeclared(input, known, ownChanges)], checks };
  return { ...about, checks, ...(await tryPassed(room, input, known, { checks, reads, ownChanges, free }, emit)) };
}

/** What is installed stands in folders of the commit that hold nothing of its own. */
function refuseInstalled({ installed }: ProofRoom, { entries }: CommitFacts): CheckFailure[] {
  const first = [...entries.keys()].find((path) => installed.some((folder) => isWithin(folder, path)));
  return first === undefined ? [] : [failTracked(first)];
}

/** The net below what each push is looked through for: a secret that was kept after its value was pushed. */
async function findSecretFailures({ host, row }: ProofRoom, { repo, branch, commit, begun, merged }: RunIn): Promise<CheckFailure[]> {
  const main = branch === "main" ? [] : ["--branches=mai[n]"]; // a name without a pattern would be a folder's
  const before = [...(begun ? [begun.main, ...begun.handed] : []), ...(merged ? [merged.into] : []), ...main];
  if (before.length === 0) return [];
  const names = await findSecretsInCommits(host, row, repo, ["--ignore-missing", commit, "--not", ...before]);
  const reason = (name: string) => `It holds the value of the secret ${name}. Take it out of each commit, and have it replaced.`;
  return names.map((name) => makeFailure("commit", "secret_in_commit", reason(name)));
}

/** The checks passed once. That they say something about the work is tried in ways that say more each. */
async function tryPassed(
  room: ProofRoom,
  input: JudgedRun,
  known: CommitFacts,
  { checks, reads, ownChanges, free }: { checks: CheckResult[]; reads: CheckReads; ownChanges: OwnChanges; free: string[] },
  emit: EmitLine,
): Promise<Pick<Proof, "failures" | "strength">> {
  const read = new Set([...reads.values()].flatMap((paths) => [...paths]));
  const trials = [
    () => judgeUndeclared(room, input, known, { ownChanges, read }),
    () => timeStep(emit, "place", trySecondPlace(room, input.checks, checks)),
    () => tryOwnChecks(room, input, known, emit),
    () => timeStep(emit, "end", tryLastTests(room, input, known, reads)),
  ];
  for (const trial of trials) {
    const failures = await trial();
    if (failures.length > 0) return { failures };
  }
  const strength = await timeStep(emit, "counter", measureStrength(room, input, known, checks));
  const weak = judgeStrength(input, strength);
  // The member is asked about work that holds otherwise.
  const failures = weak.length > 0 ? weak : await findUnasked(room, input, known, { ownChanges, free, read, emit });
  return { failures, ...(strength ? { strength } : {}) };
}

/** A check that failed for the network, or for what is not installed, says what to declare. */
function explainLack(result: CheckResult, asked: readonly AskedName[], { entries }: CommitFacts): CheckResult {
  const parts = new Set([...entries.keys()].flatMap((path) => path.replace(/\.\w+$/, "").split("/")));
  const lack = describeAsked(asked) || describeMissing(result.tail, (name) => parts.has(name.split("/")[0]!));
  const reason = result.reason ?? "It failed.";
  return lack === "" ? result : { ...result, reason: `${reason}${/[.!?]$/.test(reason) ? "" : "."}${lack}` };
}

async function runChecks(
  room: ProofRoom,
  input: RunIn,
  known: CommitFacts,
  emit: EmitLine,
): Promise<{ checks: CheckResult[]; failures: CheckFailure[]; reads: CheckReads }> {
  const written = known.changes.filter(({ path, status }) => status !== "deleted" && isCheckFile(path)).map(({ path }) => path);
  const checks: CheckResult[] = [];
  const failures: CheckFailure[] = [];
  let since = await makeFreshCopy(room);
  const reads: CheckReads = new Map();
  for (const check of input.checks) {
    room.door?.take();
    const ended = await runCheckSafely(room, check, { all: input.checks, written }, (text) =>
      emit({ type: "output", check: check.name, text }),
    );
    const result = ended.passed ? ended : explainLack(ended, room.door?.take() ?? [], known);
    checks.push(result);
    emit({ type: "check", result });
    if (!result.passed) failures.push({ check: check.name, why: result.why ?? "exit_code", reason: result.reason ?? "It failed." });
    if (result.why === "broken_room") break;
    const taken = await takeReadFiles(room, since, [...known.entries.keys()]);
    since = taken.since;
    reads.set(check.name, taken.read);
  }
  return { checks, failures, reads };
}

import { type JudgedRun, withAnywhere } from "../../schema/proof/outputs.ts";
import type { CheckFailure, RunIn, RunResult } from "../../schema/proof/proof.ts";
import { isWithin } from "../../schema/wire/path.ts";
import { findSecretsInCommits } from "../gitea/secret-prints.ts";
import { judgeStrength, measureStrength } from "./counter-proof.ts";
import { addDefaultServers } from "./default-server.ts";
import { nameHeldRules } from "./held-rules.ts";
import { judgeWritten } from "./judging-files.ts";
import { tryLaterDay } from "./later-day.ts";
import { judgeMade } from "./made-files.ts";
import { checkOutputs } from "./outputs.ts";
import { listOwnChanges, type OwnChanges } from "./own-changes.ts";
import { tryOwnChecks } from "./own-check-trials.ts";
import { RoomDoor } from "./room/room-door.ts";
import { cutNetwork } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { type ChecksTold, runChecks } from "./run-checks.ts";
import { type CommitFacts, checkHead, fetchBranches, makePlainClone, readCommitFacts, readTextAt } from "./run-clone.ts";
import { checkMerged, leaveOutDecided } from "./run-merge.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";
import { trySecondPlace } from "./second-place.ts";
import { failTracked } from "./setup/failure.ts";
import { tryCanaries } from "./tests/canary.ts";
import { addTests, judgeReports } from "./tests/test-reports.ts";
import { findUnasked } from "./unasked.ts";
import { hintUndeclared, judgeUndeclared, refuseUndeclared, refuseUnfit } from "./undeclared.ts";
import { FailingWays } from "./way.ts";

type Proof = Pick<RunResult, "failures" | "checks" | "outputs" | "strength" | "rules" | "agreed"> & { tree?: string; base?: string };

/** `intact`: what is installed in the room is as it was installed. */
export async function proveCommit(room: ProofRoom, asked: JudgedRun, emit: EmitLine, intact?: Promise<void>): Promise<Proof> {
  const secrets = findSecretFailures(room, asked);
  secrets.catch(() => undefined); // it is awaited before a check runs
  const branchHead = await timeStep(emit, "clone", fetchBranches(room, asked));
  const door = timeStep(emit, "sealed", cutNetwork(room)).then(() => RoomDoor.open(room));
  door.catch(() => undefined); // likewise
  const proven = proveFetched(room, asked, emit, { branchHead, secrets, door, intact });
  return proven.finally(() => Promise.allSettled([door, secrets])); // nobody works in the room any more
}
type Fetched = { branchHead: string; secrets: Promise<CheckFailure[]>; door: Promise<RoomDoor>; intact: Promise<void> | undefined };
async function proveFetched(room: ProofRoom, asked: JudgedRun, emit: EmitLine, fetched: Fetched): Promise<Proof> {
  const { branchHead, secrets, door, intact } = fetched;
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
  const early = [
    ...strays,
    ...refuseInstalled(room, known),
    ...(await secrets),
    ...found.failures,
    ...(await refuseUndeclared(room, input, known, ownChanges)),
  ];
  // What the commit lacks is reported at once: its checks would only fail later and less clearly.
  if (early.length > 0) return { ...about, failures: early, checks: [] };
  await intact;
  const guarded = { ...room, door: await door, scripts: await readScriptLines(room, input) };
  const told = await runChecks(guarded, input, known, emit);
  const { checks, failures } = told;
  if (failures.length > 0) return { ...about, failures: [...failures, ...hintUndeclared(input, known, ownChanges)], checks };
  return { ...about, ...(await tryPassed(guarded, input, known, { ...told, ownChanges, free }, emit)) };
}

/** What is installed stands in folders of the commit that hold nothing of its own. */
export function refuseInstalled({ installed }: Pick<ProofRoom, "installed">, { entries }: CommitFacts): CheckFailure[] {
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

/** Lines of the project's own scripts that checks run by a name. */
async function readScriptLines(room: ProofRoom, { commit }: RunIn): Promise<string[]> {
  const texts = await Promise.all(["package.json", "Makefile", "makefile"].map((path) => readTextAt(room, commit, path)));
  return texts.flatMap((text) => text?.split("\n") ?? []);
}

type Passed = ChecksTold & { ownChanges: OwnChanges; free: string[] };
/** The checks passed once. That they say something about the work is tried in ways that say more each. */
async function tryPassed(
  guarded: ProofRoom,
  input: JudgedRun,
  known: CommitFacts,
  { checks: passed, traces, made, kept, written, ownChanges, free }: Passed,
  emit: EmitLine,
): Promise<Omit<Proof, "outputs" | "tree" | "base">> {
  const read = new Set([...traces.values()].flatMap((each) => [...each.read]));
  const room = { ...guarded, kept };
  const refused = await judgeUndeclared(room, input, known, { ownChanges, read });
  if (refused.length > 0) return { checks: passed, failures: refused };
  const apart = await timeStep(emit, "place", trySecondPlace(room, input, passed));
  if (apart.length > 0) return { checks: passed, failures: apart };
  const { failures: late, reports, fewer } = await timeStep(emit, "clock", tryLaterDay(room, input, known, passed));
  const checks = passed.map((check) => addTests(check, reports));
  const failing = new FailingWays();
  let falseTests = false;
  const tryFalseTests = async () => {
    const { failures, laid } = await tryCanaries(room, input, known, { checks, traces, reports });
    falseTests = laid;
    return failures;
  };
  const trials = [
    async () => late,
    () => timeStep(emit, "tests", judgeReports(room, input, known, { checks, reports, failing })),
    () => tryOwnChecks(room, input, known, failing, emit),
    () => judgeWritten(room, input, known, written),
    () => judgeMade(room, input, known, { checks: passed, made }),
    () => timeStep(emit, "canary", tryFalseTests()),
  ];
  for (const trial of trials) {
    const failures = await trial();
    if (failures.length > 0) return { checks, failures };
  }
  const strength = await timeStep(emit, "counter", measureStrength(room, input, known, { checks, failing }));
  const weak = judgeStrength(input, strength);
  if (weak.length > 0) return { checks, failures: weak, ...(strength ? { strength } : {}) };
  // The member is asked about work that holds otherwise.
  const { failures, agreed } = await findUnasked(room, input, known, { ownChanges, free, read, emit });
  const { installed } = room;
  const rules = nameHeldRules(input, { checks, strength, ownChanges, installed, written, fewer, falseTests });
  return { checks, failures, rules, agreed, ...(strength ? { strength } : {}) };
}

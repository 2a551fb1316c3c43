import { findEditedChecks, findEditedScripts, isCheckFile } from "../../schema/proof/check-file.ts";
import type { CheckFailure, CheckResult, RoomCheck, RunIn, RunResult } from "../../schema/proof/proof.ts";
import { tryOwnChecks } from "./own-check-trials.ts";
import { type CheckSetting, checkText, makeFreshCopy, runCheck } from "./run-check.ts";
import { type CommitFacts, checkHead, checkOutputs, fetchBranches, readCommitFacts, readTextAt } from "./run-clone.ts";
import { checkMerged, leaveOutDecided } from "./run-merge.ts";
import { type CleanRoom, cutNetwork } from "./run-room.ts";
import { type EmitLine, makeFailure, timeStep } from "./run-step.ts";

type Proof = Pick<RunResult, "failures" | "checks" | "outputs"> & { tree?: string; base?: string };

export async function proveCommit(room: CleanRoom, input: RunIn, emit: EmitLine): Promise<Proof> {
  const branchHead = await timeStep(emit, "clone", fetchBranches(room, input));
  await timeStep(emit, "sealed", cutNetwork(room));
  const head = (await checkHead(room, input, branchHead)) ?? (await checkMerged(room, input));
  if (head) return { failures: [head], checks: [], outputs: [] };
  const read = await readCommitFacts(room, input);
  if (!read)
    return { failures: [makeFailure("commit", "broken_room", "It holds more files than a clean room can take.")], checks: [], outputs: [] };
  const { known, failures: strays } = await leaveOutDecided(room, input, read);
  const found = await checkOutputs(room, input, known);
  emit({ type: "outputs", outputs: found.seen });
  if (known.diff) emit({ type: "diff", text: known.diff });
  const about = { tree: known.tree, ...(known.base ? { base: known.base } : {}), outputs: found.seen };
  const early = [...strays, ...found.failures, ...(await editedCheckFailures(room, input, known))];
  // What the commit lacks is reported at once: its checks would only fail later and less clearly.
  if (early.length > 0) return { ...about, failures: early, checks: [] };
  const { checks, failures } = await runChecks(room, input, known, emit);
  if (failures.length > 0) return { ...about, failures, checks };
  return { ...about, checks, failures: await tryOwnChecks(room, input, known, emit) };
}

/** Failures for checks that stood before the task and that its author changed. */
async function editedCheckFailures(room: CleanRoom, input: RunIn, known: CommitFacts): Promise<CheckFailure[]> {
  const at = known.behind?.slice(0, 10);
  const behind = at === undefined ? "" : ` The branch does not hold main as it was when the task was begun (${at}): merge main into it.`;
  const edited = findEditedChecks(known.changes, input.checks, input.outputs).map(({ path, status }) => ({
    check: "checks",
    why: "checks_edited" as const,
    reason: `${path} was there before the task and was ${status === "deleted" ? "removed" : "changed"}; restore it, or have it listed in the spec's outputs.${behind}`,
  }));
  const parts = input.merged?.decided.includes("package.json") ? [input.merged.into, ...input.merged.from] : [];
  const before = known.changes.some(({ path }) => path === "package.json")
    ? [known.base, known.behind].filter((each) => each !== undefined)
    : [];
  const bases = parts.length > 0 ? parts : before;
  if (bases.length === 0 || input.outputs.includes("package.json")) return edited;
  const [after, ...befores] = await Promise.all([input.commit, ...bases].map((commit) => readTextAt(room, commit, "package.json")));
  if (after === null || befores.includes(null))
    return [
      ...edited,
      makeFailure("checks", "checks_edited", "package.json is so large that its scripts can't be compared with those of before."),
    ];
  const texts = befores.map((before) => before ?? undefined);
  const names = findEditedScripts(texts, after, input.checks); // where the member decided, a script may be as it was on either side
  const scripts = names.map((name) => ({
    check: "checks",
    why: "checks_edited" as const,
    reason: `The script "${name}" of package.json was there before the task and was changed; a check runs it.${behind}`,
  }));
  return [...edited, ...scripts];
}

async function runChecks(
  room: CleanRoom,
  input: RunIn,
  known: CommitFacts,
  emit: EmitLine,
): Promise<{ checks: CheckResult[]; failures: CheckFailure[] }> {
  const written = known.changes.filter(({ path, status }) => status !== "deleted" && isCheckFile(path)).map(({ path }) => path);
  const checks: CheckResult[] = [];
  const failures: CheckFailure[] = [];
  await makeFreshCopy(room);
  for (const check of input.checks) {
    const result = await runCheckSafely(room, check, { all: input.checks, written }, (text) =>
      emit({ type: "output", check: check.name, text }),
    );
    checks.push(result);
    emit({ type: "check", result });
    if (!result.passed) failures.push({ check: check.name, why: result.why ?? "exit_code", reason: result.reason ?? "It failed." });
    if (result.why === "broken_room") break;
  }
  return { checks, failures };
}
/** A check that breaks its room has failed; the platform is not at fault. */
async function runCheckSafely(
  room: CleanRoom,
  check: RoomCheck,
  setting: CheckSetting,
  said: (text: string) => void,
): Promise<CheckResult> {
  try {
    return await runCheck(room, check, setting, said);
  } catch (error) {
    room.host.log("warn", "a check broke its room", { room: room.name, check: check.name, error });
    const reason = "It used up what a run may have (memory, processes or space), and the run was stopped.";
    const none = { ms: 0, outputBytes: 0, outputHash: "0".repeat(64), tail: "" };
    return { name: check.name, kind: check.kind, what: checkText(check), passed: false, why: "broken_room", reason, ...none };
  }
}

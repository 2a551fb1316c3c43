import { type BranchChange, findEditedScripts } from "../../schema/proof/check-file.ts";
import { findUndeclared, findUnfitNames, type JudgedRun, staysInside } from "../../schema/proof/outputs.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { findFailingCheck } from "./check-sequence.ts";
import type { OwnChanges } from "./own-changes.ts";
import type { CleanRoom } from "./room/run-room.ts";
import type { ProofRoom } from "./room/workplace.ts";
import { type CommitFacts, readTextAt } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import { prepareWays } from "./way.ts";

/**
 * A proof speaks of what was there before the task and of its declared outputs, and of nothing else: a
 * commit with more is not proven. Names that can't be laid out alike everywhere are no outputs either.
 */

const mostNamed = 12;
const listPaths = (changes: readonly BranchChange[]): string =>
  `${changes
    .slice(0, mostNamed)
    .map(({ path }) => path)
    .join(", ")}${changes.length > mostNamed ? ` and ${changes.length - mostNamed} more` : ""}`;
const done = { added: "added", modified: "changed", deleted: "removed" } as const;
const declare = "name it in `outputs` of your report that the work is done";

/** The branch lacks what main had when the task was begun: what differs by that reads as the task's own. */
function tellBehind({ behind }: Pick<CommitFacts, "behind">): string {
  if (behind === undefined) return "";
  return ` The branch does not hold main as it was when the task was begun (${behind.slice(0, 10)}): merge main into it.`;
}
/** What is refused before a check is run: what settles how the work is checked, changed and not declared. */
export async function refuseUndeclared(
  room: CleanRoom,
  input: JudgedRun,
  known: CommitFacts,
  ownChanges: Pick<OwnChanges, "changes">,
): Promise<CheckFailure[]> {
  const edited = findUndeclared(ownChanges.changes, input).guarded.map(({ path, status }) =>
    makeFailure(
      "checks",
      "checks_edited",
      status === "added"
        ? `${path} was added. It settles how the work is checked, and is not among the declared outputs: remove it, or ${declare}; then the member is asked.`
        : `${path} was there before the task and was ${done[status]}: restore it, or ${declare}; then the member is asked.${tellBehind(known)}`,
    ),
  );
  return [...edited, ...(await findScriptFailures(room, input))];
}
/**
 * Where the member decided a conflict in package.json, a script that a check runs is as it was on either
 * side.
 */
async function findScriptFailures(room: CleanRoom, { commit, merged, checks }: RunIn): Promise<CheckFailure[]> {
  if (!merged?.decided.includes("package.json")) return [];
  const sides = [merged.into, ...merged.from];
  const [after, ...befores] = await Promise.all([commit, ...sides].map((each) => readTextAt(room, each, "package.json")));
  if (after === null || befores.includes(null))
    return [makeFailure("checks", "checks_edited", "package.json is so large that its scripts can't be compared with those of before.")];
  const texts = befores.map((text) => text ?? undefined);
  return findEditedScripts(texts, after, checks).map((name) =>
    makeFailure(
      "checks",
      "checks_edited",
      `The script "${name}" of package.json was there before the task and was changed; a check runs it.`,
    ),
  );
}

/** Names, links and submodules among what the task brings that can't be laid out alike everywhere. */
export async function refuseUnfit(
  room: CleanRoom,
  input: RunIn,
  known: CommitFacts,
  changes: readonly BranchChange[],
): Promise<CheckFailure[]> {
  const brought = changes.filter(({ status }) => status !== "deleted").map(({ path }) => path);
  const added = changes.filter(({ status }) => status === "added").map(({ path }) => path);
  const refused = findUnfitNames(added, [...known.entries.keys()]);
  for (const path of brought) {
    const entry = known.entries.get(path);
    if (entry?.kind === "commit") refused.push({ path, reason: "is a submodule, which a clean checkout does not follow" });
    if (entry?.mode !== "120000") continue;
    const target = await readTextAt(room, input.commit, path);
    if (!staysInside(path, target ?? "")) refused.push({ path, reason: "is a symbolic link that leads out of the project" });
  }
  return refused.map(({ path, reason }) => makeFailure("commit", "unfit_name", `${path} ${reason}.`));
}

/**
 * The other files beside the outputs, of a commit whose checks passed: are they needed? The checks are run
 * once more without them. `read`: what the checks read of the commit.
 */
export async function judgeUndeclared(
  room: ProofRoom,
  input: JudgedRun,
  known: CommitFacts,
  { ownChanges: { changes, from }, read }: { ownChanges: OwnChanges; read: ReadonlySet<string> },
): Promise<CheckFailure[]> {
  const { others } = findUndeclared(changes, input);
  if (others.length === 0) return [];
  const gone = others.filter(({ status }) => status === "added").map(({ path }) => path);
  const restored = others.filter(({ status }) => status !== "added").map(({ path }) => path);
  const [way] = await prepareWays(room, from, [{ gone, restored, texts: {} }]);
  const failing = await findFailingCheck(room, input.checks, { way: way! });
  if (!failing) return [tellUndeclared(others, known, false)];
  const used = others.filter(({ path, status }) => status === "deleted" || read.has(path));
  return [tellUndeclared(used.length > 0 ? used : others, known, true)];
}
/** Told beside checks that failed: the files may have a part in it. */
export function hintUndeclared(input: JudgedRun, known: CommitFacts, { changes }: OwnChanges): CheckFailure[] {
  const { others } = findUndeclared(changes, input);
  return others.length > 0 ? [tellUndeclared(others, known)] : [];
}
function tellUndeclared(others: readonly BranchChange[], known: CommitFacts, needed?: boolean): CheckFailure {
  const list = listPaths(others);
  const them = others.length === 1 ? "it" : "them";
  if (needed)
    return makeFailure(
      "commit",
      "undeclared",
      `The work needs files outside its declared outputs: ${list}. ${declare.replace("name it", `Name ${them}`)}.${tellBehind(known)}`,
    );
  const passes = needed === undefined ? "" : `, and the checks pass without ${them}`;
  const was = others.length === 1 ? "is outside the declared outputs" : "are outside the declared outputs";
  return makeFailure(
    "commit",
    "undeclared",
    `${list} ${was}${passes}. Put ${them} back as before the task, or ${declare.replace("it", them)}.${tellBehind(known)}`,
  );
}

import { type BranchChange, changesOfTask, findEditedChecks, findEditedScripts } from "../../schema/proof/check-file.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import { type CommitFacts, gitInRoom, parseChanges, readTextAt } from "./run-clone.ts";
import { makeFailure } from "./run-step.ts";
import type { ProofRoom } from "./workplace.ts";

async function listChanges(room: ProofRoom, from: string, to: string): Promise<BranchChange[]> {
  const { code, out } = await gitInRoom(room, ["diff", "--name-status", "--no-renames", "-z", from, to]);
  if (code !== 0) throw new Error(`git could not compare ${from} with ${to}`);
  return parseChanges(out);
}
/**
 * Commits of earlier tasks on which this one goes on, each with what differs from it: what they hold was
 * there before it, as main's is.
 */
async function listHandedOn(room: ProofRoom, { commit, begun }: RunIn): Promise<HandedOn[]> {
  const found: HandedOn[] = [];
  for (const handed of begun?.handed ?? [])
    if ((await gitInRoom(room, ["merge-base", "--is-ancestor", handed, commit])).code === 0)
      found.push({ commit: handed, changes: await listChanges(room, handed, commit) });
  return found;
}
type HandedOn = { commit: string; changes: BranchChange[] };

const listRemoved = (changes: readonly BranchChange[]) => changes.flatMap(({ path, status }) => (status === "deleted" ? [path] : []));
/** Files of all those commits that the task has removed and that main did not have when it was begun. */
async function findRemoved(room: ProofRoom, { begun, commit }: RunIn, handedOn: readonly HandedOn[]): Promise<BranchChange[]> {
  const [first = [], ...others] = handedOn.map(({ changes }) => listRemoved(changes));
  if (!begun || first.length === 0) return [];
  const beside = others.map((paths) => new Set(paths));
  const ofMain = new Set(listRemoved(await listChanges(room, begun.main, commit)));
  const gone = first.filter((path) => !ofMain.has(path) && beside.every((paths) => paths.has(path)));
  return gone.map((path) => ({ path, status: "deleted" as const }));
}

/** Failures for checks that stood before the task and that its author changed. */
export async function findEditedCheckFiles(room: ProofRoom, input: RunIn, known: CommitFacts): Promise<CheckFailure[]> {
  const at = known.behind?.slice(0, 10);
  const behind = at === undefined ? "" : ` The branch does not hold main as it was when the task was begun (${at}): merge main into it.`;
  const handedOn = await listHandedOn(room, input);
  const beside = handedOn.map(({ changes }) => changes);
  const changes = [...changesOfTask(known.changes, beside), ...(await findRemoved(room, input, handedOn))];
  const edited = findEditedChecks(changes, input.checks, input.outputs).map(({ path, status }) =>
    makeFailure(
      "checks",
      "checks_edited",
      `${path} was there before the task and was ${status === "deleted" ? "removed" : "changed"}; restore it, or have it listed in the spec's outputs.${behind}`,
    ),
  );
  if (input.outputs.includes("package.json")) return edited;
  const parts = input.merged?.decided.includes("package.json") ? [input.merged.into, ...input.merged.from] : [];
  const isChanged = changes.some(({ path }) => path === "package.json");
  const before = isChanged ? [known.base, ...(known.behind ? [known.behind] : []), ...handedOn.map(({ commit }) => commit)] : [];
  return [...edited, ...(await findScriptFailures(room, input, parts.length > 0 ? parts : before, behind))];
}

/** `bases`: where the member decided, a script may be as it was on either side. */
async function findScriptFailures(room: ProofRoom, input: RunIn, bases: readonly string[], behind: string): Promise<CheckFailure[]> {
  if (bases.length === 0) return [];
  const [after, ...befores] = await Promise.all([input.commit, ...bases].map((commit) => readTextAt(room, commit, "package.json")));
  if (after === null || befores.includes(null))
    return [makeFailure("checks", "checks_edited", "package.json is so large that its scripts can't be compared with those of before.")];
  const texts = befores.map((text) => text ?? undefined);
  return findEditedScripts(texts, after, input.checks).map((name) =>
    makeFailure(
      "checks",
      "checks_edited",
      `The script "${name}" of package.json was there before the task and was changed; a check runs it.${behind}`,
    ),
  );
}

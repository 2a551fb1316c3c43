import { findStrayLine, hasConflictMarks } from "../../schema/merge.ts";
import type { CheckFailure, RunIn } from "../../schema/proof/proof.ts";
import type { CleanRoom } from "./room/run-room.ts";
import { type CommitFacts, gitInRoom, readTextAt } from "./run-clone.ts";

const failMerge = (reason: string): CheckFailure => ({ check: "commit", why: "not_merged", reason });

/** Whether the commit holds all that was to be merged, and what was there before; else why not. */
export async function checkMerged(room: CleanRoom, { commit, merged }: RunIn): Promise<CheckFailure | undefined> {
  for (const part of merged ? [merged.into, ...merged.from] : []) {
    if ((await gitInRoom(room, ["merge-base", "--is-ancestor", part, commit])).code === 0) continue;
    return failMerge(
      `Commit ${commit.slice(0, 10)} does not hold ${part.slice(0, 10)}: merge it with git merge, and keep what is on the branch.`,
    );
  }
  return undefined;
}

/**
 * The files in which the member decided. Outside the places in conflict they are as git merges them, else
 * that is a failure; what stands in the places, and files that were decided as a whole, are no work of the
 * one who merges: `known` without them.
 */
export async function leaveOutDecided(
  room: CleanRoom,
  input: RunIn,
  known: CommitFacts,
): Promise<{ known: CommitFacts; failures: CheckFailure[] }> {
  const { decided, places } = input.merged ?? { decided: [], places: [] };
  const theirs = new Set(decided);
  const failures: CheckFailure[] = [];
  for (const path of places) {
    const marked = await readTextAt(room, known.base, path);
    if (typeof marked !== "string") continue;
    if (!hasConflictMarks(marked, known.mark)) theirs.delete(path);
    else failures.push(...compareOutside(path, marked, await readTextAt(room, input.commit, path), known.mark));
  }
  return { known: { ...known, changes: known.changes.filter(({ path }) => !theirs.has(path)) }, failures };
}
function compareOutside(path: string, marked: string, merged: string | undefined | null, mark: string): CheckFailure[] {
  if (merged === undefined) return [failMerge(`${path} is not there: the member decided its conflicts, not that it goes.`)];
  if (merged === null) return [failMerge(`${path} is so large that it can't be compared with what git makes of the merge.`)];
  const stray = findStrayLine(marked, merged, mark);
  if (!stray) return [];
  const wanted = stray.wanted.trim() === "" ? "an empty line" : `\`${stray.wanted.trim().slice(0, 200)}\``;
  return [
    failMerge(`${path}, line ${stray.line}: git makes ${wanted} of the merge here, and the member decided nothing of it. Put it back.`),
  ];
}

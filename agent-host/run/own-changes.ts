import { type BranchChange, changesOfTask } from "../../schema/proof/check-file.ts";
import type { RunIn } from "../../schema/proof/proof.ts";
import type { CleanRoom } from "./room/run-room.ts";
import { type CommitFacts, gitInRoom, parseChanges } from "./run-clone.ts";

/**
 * What a task itself has changed. `from`: the commit from which it goes on, with the files as they were
 * before it.
 */
export type OwnChanges = { changes: BranchChange[]; from: string };

async function listChanges(room: CleanRoom, from: string, to: string): Promise<BranchChange[]> {
  const { code, out } = await gitInRoom(room, ["diff", "--name-status", "--no-renames", "-z", from, to]);
  if (code !== 0) throw new Error(`git could not compare ${from} with ${to}`);
  return parseChanges(out);
}
/**
 * Commits of earlier tasks on which this one goes on, each with what differs from it: what they hold was
 * there before it, as main's is.
 */
async function listHandedOn(room: CleanRoom, { commit, begun }: RunIn): Promise<HandedOn[]> {
  const found: HandedOn[] = [];
  for (const handed of begun?.handed ?? [])
    if ((await gitInRoom(room, ["merge-base", "--is-ancestor", handed, commit])).code === 0)
      found.push({ commit: handed, changes: await listChanges(room, handed, commit) });
  return found;
}
type HandedOn = { commit: string; changes: BranchChange[] };

const listRemoved = (changes: readonly BranchChange[]) => changes.flatMap(({ path, status }) => (status === "deleted" ? [path] : []));
/** Files of all those commits that the task has removed and that main did not have when it was begun. */
async function findRemoved(room: CleanRoom, { begun, commit }: RunIn, handedOn: readonly HandedOn[]): Promise<BranchChange[]> {
  const [first = [], ...others] = handedOn.map(({ changes }) => listRemoved(changes));
  if (!begun || first.length === 0) return [];
  const beside = others.map((paths) => new Set(paths));
  const ofMain = new Set(listRemoved(await listChanges(room, begun.main, commit)));
  const gone = first.filter((path) => !ofMain.has(path) && beside.every((paths) => paths.has(path)));
  return gone.map((path) => ({ path, status: "deleted" as const }));
}

export async function listOwnChanges(room: CleanRoom, input: RunIn, known: CommitFacts): Promise<OwnChanges> {
  const handedOn = await listHandedOn(room, input);
  const beside = handedOn.map(({ changes }) => changes);
  const changes = [...changesOfTask(known.changes, beside), ...(await findRemoved(room, input, handedOn))];
  return { changes, from: handedOn.at(-1)?.commit ?? known.base };
}

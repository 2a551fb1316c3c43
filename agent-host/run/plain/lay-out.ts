import type { CheckFailure, RunIn } from "../../../schema/proof/proof.ts";
import type { ProofRoom } from "../room/workplace.ts";
import { type CommitFacts, makePlainClone } from "../run-clone.ts";
import { refuseUnfit } from "../undeclared.ts";

/** Lays a commit out as it is. What git may not lay out is told by its name. */
export async function layOutCommit(room: ProofRoom, run: RunIn, facts: CommitFacts): Promise<CheckFailure[]> {
  try {
    await makePlainClone(room, run.commit);
    return [];
  } catch (error) {
    const all = [...facts.entries.keys()].map((path) => ({ path, status: "added" as const }));
    const unfit = await refuseUnfit(room, run, facts, all);
    if (unfit.length === 0) throw error;
    return unfit;
  }
}

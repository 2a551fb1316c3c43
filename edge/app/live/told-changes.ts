import type { EventBody, StoredEvent } from "../../../schema/event.ts";
import { editBranches } from "../../../schema/project/edit.ts";
import { memoryRepository } from "../../../schema/stack/stack.ts";

type Commit = EventBody<"commit">;

/** Files of memory that the conversation has rows of its own for: tasks, plans, quests, questions, apps. */
const isBookkept = (path: string) => path === "index.md" || /^(tasks|plans|quests|snapshots\/(open|apps))\//.test(path);
/** Commits that the conversation tells itself: of tasks, plans, quests, questions, a member's changes. */
export function isBookkeeping({ repo, branch, files }: Commit): boolean {
  return branch.startsWith(editBranches) || (repo === memoryRepository && files.every(({ path }) => isBookkept(path)));
}

/**
 * What a row tells already, so that one act of the member is one row: a proposal's row says how it was
 * decided, and neither the goal that it changed nor the commit that brings it adds another. It takes events
 * in the order of `seq`.
 */
export class ToldChanges {
  /** Files of memory whose change was told and whose commit is still to come. */
  #files = new Set<string>();
  /** The event by which a proposed goal was decided last. */
  #goalDecided: number | undefined;

  clear(): void {
    this.#files.clear();
    this.#goalDecided = undefined;
  }
  /** `path`: the file of the proposal, where its beginning is known. */
  proposalDecided({ seq, body }: StoredEvent & { kind: "proposal.decided" }, path: string | undefined): void {
    if (body.kind === "goal") this.#goalDecided = seq;
    if (path !== undefined && body.state !== "rejected") this.#files.add(path);
  }
  /** Whether a proposal's row tells of the goal: its state follows the decision in the same transaction. */
  takeGoal({ seq, body }: StoredEvent & { kind: "goal.state" }): boolean {
    this.#files.add(body.path);
    return this.#goalDecided !== undefined && this.#goalDecided === seq - 1;
  }
  /** Whether all that the commit brings was told; what it brings is told by it from then on. */
  takeCommit({ repo, files }: Commit): boolean {
    if (repo !== memoryRepository) return false;
    const told = files.filter(({ path }) => this.#files.delete(path));
    return told.length > 0 && files.every((file) => told.includes(file) || isBookkept(file.path));
  }
}

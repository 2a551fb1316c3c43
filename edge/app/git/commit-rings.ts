import type { CommitStatusState, CommitStatusView } from "../../../schema/git/commit-status.ts";
import type { ShownState } from "../project/project-words.ts";

/** How commits stand, in words and as a ring. Pure. */
const commitStandings: Record<CommitStatusState, ShownState> = {
  queued: { ring: "idle", text: "Waits for a clean room" },
  running: { ring: "working", text: "Its checks run" },
  passed: { ring: "complete", text: "Its checks passed" },
  failed: { ring: "failed", text: "Its checks failed" },
  error: { ring: "stale", text: "Its checks could not be run" },
  skipped: { ring: "cancelled", text: "No checks were run" },
};
/** What a task's proof said stands above what checks say, and only that is drawn as verified. */
const proofStandings: Partial<Record<CommitStatusState, ShownState>> = {
  passed: { ring: "done", text: "Proven by its task" },
  failed: { ring: "failed", text: "Its proof failed" },
};
export function describeCommitStatus({ state, source, checks }: Pick<CommitStatusView, "state" | "source" | "checks">): ShownState {
  const proof = source === "proof" ? proofStandings[state] : undefined;
  if (proof) return proof;
  const failed = checks.filter(({ passed }) => !passed).length;
  if (state !== "failed" || failed === 0) return commitStandings[state];
  const text = checks.length === 1 ? "Its only check failed" : `${failed} of ${checks.length} checks failed`;
  return { ...commitStandings.failed, text };
}

const repeatable: ReadonlySet<CommitStatusState> = new Set(["failed", "error", "skipped"]);
/**
 * Commits whose checks can be run again: `verify` takes only the newest of a branch. `statuses`: newest
 * first.
 */
export function listRepeatable(statuses: readonly Pick<CommitStatusView, "hash" | "branch" | "state" | "source">[]): ReadonlySet<string> {
  const newest = new Map([...statuses].reverse().map((status) => [status.branch, status]));
  return new Set([...newest.values()].filter(({ state, source }) => source === "checks" && repeatable.has(state)).map(({ hash }) => hash));
}

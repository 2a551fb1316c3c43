import { isNotNull } from "drizzle-orm";
import { projectTable } from "../../schema/project/project.table.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { readLastSeq } from "../kernel/event.ts";
import type { Self } from "../kernel/self.ts";
import { me } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import { showMovedPages } from "../preview.ts";
import { outdateReceipts } from "../receipt/receipt.ts";
import { handOffPullRequest } from "../release/deployment.ts";
import { branchMoved } from "../task/task.ts";
import { findBranchHead, moveBranchHead } from "./branch-head.ts";
import { checkNewHead } from "./checked-head.ts";
import { appendCommit, type NewCommit } from "./commit.ts";
import { Git, type GitCommit, mainBranch } from "./git.ts";

const mostNewCommits = 50;
/** What may be over the next time. Anything else that Gitea says of a commit it says each time. */
const passingCodes: readonly ErrorCode[] = ["unavailable", "timeout", "rate_limited", "unauthenticated"];
const isPassing = (error: unknown): boolean => !(error instanceof AppError) || passingCodes.includes(error.code);

/**
 * The commits that came to a branch since the log last told of it, oldest first. A branch that was rewritten
 * is read anew against main, and one that has nothing in common with main is new from its first commit on.
 */
async function listNewCommits(git: Git, repo: string, branch: string, hash: string, known: string | undefined): Promise<GitCommit[]> {
  if (!known && branch === mainBranch) return [];
  for (const base of new Set([known ?? mainBranch, ...(branch === mainBranch ? [] : [mainBranch])])) {
    try {
      return (await git.compare(repo, base, hash)).reverse().slice(-mostNewCommits);
    } catch (error) {
      if (isPassing(error)) throw error;
    }
  }
  return (await git.commits(repo, hash, mostNewCommits)).reverse();
}
/**
 * A commit's changes; none, and `unread`, where Gitea can't give them: a commit that is too large is told
 * without them.
 */
async function readCommitDiff(git: Git, repo: string, hash: string): Promise<{ diff: string; unread: boolean }> {
  try {
    return { diff: await git.diff(repo, hash), unread: false };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { diff: "", unread: true };
  }
}

type MovedBranch = { repo: string; branch: string; hash: string };
async function scanBranch(self: Self, git: Git, moved: MovedBranch, turnId: Id<"trn"> | undefined, requestId: string): Promise<void> {
  const { repo, branch, hash } = moved;
  const known = await findBranchHead(self.db, repo, branch);
  if (known === hash) return;
  // First: what was proven of another commit is stale, whatever can be read of this one.
  await record(self, requestId, async (writer) => {
    await branchMoved(writer, moved);
    await outdateReceipts(writer, moved);
  });
  const commits = await listNewCommits(git, repo, branch, hash, known);
  const changes: NewCommit[] = [];
  for (const commit of commits) changes.push({ repo, branch, commit, ...(await readCommitDiff(git, repo, commit.sha)) });
  await record(self, requestId, async (writer) => {
    const last = await readLastSeq(writer.db);
    const appended = [];
    for (const change of changes) appended.push(await appendCommit(writer, change, turnId));
    const files = appended.flatMap((each) => (each.seq <= last ? each.files : [])); // of commits that came by another branch
    if (files.length > 0) await showMovedPages(writer, { repo, branch, files, turnId });
    await moveBranchHead(writer, repo, branch, hash);
    await checkNewHead(writer, moved);
    if (branch === mainBranch) await handOffPullRequest(writer, repo.slice(repo.indexOf("/") + 1), hash);
  });
}

/**
 * Looks at every project repository for branches that moved and adds their commits to the log. What can't be
 * read is named in the end, when all was looked at.
 */
export async function scanBranches(self: Self, requestId: string, turnId: Id<"trn"> | undefined): Promise<void> {
  const git = new Git(self.vars.stack, requestId);
  const failed: unknown[] = [];
  const tried = async (place: Record<string, string>, look: () => Promise<void>) => {
    await look().catch((error: unknown) => {
      self.vars.world.log("warn", "a branch was not looked at", { ...place, requestId, error });
      failed.push(error);
    });
  };
  for (const { repo } of await self.db.select({ repo: projectTable.repo }).from(projectTable).where(isNotNull(projectTable.readyAt))) {
    await tried({ repo }, async () => {
      for (const { name: branch, commit } of await git.branches(repo))
        await tried({ repo, branch }, () => scanBranch(self, git, { repo, branch, hash: commit.id }, turnId, requestId));
    });
  }
  if (failed.length > 0) throw failed[0];
}

export const scanWork = {
  async run(self: Self, work: WorkItem<"scan">): Promise<void> {
    if ((await me(self.db)).tier !== "running") return; // nothing moves there; the next turn looks again
    await scanBranches(self, work.requestId, work.payload.turnId);
  },
  async gaveUp(self: Self, work: WorkItem<"scan">): Promise<void> {
    self.vars.world.log("warn", "branches were not looked at; the next turn will", { requestId: work.requestId });
  },
};

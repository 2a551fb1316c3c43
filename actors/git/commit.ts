import { and, eq, isNotNull } from "drizzle-orm";
import { z } from "zod";
import { head } from "../../schema/git/branch-head.table.ts";
import { outboxesOf } from "../../schema/memory/memory.ts";
import { policyPath } from "../../schema/policy/policy-file.ts";
import { project } from "../../schema/project.table.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { record, type Writer } from "../kernel/event.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { WorkRow } from "../kernel/work.ts";
import { queuePolicy } from "../policy.ts";
import { outdate } from "../receipt/receipt.ts";
import { branchMoved } from "../task/task.ts";
import { keepChanged } from "./changes.ts";
import { changedFiles } from "./diff.ts";
import { type Commit, type Git, gitClient } from "./git.ts";

const memory = `${box.memoryRepo.owner}/${box.memoryRepo.name}`;
/** `unread`: its changes could not be read. */
export type NewCommit = { repo: string; repoId?: string; branch: string; commit: Commit; diff: string; unread?: boolean; at?: number };

/** Adds a commit to the log, once per repository and hash. */
export async function appendCommit(writer: Writer, of: NewCommit, turnId: Id<"trn"> | undefined): Promise<void> {
  const { commit, diff, branch, repo, repoId, at } = of;
  // Only the platform writes memory: in a project anybody could write these words.
  const outboxIds = repo === memory ? (outboxesOf(commit.commit.message) as Id<"out">[]) : [];
  const parent = commit.parents?.[0]?.sha;
  const changed = changedFiles(diff);
  if (repo === memory && changed.files.some((file) => file.path === policyPath)) await queuePolicy(writer, newId("req", writer.now));
  const seq = await writer.append("commit", {
    ref: `commit:${repo}:${commit.sha}`,
    ...(at === undefined ? {} : { at }),
    ...(turnId ? { turnId } : {}),
    body: {
      repo,
      ...(repoId ? { repoId } : {}),
      branch,
      hash: commit.sha,
      ...(parent ? { parent } : {}),
      title: commit.commit.message.split("\n")[0]?.slice(0, 200) ?? "",
      author: commit.commit.author.name,
      ...changed,
      truncated: changed.truncated || of.unread === true,
      ...(turnId ? { turnId } : {}),
      ...(outboxIds[0] ? { outboxId: outboxIds[0] } : {}),
      ...(outboxIds.length > 1 ? { outboxIds } : {}),
    },
  });
  await keepChanged(writer, seq, { repo, branch, hash: commit.sha, files: changed.files });
}
/** Where the log last saw a branch. */
export async function headOf(db: Db, repo: string, branch: string): Promise<string | undefined> {
  const [row] = await db
    .select({ hash: head.hash })
    .from(head)
    .where(and(eq(head.repo, repo), eq(head.branch, branch)));
  return row?.hash;
}
export async function moveHead(writer: Writer, repo: string, branch: string, hash: string): Promise<void> {
  await writer.db
    .insert(head)
    .values({ repo, branch, hash })
    .onConflictDoUpdate({ target: [head.repo, head.branch], set: { hash } });
}

const most = 50;
/** What may be over the next time. Anything else that Gitea says of a commit it says each time. */
const passing: readonly ErrorCode[] = ["unavailable", "timeout", "rate_limited", "unauthenticated"];
const isPassing = (error: unknown): boolean => !(error instanceof AppError) || passing.includes(error.code);

/**
 * The commits that came to a branch since the log last told of it, oldest first. A branch that was rewritten is read anew against main, and one that
 * has nothing in common with main is new from its first commit on.
 */
async function news(git: Git, repo: string, branch: string, hash: string, known: string | undefined): Promise<Commit[]> {
  if (!known && branch === "main") return [];
  for (const base of new Set([known ?? "main", ...(branch === "main" ? [] : ["main"])])) {
    try {
      return (await git.compare(repo, base, hash)).reverse().slice(-most);
    } catch (error) {
      if (isPassing(error)) throw error;
    }
  }
  return (await git.commits(repo, hash, most)).reverse();
}
/** A commit's changes; none, and `unread`, where Gitea can't give them: a commit that is too large is told without them. */
async function diffOf(git: Git, repo: string, hash: string): Promise<{ diff: string; unread: boolean }> {
  try {
    return { diff: await git.diff(repo, hash), unread: false };
  } catch (error) {
    if (isPassing(error)) throw error;
    return { diff: "", unread: true };
  }
}

type Moved = { repo: string; branch: string; hash: string };
async function scanBranch(self: Self, git: Git, moved: Moved, turnId: Id<"trn"> | undefined): Promise<void> {
  const { repo, branch, hash } = moved;
  const known = await headOf(self.db, repo, branch);
  if (known === hash) return;
  // First: what was proven of another commit is stale, whatever can be read of this one.
  await record(self, async (writer) => {
    await branchMoved(writer, moved);
    await outdate(writer, moved);
  });
  const commits = await news(git, repo, branch, hash, known);
  const changes: NewCommit[] = [];
  for (const commit of commits) changes.push({ repo, branch, commit, ...(await diffOf(git, repo, commit.sha)) });
  await record(self, async (writer) => {
    for (const change of changes) await appendCommit(writer, change, turnId);
    await moveHead(writer, repo, branch, hash);
  });
}

/** Looks at every project repository for branches that moved and adds their commits to the log. What can't be read is named in the end, when all was looked at. */
export async function scan(self: Self, requestId: string, turnId: Id<"trn"> | undefined): Promise<void> {
  const git = gitClient(self.vars.stack, requestId);
  const failed: unknown[] = [];
  const tried = async (what: Record<string, string>, look: () => Promise<void>) => {
    await look().catch((error: unknown) => {
      self.vars.world.log("warn", "a branch was not looked at", { ...what, requestId, error });
      failed.push(error);
    });
  };
  for (const { repo } of await self.db.select({ repo: project.repo }).from(project).where(isNotNull(project.readyAt))) {
    await tried({ repo }, async () => {
      for (const { name: branch, commit } of await git.branches(repo))
        await tried({ repo, branch }, () => scanBranch(self, git, { repo, branch, hash: commit.id }, turnId));
    });
  }
  if (failed.length > 0) throw failed[0];
}

const payload = z.object({ turnId: id("trn").optional() });
export const scanWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    if ((await me(self.db)).tier !== "running") return; // nothing moves there; the next turn looks again
    await scan(self, work.requestId, payload.parse(work.payload).turnId);
  },
  async gaveUp(self: Self, work: WorkRow): Promise<void> {
    self.vars.world.log("warn", "branches were not looked at; the next turn will", { requestId: work.requestId });
  },
};

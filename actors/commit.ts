import { and, eq, isNotNull } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../schema/error.ts";
import { head } from "../schema/head.table.ts";
import { type Id, id, newId } from "../schema/id.ts";
import { outboxesOf } from "../schema/memory.ts";
import { policyPath } from "../schema/policy-file.ts";
import { project } from "../schema/project.table.ts";
import { box } from "../schema/stack.ts";
import { keepChanged } from "./changes.ts";
import { changedFiles } from "./diff.ts";
import { record, type Writer } from "./event.ts";
import { type Commit, type Git, gitClient } from "./git.ts";
import { queuePolicy } from "./policy.ts";
import { outdate } from "./receipt.ts";
import { me, type Self } from "./self.ts";
import type { Db } from "./tables.ts";
import { branchMoved } from "./task.ts";
import type { WorkRow } from "./work.ts";

const memory = `${box.memoryRepo.owner}/${box.memoryRepo.name}`;
export type NewCommit = { repo: string; repoId?: string; branch: string; commit: Commit; diff: string };

/** Adds a commit to the log, once per repository and hash. */
export async function appendCommit(writer: Writer, of: NewCommit, turnId: Id<"trn"> | undefined): Promise<void> {
  const { commit, diff, branch, repo, repoId } = of;
  // Only the platform writes memory: in a project anybody could write these words.
  const outboxIds = repo === memory ? (outboxesOf(commit.commit.message) as Id<"out">[]) : [];
  const parent = commit.parents?.[0]?.sha;
  const changed = changedFiles(diff);
  if (repo === memory && changed.files.some((file) => file.path === policyPath)) await queuePolicy(writer, newId("req", writer.now));
  const seq = await writer.append("commit", {
    ref: `commit:${repo}:${commit.sha}`,
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

/** The commits that came to a branch since the log last told of it, oldest first. A branch that was rewritten is read anew against main. */
async function news(git: Git, repo: string, branch: string, hash: string, known: string | undefined): Promise<Commit[]> {
  const base = known ?? (branch === "main" ? undefined : "main");
  if (!base) return [];
  try {
    return (await git.compare(repo, base, hash)).reverse();
  } catch (error) {
    if (known && branch !== "main" && error instanceof AppError && error.code === "not_found")
      return (await git.compare(repo, "main", hash)).reverse();
    throw error;
  }
}

const most = 50;
async function scanBranch(
  self: Self,
  git: Git,
  of: { repo: string; branch: string; hash: string },
  turnId: Id<"trn"> | undefined,
): Promise<void> {
  const { repo, branch, hash } = of;
  const known = await headOf(self.db, repo, branch);
  if (known === hash) return;
  const commits = (await news(git, repo, branch, hash, known)).slice(-most);
  const diffs: string[] = [];
  for (const commit of commits) diffs.push(await git.diff(repo, commit.sha));
  await record(self, async (writer) => {
    for (const [i, commit] of commits.entries()) await appendCommit(writer, { repo, branch, commit, diff: diffs[i] ?? "" }, turnId);
    await moveHead(writer, repo, branch, hash);
    await branchMoved(writer, { repo, branch, hash });
    await outdate(writer, { repo, branch, hash });
  });
}

/** Looks at every project repository for branches that moved and adds their commits to the log. */
export async function scan(self: Self, requestId: string, turnId: Id<"trn"> | undefined): Promise<void> {
  const git = gitClient(self.vars.stack, requestId);
  for (const { repo } of await self.db.select({ repo: project.repo }).from(project).where(isNotNull(project.readyAt))) {
    for (const branch of await git.branches(repo))
      await scanBranch(self, git, { repo, branch: branch.name, hash: branch.commit.id }, turnId);
  }
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

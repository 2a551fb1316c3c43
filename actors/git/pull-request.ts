import { setTimeout as after } from "node:timers/promises";
import { and, desc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import type { PullRequestView, pullRequestMakeIn, pullRequestMergeIn } from "../../schema/git/repository.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { readUnverifiedReceipt, receiptStanding } from "../../schema/receipt/receipt.ts";
import { box } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { findTask } from "../task/task-row.ts";
import { type Git, mainBranch } from "./git.ts";

/**
 * Pull requests are Gitea's own. What is merged is what a proof has seen: the branch's newest commit has a
 * current receipt and holds all of `main`, so that `main` moves on to that very commit and no other one
 * comes to be.
 */
const branchEnd = z.looseObject({ ref: z.string(), sha: z.string() });
const giteaPull = z.looseObject({
  number: z.number(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.string(),
  merged: z.boolean().nullish(),
  created_at: z.string(),
  head: branchEnd,
  base: branchEnd,
});
type GiteaPull = z.infer<typeof giteaPull>;
type Proof = PullRequestView["proof"];

/** Whether a commit has a receipt that still speaks for it, and if not, what is missing. */
async function judgeCommit(db: Db, repo: string, commit: string): Promise<Proof> {
  const short = commit.slice(0, 10);
  const ofCommit = and(eq(proofTable.repo, repo), eq(proofTable.commit, commit), isNull(proofTable.staleAt));
  const [proof] = await db.select().from(proofTable).where(ofCommit).orderBy(desc(proofTable.at)).limit(1);
  if (!proof) return { can: false, reason: `No current receipt speaks for ${short}: the checks of a task must have passed at it.` };
  const task = await findTask(db, proof.task);
  const now = { repository: repo, commit, specSha256: task?.specHash ?? "" };
  const standing = receiptStanding(readUnverifiedReceipt(proof.receipt), now);
  if (standing.state !== "current") return { can: false, reason: `The receipt of ${short} does not hold: ${standing.reason}.` };
  return { can: true, reason: `Proven: ${standing.reason}.`, receipt: proof.id };
}
/** As `judgeCommit`, and it holds all that `main` has. */
async function judgePull(self: Self, git: Git, repo: string, { head, state }: GiteaPull): Promise<Proof> {
  if (state !== "open") return { can: false, reason: "It is closed." };
  const proof = await judgeCommit(self.db, repo, head.sha);
  if (!proof.can) return proof;
  const behind = await git.compare(repo, head.sha, mainBranch);
  if (behind.length === 0) return proof;
  return { can: false, reason: `main has ${behind.length} newer commits: bring the branch up to date and have it proven again.` };
}
async function viewPull(self: Self, git: Git, repo: string, pull: GiteaPull): Promise<PullRequestView> {
  const state = pull.merged ? ("merged" as const) : pull.state === "open" ? ("open" as const) : ("closed" as const);
  const proof = state === "merged" ? { can: false, reason: "It is merged." } : await judgePull(self, git, repo, pull);
  const { number, title, head } = pull;
  const createdAt = Date.parse(pull.created_at);
  return { number, title, body: pull.body ?? "", state, branch: head.ref, commit: head.sha, createdAt, proof };
}

/** The newest fifty. */
const pullsAtOnce = 50;
export async function listPullRequests(self: Self, git: Git, repo: string, state: "open" | "closed" | "all") {
  const pulls = await git.ask(
    "GET",
    `/repos/${repo}/pulls?state=${state}&limit=${pullsAtOnce}&sort=recentupdate`,
    z.array(giteaPull).nullable(),
  );
  const pullRequests: PullRequestView[] = [];
  for (const pull of pulls ?? []) if (pull.base.ref === mainBranch) pullRequests.push(await viewPull(self, git, repo, pull));
  return { pullRequests };
}

export async function makePullRequest(
  self: Self,
  git: Git,
  repo: string,
  { branch, title, body }: Omit<z.infer<typeof pullRequestMakeIn>, "repoId">,
) {
  const find = async () => {
    const open = await git.ask("GET", `/repos/${repo}/pulls?state=open&limit=${pullsAtOnce}`, z.array(giteaPull).nullable());
    return open?.find(({ head, base }) => head.ref === branch && base.ref === mainBranch);
  };
  const head = await git.head(repo, branch);
  if (head === undefined) throw new AppError("not_found", { what: "branch" }, { message: `There is no branch ${branch}.` });
  if ((await git.compare(repo, mainBranch, branch)).length === 0)
    throw new AppError("conflict", { what: "branch" }, { message: `${branch} has nothing that main has not.` });
  const made = await git
    .ask("POST", `/repos/${repo}/pulls`, giteaPull, { head: branch, base: mainBranch, title, body })
    .catch(async (error: unknown) => {
      const there = error instanceof AppError && error.code === "conflict" ? await find() : undefined;
      if (!there) throw error;
      return there;
    });
  return { pullRequest: await viewPull(self, git, repo, made) };
}

const refuseMerge = (message: string) => new AppError("conflict", { what: "pull request" }, { message });
/** So often Gitea is asked again while it is still looking whether a new pull request can be merged. */
const mergeTries = 20;
/** Gitea moves `main` on to the commit, and refuses where the branch or `main` have moved meanwhile. */
async function fastForward(git: Git, path: string, commit: string): Promise<void> {
  for (let left = mergeTries; ; left--) {
    try {
      return await git.ensure("POST", `${path}/merge`, { Do: "fast-forward-only", head_commit_id: commit }, []);
    } catch (error) {
      const { status, detail } = error instanceof AppError ? error.meta : {};
      if (status !== 405 && status !== 409) throw error;
      if (status === 405 && left > 0 && String(detail).includes("try again later")) await after(250);
      else
        throw new AppError(
          "conflict",
          { what: "pull request" },
          { cause: error, message: "Git did not take the merge: something moved meanwhile. Look at it again." },
        );
    }
  }
}
/** Merges what is proven. One that is merged already is returned as it is. */
export async function mergePullRequest(
  self: Self,
  git: Git,
  project: string,
  { number, commit }: Omit<z.infer<typeof pullRequestMergeIn>, "repoId">,
) {
  const repo = `${box.projectOwner}/${project}`;
  const path = `/repos/${repo}/pulls/${number}`;
  const read = () => git.ask("GET", path, giteaPull);
  const pull = await read();
  if (pull.base.ref !== mainBranch) throw new AppError("not_found", { what: "pull request" });
  if (pull.merged) return { pullRequest: await viewPull(self, git, repo, pull) };
  if (commit !== undefined && commit !== pull.head.sha) throw refuseMerge(`Its newest commit is ${pull.head.sha} now, not ${commit}.`);
  const proof = await judgePull(self, git, repo, pull);
  if (!proof.can) throw refuseMerge(proof.reason);
  const [row] = await self.db.select({ merger: projectTable.merger }).from(projectTable).where(eq(projectTable.name, project));
  if (row?.merger) throw refuseMerge("A task of the project is merging just now. Try again when it has ended.");
  await fastForward(git, path, pull.head.sha);
  return { pullRequest: await viewPull(self, git, repo, await read()) };
}

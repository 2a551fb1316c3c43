import { and, desc, eq, ne, notInArray } from "drizzle-orm";
import { type CommitStatusRow, commitStatusTable } from "../../schema/git/commit-status.table.ts";
import { keptBranches } from "../../schema/git/push.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { box } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { isTaskOver, taskStates } from "../../schema/task/task.ts";
import { queueChecks } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { findBranchAt, findBranchHead } from "./branch-head.ts";
import { addStatus, type CommitRef, findStatus, moveStatus } from "./commit-status.ts";

type MovedBranch = { repo: string; branch: string; hash: string };

const overStates = taskStates.filter(isTaskOver);
/** Whether a task is at work on this branch: its proof will speak of what is pushed there. */
async function hasOpenTask(db: Db, { repo, branch }: MovedBranch): Promise<boolean> {
  const project = repo.slice(box.projectOwner.length + 1);
  const open = and(eq(taskTable.project, project), eq(taskTable.branch, branch), notInArray(taskTable.state, overStates));
  return (await db.select({ id: taskTable.id }).from(taskTable).where(open).limit(1)).length > 0;
}
/** The newest receipt of a commit. */
export async function findReceiptOf(db: Db, { repo, hash }: CommitRef) {
  const ofCommit = and(eq(proofTable.repo, repo), eq(proofTable.commit, hash));
  return (await db.select().from(proofTable).where(ofCommit).orderBy(desc(proofTable.at)).limit(1))[0];
}
/** Commits of this branch whose checks wait still: its newest is what counts. */
async function skipOlder(writer: Writer, { repo, branch, hash }: MovedBranch): Promise<void> {
  const ofBranch = and(eq(commitStatusTable.repo, repo), eq(commitStatusTable.branch, branch), ne(commitStatusTable.hash, hash));
  const waiting = and(ofBranch, eq(commitStatusTable.state, "queued"), eq(commitStatusTable.asked, false));
  const reason = `A newer commit came to ${branch} before its checks began.`;
  for (const row of await writer.db.select().from(commitStatusTable).where(waiting)) {
    const elsewhere = await findBranchAt(writer.db, row);
    if (elsewhere === undefined) await moveStatus(writer, row, "skipped", { reason });
    else await moveStatus(writer, row, row.state, { branch: elsewhere });
  }
}
/** What was never run of a commit is run when a branch stands at it again. */
async function checkAgain(writer: Writer, row: CommitStatusRow, branch: string): Promise<void> {
  if (row.source !== "checks" || row.state !== "skipped") return;
  await moveStatus(writer, row, "queued", { branch, reason: null, checks: [], attempt: 0, startedAt: null, endedAt: null });
  await queueChecks(writer, row);
}
/**
 * A branch has a new head, in the caller's transaction: the project's checks are run of it, once for each
 * commit. What a task has pushed is proven with the task, and what has a receipt is proven.
 */
export async function checkNewHead(writer: Writer, moved: MovedBranch): Promise<void> {
  const { repo, branch, hash } = moved;
  if (branch.startsWith(keptBranches.agents)) return;
  await skipOlder(writer, moved);
  if (await hasOpenTask(writer.db, moved)) return;
  const before = await findStatus(writer.db, moved);
  if (before) return checkAgain(writer, before, branch);
  const proof = await findReceiptOf(writer.db, moved);
  if (proof) {
    await addStatus(writer, { repo, branch, hash, state: "passed", source: "proof", task: proof.task, receipt: proof.id });
    return;
  }
  await queueChecks(writer, await addStatus(writer, { repo, branch, hash, state: "queued", source: "checks" }));
}
/** A task is given up: what it left on a branch that is not an agent's own is checked as any push is. */
export async function checkLeftHead(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (before?.state === row.state || (row.state !== "failed" && row.state !== "cancelled") || row.branch === null) return;
  const repo = `${box.projectOwner}/${row.project}`;
  const hash = await findBranchHead(writer.db, repo, row.branch);
  if (hash !== undefined) await checkNewHead(writer, { repo, branch: row.branch, hash });
}

import { and, desc, eq, inArray, isNull, ne, notInArray, or } from "drizzle-orm";
import type { z } from "zod";
import { branchHeadTable } from "../../schema/git/branch-head.table.ts";
import { type CommitStatusRow, commitStatusTable } from "../../schema/git/commit-status.table.ts";
import {
  type CommitStatusState,
  type CommitStatusView,
  commitStatusView,
  isStatusMove,
  isStatusUnderWay,
  mostDetailed,
  mostStatuses,
  type statusesIn,
  type statusesOut,
  statusesUnderWay,
} from "../../schema/git/commit-status.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { box } from "../../schema/stack/stack.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { queueCommitStatus } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { requireProject } from "../release/project-view.ts";
import { readCommitTitle } from "./commit.ts";

export type CommitRef = { repo: string; hash: string };
const isOf = ({ repo, hash }: CommitRef) => and(eq(commitStatusTable.repo, repo), eq(commitStatusTable.hash, hash));

/** As members see it: what is not known is absent. */
export function viewStatus({ task: taskId, receipt: receiptId, ...row }: CommitStatusRow): CommitStatusView {
  return commitStatusView.parse(Object.fromEntries(Object.entries({ ...row, taskId, receiptId }).filter(([, value]) => value !== null)));
}
export async function findStatus(db: Db, commit: CommitRef): Promise<CommitStatusRow | undefined> {
  return (await db.select().from(commitStatusTable).where(isOf(commit)))[0];
}
/** Of checks that wait or run. */
export function listOpenStatuses(db: Db): Promise<CommitStatusRow[]> {
  return db
    .select()
    .from(commitStatusTable)
    .where(inArray(commitStatusTable.state, [...statusesUnderWay]));
}
/** Action `statuses`. */
export async function listStatuses(db: Db, { project, branch, hash }: z.infer<typeof statusesIn>): Promise<z.infer<typeof statusesOut>> {
  const { repo } = await requireProject(db, project);
  const asked = and(
    eq(commitStatusTable.repo, repo),
    branch === undefined ? undefined : eq(commitStatusTable.branch, branch),
    hash === undefined ? undefined : eq(commitStatusTable.hash, hash),
  );
  const newest = db.select().from(commitStatusTable).where(asked).orderBy(desc(commitStatusTable.createdAt)).limit(mostStatuses);
  return { statuses: (await newest).map((row, at) => viewStatus(at < mostDetailed ? row : { ...row, checks: [] })) };
}

export type StatusChange = Partial<Omit<CommitStatusRow, "repo" | "hash" | "state" | "createdAt">>;
async function tellStatus(writer: Writer, row: CommitStatusRow): Promise<void> {
  const { repo, hash, branch, title, state, source, reason, taskId, receiptId } = viewStatus(row);
  const told = { repo, hash, branch, title, state, source, reason, taskId, receiptId };
  const counted = row.checks.length > 0 ? { checks: row.checks.length, failed: row.checks.filter(({ passed }) => !passed).length } : {};
  await writer.append("commit.status", { body: { ...told, ...counted } });
  await queueCommitStatus(writer, row);
}
/**
 * The one way in which a status of checks changes, in the caller's transaction. Undefined: what it is by now
 * does not change so, and nothing was written.
 */
export async function moveStatus(
  writer: Writer,
  before: Pick<CommitStatusRow, "repo" | "hash" | "state" | "source">,
  state: CommitStatusState,
  change: StatusChange = {},
): Promise<CommitStatusRow | undefined> {
  if (!isStatusMove(before.state, state)) return undefined;
  const over = isStatusUnderWay(state) ? {} : { endedAt: writer.now };
  const asBefore = and(isOf(before), eq(commitStatusTable.state, before.state), eq(commitStatusTable.source, before.source));
  const [row] = await writer.db
    .update(commitStatusTable)
    .set({ ...over, ...change, state })
    .where(asBefore)
    .returning();
  if (row) await tellStatus(writer, row);
  return row;
}

type NewStatus = CommitRef & Pick<CommitStatusRow, "branch" | "state" | "source"> & StatusChange;
/** A commit that had no status, in the caller's transaction. The oldest of its project beyond a number go. */
export async function addStatus(writer: Writer, status: NewStatus): Promise<CommitStatusRow> {
  const over = isStatusUnderWay(status.state) ? {} : { endedAt: writer.now };
  const [row] = await writer.db
    .insert(commitStatusTable)
    .values({ createdAt: writer.now, title: await readCommitTitle(writer.db, status), ...over, ...status })
    .returning();
  if (!row) throw new Error("a status was not written");
  const ofRepo = eq(commitStatusTable.repo, status.repo);
  const kept = writer.db
    .select({ hash: commitStatusTable.hash })
    .from(commitStatusTable)
    .where(ofRepo)
    .orderBy(desc(commitStatusTable.createdAt))
    .limit(mostStatuses);
  const heads = writer.db.select({ hash: branchHeadTable.hash }).from(branchHeadTable).where(eq(branchHeadTable.repo, status.repo));
  const wanted = [notInArray(commitStatusTable.hash, kept), notInArray(commitStatusTable.hash, heads)];
  const old = and(ofRepo, ...wanted, notInArray(commitStatusTable.state, [...statusesUnderWay]));
  await writer.db.delete(commitStatusTable).where(old);
  await tellStatus(writer, row);
  return row;
}
type Verdict = Extract<TaskCommand, { kind: "verify_passed" | "verify_failed" }>;
async function readVerdict(db: Db, { repo, hash }: CommitRef, command: Verdict) {
  if (command.kind === "verify_failed") return { state: "failed", reason: command.reason, receipt: null } as const;
  const ofCommit = and(eq(proofTable.repo, repo), eq(proofTable.commit, hash));
  const [proof] = await db.select({ id: proofTable.id }).from(proofTable).where(ofCommit).orderBy(desc(proofTable.at)).limit(1);
  return { state: "passed", reason: null, receipt: proof?.id ?? null } as const;
}
/** What a clean room said of a task's commit: it stands above what its branch's checks say. */
export async function noteProof(writer: Writer, { row: task, command }: ReactionChange<"task.state">): Promise<void> {
  if (command?.kind !== "verify_passed" && command?.kind !== "verify_failed") return;
  if (task.branch === null) return;
  const commit = { repo: `${box.projectOwner}/${task.project}`, hash: command.commit };
  const verdict = { source: "proof" as const, task: task.id, checks: [], ...(await readVerdict(writer.db, commit, command)) };
  const before = await findStatus(writer.db, commit);
  if (!before) return void (await addStatus(writer, { ...commit, branch: task.branch, ...verdict }));
  const [row] = await writer.db
    .update(commitStatusTable)
    .set({ ...verdict, asked: false, attempt: 0, startedAt: null, endedAt: writer.now })
    .where(isOf(commit))
    .returning();
  if (row) await tellStatus(writer, row);
}

/** A project that is deleted takes the statuses of its commits with it. */
export async function endStatusesOfProject(writer: Writer, removed: ReactionChange<"project.removed">): Promise<void> {
  const { name, repository, state } = removed;
  if (repository !== "archive") return;
  const repo = `${box.projectOwner}/${name}`;
  const reason = "Its project is being deleted.";
  for (const row of await listOpenStatuses(writer.db)) if (row.repo === repo) await moveStatus(writer, row, "skipped", { reason });
  if (state === "done") await writer.db.delete(commitStatusTable).where(eq(commitStatusTable.repo, repo));
}

/** Gitea hears of a commit once its checks run: before that it may have none. */
export const untoldStates: readonly CommitStatusState[] = ["queued", "skipped"];
/** The stack is up: what could not be told meanwhile is told now. */
export async function queueUntoldStatuses(writer: Writer): Promise<void> {
  const never = and(isNull(commitStatusTable.told), notInArray(commitStatusTable.state, [...untoldStates]));
  const behind = or(never, ne(commitStatusTable.told, commitStatusTable.state));
  const rows = writer.db.select({ repo: commitStatusTable.repo, hash: commitStatusTable.hash }).from(commitStatusTable).where(behind);
  for (const row of await rows) await queueCommitStatus(writer, row);
}

import { and, eq } from "drizzle-orm";
import type { z } from "zod";
import {
  type editBeginIn,
  type editBeginOut,
  editBranches,
  type editHandInIn,
  type editHandInOut,
  editOwner,
} from "../../schema/project/edit.ts";
import { box } from "../../schema/stack/stack.ts";
import { specShape } from "../../schema/task/spec.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { Git, mainBranch } from "../git/git.ts";
import { makePullRequest, mergePullRequest } from "../git/pull-request.ts";
import { openOwnPush, openRunningGit } from "../git/repository.ts";
import { scanBranches } from "../git/scan.ts";
import { queueAdoption, queueScan } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Handler, WorkItem } from "../kernel/work.ts";
import type { ReactionChange, Writer } from "../kernel/writer.ts";
import { handOffEdit } from "../release/deployment.ts";
import { requireLastingProject, requireProject } from "../release/project-view.ts";
import { ensureReady } from "../stack/provision.ts";
import { readMainChecks } from "./main-checks.ts";
import { applyTask, createTask } from "./task.ts";
import { findTask } from "./task-row.ts";

/** What a member changes of a project by their own hand (schema/project/edit.ts). */

const conflictText = (path: string) =>
  `${path} has changed in the project meanwhile. Your text is kept where you wrote it: look at the file as it is now, and bring your change in again.`;
const conflict = (path: string) => new AppError("conflict", { what: "file", path }, { message: conflictText(path) });

/** Where the branch of an edit began: it holds one commit at most that main has not. */
async function findStart(git: Git, repo: string, head: string): Promise<string> {
  const holdsOwn = (await git.compare(repo, mainBranch, head)).length > 0;
  const [commit] = holdsOwn ? await git.commits(repo, head, 1) : [];
  return commit?.parents?.[0]?.sha ?? head;
}
/** Action `editBegin`. */
export async function beginEdit(self: Self, input: z.infer<typeof editBeginIn>, requestId: string): Promise<z.infer<typeof editBeginOut>> {
  const { name: project, repo } = await requireLastingProject(self.db, input.project);
  await openOwnPush(self, repo, requestId);
  const git = await openRunningGit(self, requestId);
  const head = await git.head(repo, mainBranch);
  if (head === undefined) throw new AppError("conflict", { what: "main" }, { message: "Nothing is on main yet." });
  const branch = `${editBranches}${input.key}`;
  const known = await git.head(repo, branch);
  if (known !== undefined) return { project, repo, branch, head: await findStart(git, repo, known) };
  if (head !== input.base) {
    for (const path of input.paths)
      if ((await git.fileHash(repo, input.base, path)) !== (await git.fileHash(repo, head, path))) throw conflict(path);
  }
  await git.ensure("POST", `/repos/${repo}/branches`, { new_branch_name: branch, old_ref_name: head }, []);
  return { project, repo, branch, head };
}

async function findHandedIn(db: Db, project: string, branch: string): Promise<Id<"tsk"> | undefined> {
  const ofBranch = and(eq(taskTable.project, project), eq(taskTable.branch, branch));
  return (await db.select({ id: taskTable.id }).from(taskTable).where(ofBranch))[0]?.id;
}

/** Action `editHandIn`. */
export async function handInEdit(
  self: Self,
  input: z.infer<typeof editHandInIn>,
  requestId: string,
): Promise<z.infer<typeof editHandInOut>> {
  const { branch, commit, parent, paths, title } = input;
  const { name: project, repo } = await requireLastingProject(self.db, input.project);
  const before = await findHandedIn(self.db, project, branch);
  if (before) return { taskId: before };
  const git = await openRunningGit(self, requestId);
  if ((await git.head(repo, branch)) !== commit)
    throw new AppError("conflict", { what: "branch" }, { message: `${branch} does not stand at ${commit}.` });
  const checks = await readMainChecks(self.db, git, repo);
  const spec = specShape.parse({ id: "edit", title, project, owner: editOwner, outputs: paths, ...checks });
  return record(self, requestId, async (writer) => {
    const known = await findHandedIn(writer.db, project, branch);
    if (known) return { taskId: known };
    const { id } = await createTask(writer, { spec, project });
    await writer.db.update(taskTable).set({ branch }).where(eq(taskTable.id, id));
    await applyTask(writer, id, { kind: "hand_in", commit, base: parent });
    await queueScan(writer);
    return { taskId: id };
  });
}

export async function adoptProven(writer: Writer, { before, row }: ReactionChange<"task.state">): Promise<void> {
  if (before?.state !== row.state) await queueAdoption(writer, row);
}

type Adopted = TaskRow & { branch: string };
/** The task, while this commit is what it stands for. */
async function findAdopted(db: Db, { taskId, commit }: WorkItem<"adopt">["payload"]): Promise<Adopted | undefined> {
  const row = await findTask(db, taskId);
  if (!row?.branch || row.state !== "verified" || row.facts.by !== "member" || row.facts.commit !== commit) return undefined;
  return { ...row, branch: row.branch };
}
/** `main` has moved on: it is brought in, and the whole is proven again. */
async function bringUpToDate(self: Self, git: Git, row: Adopted, number: number, requestId: string): Promise<void> {
  const repo = `${box.projectOwner}/${row.project}`;
  const base = await git.head(repo, mainBranch);
  if ((await git.head(repo, row.branch)) === row.facts.commit)
    await git.ensure("POST", `/repos/${repo}/pulls/${number}/update?style=merge`, {}, []).catch((cause: unknown) => {
      if (!(cause instanceof AppError) || cause.code !== "conflict") throw cause;
      throw new AppError("conflict", { what: "main" }, { cause, message: "the same place of the project has changed meanwhile" });
    });
  const commit = await git.head(repo, row.branch);
  if (!commit || !base) throw new AppError("unavailable", { what: "branch" });
  await record(self, requestId, (writer) => applyTask(writer, row.id, { kind: "hand_in", commit, base }));
}
async function adopt(self: Self, row: Adopted, commit: string, requestId: string): Promise<"adopted" | "handed in"> {
  const repo = `${box.projectOwner}/${row.project}`;
  const git = new Git(self.vars.stack, requestId);
  if ((await git.compare(repo, mainBranch, commit)).length === 0) return "adopted"; // before this process died
  if ((await requireProject(self.db, row.project)).merger !== null) throw new AppError("unavailable", { what: "main" }); // a task merges
  const { pullRequest } = await makePullRequest(self, git, repo, { branch: row.branch, title: row.spec.title, body: "" });
  const isBehind = async () => (await git.compare(repo, commit, mainBranch)).length > 0;
  if (!(await isBehind())) {
    try {
      await mergePullRequest(self, git, row.project, { number: pullRequest.number, commit });
      return "adopted";
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== "conflict" || !(await isBehind())) throw error; // main moved in that moment
    }
  }
  await bringUpToDate(self, git, row, pullRequest.number, requestId);
  return "handed in";
}

export const adoptWork: Handler<"adopt"> = {
  endless: ["unreachable"],
  async run(self, { payload, requestId }) {
    const row = await findAdopted(self.db, payload);
    if (!row) return;
    if (!(await ensureReady(self, requestId)).ready) throw new AppError("unavailable", { what: "stack" });
    const { commit } = payload;
    if (row.facts.adopted !== commit) {
      if ((await adopt(self, row, commit, requestId)) === "handed in") return;
      await record(self, requestId, (writer) => applyTask(writer, row.id, { kind: "adopt", commit }));
    }
    await scanBranches(self, requestId, undefined); // what may go online is judged by main as it is now
    await record(self, requestId, async (writer) => {
      const now = await findAdopted(writer.db, payload);
      if (now) await handOffEdit(writer, now);
    });
  },
  async gaveUp(self, { payload, requestId }, error) {
    const row = await findAdopted(self.db, payload);
    if (!row || row.facts.adopted === payload.commit) return; // it is on main: the next look at the branches tells the rest
    const reason = error.code === "conflict" ? error.message : `it could not be brought to main: ${error.message}`;
    await record(self, requestId, (writer) => applyTask(writer, row.id, { kind: "conflict", reason: reason.slice(0, 1_000) }));
  },
};

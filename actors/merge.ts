import { eq } from "drizzle-orm";
import { type AgentRow, agentTable } from "../schema/agent/agent.table.ts";
import {
  type ConflictSubject,
  conflictQuestions,
  findUnmetResolutions,
  type MergeOut,
  type MergeSide,
  mergeLimits,
  mergeOut,
  type Resolution,
  readResolution,
} from "../schema/merge.ts";
import { box, gitMail } from "../schema/stack/stack.ts";
import { type TaskRow, taskTable } from "../schema/task/task.table.ts";
import { AppError } from "../schema/wire/error.ts";
import { findAgent } from "./agent/agent.ts";
import { askMember } from "./approval/approval.ts";
import { listApprovalsUnder } from "./approval/approval-row.ts";
import { readFileText, requireFile } from "./git/file-content.ts";
import { Git, mainBranch } from "./git/git.ts";
import { hasTaskBegun } from "./git/push-permission.ts";
import { mergeStarts } from "./kernel/queue.ts";
import type { Self } from "./kernel/self.ts";
import type { Db } from "./kernel/tables.ts";
import { record } from "./kernel/transaction.ts";
import { type WorkItem, waitForEffect } from "./kernel/work.ts";
import type { Writer } from "./kernel/writer.ts";
import * as project from "./project.ts";
import { ensureReady } from "./stack/provision.ts";
import { builtOn, tellAssigned } from "./task/assigned.ts";
import { applyTask } from "./task/task.ts";
import { findTask } from "./task/task-row.ts";

/**
 * How a task that merges begins: git tries the merge first, and where both sides changed the same lines the
 * member decides before anything is pushed.
 */

/** The task, while it waits for its first step. */
async function findWaitingMerge(db: Db, work: WorkItem<"merge">): Promise<TaskRow | undefined> {
  const { taskId, run } = work.payload;
  const row = await findTask(db, taskId);
  if (!row?.worker || row.facts.run !== run || !mergeStarts.has(row.state) || (await hasTaskBegun(db, row))) return undefined;
  return row;
}

/** What is merged: the work that the task builds on, in the order in which it was done. */
type MergeSource = { commit: string; branch: string };
async function listMergeSources(db: Db, row: TaskRow): Promise<MergeSource[]> {
  const built = (await builtOn(db, row)).sort((a, b) => a.updatedAt - b.updatedAt);
  return built.flatMap(({ branch, facts: { commit } }) => (branch && branch !== mainBranch && commit ? [{ commit, branch }] : []));
}
async function requireStackReady(self: Self, row: TaskRow): Promise<void> {
  const made = await waitForEffect(
    self,
    `project:${row.project}`,
    25_000,
    async () => (await project.findProject(self, row.project))?.readyAt ?? undefined,
  );
  if (!made) throw new AppError("unavailable", { what: "project", project: row.project });
}
async function requireMainHead(self: Self, row: TaskRow, requestId: string): Promise<string> {
  const [head] = await new Git(self.vars.stack, requestId).commits(`${box.projectOwner}/${row.project}`, mainBranch, 1);
  if (!head) throw new AppError("unavailable", { what: "main", project: row.project });
  return head.sha;
}
function tryMerge(self: Self, row: TaskRow, from: string, requestId: string): Promise<MergeOut> {
  const body = { repo: `${box.projectOwner}/${row.project}`, into: mainBranch, from };
  return self.vars.stack.json(requestId, mergeOut, { method: "POST", path: "/merges", body, firstByte: 60_000 });
}

/** Who changed a file last on a side, for people: the agent and the task it worked on. */
async function findMakers(db: Db, merge: MergeOut): Promise<(side: MergeSide) => string> {
  const rows = await db
    .select({ agent: agentTable, task: taskTable })
    .from(agentTable)
    .leftJoin(taskTable, eq(taskTable.worker, agentTable.id));
  const mails = new Set(merge.conflicts.flatMap(({ ours, theirs }) => [ours.by?.mail, theirs.by?.mail]));
  const known = rows.filter((row) => mails.has(gitMail(row.agent.id)));
  return ({ by }) => {
    if (!by) return "as it was before";
    const authored = known.filter((row) => gitMail(row.agent.id) === by.mail);
    const source =
      authored.find((row) => row.task && by.title.includes(row.task.spec.title))?.task ??
      (authored.length === 1 ? authored[0]?.task : undefined);
    const author = authored[0]?.agent.title ?? by.author;
    return `${author}${source ? ` for “${source.spec.title}”` : ""}: ${by.title} (${by.commit.slice(0, 8)})`.slice(0, 390);
  };
}

const conflictKey = (row: TaskRow) => `conflict:${row.id}:${row.facts.run}:`;
type ConflictQuestion = { key: string; from: string; subject: ConflictSubject };
function listConflictQuestions(row: TaskRow, merge: MergeOut, branch: string, nameSide: (side: MergeSide) => string): ConflictQuestion[] {
  const names = { into: mainBranch, from: branch, who: nameSide };
  return merge.conflicts.flatMap((each) =>
    conflictQuestions(each, merge, names).map((subject) => ({
      key: `${conflictKey(row)}${merge.into}:${merge.from}:${subject.place ?? 0}:${subject.path}`,
      from: merge.from,
      subject,
    })),
  );
}
async function askAboutConflict(writer: Writer, row: TaskRow, by: AgentRow, { key, subject }: ConflictQuestion): Promise<void> {
  const where = subject.line === undefined ? subject.path : `${subject.path}, line ${subject.line}`;
  await askMember(writer, {
    key,
    agent: by,
    subject,
    title: `Two changes of ${where}: which one stands?`.slice(0, 190),
    why: `“${row.spec.title}” can't merge by itself: ${subject.ours.branch} and ${subject.theirs.branch} both changed ${where} since they parted.`,
    reach: `main of ${row.project}`,
    scopes: ["once"],
    goesOn: false,
  });
}

type ConflictAnswer = { from: string; resolution: Resolution };
/**
 * Asks what is not asked yet; answers the decisions when every place has one. A merge that is too far apart
 * fails and says so.
 */
async function collectDecisions(
  writer: Writer,
  row: TaskRow,
  asked: ConflictQuestion[],
  more: number,
): Promise<ConflictAnswer[] | undefined> {
  const worker = row.worker!;
  if (asked.length > mergeLimits.places || more > 0) {
    const reason = `The branch and main are too far apart: ${asked.length} places${more > 0 ? ` and ${more} more files` : ""} conflict. Bring the branch up to date first.`;
    await applyTask(writer, row.id, { kind: "give_up", worker, run: row.facts.run, reason });
    return undefined;
  }
  const known = new Map((await listApprovalsUnder(writer.db, conflictKey(row))).map((each) => [each.key, each.body]));
  const by = await findAgent(writer.db, worker);
  for (const each of asked) if (by && !known.has(each.key)) await askAboutConflict(writer, row, by, each);
  const answers = asked.flatMap(({ key, from }) => {
    const body = known.get(key);
    const resolution = body && readResolution(body);
    return resolution ? [{ from, resolution }] : [];
  });
  return answers.length === asked.length ? answers : undefined;
}

export const mergeWork = {
  async run(self: Self, work: WorkItem<"merge">): Promise<void> {
    const row = await findWaitingMerge(self.db, work);
    if (!row) return;
    if (!(await ensureReady(self, work.requestId)).ready) throw new AppError("unavailable", { what: "stack" });
    await requireStackReady(self, row);
    const tries: { source: MergeSource; merge: MergeOut }[] = [];
    for (const source of await listMergeSources(self.db, row))
      tries.push({ source, merge: await tryMerge(self, row, source.commit, work.requestId) });
    const into = tries[0]?.merge.into ?? (await requireMainHead(self, row, work.requestId));
    await record(self, work.requestId, async (writer) => {
      const now = await findWaitingMerge(writer.db, work); // it may have been stopped meanwhile
      if (!now) return;
      const asked: ConflictQuestion[] = [];
      for (const { source, merge } of tries)
        asked.push(...listConflictQuestions(now, merge, source.branch, await findMakers(writer.db, merge)));
      const more = tries.reduce((sum, { merge }) => sum + merge.more, 0);
      const answers = await collectDecisions(writer, now, asked, more);
      if (!answers) return;
      const merges = tries.map(({ source: { commit, branch } }) => ({
        from: commit,
        branch,
        decided: answers.flatMap((each) => (each.from === commit ? [each.resolution] : [])),
      }));
      await keepMerging(
        writer,
        now,
        into,
        tries.map(({ merge }) => merge),
      );
      await tellAssigned(writer, now, merges);
    });
  },
  /** The task does not wait for it in silence. */
  async gaveUp(self: Self, work: WorkItem<"merge">, error: AppError): Promise<void> {
    await record(self, work.requestId, async (writer) => {
      const row = await findWaitingMerge(writer.db, work);
      const reason = `git could not try the merge: ${error.message}`;
      if (row) await applyTask(writer, row.id, { kind: "error", class: "stale_worker", reason }); // begins anew, a few times
    });
  },
};

/**
 * What the merge is proven against. One that an earlier try has pushed is proven against what was there
 * before that.
 */
async function keepMerging(writer: Writer, row: TaskRow, into: string, tries: readonly MergeOut[]): Promise<void> {
  if (row.facts.merging && tries.length > 0 && tries.every(({ held }) => held)) return;
  const merging = { into, from: tries.map(({ from }) => from) };
  await writer.db
    .update(taskTable)
    .set({ facts: { ...row.facts, merging } })
    .where(eq(taskTable.id, row.id));
}

/** The decisions that count: the last ones asked about, for main may have moved between two tries. */
async function listDecisions(db: Db, row: TaskRow): Promise<Resolution[]> {
  const rows = await listApprovalsUnder(db, conflictKey(row));
  const merge = (key: string) => key.split(":").slice(0, 4).join(":"); // task, run, and where main stood
  const last = rows.sort((a, b) => a.id.localeCompare(b.id)).at(-1);
  return rows.flatMap(({ key, body }) => (last && merge(key) === merge(last.key) ? (readResolution(body) ?? []) : []));
}
/**
 * The files in which the member decided a conflict, in whichever try: what one has pushed stays. `places`:
 * those that they never decided as a whole.
 */
export async function readDecidedFiles(self: Self, row: TaskRow): Promise<{ decided: string[]; places: string[] }> {
  const all = (await listApprovalsUnder(self.db, `conflict:${row.id}:`)).flatMap(({ body }) => readResolution(body) ?? []);
  const whole = new Set(all.flatMap(({ path, place }) => (place === undefined ? path : [])));
  const decided = [...new Set(all.map(({ path }) => path))];
  return { decided, places: decided.filter((path) => !whole.has(path)) };
}

/** What of the member's decisions a merge does not hold. Empty for every other task. */
export async function findUnfollowedDecisions(self: Self, row: TaskRow, commit: string, requestId: string): Promise<string[]> {
  if (row.branch !== mainBranch) return [];
  const all = await listDecisions(self.db, row);
  const git = new Git(self.vars.stack, requestId);
  const texts = new Map<string, string | undefined>();
  for (const { path } of all) {
    const found = await git.content(`${box.projectOwner}/${row.project}`, commit, path);
    texts.set(path, found === undefined ? undefined : (readFileText(requireFile(found), mergeLimits.markedBytes) ?? undefined));
  }
  return findUnmetResolutions(all, (path) => texts.get(path));
}

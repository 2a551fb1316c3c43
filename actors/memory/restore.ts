import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import type { OpenQuestion } from "../../schema/approval/open-questions.ts";
import { newestSummary, summaryNumber } from "../../schema/conversation/conversation.ts";
import { readGoal } from "../../schema/goal.ts";
import { type MemoryFileRow, memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { isIndexed } from "../../schema/memory/memory-index.ts";
import { planTable } from "../../schema/plan/plan.table.ts";
import { planStates, readPlan } from "../../schema/plan/plan.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { isAppFile, type KeptApp } from "../../schema/release/app-file.ts";
import { box, memoryRepository } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { takeUpMemberTypes } from "../agent/member-agent.ts";
import { readOpenItems, restoreOpenItems } from "../approval/open-questions.ts";
import { keepConversation, restoreConversation } from "../conversation/conversation.ts";
import { moveBranchHead } from "../git/branch-head.ts";
import type { Git } from "../git/git.ts";
import { queuePushPermission, queueRegistration, queueReminder } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { tellPlan } from "../plan/plan.ts";
import { questPath, readQuestRows, restoreQuests } from "../quest/quest-memory.ts";
import { readKeptApps, restoreApps } from "../release/app-memory.ts";
import { tellTask } from "../task/task.ts";
import { type KeptTask, readKeptTasks, restoreTasks, taskPath } from "../task/task-memory.ts";
import { listMemoryFiles, ofRows, rowsOf, textsOf } from "./memory-files.ts";
import { goalKept, insertTimeline, type Kept, readTimeline, type Timeline } from "./restore-timeline.ts";

/**
 * An actor that has lost its state, or is new to a stack that has a past, reads it from the memory
 * repository.
 */
type Past = {
  head: string;
  rows: MemoryFileRow[];
  tasks: KeptTask[];
  plans: (typeof planTable.$inferInsert)[];
  quests: ReturnType<typeof readQuestRows>;
  open: OpenQuestion[];
  apps: KeptApp[];
  summary: { path: string; number: number; text: string } | undefined;
  projects: { name: string; head: string | undefined }[];
  timeline: Timeline;
  /** The conversation's summaries, oldest first. */
  summaries: { path: string; number: number; chars: number }[];
  unread: string[];
};
/** What the repository tells. Undefined: it has no past, its first layout is still to be made. */
async function past(git: Git): Promise<Past | undefined> {
  const head = await git.head(memoryRepository, "main");
  if (!head) return undefined;
  const tree = await listMemoryFiles(git, head);
  if (!tree.some(({ path }) => path === "profile.md")) return undefined;
  const unread: string[] = [];
  const summary = newestSummary(tree.map(({ path }) => path));
  const told = (path: string) =>
    ofRows(path) || summaryNumber(path) !== undefined || questPath(path) || isAppFile(path) || taskPath(path) || workPath.test(path);
  const found = await textsOf(
    git,
    head,
    tree.filter(({ path }) => told(path)),
  );
  const rows = rowsOf(tree, found, head);
  const summaryText = summary && found.get(summary.path);
  const names = await git.repositories(box.projectOwner);
  const projects = await Promise.all(names.map(async (name) => ({ name, head: await git.head(`${box.projectOwner}/${name}`, "main") })));
  return {
    head,
    rows,
    tasks: readKeptTasks(found, unread),
    plans: plansIn(found, unread),
    quests: readQuestRows(found, unread),
    open: readOpenItems(found, unread),
    apps: readKeptApps(found, unread),
    summary: summary && summaryText ? { ...summary, text: summaryText } : undefined,
    projects,
    timeline: await readTimeline(git, head),
    summaries: [...found].flatMap(([path, text]) => {
      const number = summaryNumber(path);
      return number === undefined ? [] : [{ path, number, chars: text.length }];
    }),
    unread,
  };
}
const workPath = /^plans\/pln_[^/]+\.yaml$|^snapshots\/open\/[^/]+\.yaml$/;

function plansIn(found: ReadonlyMap<string, string>, unread: string[]): Past["plans"] {
  return [...found].flatMap(([path, text]) => {
    const id = /^plans\/(pln_[^/]+)\.yaml$/.exec(path)?.[1] as Id<"pln"> | undefined;
    if (!id) return [];
    const [, state, revision] = /^# ([a-z]+), revision (\d+)$/m.exec(text) ?? [];
    const read = readPlan(text);
    const known = planStates.find((known) => known === state);
    if (!read.ok || !known) {
      unread.push(path);
      return [];
    }
    return [{ id, state: known, revision: Number(revision), body: read.value, turnId: null, createdAt: 0, updatedAt: 0 }];
  });
}

async function insertProject(writer: Writer, { name, head }: Past["projects"][number]): Promise<void> {
  const repo = `${box.projectOwner}/${name}`;
  const at = { createdAt: writer.now, readyAt: writer.now };
  const [made] = await writer.db
    .insert(projectTable)
    .values({ name, id: newId("prj", writer.now), repo, turnId: null, merger: "", ...at }) // whoever it was: the right is taken back
    .onConflictDoNothing()
    .returning();
  if (made) await queueRegistration(writer, made);
  await queuePushPermission(writer, name);
  if (head) await moveBranchHead(writer, repo, "main", head);
}

async function insertPast(writer: Writer, past: Past, agent: Id<"agt">): Promise<void> {
  for (let from = 0; from < past.rows.length; from += 500)
    await writer.db
      .insert(memoryFileTable)
      .values(past.rows.slice(from, from + 500))
      .onConflictDoNothing();
  for (const row of past.plans) {
    await writer.db
      .insert(planTable)
      .values({ ...row, createdAt: writer.now, updatedAt: writer.now })
      .onConflictDoNothing();
    if (row.state === "proposed") await queueReminder(writer, row.id);
  }
  await restoreTasks(writer, past.tasks);
  await restoreQuests(writer, past.quests);
  for (const each of past.projects) await insertProject(writer, each);
  await restoreApps(writer, past.apps);
  await restoreOpenItems(writer, past.open);
  if (past.summary) await keepConversation(writer.db, restoreConversation(agent, past.summary, writer.now));
  await moveBranchHead(writer, memoryRepository, "main", past.head);
  await writer.db.update(growAgentTable).set({ memoryReady: true });
  await restoreLog(writer, past);
  const listed = (folder: string) => past.rows.filter((row) => row.path.startsWith(`${folder}/`) && isIndexed(row.path));
  const counts = {
    goals: listed("goals").filter((row) => readGoal(row.content ?? "").ok).length,
    decisions: listed("decisions").length,
    tasks: past.tasks.length,
    quests: past.quests.length,
    files: past.rows.length,
  };
  await writer.append("memory.restored", {
    ref: "restored",
    body: { head: past.head, ...counts, summary: past.summary !== undefined, unread: past.unread.slice(0, 100) },
  });
}

/**
 * The log as far as Git has it: the memory's commits, and how its goals, plans, tasks and the conversation's
 * summaries stand.
 */
async function restoreLog(writer: Writer, past: Past): Promise<void> {
  const tasks = await writer.db.select().from(taskTable);
  const plans = await writer.db.select().from(planTable);
  const kept: Kept[] = [
    ...past.rows.flatMap(({ path, content, at }) => (content && path.startsWith("goals/") ? [goalKept(writer, path, content, at)] : [])),
    ...plans.map((row) => ({
      path: `plans/${row.id}.yaml`,
      fallback: writer.now,
      tell: (at: number) => tellPlan(writer, row, { at }),
    })),
    ...tasks.map((row) => ({
      path: `tasks/${row.id}/task.yaml`,
      task: row.id,
      fallback: row.createdAt,
      tell: (at: number) => tellTask(writer, row, "none", undefined, at),
    })),
    ...past.summaries.map(({ path, number, chars }) => ({
      path,
      fallback: writer.now,
      tell: async (at: number) =>
        void (await writer.append("conversation.summary", { ref: `summary:${path}`, at, body: { number, path, chars, turns: 0 } })),
    })),
  ];
  await insertTimeline(writer, past.timeline, kept);
}

/** Reads the past, if there is one, into an actor that has none. True when it did. */
export async function restorePast(self: Self, git: Git, requestId: string): Promise<boolean> {
  const found = await past(git);
  if (!found) return false;
  const { agent } = await me(self.db);
  await takeUpMemberTypes(self, requestId); // before the tasks: they go to those kinds of agents
  await record(self, requestId, (writer) => insertPast(writer, found, agent));
  return true;
}

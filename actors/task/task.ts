import { and, eq, inArray, ne } from "drizzle-orm";
import type { TaskUsage } from "../../schema/budget.ts";
import { slug } from "../../schema/memory/memory.ts";
import type { Covered } from "../../schema/proof/coverage.ts";
import { box } from "../../schema/stack/stack.ts";
import { projectName, type Spec } from "../../schema/task/spec.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { newTask, nextTask, type TaskState, type TransitionRefusal } from "../../schema/task/task.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { recordOfChange, type Task, taskFiles, taskLogLine } from "../../schema/task/task-file.ts";
import { canonicalJson, hashSha256 } from "../../schema/wire/canonical.ts";
import { AppError } from "../../schema/wire/error.ts";
import { trimTail } from "../../schema/wire/foreign-text.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { findAgent, requireGrowAgent } from "../agent/agent.ts";
import { readTaskUsage } from "../budget/usage.ts";
import { mainBranch } from "../git/git.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChange, ReactionChanges, Writer } from "../kernel/writer.ts";
import { queueFiles } from "../memory/outbox.ts";
import { requireTask, taskTitle } from "./task-row.ts";

export type Applied = { ok: true; row: TaskRow } | { ok: false; code: TransitionRefusal; reason: string };

/** The task as Git remembers it. */
function whole(row: TaskRow, used: TaskUsage): Task {
  return {
    id: row.id,
    ...(row.plan ? { plan: row.plan } : {}),
    project: row.project,
    ...(row.branch ? { branch: row.branch } : {}),
    specHash: row.specHash,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    facts: row.facts,
    used,
    spec: row.spec,
  };
}

const projectNamed = (title: string) => {
  const name = trimTail(slug(title).slice(0, 40), "-");
  return projectName.safeParse(name).success ? name : "work";
};
/** The project of a task without a plan: by its title when it names none. */
export const projectOf = (spec: Spec): string => spec.project ?? projectNamed(spec.title);
/** The project of a plan's tasks that name none: the one they have, else one that no other plan works in. */
export async function projectOfPlan(db: Db, plan: Id<"pln" | "qst">, title: string): Promise<string> {
  const known = plan as Id<"pln">; // no task has a quest's
  const ofPlan = await db.select({ project: taskTable.project, spec: taskTable.spec }).from(taskTable).where(eq(taskTable.plan, known));
  const found = ofPlan.find(({ spec }) => spec.project === undefined);
  if (found) return found.project;
  const name = projectNamed(title);
  const [other] = await db
    .select({ id: taskTable.id })
    .from(taskTable)
    .where(and(eq(taskTable.project, name), ne(taskTable.plan, known)))
    .limit(1);
  return other ? `${trimTail(name.slice(0, 33), "-")}-${plan.slice(-6).toLowerCase()}` : name;
}

/**
 * `nth`: its place, from the last, among tasks that are made together: lists by id are newest first, and
 * begin with the first of these.
 */
type Fresh = { spec: Spec; plan?: Id<"pln">; project: string; nth?: number; delegated?: true };
/** A new task, in the caller's transaction: its first event and commit. The spec has been checked. */
export async function createTask(writer: Writer, made: Fresh): Promise<TaskRow> {
  const { spec, plan = null, project, nth = 0, delegated } = made;
  const facts = { ...newTask, ...(delegated ? { delegated } : {}) };
  const fresh = { facts, state: newTask.state, rev: 0, createdAt: writer.now, updatedAt: writer.now } as const;
  const row: TaskRow = {
    id: newId("tsk", writer.now + nth),
    plan,
    specId: spec.id,
    project,
    branch: null,
    spec,
    specHash: await hashSha256(canonicalJson(spec)),
    worker: null,
    dueAt: null,
    progress: "",
    readSeq: 0,
    usedBefore: null,
    log: taskLogLine(writer.now, "none", newTask),
    ...fresh,
  };
  await writer.db.insert(taskTable).values(row);
  await commit(writer, row);
  await tellTask(writer, row, "none", { row });
  return row;
}
/**
 * Tells how a task stands in the log. Without `change` it is the past that is told, from which nothing
 * follows any more.
 */
export async function tellTask(
  writer: Writer,
  row: TaskRow,
  from: TaskState | "none",
  change?: ReactionChanges["task.state"],
  at: number = writer.now,
): Promise<void> {
  const about = { name: row.specId, owner: row.spec.owner, ...(row.plan ? { planId: row.plan } : {}) };
  const body = { taskId: row.id, title: taskTitle(row), from, facts: row.facts, ...about };
  await writer.append("task.state", { at, body }, change);
}
async function commit(writer: Writer, row: TaskRow): Promise<void> {
  await queueFiles(writer, {
    id: newId("out", writer.now),
    key: `task:${row.id}:${row.rev}`,
    kind: "task",
    title: `${row.state}: ${taskTitle(row)}`.replace(/\s+/g, " ").slice(0, 120),
    files: [
      ...taskFiles(whole(row, await readTaskUsage(writer.db, row.id, writer.now))),
      { path: `tasks/${row.id}/log.md`, content: `# ${row.spec.title.replace(/\s+/g, " ")}\n\n${row.log}` },
    ],
    agent: row.facts.worker ?? (await requireGrowAgent(writer.db)).id,
    task: row.id,
  });
}

/**
 * The one way in which a task changes, in the caller's transaction: the transition table decides, the row is
 * written by compare-and-set, and what must be known of it is an event and a commit. A refused command
 * changes nothing.
 */
export async function applyTask(writer: Writer, id: Id<"tsk">, command: TaskCommand): Promise<Applied> {
  const before = await requireTask(writer.db, id);
  const next = nextTask(before.facts, command, writer.now);
  if (!next.ok) return next;
  const facts = next.task;
  const tells = recordOfChange(before.facts, facts);
  const log = tells.event ? before.log + taskLogLine(writer.now, before.state, facts) : before.log;
  const set = {
    facts,
    state: facts.state,
    worker: facts.worker ?? null,
    dueAt: facts.dueAt ?? null,
    rev: before.rev + 1,
    log,
    updatedAt: writer.now,
  };
  const [row] = await writer.db
    .update(taskTable)
    .set(set)
    .where(and(eq(taskTable.id, id), eq(taskTable.rev, before.rev)))
    .returning();
  if (!row) throw new AppError("conflict", { what: "task", id });
  if (tells.commit) await commit(writer, row);
  if (tells.event) await tellTask(writer, row, before.state, { before, row, command });
  return { ok: true, row };
}

export type Verdict = { taskId: Id<"tsk">; commit: string; passed: boolean; covered?: Covered | undefined; failures: string[] };
/**
 * What a clean checkout showed, in the caller's transaction: the task moves, and its agent hears of it. A
 * verdict on an older commit is refused.
 */
export async function judgeTask(writer: Writer, result: Verdict): Promise<Applied> {
  const { taskId, commit: hash, passed, covered, failures } = result;
  const reason = failures.join("; ").slice(0, 900) || "checks did not pass";
  const command: TaskCommand = passed
    ? { kind: "verify_passed", commit: hash, ...(covered ? { covered } : {}) }
    : { kind: "verify_failed", commit: hash, reason };
  const done = await applyTask(writer, taskId, command);
  const worker = done.ok ? done.row.worker : null;
  const agent = worker ? await findAgent(writer.db, worker) : undefined;
  const there = agent?.task === taskId && !agent.retiredAt;
  if (done.ok && done.row.state === "in_progress" && !there)
    // gone, or at other work by now: it can't mend this
    return applyTask(writer, taskId, { kind: "error", class: "stale_worker", reason: done.row.facts.reason });
  if (done.ok && agent && worker) {
    const input = { kind: "verdict", task: taskId, passed, failures } as const;
    await tellSubAgent(writer, worker, `verdict:${taskId}:${hash}:${done.row.rev}`, input);
  }
  return done;
}

/**
 * A branch has a new head: what was proven of its task is proven of an older commit. The merges' branch is
 * everybody's.
 */
export async function branchMoved(writer: Writer, moved: { repo: string; branch: string; hash: string }): Promise<void> {
  const project = moved.repo.startsWith(`${box.projectOwner}/`) ? moved.repo.slice(box.projectOwner.length + 1) : "";
  const rows = await writer.db
    .select({ id: taskTable.id })
    .from(taskTable)
    .where(
      and(
        eq(taskTable.project, project),
        eq(taskTable.branch, moved.branch),
        ne(taskTable.branch, mainBranch),
        inArray(taskTable.state, ["complete", "verified", "deployed"]),
      ),
    );
  for (const { id } of rows) await applyTask(writer, id, { kind: "commit", commit: moved.hash });
}
/**
 * A project is offline. A task whose release a later one has replaced is deployed up to here: its work is in
 * that one too.
 */
export async function takeTasksOffline(writer: Writer, { name, state }: ReactionChange<"project.removed">): Promise<void> {
  if (state !== "done") return;
  const online = and(eq(taskTable.project, name), eq(taskTable.state, "deployed"));
  for (const { id } of await writer.db.select({ id: taskTable.id }).from(taskTable).where(online))
    await applyTask(writer, id, { kind: "roll_back", reason: "its project was taken offline" });
}

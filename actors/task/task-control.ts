import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { mergesWork, toolsOfType } from "../../schema/agent/agent-type.ts";
import {
  type agentActIn,
  type agentDetail,
  type TaskDetail,
  type TaskView,
  type taskActIn,
  type taskCreateIn,
  taskOut,
  type tasksIn,
  type tasksOut,
} from "../../schema/agent/team.ts";
import { eventTable } from "../../schema/event.table.ts";
import { agentBranch, box } from "../../schema/stack/stack.ts";
import { runTable } from "../../schema/task/run.table.ts";
import { findStoredSpecIssues } from "../../schema/task/spec.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { awaitsRoom, isTaskOver, taskStates } from "../../schema/task/task.ts";
import { readTaskLog } from "../../schema/task/task-file.ts";
import type { TurnStopper } from "../../schema/turn.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findAgent, isGrowAgent, listAgentViews, requireAgent } from "../agent/agent.ts";
import { growCapabilities, growTools, readAgentTypes, readOfferedTypes, requireAgentType } from "../agent/agent-type.ts";
import { eventColumns, readBodies } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { abortStopped, stopTurns } from "../turn/stop-turns.ts";
import { resetReturns } from "./send-back.ts";
import { type Applied, applyTask, createTask, projectOf } from "./task.ts";
import { requireTask, taskTitle } from "./task-row.ts";

/** The member's own hand on tasks and agents, and what they see of them. */

/** What tasks have cost so far, from the usage of their turns. */
export async function costsOf(db: Db, tasks: Id<"tsk">[]): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const id of tasks) {
    const rows = await db
      .select(eventColumns)
      .from(eventTable)
      .innerJoin(runTable, eq(runTable.ref, eventTable.turnId))
      .where(and(eq(runTable.task, id), eq(sql`+${eventTable.kind}`, "usage"))); // by the task's turns, not by all that was ever used
    sums.set(
      id,
      readBodies("usage", rows).reduce((sum, { costMicros }) => sum + costMicros, 0),
    );
  }
  return sums;
}
/** Why each task that has not begun waits, as it was told last. */
export async function holdsOf(db: Db): Promise<ReadonlyMap<string, NonNullable<TaskView["hold"]>>> {
  const rows = await db
    .select(eventColumns)
    .from(eventTable)
    .where(eq(eventTable.kind, "task.held"))
    .orderBy(desc(eventTable.seq))
    .limit(500);
  const told = readBodies("task.held", rows).reverse();
  return new Map(told.map(({ taskId, hold }) => [taskId as string, hold]));
}
/** Why a task waits that has not begun, or whose agent has no room. */
function holdOf({ id, state, facts }: TaskRow, told: Awaited<ReturnType<typeof holdsOf>> | undefined): TaskView["hold"] {
  if (awaitsRoom(facts)) return { why: "limit", on: [], text: facts.lacks };
  return state === "created" ? (told?.get(id) ?? null) : null;
}
async function views(db: Db, rows: TaskRow[]): Promise<TaskView[]> {
  const cost = await costsOf(
    db,
    rows.map((row) => row.id),
  );
  const holds = rows.some((row) => row.state === "created") ? await holdsOf(db) : undefined;
  return rows.map((row) => ({
    id: row.id,
    plan: row.plan,
    name: row.specId,
    title: taskTitle(row),
    owner: row.spec.owner,
    project: row.project,
    ...(row.branch ? { branch: row.branch } : {}),
    specHash: row.specHash,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    facts: row.facts,
    progress: row.progress,
    hold: holdOf(row, holds),
    costMicros: cost.get(row.id) ?? 0,
    history: readTaskLog(row.log),
  }));
}
export async function viewTask(db: Db, row: TaskRow): Promise<TaskView> {
  const [view] = await views(db, [row]);
  if (!view) throw new AppError("not_found");
  return view;
}

const open = taskStates.filter((state) => !isTaskOver(state));
/** Action `tasks`: newest first. */
export async function listTasks(db: Db, filter: z.infer<typeof tasksIn>): Promise<z.infer<typeof tasksOut>> {
  const where = and(
    filter.cursor ? lt(taskTable.id, filter.cursor) : undefined,
    filter.state === "open" ? inArray(taskTable.state, open) : filter.state ? eq(taskTable.state, filter.state) : undefined,
    filter.plan ? eq(taskTable.plan, filter.plan) : undefined,
    filter.agent ? eq(taskTable.worker, filter.agent) : undefined,
  );
  const rows = await db
    .select()
    .from(taskTable)
    .where(where)
    .orderBy(desc(taskTable.id))
    .limit(filter.limit + 1);
  const tasks = await views(db, rows.slice(0, filter.limit));
  return { tasks, next: rows.length > filter.limit ? (tasks.at(-1)?.id ?? null) : null };
}
/** Action `task`. */
export async function taskDetailOf(db: Db, id: Id<"tsk">): Promise<TaskDetail> {
  const row = await requireTask(db, id);
  const runs = await db
    .select({ body: runTable.body })
    .from(runTable)
    .where(eq(runTable.task, id))
    .orderBy(runTable.createdAt, runTable.id);
  const agent = row.worker ? await findAgent(db, row.worker) : undefined;
  return {
    task: { ...(await viewTask(db, row)), spec: row.spec },
    runs: runs.map((each) => each.body),
    channel: agent?.channel ?? null,
  };
}

/** Action `taskCreate`: one task of the member's own, without a plan. */
export function newTaskOf(self: Self, { spec }: z.infer<typeof taskCreateIn>, key: string, requestId: string) {
  return once(self, requestId, `task:${key}`, taskOut, async (writer) => {
    await checkLone(self, writer.db, spec);
    const row = await createTask(writer, { spec, project: projectOf(spec) });
    return { task: await viewTask(writer.db, row) };
  });
}
/** Throws `invalid` for a spec that can't be done alone. */
export async function checkLone(self: Self, db: Db, spec: z.infer<typeof taskCreateIn>["spec"]): Promise<void> {
  const issues = findStoredSpecIssues(spec);
  const type = (await readOfferedTypes(db, self.vars.world.types)).get(spec.owner);
  if (!type) issues.push({ path: "owner", message: `there is no agent type ${spec.owner}` });
  else if (spec.deploy && !mergesWork(type))
    issues.push({ path: "deploy", message: "only what is merged into main goes online; make a plan, which ends with that" });
  if (spec.depends_on.length > 0) issues.push({ path: "depends_on", message: "a single task depends on nothing; make a plan" });
  if (issues.length > 0) throw new AppError("invalid", { issues: issues.map((issue) => ({ ...issue, path: `spec.${issue.path}` })) });
}

const told = (row: TaskRow, kind: "pause" | "resume" | "cancel") => ({ kind, task: row.id });
async function tellWorker(writer: Writer, row: TaskRow, worker: Id<"agt"> | null, kind: "pause" | "resume" | "cancel"): Promise<void> {
  if (worker) await tellSubAgent(writer, worker, `${kind}:${row.id}:${row.rev}`, told(row, kind));
}
/**
 * Pauses a task and stops what runs for it, in the caller's transaction. Its agent goes on from there when it
 * is resumed.
 */
export async function pauseTask(writer: Writer, row: TaskRow, reason: string, by: TurnStopper = "member"): Promise<Applied> {
  const done = await applyTask(writer, row.id, { kind: "pause", reason });
  if (!done.ok) return done;
  await tellWorker(writer, done.row, row.worker, "pause"); // before the turn's end is told
  if (row.worker) await stopTurns(writer, row.worker, by);
  return done;
}
/** Lets a paused task go on, in the caller's transaction. */
export async function resumeTask(writer: Writer, row: TaskRow): Promise<Applied> {
  const done = await applyTask(writer, row.id, { kind: "resume" });
  if (done.ok) await tellWorker(writer, done.row, done.row.worker, "resume");
  return done;
}
export async function cancelTask(writer: Writer, row: TaskRow, reason: string): Promise<Applied> {
  const done = await applyTask(writer, row.id, { kind: "cancel", reason });
  if (!done.ok) return done;
  await tellWorker(writer, done.row, row.worker, "cancel");
  if (row.worker) await stopTurns(writer, row.worker);
  return done;
}
/** By the member's hand: its agent is retired, another takes the task over from what was pushed. */
async function reassignTask(writer: Writer, row: TaskRow, reason: string): Promise<Applied> {
  const done = await applyTask(writer, row.id, { kind: "reassign", reason });
  if (!done.ok || !row.worker) return done;
  await tellWorker(writer, done.row, row.worker, "cancel");
  await stopTurns(writer, row.worker);
  return done;
}
async function act(writer: Writer, row: TaskRow, command: z.infer<typeof taskActIn>["act"], reason: string): Promise<Applied> {
  if (command === "pause") return pauseTask(writer, row, reason);
  if (command === "cancel") return cancelTask(writer, row, reason);
  if (command === "reassign") return reassignTask(writer, row, reason);
  if (command === "resume") return resumeTask(writer, row);
  await resetReturns(writer, row);
  return applyTask(writer, row.id, { kind: command });
}
const byMember = {
  pause: "paused by the member",
  resume: "resumed by the member",
  cancel: "cancelled by the member",
  retry: "tried again by the member",
  reassign: "given to another agent by the member",
} as const;
/**
 * Action `taskAct`: pause, resume, cancel, retry. What the task's state does not take is a conflict with its
 * reason.
 */
export async function actOnTask(self: Self, input: z.infer<typeof taskActIn>, key: string, requestId: string) {
  const out = await once(self, requestId, `task:${key}`, taskOut, async (writer) => {
    const row = await requireTask(writer.db, input.taskId);
    const done = await act(writer, row, input.act, input.reason ?? byMember[input.act]);
    if (!done.ok) throw new AppError("conflict", { what: "task", refusal: done.code }, { message: done.reason });
    return { task: await viewTask(writer.db, done.row) };
  });
  await abortStopped(self);
  return out;
}

/** Action `agentAct`: on the task the agent has. */
export async function actOnAgent(self: Self, input: z.infer<typeof agentActIn>, key: string, requestId: string) {
  const row = await requireAgent(self.db, input.agentId);
  if (!row.task) throw new AppError("conflict", { what: "agent" }, { message: "This agent has no task just now." });
  return actOnTask(self, { taskId: row.task, act: input.act }, key, requestId);
}
/** Action `agent`. */
export async function agentDetailOf(self: Self, id: Id<"agt">): Promise<z.infer<typeof agentDetail>> {
  const row = await requireAgent(self.db, id);
  const [agent] = await listAgentViews(self.db, { retired: true, id });
  if (!agent) throw new AppError("not_found", { what: "agent" });
  const workspace = box.agentDirectory(row.id);
  if (isGrowAgent(row))
    return {
      agent,
      purpose: "Answers, plans, hands out work and remembers",
      tools: [...growTools],
      capabilities: [...growCapabilities],
      workspace,
      branch: agentBranch(row.id, ""),
    };
  const type = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  const [found] = row.task ? await self.db.select({ branch: taskTable.branch }).from(taskTable).where(eq(taskTable.id, row.task)) : [];
  const tools = [...type.tools.box, ...toolsOfType(type)];
  return { agent, purpose: type.purpose, tools, capabilities: type.capabilities, workspace, branch: found?.branch ?? null };
}

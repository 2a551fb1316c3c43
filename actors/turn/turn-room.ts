import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { isPlanLimit, waitsForModelTime } from "../../schema/billing/limit-reached.ts";
import { awaitsRoom } from "../../schema/task/task.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { isTurnOver } from "../../schema/turn.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import { AppError, errorTable } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { isGrowAgent } from "../agent/agent.ts";
import { tellBudgets } from "../budget/gateway.ts";
import { queueStatus, queueTurn } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { readWork } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { wake } from "../stack/start.ts";
import { applyTask } from "../task/task.ts";
import { findTask } from "../task/task-row.ts";
import { channelOf, findTurn, turnId, turnsIn } from "./turn-row.ts";

/**
 * A sub-agent's turn that can't begin yet: the host does not start its server, since there is no room on the
 * disk or as many agents work as the plan allows, or the plan has no model time left. It waits without end,
 * and goes on by itself.
 */

/** So often it is tried again: more than a minute, so that no watchdog stands beside it meanwhile. */
const tryAgainMs = 65_000;
/** While the stack sleeps, the edge alone is asked, so often. */
const askAsleepMs = 15 * 60_000;

/**
 * A sub-agent's turn begins only while the plan has model time for it: its first call would be refused. The
 * Grow Agent's member is told at once.
 */
export function requireModelTime(self: Self, agent: AgentRow, { state }: TurnRow): AgentRow {
  if (!isGrowAgent(agent) && state === "queued" && self.vars.withoutModelTime.has(agent.id))
    throw new AppError("budget_exhausted", { of: "plan" }, { message: waitsForModelTime });
  return agent;
}

/** A host that is full itself says the same code in other words: that is a failure, which is tried again. */
const isRoomMissing = ({ code, message }: AppError): boolean => code === "storage_full" || (code === "no_capacity" && isPlanLimit(message));
/**
 * Puts off a turn whose agent has no room, and says once why it waits: its task does, or a notice where it
 * has none. Every other failure is thrown.
 */
export async function waitForRoom(self: Self, agent: AgentRow, row: TurnRow, error: unknown, requestId: string): Promise<undefined> {
  if (!(error instanceof AppError) || isGrowAgent(agent)) throw error;
  const { code } = error;
  const isModelTime = code === "budget_exhausted" && error.meta.of === "plan";
  if (!isModelTime && !isRoomMissing(error)) throw error;
  const text = cutText(error.message, 400);
  await record(self, requestId, async (writer) => {
    const turn = await findTurn(writer.db, row.id);
    if (!turn || isTurnOver(turn.state)) return; // stopped while its host was asked
    if (!(await listWaitingTurns(writer.db)).has(turn.id)) await queueStatus(writer); // it was said to be at work
    await queueTurn(writer, turn, { dueAt: writer.now + tryAgainMs, awaitsRoom: true, ...(isModelTime && { lacks: "model_time" }) });
    if (turn.task !== null) return tellTaskRoom(writer, turn, text);
    const body = { level: "warning", code, text, turnId: turnId(turn) } as const;
    await writer.append("notice", { ref: `room:${turn.id}`, turnId: turn.id, ...(await channelOf(writer.db, turn)), body });
  });
}
/**
 * The turn's task says once what it lacks, or that it lacks nothing any more. One that another agent has by
 * now, or the same in a later run, says nothing.
 */
async function tellTaskRoom(writer: Writer, { task: taskId, agent, key }: TurnRow, lacks?: string): Promise<void> {
  const task = taskId ? await findTask(writer.db, taskId) : undefined;
  if (!task || task.facts.worker !== agent || task.facts.lacks === lacks) return;
  const isOlder = key?.startsWith(`${task.id}:`) && !key.startsWith(`${task.id}:${task.facts.run}:`);
  if (!isOlder) await applyTask(writer, task.id, { kind: "room", ...(lacks === undefined ? {} : { lacks }) });
}
/** A task that waited for room goes on. */
export async function tellRoom(self: Self, turn: TurnRow, requestId: string): Promise<void> {
  const task = turn.task ? await findTask(self.db, turn.task) : undefined;
  if (task && awaitsRoom(task.facts)) await record(self, requestId, (writer) => tellTaskRoom(writer, turn));
}
/**
 * A turn that waits for model time while the stack sleeps: the stack wakes once the plan has some, in its
 * next period for instance, which nobody else would see.
 */
export async function wakeForModelTime(self: Self, agent: AgentRow, row: TurnRow, requestId: string): Promise<void> {
  const isAsked = await tellBudgets(self, agent, requestId).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && errorTable[error.code].retryable) return false; // the edge is away
      throw error;
    },
  );
  if (isAsked && !self.vars.withoutModelTime.has(agent.id)) return void (await wake(self, requestId));
  await record(self, requestId, async (writer) => {
    const turn = await findTurn(writer.db, row.id);
    if (!turn || isTurnOver(turn.state) || !(await me(writer.db)).asleep) return; // stopped, or started, meanwhile
    await queueTurn(writer, turn, { dueAt: writer.now + askAsleepMs, awaitsRoom: true, lacks: "model_time" });
  });
}
async function listWaitingTurns(db: Db): Promise<ReadonlySet<Id<"trn">>> {
  const rows = await db.select().from(workTable).where(eq(workTable.kind, "turn"));
  const payloads = rows.map((row) => readWork("turn", row).payload);
  return new Set(payloads.flatMap(({ turnId, awaitsRoom }) => (awaitsRoom ? [turnId] : [])));
}
/** The agents with a turn that runs, or that may begin: nothing goes on of whose turn waits. */
export async function listBusyAgents(db: Db): Promise<ReadonlySet<Id<"agt">>> {
  const turns = await turnsIn(db, ["queued", "running"]);
  const waiting = await listWaitingTurns(db);
  const idle = new Set(turns.filter(({ id }) => waiting.has(id)).map(({ agent }) => agent));
  return new Set(turns.filter(({ agent, state }) => state === "running" || !idle.has(agent)).map(({ agent }) => agent));
}

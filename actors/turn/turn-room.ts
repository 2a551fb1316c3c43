import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { awaitsRoom } from "../../schema/task/task.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { isTurnOver } from "../../schema/turn.ts";
import { cutText } from "../../schema/wire/cut-text.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { isGrowAgent } from "../agent/agent.ts";
import { queueTurn } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import { readWork } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { applyTask } from "../task/task.ts";
import { findTask } from "../task/task-row.ts";
import { channelOf, findTurn, turnId } from "./turn-row.ts";

/** A sub-agent's turn whose server the host does not start, since there is no room on the disk. */

/** So often it is tried again: more than a minute, so that no watchdog stands beside it meanwhile. */
const tryAgainMs = 65_000;

/**
 * Puts off a turn whose agent has no room, and says once why it waits: its task does, or a notice where it
 * has none. Every other failure is thrown.
 */
export async function waitForRoom(self: Self, agent: AgentRow, row: TurnRow, error: unknown, requestId: string): Promise<undefined> {
  if (!(error instanceof AppError) || error.code !== "storage_full" || isGrowAgent(agent)) throw error;
  const { code } = error;
  const text = cutText(error.message, 400);
  await record(self, requestId, async (writer) => {
    const turn = await findTurn(writer.db, row.id);
    if (!turn || isTurnOver(turn.state)) return; // stopped while its host was asked
    await queueTurn(writer, turn, { dueAt: writer.now + tryAgainMs, awaitsRoom: true });
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
/** The agents whose next turn waits for room: nothing of theirs goes on while the stack is up. */
export async function listAgentsWithoutRoom(db: Db, queued: readonly TurnRow[]): Promise<ReadonlySet<Id<"agt">>> {
  const rows = await db.select().from(workTable).where(eq(workTable.kind, "turn"));
  const waiting = new Set(
    rows.map((row) => readWork("turn", row).payload).flatMap(({ turnId, awaitsRoom }) => (awaitsRoom ? [turnId] : [])),
  );
  return new Set(queued.filter(({ id }) => waiting.has(id)).map(({ agent }) => agent));
}

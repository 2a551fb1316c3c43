import { and, asc, eq, inArray } from "drizzle-orm";
import { agent } from "../../schema/agent/agent.table.ts";
import { growAgent } from "../../schema/agent/grow-agent.table.ts";
import { turn } from "../../schema/turn.table.ts";
import { type TurnState, transition } from "../../schema/turn.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { ErrorClass } from "../../schema/work.ts";
import { turnOver } from "../agent/sub-agent-turn.ts";
import { withdrawTurn } from "../approval/approval.ts";
import { afterTurn } from "../conversation/conversation.ts";
import type { Writer } from "../kernel/event.ts";
import type { Db } from "../kernel/tables.ts";
import { drop, enqueue, turnLane } from "../kernel/work.ts";

export type TurnRow = typeof turn.$inferSelect;
export const turnId = (row: TurnRow) => row.id as Id<"trn">;

export async function findTurn(db: Db, id: string): Promise<TurnRow | undefined> {
  return (await db.select().from(turn).where(eq(turn.id, id)))[0];
}
export async function turnsIn(db: Db, states: TurnState[]): Promise<TurnRow[]> {
  return db.select().from(turn).where(inArray(turn.state, states)).orderBy(asc(turn.createdAt), asc(turn.id));
}

/** Moves a turn by compare-and-set and says so in the log. False when it is not that turn's next state: someone else was first. */
export async function move(
  writer: Writer,
  row: TurnRow,
  to: TurnState,
  of: { reason?: string; kept?: string; errorClass?: ErrorClass } = {},
): Promise<boolean> {
  const { errorClass, ...more } = of;
  if (transition(row.state, to) === undefined) return false;
  const ends = to !== "running";
  const set = { state: to, ...(ends ? { endedAt: writer.now, reason: more.reason ?? null } : { startedAt: writer.now }) };
  const moved = await writer.db
    .update(turn)
    .set(set)
    .where(and(eq(turn.id, row.id), eq(turn.state, row.state)))
    .returning({ id: turn.id });
  if (moved.length === 0) return false;
  const ms = ends && row.startedAt !== null ? { ms: writer.now - row.startedAt } : {};
  await writer.append("turn.state", {
    turnId: row.id,
    ...(await channelOf(writer.db, row)),
    body: { turnId: turnId(row), state: to, ...ms, ...more },
  });
  await writer.db.update(growAgent).set({ lastActivity: writer.now });
  await writer.db.update(agent).set({ usedAt: writer.now }).where(eq(agent.id, row.agent));
  if (ends) await withdrawTurn(writer, row.id, "the agent's turn has ended", row.id);
  await turnOver(writer, row, to, more.reason ?? "", errorClass);
  await afterTurn(writer, row, to, row.id);
  return true;
}

/** Queues the work of a turn. Again while its row may be running just now, which found the stack stopped. */
export async function queueTurn(writer: Writer, of: Pick<TurnRow, "id" | "agent">, requestId: string): Promise<void> {
  const row = { kind: "turn", lane: turnLane(of.agent), key: `turn:${of.id}`, payload: { turnId: of.id }, requestId } as const;
  await enqueue(writer, { ...row, again: true });
}

/** Where a turn is told. */
export async function channelOf(db: Db, row: TurnRow): Promise<{ channel?: string }> {
  const [of] = await db.select({ channel: agent.channel }).from(agent).where(eq(agent.id, row.agent));
  return of ? { channel: of.channel } : {};
}

/** Ends the turns that have not begun, of one agent or of all. Answers how many. */
export async function endQueued(writer: Writer, to: "stopped" | "failed", reason: string, of?: string): Promise<number> {
  let ended = 0;
  for (const row of await turnsIn(writer.db, ["queued"])) {
    if (of !== undefined && row.agent !== of) continue;
    if (await move(writer, row, to, { reason })) ended += 1;
    await drop(writer.db, `turn:${row.id}`);
  }
  return ended;
}

import { and, eq } from "drizzle-orm";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { type TurnRow, turnTable } from "../../schema/turn.table.ts";
import { nextTurnState, type TurnState } from "../../schema/turn.ts";
import type { ErrorClass } from "../../schema/work.ts";
import { dropTurn } from "../kernel/queue.ts";
import type { Writer } from "../kernel/writer.ts";
import { noteSessionUsed } from "../opencode/session-row.ts";
import { channelOf, turnId, turnsIn } from "./turn-row.ts";

/**
 * Moves a turn by compare-and-set and says so in the log. False when it is not that turn's next state:
 * someone else was first.
 */
export async function moveTurn(
  writer: Writer,
  row: TurnRow,
  to: TurnState,
  change: { reason?: string; kept?: string; errorClass?: ErrorClass } = {},
): Promise<boolean> {
  const { errorClass, ...more } = change;
  if (nextTurnState(row.state, to) === undefined) return false;
  const ends = to !== "running";
  const set = { state: to, ...(ends ? { endedAt: writer.now, reason: more.reason ?? null } : { startedAt: writer.now }) };
  const moved = await writer.db
    .update(turnTable)
    .set(set)
    .where(and(eq(turnTable.id, row.id), eq(turnTable.state, row.state)))
    .returning({ id: turnTable.id });
  if (moved.length === 0) return false;
  const ms = ends && row.startedAt !== null ? { ms: writer.now - row.startedAt } : {};
  await writer.db.update(growAgentTable).set({ lastActivity: writer.now });
  await writer.db.update(agentTable).set({ usedAt: writer.now }).where(eq(agentTable.id, row.agent));
  if (row.sessionId) await noteSessionUsed(writer, row.sessionId);
  const entry = { turnId: row.id, ...(await channelOf(writer.db, row)), body: { turnId: turnId(row), state: to, ...ms, ...more } };
  await writer.append("turn.state", entry, { before: row, to, reason: more.reason ?? "", errorClass });
  return true;
}

/** Ends the turns that have not begun, of one agent or of all. Answers how many. */
export async function endQueued(
  writer: Writer,
  to: "stopped" | "failed",
  reason: string | ((row: TurnRow) => string),
  agentId?: string,
): Promise<number> {
  let ended = 0;
  for (const row of await turnsIn(writer.db, ["queued"])) {
    if (agentId !== undefined && row.agent !== agentId) continue;
    if (await moveTurn(writer, row, to, { reason: typeof reason === "string" ? reason : reason(row) })) ended += 1;
    await dropTurn(writer, row.id);
  }
  return ended;
}

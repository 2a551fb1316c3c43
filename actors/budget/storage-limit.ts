import { sql } from "drizzle-orm";
import { z } from "zod";
import { type ActionName, actions } from "../../schema/actions.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { queueStop } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { channelOf, turnId } from "../turn/turn-row.ts";
import { moveTurn } from "../turn/turn-state.ts";

/**
 * An actor that holds as many bytes as it may: nothing that adds to it is taken, and its agents begin
 * nothing.
 */

export async function countStoredBytes(db: Db): Promise<number> {
  const [row] = await db.select({ bytes: sql<number>`page_count * page_size` }).from(sql`pragma_page_count(), pragma_page_size()`);
  return z.coerce.number().int().positive().parse(row?.bytes);
}
const formatBytes = (bytes: number) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`);
export const fullText = (most: number) =>
  `All the room that your agents have for their log (${formatBytes(most)}) is used. What is there can be read, answered and stopped; ask your operator for more room.`;
/** Why a sub-agent takes nothing new. */
export const subFullText = (most: number) =>
  `All the room that this agent has for its notes (${formatBytes(most)}) is used. It can still be paused and stopped; another agent takes over.`;
/** Why a search may miss what is new. */
export const searchFullText = (most: number) =>
  `All the room that your search has (${formatBytes(most)}) is used. What was read before is still found; what is new is not, until there is room. Ask your operator for more.`;
/** Whether this actor holds as many bytes as it may. */
export async function isActorFull(self: Self): Promise<boolean> {
  return (await countStoredBytes(self.db)) >= self.vars.world.mostBytes;
}
/** Refuses an action that would add to an actor that is full. */
export async function requireRoom(self: Self, action: ActionName): Promise<void> {
  const most = self.vars.world.mostBytes;
  if (actions[action].needs?.room && (await isActorFull(self))) throw new AppError("quota_full", { most }, { message: fullText(most) });
}

/** Tells the member once a turn. */
async function tellFull(writer: Writer, row: TurnRow, most: number): Promise<void> {
  const body = { level: "error", code: "quota_full", text: fullText(most), turnId: turnId(row) } as const;
  await writer.append("notice", { ref: `full:${row.id}`, turnId: row.id, ...(await channelOf(writer.db, row)), body });
}
/** Before a turn: fails it when the actor has no room for what it would say. */
export async function refuseTurnWhenFull(self: Self, row: TurnRow, requestId: string): Promise<boolean> {
  if (row.state !== "queued" || !(await isActorFull(self))) return false;
  const most = self.vars.world.mostBytes;
  return record(self, requestId, async (writer) => {
    await tellFull(writer, row, most);
    return moveTurn(writer, row, "failed", { reason: fullText(most), errorClass: "auth" }); // no time heals it: its task ends, and says so
  });
}
/** After a step of a turn: stops it when the actor is full. True when it did. */
export async function stopTurnWhenFull(self: Self, row: TurnRow, requestId: string): Promise<boolean> {
  if (!(await isActorFull(self))) return false;
  await record(self, requestId, async (writer) => {
    await tellFull(writer, row, self.vars.world.mostBytes);
    await queueStop(writer, row.id);
  });
  return true;
}

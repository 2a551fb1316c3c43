import type { z } from "zod";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import type { lineMovedOut } from "../../schema/agent/grow-agent.ts";
import { lineTimes, type SlotWait } from "../../schema/stack/slot-line.ts";
import { newId } from "../../schema/wire/id.ts";
import { queueStatus, queueTurn } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { dropWork } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { isHomeless, raiseTier } from "./raise.ts";

const lineKey = "provision:line";
/** In a lane of its own: a start that the member asks for does not wait behind it. */
export const askAgain = (writer: Writer, dueAt: number): Promise<void> =>
  writer.queue("provision", { lane: "line", key: lineKey, dueAt, again: true });

/**
 * No machine has a slot free for the start of this generation: its place in line is kept and told, and it is
 * asked for again. False when a newer command has the say.
 */
export async function noteWaiting(writer: Writer, generation: number, { place }: SlotWait): Promise<boolean> {
  const actor = await me(writer.db);
  if (actor.generation !== generation || actor.tier !== "running") return false;
  await writer.db.update(growAgentTable).set({ place });
  await askAgain(writer, writer.now + lineTimes.askEvery);
  if (actor.place === null) await queueStatus(writer);
  return true;
}
/** No start is asked for again: it is up, or was given up. */
export const endLine = (writer: Writer): Promise<void> => dropWork(writer.db, lineKey);
/**
 * It has its machine: what waited for the stack alone goes on once that is up. The row that asked stays until
 * then: where the start fails it is what tries again.
 */
export async function endWaiting(writer: Writer): Promise<void> {
  if ((await me(writer.db)).place === null) return;
  await writer.db.update(growAgentTable).set({ place: null });
  for (const row of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, row);
}

/**
 * Action `lineMoved`: a slot may be free. A stack that waits asks for it now, and one that was placed in line
 * before its actor heard of it is started, as is one whose machine was taken out.
 */
export function askOnLineMoved(self: Self, requestId: string): Promise<z.infer<typeof lineMovedOut>> {
  return record(self, requestId, async (writer) => {
    const actor = await me(writer.db);
    if (actor.place !== null) await askAgain(writer, writer.now);
    else if (actor.generation === 0) await raiseTier(writer, actor, "start", newId("req", writer.now));
    else if (isHomeless(actor)) await raiseTier(writer, actor, "work", newId("req", writer.now));
    const { tier, ready, failed } = await me(writer.db);
    return { waits: tier === "running" && !ready && !failed };
  });
}

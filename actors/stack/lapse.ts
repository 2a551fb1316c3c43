import type { z } from "zod";
import type { lapseOut } from "../../schema/agent/grow-agent.ts";
import { lapseNotice } from "../../schema/billing/plan-notice.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { lowerStack } from "../turn/lower-stack.ts";
import { endStopped, pauseStopped } from "../turn/stop.ts";
import { stopTurns } from "../turn/stop-turns.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { endQueued } from "../turn/turn-state.ts";

/**
 * Stops a stack that its account does not allow to run, in the caller's transaction, as its member's own stop
 * does: the tasks under way are paused, and the start that follows a payment resumes them. What its member
 * said and no turn has begun with has failed, and says why. One that is stopped already is left as it is.
 */
export async function stopLapsed(writer: Writer): Promise<void> {
  const { agent, tier, asleep } = await me(writer.db);
  if (tier === "stopped" && !asleep) return;
  await pauseStopped(writer, await turnsIn(writer.db, ["queued", "running"]), "stack");
  await endQueued(writer, "failed", lapseNotice, agent); // nobody will answer what was said to the Grow Agent and waits
  await stopTurns(writer);
  await lowerStack(writer, "stop", lapseNotice);
  await writer.append("notice", { body: { level: "warning", code: "payment_required", text: lapseNotice } });
}

/**
 * Action `lapse`, and what the actor does itself where the account's end stops its work first. The edge is
 * asked: the word may be older than a payment. A start that was asked for since the edge answered has come
 * after a payment, and holds.
 */
export async function lapse(self: Self, requestId: string): Promise<z.infer<typeof lapseOut>> {
  const { starts } = self.vars;
  if ((await self.vars.stack.ticket(requestId, true)).ceiling === "running") return { stopped: false };
  const stopped = await record(self, requestId, async (writer) => {
    if (self.vars.starts !== starts) return false;
    await stopLapsed(writer);
    return true;
  });
  if (stopped) await endStopped(self, "stack");
  return { stopped };
}
/** Whether work ended because the account did. While the edge is not reached, nobody knows. */
export async function isLapsed(self: Self, requestId: string): Promise<boolean> {
  return lapse(self, requestId).then(
    ({ stopped }) => stopped,
    () => false,
  );
}

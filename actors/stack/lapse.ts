import type { z } from "zod";
import type { lapseOut } from "../../schema/agent/grow-agent.ts";
import { describeLapsedTurn, lapseNotice } from "../../schema/billing/plan-notice.ts";
import type { AppError } from "../../schema/wire/error.ts";
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
async function stopLapsed(writer: Writer): Promise<void> {
  const { agent, tier, asleep } = await me(writer.db);
  if (tier === "stopped" && !asleep) return;
  await pauseStopped(writer, await turnsIn(writer.db, ["queued", "running"]), "stack", "account");
  await endQueued(writer, "failed", describeLapsedTurn, agent); // nobody will answer what was said to the Grow Agent and waits
  await stopTurns(writer, undefined, "account");
  await lowerStack(writer, "stop", lapseNotice);
  await writer.append("notice", { body: { level: "warning", code: "payment_required", text: lapseNotice } });
}

/**
 * Stops it by a word of the edge that was asked for when so many `starts` were. False where another was asked
 * for since: that has come after a payment, and holds.
 */
async function stopUnlessStarted(self: Self, requestId: string, starts: number): Promise<boolean> {
  const stopped = await record(self, requestId, async (writer) => {
    if (self.vars.starts !== starts) return false;
    await stopLapsed(writer);
    return true;
  });
  if (stopped) await endStopped(self, "stack");
  return stopped;
}
/**
 * Action `lapse`, and what the actor does itself where the account's end stops its work first. The edge is
 * asked: the word may be older than a payment.
 */
export async function lapse(self: Self, requestId: string, starts = self.vars.starts): Promise<z.infer<typeof lapseOut>> {
  if ((await self.vars.stack.ticket(requestId, true)).ceiling === "running") return { stopped: false };
  return { stopped: await stopUnlessStarted(self, requestId, starts) };
}
/**
 * The same after a start that the account refused, which told how many starts were asked for when it asked.
 * Where the edge does not say more, because it is not reached or the stack has no machine yet, that refusal
 * holds. False when it has been paid for since.
 */
export async function stopRefusedStart(self: Self, requestId: string, { meta }: AppError): Promise<boolean> {
  const starts = typeof meta.starts === "number" ? meta.starts : self.vars.starts;
  return lapse(self, requestId, starts).then(
    ({ stopped }) => stopped,
    () => stopUnlessStarted(self, requestId, starts),
  );
}
/** Whether work ended because the account did. While the edge is not reached, nobody knows. */
export async function isLapsed(self: Self, requestId: string): Promise<boolean> {
  return lapse(self, requestId).then(
    ({ stopped }) => stopped,
    () => false,
  );
}

import type { z } from "zod";
import { type ActionName, needsEntitlement } from "../../schema/actions.ts";
import { type ProvisionIn, provisionOut, startOut, type wakeOut } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import type { ActionCall } from "../kernel/action.ts";
import { readLastSeq } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { queueTeam } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { raiseTier } from "./raise.ts";

/** The end of the member's own stop of the stack. */
async function wakeHeld(self: Self, requestId: string): Promise<void> {
  await record(self, requestId, async (writer) => {
    const actor = await me(writer.db);
    if (actor.tier === "stopped" && actor.generation > 0) await raiseTier(writer, actor, "message", newId("req", writer.now));
  });
}
type WakingCall = Pick<ActionCall<unknown>, "self" | "input" | "requestId">;
/**
 * What the member does, and where it asks for work, the end of their own stop of the stack. What asks for
 * work is what needs an account that allows it: one declaration says both (`needs` in schema/actions.ts).
 */
export async function wakeForWork<T>(name: ActionName, call: WakingCall, act: Promise<T>): Promise<T> {
  const done = await act;
  if (needsEntitlement(name, call.input)) await wakeHeld(call.self, call.requestId);
  return done;
}
/** For what needs no account but a stack that is up: without the account it waits until that is. */
export async function wakeIfAllowed(self: Self, requestId: string): Promise<void> {
  if ((await me(self.db)).tier !== "stopped") return;
  const said = await self.vars.stack.ticket(requestId, true).catch(() => undefined); // the start asks as well
  if (said === undefined || said.ceiling === "running") await wakeHeld(self, requestId);
}

/** Starts a stack that sleeps. One that was stopped, or would find no memory, is left as it is. */
async function wakeAsleep(writer: Writer): Promise<void> {
  const actor = await me(writer.db);
  if (actor.asleep && actor.trouble !== "memory_missing") await raiseTier(writer, actor, "work", newId("req", writer.now));
}
/**
 * Action `wake`: somebody wants what is in the stack, Git for instance. Answers whether it comes up by
 * itself.
 */
export function wake(self: Self, requestId: string): Promise<z.infer<typeof wakeOut>> {
  return record(self, requestId, async (writer) => {
    await wakeAsleep(writer);
    const { tier, trouble } = await me(writer.db);
    return { wakes: tier === "running" && trouble === null };
  });
}

/** Action `start`. */
export function start(self: Self, key: string, requestId: string) {
  self.vars.starts += 1;
  return once(self, requestId, `start:${key}`, startOut, async (writer) => {
    const raised = await raiseTier(writer, await me(writer.db), "start", newId("req", writer.now));
    if (!raised) await queueTeam(writer);
    return { seq: await readLastSeq(writer.db) };
  });
}

/**
 * Action `provision`: the edge has placed the stack and tells what it did. A second one while the first is
 * under way or done joins it.
 */
export function provision(self: Self, input: ProvisionIn, key: string, requestId: string) {
  self.vars.starts += 1;
  return once(self, requestId, `provision:${key}`, provisionOut, async (writer) => {
    const actor = await me(writer.db);
    const raised = await raiseTier(writer, actor, "start", input.run);
    if (!raised) await queueTeam(writer); // it may be paid for again
    for (const { step, at, ms } of raised ? input.steps : [])
      await writer.append("provision.step", {
        ref: `step:${input.run}:${step}:done`,
        at,
        body: { run: input.run, step, state: "done", ms },
      });
    return { run: raised ? input.run : (actor.run ?? input.run), seq: await readLastSeq(writer.db) };
  });
}

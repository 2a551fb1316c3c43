import { max } from "drizzle-orm";
import { growAgent } from "../../schema/agent/grow-agent.table.ts";
import { type ProvisionIn, provisionOut, startOut } from "../../schema/agent/grow-agent.ts";
import { event } from "../../schema/event.table.ts";
import { newId } from "../../schema/wire/id.ts";
import { queueTeam } from "../agent/team.ts";
import { record, type Writer } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { type Me, me, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { enqueue } from "../kernel/work.ts";
import { queueTurn, turnsIn } from "../turn/turn-state.ts";
import { queueStatus } from "./status.ts";
import { held, type Need, nextTier } from "./tier.ts";

export async function lastSeq(db: Db): Promise<number> {
  const [row] = await db.select({ seq: max(event.seq) }).from(event);
  return row?.seq ?? 0;
}

/** Raises the tier for a need, in the caller's transaction: a new generation with its own run of steps. False when the stack is wanted up already. */
export async function raise(writer: Writer, who: Me, need: Need, run: string, requestId: string): Promise<boolean> {
  const tier = nextTier(who.tier, need);
  if (tier !== "running" || (tier === who.tier && !who.failed)) return false;
  const observed = who.observed === "absent" ? "creating" : who.observed;
  const set = { tier, generation: who.generation + 1, run, ready: false, failed: false, observed } as const;
  await writer.db.update(growAgent).set({ ...set, lastActivity: writer.now });
  if (who.generation > 0) await writer.append("stack.state", { body: { tier, observed, reason: need } });
  await enqueue(writer, { kind: "provision", key: `provision:${run}`, requestId });
  for (const row of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, row, requestId); // they waited while it was stopped
  await queueStatus(writer, requestId);
  return true;
}
/** What the member does, and when it asks for work, the end of their own stop of the stack. */
export async function lifting<T>(self: Self, asks: boolean, act: Promise<T>, requestId: string): Promise<T> {
  const done = await act;
  if (asks)
    await record(self, async (writer) => {
      const who = await me(writer.db);
      if (held(who.tier) && who.generation > 0) await raise(writer, who, "message", newId("req", writer.now), requestId);
    });
  return done;
}

/** Action `start`. */
export function start(self: Self, key: string, requestId: string) {
  return once(self, `start:${key}`, startOut, async (writer) => {
    const raised = await raise(writer, await me(writer.db), "start", newId("req", writer.now), requestId);
    if (!raised) await queueTeam(writer, requestId);
    return { seq: await lastSeq(writer.db) };
  });
}

/** Action `provision`: the edge has placed the stack and tells what it did. A second one while the first is under way or done joins it. */
export function provision(self: Self, input: ProvisionIn, key: string, requestId: string) {
  return once(self, `provision:${key}`, provisionOut, async (writer) => {
    const who = await me(writer.db);
    const raised = await raise(writer, who, "start", input.run, requestId);
    if (!raised) await queueTeam(writer, requestId); // it may be paid for again
    for (const { step, at, ms } of raised ? input.steps : [])
      await writer.append("provision.step", {
        ref: `step:${input.run}:${step}:done`,
        at,
        body: { run: input.run, step, state: "done", ms },
      });
    return { run: raised ? input.run : (who.run ?? input.run), seq: await lastSeq(writer.db) };
  });
}

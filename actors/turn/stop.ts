import { eq } from "drizzle-orm";
import { z } from "zod";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { type StopIn, stopOut } from "../../schema/agent/grow-agent.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { isTurnOver, type TurnStopper } from "../../schema/turn.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { findAgent, requireAgent, requireChannelAgent } from "../agent/agent.ts";
import { readLastSeq } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { queueStatus } from "../kernel/queue.ts";
import { me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { isQueued, type WorkItem, waitForEffect } from "../kernel/work.ts";
import type { Writer } from "../kernel/writer.ts";
import { leaveEndedCommand } from "../project-command/command-row.ts";
import { raiseTier } from "../stack/raise.ts";
import { pauseTask } from "../task/task-control.ts";
import { findTask } from "../task/task-row.ts";
import { type Follow, newFollow, newRunning } from "./follow.ts";
import { lowerStack } from "./lower-stack.ts";
import { abortStopped, describeStop, stackStopped, stopTurns } from "./stop-turns.ts";
import { endTurn } from "./turn-end.ts";
import { writeLastWords } from "./turn-events.ts";
import { findTurn, turnsIn } from "./turn-row.ts";

/**
 * A task whose turn is stopped is paused, not lost: it goes on when the stack is started again, or when the
 * member resumes it.
 */
export async function pauseStopped(writer: Writer, turns: TurnRow[], scope: "turn" | "stack", by: TurnStopper = "member"): Promise<void> {
  for (const id of new Set(turns.map((row) => row.agent))) {
    const agent = await findAgent(writer.db, id);
    const task = agent?.task ? await findTask(writer.db, agent.task) : undefined;
    if (task) await pauseTask(writer, task, scope === "stack" ? stackStopped : "stopped by the member", by);
  }
}

/** What a stop ends in this process at once. Call after the commit. */
export async function endStopped(self: Self, scope: StopIn["scope"]): Promise<void> {
  if (scope === "stack") self.vars.bringUp?.controller.abort();
  if (scope === "stack") await leaveEndedCommand(self);
  await abortStopped(self);
}

const done = z.object({ answer: stopOut, keys: z.array(z.string()) });
/**
 * Action `stop`: all turns that wait and the one that runs; for a stack its containers too. Answers when the
 * turn has ended, after 2 s at the latest.
 */
export async function stop(self: Self, input: StopIn, key: string, requestId: string) {
  const { answer, keys } = await once(self, requestId, `stop:${key}`, done, async (writer) => {
    const agentId = input.channel === undefined ? undefined : (await requireChannelAgent(writer.db, input.channel)).id;
    const scopeId = input.scope === "stack" ? undefined : agentId;
    const open = (await turnsIn(writer.db, ["queued", "running"])).filter((row) => scopeId === undefined || row.agent === scopeId);
    if (input.again && open.length > 0)
      throw new AppError("conflict", {}, { message: "An agent works just now. Restart the box when nobody does." });
    await pauseStopped(writer, open, input.scope);
    const turns = await stopTurns(writer, scopeId);
    if (input.scope === "stack") await lowerStack(writer, input.again ? "again" : "stop");
    await queueStatus(writer);
    return { answer: { scope: input.scope, stopped: open.length, seq: await readLastSeq(writer.db) }, keys: turns.keys };
  });
  await endStopped(self, input.scope);
  const over = (each: string) =>
    waitForEffect(self, each, limits.stopTurn, async () => ((await isQueued(self.db, each)) ? undefined : true));
  await Promise.all(keys.map(over));
  return { ...answer, seq: await readLastSeq(self.db) };
}

const abortAfter = (ms: number) => AbortSignal.timeout(ms);
/**
 * OpenCode's abort and the end of whatever else runs under the agent's uid, in the time that a stop has.
 * OpenCode waits for a child that ignores TERM, which the sweep ends; what it began until then ends with a
 * second one.
 */
async function endOnHost(follow: Follow): Promise<void> {
  const { server, view: seen, agent, requestId } = follow;
  const signal = abortAfter(1_100);
  const sweep = () => follow.self.vars.stack.sweep(requestId, agent.id, signal);
  if (!seen.promptId || !seen.session) return void (await sweep());
  let aborted = false;
  const abort = server.abort(seen.session, signal).then(() => {
    aborted = true;
  });
  abort.catch(() => undefined); // awaited below
  await Promise.race([abort, new Promise((resolve) => setTimeout(resolve, 150))]).catch(() => undefined); // awaited below
  const inTime = aborted;
  await sweep();
  await abort;
  if (!inTime) await sweep();
  await writeLastWords(follow, abortAfter(250));
}

/** Nothing of a turn runs any more in a stack that is down, and nobody is there to be told. */
const isDown = async (self: Self) => ["stopped", "absent"].includes((await me(self.db)).observed);
/** A host that does not answer is told again later; the member is not kept waiting. */
async function stopTurn(self: Self, turnId: Id<"trn">, by: TurnStopper, requestId: string): Promise<void> {
  const row = await findTurn(self.db, turnId);
  const now = row && self.vars.running.get(row.agent);
  const running = now?.turnId === turnId ? now : undefined;
  if (!row || (now && !running)) return; // another turn of this agent runs by now: an abort would hit that one
  running?.controller.abort();
  await Promise.race([running?.exited, new Promise((resolve) => setTimeout(resolve, 200))]);
  const agent = await requireAgent(self.db, row.agent);
  const follow = running?.following
    ? { ...running.following, self, running }
    : newFollow(self, agent, row, requestId, running ?? newRunning(row, agent, Promise.resolve()));
  const failure = await endOnHost(follow).catch((error: unknown) => error);
  if (!isTurnOver(row.state)) await endTurn(follow, { state: "stopped", reason: describeStop(by, row) });
  if (failure && !(await isDown(self)))
    throw failure instanceof AppError ? failure : new AppError("unavailable", { what: "stop" }, { cause: failure });
}

/** The slot of the start that follows a stop: nobody else gets it between the two. */
async function keepSlot(self: Self, requestId: string, generation: number): Promise<void> {
  await self.vars.stack.askSlot(requestId, generation).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === "ceiling")) throw error; // the stop is carried out all the same
  });
}
async function lower(
  self: Self,
  { generation, again }: { generation: number; again?: boolean | undefined },
  requestId: string,
): Promise<void> {
  const actor = await me(self.db);
  if (actor.generation !== generation) return; // a newer command has the say
  self.vars.attached.clear();
  if (again) await keepSlot(self, requestId, generation + 1);
  const down = self.vars.stack.put(requestId, { generation, tier: "stopped" }, async () => undefined, self.vars.life);
  const seen = await down.catch((error: unknown) => {
    if (error instanceof AppError && error.code === "not_found" && error.meta.what === "edge") return { observed: "absent" as const }; // no host has it
    throw error;
  });
  await record(self, requestId, async (writer) => {
    const changed = await writer.db
      .update(growAgentTable)
      .set({ observed: seen.observed, ...("containers" in seen ? { containers: seen.containers } : {}) })
      .where(eq(growAgentTable.generation, generation))
      .returning({ tier: growAgentTable.tier, asleep: growAgentTable.asleep });
    if (changed[0]) await writer.append("stack.state", { body: { ...changed[0], observed: seen.observed } });
    if (changed[0] && again) await raiseTier(writer, await me(writer.db), "start", newId("req", writer.now));
    await queueStatus(writer);
  });
}

/** How long until a stop that was given up is tried again. Milliseconds. */
const stopAgain = 600_000;
export const stopWork = {
  async run(self: Self, work: WorkItem<"stop">): Promise<void> {
    const payload = work.payload;
    if ("turnId" in payload) await stopTurn(self, payload.turnId, payload.by ?? "member", work.requestId);
    else await lower(self, payload, work.requestId);
  },
  async gaveUp(self: Self, work: WorkItem<"stop">, error: AppError): Promise<void> {
    await record(self, work.requestId, async (writer) => {
      const text = `The stop could not be carried out on the host: ${error.message}`;
      const whole = "generation" in work.payload ? work.payload : undefined;
      const ref = whole ? { ref: `stop:${whole.generation}` } : {};
      await writer.append("notice", { ...ref, body: { level: "error", code: error.code, text } });
      if (whole) await writer.db.update(growAgentTable).set({ observed: "unreachable" });
      // Its pair may run still, and holds a slot: a newer command ends this.
      if (whole) await writer.queue("stop", { key: work.key, payload: whole, again: true, dueAt: writer.now + stopAgain });
      await queueStatus(writer);
    });
  },
};

import { and, eq, isNull } from "drizzle-orm";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { opencodePermissions } from "../../schema/approval/permission.ts";
import { describePlace } from "../../schema/stack/slot-line.ts";
import {
  type AgentSeen,
  compareOrder,
  desiredState,
  type ProvisionStep,
  provisionStep,
  type StackLine,
  type StackSeen,
  type StackTicketOut,
} from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { requireGrowAgent } from "../agent/agent.ts";
import { growSystemPrompt } from "../agent/system-prompt.ts";
import { recoverLostContext } from "../conversation/conversation.ts";
import { queuePushPermissions } from "../git/push-permission.ts";
import { queueIdleLook, queuePolicy, queueRetire, queueSecretPrints, queueStatus, queueTurn, queueTypes } from "../kernel/queue.ts";
import { type Me, me, member, type Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { record } from "../kernel/transaction.ts";
import type { Writer } from "../kernel/writer.ts";
import { ensureMemory } from "../memory/memory-setup.ts";
import { requeueOutbox } from "../memory/outbox.ts";
import { OpenCode } from "../opencode/opencode.ts";
import { bindSession, ensureCurrentSession, requireOpencodeSession } from "../opencode/session-row.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { endLine, endWaiting, noteWaiting } from "./line.ts";
import { resumeStopped } from "./resume.ts";
import { noteTrouble } from "./trouble.ts";

/** One provision or wake: names its steps in the log, knows when a newer command has taken its place. */
type Run = { self: Self; run: string; generation: number; requestId: string; signal: AbortSignal };

async function step(
  run: Run,
  name: ProvisionStep,
  state: "started" | "done" | "failed",
  more: { ms?: number; detail?: string; since?: number; place?: number } = {},
): Promise<void> {
  // Once in the log, whoever tells it again; a wait is told once for each thing that is being done. A place
  // in line may come again: one that a lost machine had goes to the head.
  const doing = name === "image" && state === "started" ? `:${more.since ?? ""}:${more.detail ?? ""}` : "";
  const place = more.place === undefined ? "" : `:${Date.now()}`;
  await record(run.self, run.requestId, (writer) =>
    writer.append("provision.step", {
      ref: `step:${run.run}:${name}:${state}${doing}${place}`,
      body: { run: run.run, step: name, state, ...more },
    }),
  );
}
async function timed<T>(run: Run, name: ProvisionStep, act: () => Promise<T>): Promise<T> {
  await step(run, name, "started");
  const from = performance.now();
  try {
    const result = await act();
    await step(run, name, "done", { ms: Math.round(performance.now() - from) });
    return result;
  } catch (error) {
    if (!run.signal.aborted) await step(run, name, "failed", { detail: error instanceof AppError ? error.message : "failed" });
    throw error;
  }
}
/** Throws when a stop or another command came in between: the newer one has the say. */
async function current(run: Run): Promise<Me> {
  const actor = await me(run.self.db);
  if (run.signal.aborted || actor.generation !== run.generation || actor.tier !== "running")
    throw new AppError("conflict", { what: "superseded" });
  return actor;
}

/** The slot that the start needs. Throws `no_capacity` in line, where it is asked for again by the clock. */
async function requireSlot(run: Run): Promise<StackTicketOut> {
  const { self, requestId, generation } = run;
  const answer = await self.vars.stack.askSlot(requestId, generation);
  if ("waiting" in answer) {
    const { place, since } = answer.waiting;
    if ((await current(run)).place !== place)
      await step(run, "placement", "started", { detail: `${describePlace(place)} in line for a machine`, place, since });
    if (!(await record(self, requestId, (writer) => noteWaiting(writer, generation, answer.waiting))))
      throw new AppError("conflict", { what: "superseded" });
    throw new AppError("no_capacity", { what: "slot" });
  }
  const { place, memoryReady } = await current(run);
  await record(self, requestId, endWaiting);
  if (place !== null || !memoryReady) await step(run, "placement", "done"); // the edge may have told it already
  return answer;
}

/**
 * PUT to the host, its steps into the log. A host that has seen a later command of ours (our database was
 * younger) is followed. `boxFrom`: when the start of the box began, which an image may have held up.
 */
async function raise(run: Run): Promise<{ seen: StackSeen; boxFrom: number }> {
  const { self, requestId, signal } = run;
  const ticket = await requireSlot(run);
  if (desiredState("running", ticket.ceiling) !== "running") throw new AppError("ceiling", { ceiling: ticket.ceiling });
  let boxFrom = performance.now();
  const heard = async (line: StackLine) => {
    if (line.type !== "step") return;
    if (line.step === "opencode" && line.state === "started") boxFrom = performance.now();
    const name = provisionStep.safeParse(line.step);
    if (!name.success || (name.data === "opencode" && line.state === "done")) return; // done when its server answers
    await step(run, name.data, line.state, {
      ...(line.ms === undefined ? {} : { ms: line.ms }),
      ...(line.detail ? { detail: line.detail } : {}),
      ...(line.since === undefined ? {} : { since: line.since }),
    });
  };
  const seen = await self.vars.stack.put(requestId, { generation: run.generation, tier: "running" }, heard, signal);
  if (seen.observed !== "running") throw new AppError("upstream", { what: "stack", observed: seen.observed });
  return { seen, boxFrom };
}

/** The agent's server. */
async function ensureServer(run: Run, actor: Me): Promise<AgentSeen> {
  const body = { generation: run.generation, name: actor.name, prompt: growSystemPrompt(actor), permission: opencodePermissions };
  return run.self.vars.stack.startAgent(run.requestId, actor.agent, body, run.signal);
}

/** An agent's session, registered at the edge so that model calls are known to be this agent's. */
export async function ensureSession(self: Self, agent: AgentRow, directory: string, requestId: string): Promise<string> {
  const server = new OpenCode(self.vars.stack, agent.id, directory, requestId);
  const known = agent.session && (await server.createdAt(agent.session)) !== undefined ? agent.session : undefined;
  const current = await record(self, requestId, (writer) => ensureCurrentSession(writer, agent.id));
  const session = known ?? (await server.createSession((await requireOpencodeSession(self.db, current)).title));
  if (agent.session && !known) await record(self, requestId, (writer) => recoverLostContext(writer, agent));
  const same = and(eq(agentTable.id, agent.id), agent.task === null ? isNull(agentTable.task) : eq(agentTable.task, agent.task));
  // Given another task meanwhile, it gets another session, and with it its project.
  if (session !== agent.session)
    await self.db
      .update(agentTable)
      .set({ session })
      .where(and(same, eq(agentTable.sessionId, current)));
  await bindSession(self.db, current, session);
  await self.vars.world.edge.session(member(self), session, agent.id, requestId);
  return session;
}
/** Keeps what the host said of an agent's server. */
export async function noteServer(db: Db, { agent: id, directory, boot, gitUser }: AgentSeen): Promise<void> {
  await db.update(agentTable).set({ directory, boot, gitUser }).where(eq(agentTable.id, id));
}

/** Servers of agents that are gone, or that a lost actor knew, hold places that others need. */
async function stopUnknownServers(writer: Writer, seen: StackSeen): Promise<void> {
  const rows = await writer.db.select({ id: agentTable.id }).from(agentTable).where(isNull(agentTable.retiredAt));
  const known = new Set(rows.map((row) => row.id));
  for (const { agent: id, running } of seen.agents) if (running && !known.has(id)) await queueRetire(writer, id);
}

/** `looked`: the memory was looked for once more since it was found missing. */
async function noteReady(run: Run, actor: Me, seen: StackSeen, server: AgentSeen, looked: boolean): Promise<void> {
  await record(run.self, run.requestId, async (writer) => {
    if (!looked && (await me(writer.db)).trouble === "memory_missing") throw new AppError("memory_missing", { what: "found since" });
    await noteServer(writer.db, server);
    const set = { observed: "running", ready: true, failed: false, containers: seen.containers } as const;
    const changed = await writer.db
      .update(growAgentTable)
      .set({ ...set, lastActivity: writer.now })
      .where(eq(growAgentTable.generation, run.generation))
      .returning({ member: growAgentTable.member });
    if (changed.length === 0) throw new AppError("conflict", { what: "superseded" });
    await endLine(writer);
    if (await noteTrouble(writer, null)) for (const row of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, row);
    if (!actor.ready) await writer.append("stack.state", { ref: `ready:${run.run}`, body: { tier: "running", observed: "running" } });
    await requeueOutbox(writer);
    await queuePolicy(writer);
    await queuePushPermissions(writer);
    await queueSecretPrints(writer);
    await queueTypes(writer);
    await stopUnknownServers(writer, seen);
    await resumeStopped(writer);
    await queueIdleLook(writer, writer.now + run.self.vars.world.idleAfter);
    await queueStatus(writer);
  });
  run.self.vars.attached.add(actor.agent);
}

async function steps(run: Run): Promise<void> {
  const { self, requestId } = run;
  const { seen, boxFrom } = await raise(run);
  const actor = await current(run);
  await step(run, "opencode", "started");
  const look = () => ensureMemory(self, actor, requestId);
  const memory = actor.memoryReady ? look() : timed(run, "memory", look);
  const starting = ensureServer(run, actor);
  for (const side of [memory, starting]) side.catch(() => undefined); // awaited below: one that fails before must not end the process
  await Promise.race([starting, memory.then(() => starting)]); // a memory that is missing is said at once, however the server fares
  const server = await starting;
  await step(run, "opencode", "done", { ms: Math.round(performance.now() - boxFrom) });
  await memory;
  await timed(run, "ready", async () => {
    await current(run);
    await ensureSession(run.self, await requireGrowAgent(run.self.db), server.directory, run.requestId);
    // Whether it was found missing while the server started: what was seen before that is no longer true.
    const missing = (await me(self.db)).trouble === "memory_missing";
    if (missing) await look();
    await noteReady(run, actor, seen, server, missing);
  });
}

/**
 * Brings the stack up for the command in force and makes the agent ready; who asks meanwhile joins. Does
 * nothing when no running stack is wanted any more.
 */
export async function bringUp(self: Self, requestId: string): Promise<void> {
  const under = self.vars.bringUp;
  if (under && !under.controller.signal.aborted) return under.done;
  await under?.done.catch(() => undefined); // it was stopped; whoever waits for it has its error
  if (self.vars.bringUp && self.vars.bringUp !== under) return bringUp(self, requestId);
  const controller = new AbortController();
  const done = bring(self, controller, requestId).finally(() => {
    if (self.vars.bringUp?.controller === controller) self.vars.bringUp = undefined;
  });
  self.vars.bringUp = { controller, done };
  return done;
}
async function bring(self: Self, controller: AbortController, requestId: string): Promise<void> {
  const { starts } = self.vars; // before the edge is asked
  const actor = await me(self.db);
  if (actor.tier !== "running") return;
  const signal = AbortSignal.any([controller.signal, self.vars.life]);
  const run: Run = { self, run: actor.run ?? newId("req"), generation: actor.generation, requestId, signal };
  try {
    await steps(run);
  } catch (error) {
    if (controller.signal.aborted || (error instanceof AppError && error.meta.what === "superseded")) return; // a newer command has its own row
    if (error instanceof AppError && error.code === "generation_stale") await catchUp(run);
    if (error instanceof AppError && error.code === "ceiling") throw new AppError("ceiling", { ...error.meta, starts }, { cause: error });
    throw error;
  }
}
/** The host knows a later generation than we do: go on from there. */
async function catchUp(run: Run): Promise<void> {
  const seen = await run.self.vars.stack.seen(run.requestId);
  const ours = { epoch: seen.epoch, generation: run.generation };
  if (compareOrder(seen, ours) < 0) return;
  await run.self.db
    .update(growAgentTable)
    .set({ generation: seen.generation + 1 })
    .where(eq(growAgentTable.generation, run.generation));
}

/**
 * Makes sure, before a turn, that the agent's server answers; wakes the stack when it does not. Cheap when it
 * was seen ready in this process.
 */
export async function ensureReady(self: Self, requestId: string): Promise<Me> {
  const actor = await me(self.db);
  if (actor.ready && self.vars.attached.has(actor.agent)) return actor;
  if (actor.ready && actor.tier === "running") {
    const seen = await self.vars.stack.seen(requestId);
    if (seen.observed === "running" && seen.generation === actor.generation) {
      const server = await self.vars.stack.startAgent(requestId, actor.agent, {
        generation: actor.generation,
        name: actor.name,
        prompt: growSystemPrompt(actor),
        permission: opencodePermissions,
      });
      await ensureSession(self, await requireGrowAgent(self.db), server.directory, requestId);
      await noteServer(self.db, server);
      self.vars.attached.add(actor.agent);
      return me(self.db);
    }
  }
  await bringUp(self, requestId);
  return me(self.db);
}

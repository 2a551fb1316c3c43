import { copyFileSync, existsSync } from "node:fs";
import path from "node:path";
import { asc, eq } from "drizzle-orm";
import { vi } from "vitest";
import { ensureGrowAgent, findAgent, requireAgent } from "../../actors/agent/agent.ts";
import { readPlatformTypes } from "../../actors/agent/agent-type.ts";
import { growAgentWork } from "../../actors/agent/grow-agent-work.ts";
import { callSubAgent } from "../../actors/agent/sub-agent-call.ts";
import { refuseTurnOverBudget } from "../../actors/budget/budget.ts";
import { newGrowAgentVars, registerGrowAgentActions, wakeGrowAgent } from "../../actors/grow-agent.ts";
import { admitToGrowAgent, admitToSubAgent } from "../../actors/kernel/auth.ts";
import { newVars } from "../../actors/kernel/context.ts";
import type { ActorVars, Connection, ConnState, PeerClient, Self, World } from "../../actors/kernel/self.ts";
import type { Db } from "../../actors/kernel/tables.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { type Handler, listLaneHeads } from "../../actors/kernel/work.ts";
import type { GrowWorkKind, WorkKind } from "../../actors/kernel/work-kinds.ts";
import type { Edge } from "../../actors/runner/edge.ts";
import { resumeStopped } from "../../actors/stack/resume.ts";
import { registerSubAgentActions, subAgentWork, wakeSubAgent } from "../../actors/sub-agent.ts";
import { findTurn, turnsIn } from "../../actors/turn/turn-row.ts";
import { moveTurn } from "../../actors/turn/turn-state.ts";
import { type ActionName, actions, type InputOf, type OutputOf } from "../../schema/actions.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { AgentType } from "../../schema/agent/agent-type.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { connectionParams, type GrowAgentInput, subAgentInput } from "../../schema/agent/grow-agent.ts";
import { subAgentTable } from "../../schema/agent/sub-agent.table.ts";
import { type SubInput, type SubState, subState } from "../../schema/agent/sub-agent.ts";
import { eventTable } from "../../schema/event.table.ts";
import { type EventBody, type EventKind, eventBodies } from "../../schema/event.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import type { TurnState } from "../../schema/turn.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { workTable } from "../../schema/work.table.ts";
import type { ErrorClass } from "../../schema/work.ts";
import { databaseContext, testDatabase } from "./actor-database.ts";
import { type AnswerHost, newTestWorld, TestEdge, TestHost, testRunner } from "./actor-world.ts";
import { limit } from "./suite/limit.ts";

/**
 * A member's growAgent and its sub-agents without an engine: their own tables in files of SQLite, their own
 * actions, and their own queues, which run as they do in a runner. The outside is the test's. Work that needs
 * the member's machine waits there, unless a test runs it; a turn begins and ends when the test says so.
 */
export type TurnEnd = {
  to: Exclude<TurnState, "queued" | "running">;
  reason?: string;
  errorClass?: ErrorClass;
  commit?: string;
  tokens?: number;
};
export type ActorOptions = {
  /** Agents that may work beside the Grow Agent. */
  places?: number;
  types?: Map<string, AgentType>;
  /** Of an actor that was closed: it goes on. */
  file?: string;
  agent?: Id<"agt">;
  mostBytes?: number;
  remindAfter?: number;
  /** Kinds of work that are done; a row of another kind waits. */
  runs?: readonly GrowWorkKind[];
  host?: AnswerHost;
  edge?: Partial<Edge>;
  world?: Partial<World>;
  /** The member's search, by the names of its actions. */
  search?: (action: string) => unknown;
};
/** Named, so that a message of the compiler names it. */
export interface TestActor extends Awaited<ReturnType<typeof startActor>> {}

/** The actor's tables with nothing in them, made once a folder. */
async function openTables(file: string, folder: string): Promise<Db> {
  const empty = path.join(folder, "empty.sqlite");
  if (!existsSync(empty)) {
    const db = await testDatabase.createClient(databaseContext(empty));
    await testDatabase.onMigrate(db);
    await db.close();
  }
  if (!existsSync(file)) copyFileSync(empty, file);
  return testDatabase.createClient(databaseContext(file));
}

/** The engine's clock: alarms that fire once, and those that repeat, by name. */
class Alarms {
  readonly once: number[] = [];
  readonly every = new Map<string, number>();
  readonly schedule: Self["schedule"] = { at: async (at) => String(this.once.push(at)) };
  readonly cron: Self["cron"] = {
    every: async ({ name, interval }) => void this.every.set(name, interval),
    delete: async (name) => this.every.delete(name),
  };
}
function newSelf(key: string[], db: Db, vars: ActorVars, client: () => PeerClient): Self & { alarms: Alarms } {
  const alarms = new Alarms();
  const engine = { schedule: alarms.schedule, cron: alarms.cron, keepAwake: <T>(promise: Promise<T>) => promise, destroy: () => undefined };
  return { key, db, vars, conns: new Map(), ...engine, client, alarms };
}
const newConnection = (state: ConnState, send: Connection["send"] = () => undefined): Connection => ({
  ...{ id: newId("req"), state, send, disconnect: async () => undefined },
});

/** A handler whose outside never answers. */
const waiting: Handler<WorkKind> = {
  run: (self) => new Promise((_, reject) => self.vars.life.addEventListener("abort", reject, { once: true })),
  gaveUp: async () => undefined,
};
/** Kinds of work that need nobody outside. */
export const withoutOutside: readonly GrowWorkKind[] = ["team", "peer", "expire", "stop"];

async function passTime(until: number): Promise<void> {
  if (vi.isFakeTimers()) vi.setSystemTime(until);
  else await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
}

export async function startActor(folder: string, options: ActorOptions = {}) {
  const file = options.file ?? path.join(folder, `${newId("wrk")}.sqlite`);
  const fresh = !existsSync(file);
  const db = await openTables(file, folder);
  const [known] = await db.select().from(growAgentTable);
  const input: GrowAgentInput = {
    ...{ member: known?.member ?? newId("mem"), agent: known?.agent ?? options.agent ?? newId("agt") },
    ...{ stack: newId("stk"), channel: known?.channel ?? newId("chn") },
  };
  const { member, agent: grow } = input;
  const called = { name: "Ada", memberName: "Eve" };
  if (fresh) {
    const stack = { tier: "running", generation: 1, observed: "running", ready: true, failed: false, memoryReady: true } as const;
    await db.insert(growAgentTable).values({ ...input, ...called, ...stack, lastActivity: Date.now() });
    await ensureGrowAgent(db, { ...input, ...called }, 1);
  }
  const life = new AbortController();
  const runner = await testRunner();
  const host = new TestHost(runner, member, options.host);
  const types = options.types ?? new Map(readPlatformTypes());
  const errors: unknown[] = [];
  const world = await newTestWorld({
    ...{
      edge: Object.assign(new TestEdge(runner, options.places ?? 4), options.edge),
      hosts: host,
      types,
      mostBytes: options.mostBytes ?? limits.actorBytes,
    },
    ...(options.remindAfter === undefined ? {} : { remindAfter: options.remindAfter }),
    log: (level, text, fields) => {
      if (level === "error") errors.push([text, fields]);
    },
    ...options.world,
  });

  const registered = registerGrowAgentActions(world);
  const registeredSub = registerSubAgentActions(world);
  const subs = new Map<string, Self>();
  /** The sub-agent's own actor, which is made, or woken, when it is spoken to. */
  async function wakeSub(key: string[], made: unknown): Promise<Self> {
    const id = key[1] ?? "";
    const awake = subs.get(id);
    if (awake) return awake;
    const sub = newSelf(key, await openTables(`${file}.${id}`, folder), newVars(world, key), () => client);
    subs.set(id, sub);
    await wakeSubAgent(sub, subAgentInput.parse(made), life.signal);
    return sub;
  }
  const policy = (key: string[], id: string | undefined) => ({ key, agent: id, keys: world.keys, peers: world.peers });
  const toGrow = (key: string[], params: unknown) => ({
    action: async ({ name, args }: { name: string; args: unknown[] }) => {
      const conn = newConnection({ ...(await admitToGrowAgent(params, policy(key, grow))), stays: false });
      return registered[name as ActionName]({ vars: self.vars, conn }, args[0]);
    },
  });
  const toSub = (key: string[], params: unknown, made: unknown) => ({
    action: async ({ name, args }: { name: string; args: unknown[] }) => {
      const sub = await wakeSub(key, made);
      const conn = newConnection({ ...(await admitToSubAgent(params, policy(key, key[1]))), stays: false });
      return registeredSub[name as keyof typeof registeredSub]({ vars: sub.vars, conn }, args[0]);
    },
  });
  const nobody = (): never => {
    throw new Error("there is no such actor here");
  };
  const client: PeerClient = {
    growAgent: { get: (key, { params }) => toGrow(key, params), getOrCreate: nobody },
    subAgent: {
      get: nobody,
      getOrCreate: (key, { params, createWithInput }) => toSub(key, connectionParams.parse(params), createWithInput),
    },
    search: { get: nobody, getOrCreate: options.search ? () => ({ action: async ({ name }) => options.search?.(name) }) : nobody },
  };

  const self = newSelf([member], db, newGrowAgentVars(world, [member]), () => client);
  self.vars.attached.add(grow); // its server answers
  const runs = options.runs ?? withoutOutside;
  const waits = (Object.keys(growAgentWork) as GrowWorkKind[]).filter((kind) => !runs.includes(kind));
  await wakeGrowAgent(self, input, life.signal, { ...growAgentWork, ...Object.fromEntries(waits.map((kind) => [kind, waiting])) });
  if (!runs.includes("idle")) await db.delete(workTable).where(eq(workTable.kind, "idle")); // it sleeps in tests of its own
  const kinds = new Set<string>([...runs, ...Object.keys(subAgentWork)]);

  /** Waits until nothing more is to be done that is due until then, of the actor and of its sub-agents. */
  async function settle(until = Date.now()): Promise<void> {
    const deadline = performance.now() + limit(10_000);
    for (;;) {
      const actors = [self, ...subs.values()];
      const rows = (await Promise.all(actors.map((each) => listLaneHeads(each.db)))).flat().filter(({ kind }) => kinds.has(kind));
      const next = rows.sort((a, b) => a.dueAt - b.dueAt)[0];
      if (!next || next.dueAt > Math.max(until, Date.now())) return;
      if (next.dueAt > Date.now()) await passTime(next.dueAt);
      for (const each of actors) each.vars.kick();
      await new Promise(setImmediate);
      if (performance.now() > deadline) throw new Error("the queue does not come to rest", { cause: { next, errors } });
    }
  }
  /** An action as its own audience calls it, with what its input's shape fills in. */
  async function act<A extends ActionName>(name: A, given: InputOf<A>, key: string = newId("req")): Promise<OutputOf<A>> {
    const [audience = "actor"] = actions[name].for;
    const conn = newConnection({ audience, member, exp: Number.MAX_SAFE_INTEGER, entitled: true, stays: false });
    const answer = await registered[name]({ vars: self.vars, conn }, { requestId: newId("req"), key, input: given });
    return actions[name].out.parse(answer) as OutputOf<A>;
  }
  /** A sub-agent is told something by its parent. */
  async function hear(to: Id<"agt">, told: SubInput): Promise<void> {
    await callSubAgent(self, await requireAgent(db, to), { key: newId("req"), input: told, requestId: newId("req") });
    await settle();
  }
  /** What a sub-agent is at. */
  async function subOf(id: Id<"agt">): Promise<SubState> {
    const sub = subs.get(id);
    if (!sub) throw new Error(`nothing was said to ${id}`);
    const [row] = await sub.db.select().from(subAgentTable);
    return subState.parse(row?.state);
  }
  async function pushCommit(agentId: Id<"agt">, commit: string): Promise<void> {
    const taskId = (await findAgent(db, agentId))?.task;
    const [row] = taskId ? await db.select().from(taskTable).where(eq(taskTable.id, taskId)) : [];
    if (row?.branch) host.branches.set(row.branch, commit);
  }
  async function endTurn(id: Id<"trn">, { to, reason = "", errorClass, commit, tokens }: TurnEnd): Promise<void> {
    const row = await findTurn(db, id);
    if (!row) return;
    if (commit) await pushCommit(row.agent, commit);
    await record(self, newId("req"), async (writer) => {
      const turnId = row.id;
      const usage = { turnId, model: "grow", inputTokens: tokens ?? 0, outputTokens: 0, costMicros: tokens ?? 0 };
      if (tokens !== undefined) await writer.append("usage", { ref: `usage:${id}`, turnId, body: usage });
      await moveTurn(writer, (await findTurn(writer.db, id)) ?? row, to, { reason, ...(errorClass ? { errorClass } : {}) });
    });
    await settle();
  }
  /** The agent's next turn begins, unless its budget forbids it. Its id, when it runs. */
  async function beginTurn(agentId: Id<"agt">): Promise<Id<"trn"> | undefined> {
    await settle();
    const row = (await turnsIn(db, ["queued"])).find((each) => each.agent === agentId);
    const [found] = await db.select().from(agentTable).where(eq(agentTable.id, agentId));
    if (!row || !found) return undefined;
    const refused = await refuseTurnOverBudget(self, found, row, newId("req"));
    if (!refused) await record(self, newId("req"), (writer) => moveTurn(writer, row, "running"));
    await settle();
    return refused ? undefined : row.id;
  }
  /** A whole turn of an agent. */
  async function runTurn(agentId: Id<"agt">, end: TurnEnd): Promise<Id<"trn"> | undefined> {
    const id = await beginTurn(agentId);
    if (id) await endTurn(id, end);
    return id;
  }
  /** The member stops the stack, and what that sets in motion is done. */
  async function stopStack(): Promise<void> {
    await act("stop", { scope: "stack" });
    await settle();
  }
  /** What the actor does in the transaction in which its stack is up. */
  async function stackIsUp(): Promise<void> {
    await record(self, newId("req"), (writer) => resumeStopped(writer));
    await settle();
  }
  async function startStack(): Promise<void> {
    await act("start", {});
    await stackIsUp();
  }
  async function taskNamed(name: string): Promise<TaskRow> {
    const rows = await db.select().from(taskTable).where(eq(taskTable.specId, name)).orderBy(asc(taskTable.createdAt), asc(taskTable.id));
    const found = rows.findLast((row) => row.state !== "cancelled") ?? rows.at(-1);
    if (!found) throw new Error(`no task ${name}`);
    return found;
  }
  async function events<K extends EventKind>(kind: K): Promise<EventBody<K>[]> {
    const rows = await db.select({ body: eventTable.body }).from(eventTable).where(eq(eventTable.kind, kind)).orderBy(asc(eventTable.seq));
    return rows.map(({ body }) => eventBodies[kind].parse(body) as EventBody<K>);
  }
  const queued = async (key: string) => db.select().from(workTable).where(likeSealed(workTable.key, key));
  /** A device of the member stays connected: what is sent to it, in order. */
  function connectDevice(): [name: string, body: unknown][] {
    const sent: [string, unknown][] = [];
    const state = { audience: "live", member, exp: Number.MAX_SAFE_INTEGER, entitled: true, stays: true } as const;
    const connection = newConnection(state, (name, body) => sent.push([name, body]));
    self.conns.set(connection.id, connection);
    return sent;
  }
  async function close(): Promise<void> {
    life.abort();
    for (const each of [self, ...subs.values()]) await each.db.close();
  }
  return {
    ...{ self, db, file, member, grow, types, host, alarms: self.alarms, act, settle, hear, subOf, beginTurn, endTurn, runTurn },
    ...{ stopStack, stackIsUp, startStack, taskNamed, events, queued, close, connectDevice },
  };
}

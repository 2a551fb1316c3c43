import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createClient } from "@libsql/client";
import { and, asc, eq, like, lte } from "drizzle-orm";
import { drizzle } from "drizzle-orm/libsql";
import { ensureGrowAgent } from "../../actors/agent/agent.ts";
import { readPlatformTypes } from "../../actors/agent/agent-type.ts";
import { runSubAgentCommand } from "../../actors/agent/sub-agent-commands.ts";
import { teamWork } from "../../actors/agent/team.ts";
import { expireWork } from "../../actors/approval/approval.ts";
import { refuseTurnOverBudget } from "../../actors/budget/budget.ts";
import type { Self } from "../../actors/kernel/self.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { readWork, wakeWaiting } from "../../actors/kernel/work.ts";
import { reactions } from "../../actors/reactions.ts";
import { goOn } from "../../actors/stack/resume.ts";
import { start } from "../../actors/stack/start.ts";
import { stop } from "../../actors/turn/stop.ts";
import { findTurn, turnsIn } from "../../actors/turn/turn-row.ts";
import { move } from "../../actors/turn/turn-state.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import type { AgentType } from "../../schema/agent/agent-type.ts";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { decideSubAgentStep, newSubState, type SubInput, type SubState, subCommand, subInput } from "../../schema/agent/sub-agent.ts";
import { eventTable } from "../../schema/event.table.ts";
import { type EventBody, type EventKind, eventBodies } from "../../schema/event.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import type { TurnState } from "../../schema/turn.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { workTable } from "../../schema/work.table.ts";
import type { ErrorClass } from "../../schema/work.ts";

/**
 * A member's team in the actor's own tables, a real SQLite file, without engine, host or model: the test says what turns come to. Who works on what,
 * what a task becomes and what a sub-agent does next is the product's own code; only the turns themselves are not run.
 */
const migrations = path.join(import.meta.dirname, "../../schema/migrations/actor");
export type End = {
  to: Exclude<TurnState, "queued" | "running">;
  reason?: string;
  errorClass?: ErrorClass;
  commit?: string;
  tokens?: number;
  ms?: number;
};
export type Alone = Awaited<ReturnType<typeof alone>>;

/** A database with the actor's tables and nothing in them, made once a folder. */
async function empty(folder: string): Promise<string> {
  const file = path.join(folder, "empty.sqlite");
  if (existsSync(file)) return file;
  const client = createClient({ url: `file:${file}` });
  for (const name of readdirSync(migrations)
    .filter((one) => one.endsWith(".sql"))
    .sort())
    await client.executeMultiple(readFileSync(path.join(migrations, name), "utf8"));
  client.close();
  return file;
}

export async function alone(
  folder: string,
  of: { places?: number; types?: Map<string, AgentType>; file?: string; agent?: Id<"agt">; mostBytes?: number } = {},
) {
  const file = of.file ?? path.join(folder, `${newId("wrk")}.sqlite`);
  const fresh = of.file === undefined;
  if (fresh) copyFileSync(await empty(folder), file);
  const client = createClient({ url: `file:${file}` });
  const db = drizzle(client) as unknown as Self["db"];
  const [who, channel] = [of.agent ?? newId("agt"), newId("chn")];
  if (fresh) {
    const stack = { tier: "running", generation: 1, observed: "running", ready: true, failed: false, memoryReady: true } as const;
    await db.insert(growAgentTable).values({
      ...{ member: newId("mem"), agent: who, stack: newId("stk"), channel, name: "Ada", memberName: "Eve" },
      ...stack,
      lastActivity: 1,
    });
    await ensureGrowAgent(db, { agent: who, channel, name: "Ada" }, 1);
  }
  const types = of.types ?? new Map(readPlatformTypes());
  const stack = { ticket: async () => ({ limits: { agents: (of.places ?? 4) + 1 } }), price: () => ({ input: 1, output: 10 }) };
  const vars = {
    tail: Promise.resolve(),
    alarmTail: Promise.resolve(),
    changing: 0,
    watched: true,
    reactions,
    lastSeq: 0,
    running: new Map(),
    waiting: new Map(),
    bringUp: undefined,
    kick: () => undefined,
    stack,
    world: { types, mostBytes: of.mostBytes ?? limits.actorBytes, log: () => undefined },
  };
  const self = { key: [newId("mem")], db, vars, conns: new Map() } as unknown as Self;
  const subs = new Map<string, SubState>();
  const heads = new Map<string, string>();

  /** A sub-agent hears something: what it wants of its parent is done at once. */
  async function hear(to: Id<"agt">, input: SubInput): Promise<void> {
    const { state, commands } = decideSubAgentStep(subs.get(to) ?? newSubState, input);
    subs.set(to, state);
    for (const command of commands.map((one) => subCommand.parse(one))) {
      const answer = await runSubAgentCommand(self, command.kind, to, command, newId("req"));
      if (!answer.ok && command.kind === "execute") await hear(to, { kind: "refused", key: command.key });
    }
  }
  async function take(kind: string, now: number) {
    const due = and(eq(workTable.kind, kind), lte(workTable.dueAt, now));
    const [row] = await db.select().from(workTable).where(due).orderBy(asc(workTable.position)).limit(1);
    if (row) await db.delete(workTable).where(eq(workTable.id, row.id));
    if (row) wakeWaiting(self, row.key);
    return row;
  }
  /** Does what is due, but for turns and Git, until nothing of it is left. */
  async function settle(now = Date.now()): Promise<void> {
    for (;;) {
      const stop = await take("stop", now);
      if (stop) {
        const { turnId } = stop.payload as { turnId?: Id<"trn"> }; // absent: the whole stack's
        if (turnId) await endTurn(turnId, { to: "stopped", reason: "stopped" }, false);
        continue;
      }
      const peer = await take("peer", now);
      if (peer) {
        const { agent: to, input } = peer.payload as { agent: Id<"agt">; input: unknown };
        const heard = subInput.parse(input);
        const head = heads.get(to);
        await hear(to, heard.kind === "turn_ended" && heard.end === "done" && head ? { ...heard, commit: head } : heard);
        continue;
      }
      const expire = await take("expire", now);
      if (expire) {
        await expireWork.run(self, readWork("expire", expire));
        continue;
      }
      const team = await take("team", now);
      if (!team) return;
      await teamWork.run(self, readWork("team", team));
    }
  }
  async function endTurn(id: Id<"trn">, of: End, settles = true): Promise<void> {
    const row = await findTurn(db, id);
    if (!row) return;
    if (of.commit) heads.set(row.agent, of.commit);
    await record(self, newId("req"), async (writer) => {
      const now = await findTurn(writer.db, id);
      if (of.tokens !== undefined)
        await writer.append("usage", {
          ref: `usage:${id}`,
          turnId: id,
          body: { turnId: row.id, model: "grow", inputTokens: of.tokens, outputTokens: 0, costMicros: of.tokens },
        });
      if (now) await move(writer, now, of.to, { reason: of.reason ?? "", ...(of.errorClass ? { errorClass: of.errorClass } : {}) });
    });
    if (settles) await settle();
  }
  /** The agent's next turn begins, unless its budget forbids it. Its id, when it runs. */
  async function beginTurn(whose: Id<"agt">): Promise<Id<"trn"> | undefined> {
    const [row] = (await turnsIn(db, ["queued"])).filter((one) => one.agent === whose);
    const [of] = await db.select().from(agentTable).where(eq(agentTable.id, whose));
    if (!row || !of) return undefined;
    if (await refuseTurnOverBudget(self, of, row, newId("req"))) {
      await settle();
      return undefined;
    }
    await record(self, newId("req"), (writer) => move(writer, row, "running"));
    return row.id;
  }
  /** A whole turn of an agent. */
  async function turn(whose: Id<"agt">, of: End): Promise<Id<"trn"> | undefined> {
    const id = await beginTurn(whose);
    if (id) await endTurn(id, of);
    return id;
  }
  /** The member stops the stack, and what that sets in motion is done. */
  async function stopStack(): Promise<void> {
    let settled: Promise<void> | undefined;
    vars.kick = () => {
      settled ??= settle();
    };
    await stop(self, { scope: "stack" }, newId("req"), newId("req"));
    vars.kick = () => undefined;
    await settled;
    await settle();
  }
  /** What the actor does in the transaction in which its stack is up. */
  async function stackIsUp(): Promise<void> {
    await record(self, newId("req"), (writer) => goOn(writer));
    await settle();
  }
  async function startStack(): Promise<void> {
    await start(self, newId("req"), newId("req"));
    await stackIsUp();
  }
  const taskNamed = async (name: string): Promise<TaskRow> => {
    const rows = await db.select().from(taskTable).where(eq(taskTable.specId, name)).orderBy(asc(taskTable.createdAt), asc(taskTable.id));
    const found = rows.findLast((row) => row.state !== "cancelled") ?? rows.at(-1);
    if (!found) throw new Error(`no task ${name}`);
    return found;
  };
  async function events<K extends EventKind>(kind: K): Promise<EventBody<K>[]> {
    const rows = await db.select({ body: eventTable.body }).from(eventTable).where(eq(eventTable.kind, kind)).orderBy(asc(eventTable.seq));
    return rows.map(({ body }) => eventBodies[kind].parse(body) as EventBody<K>);
  }
  const queued = async (key: string) => db.select().from(workTable).where(like(workTable.key, key));
  return {
    self,
    db,
    file,
    grow: who,
    types,
    subs,
    settle,
    hear,
    beginTurn,
    endTurn,
    turn,
    stopStack,
    stackIsUp,
    startStack,
    taskNamed,
    events,
    queued,
    close: () => client.close(),
  };
}

import { and, eq, isNotNull, isNull, ne } from "drizzle-orm";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { toolsOfType } from "../../schema/agent/agent-type.ts";
import { growAgentType } from "../../schema/agent/team.ts";
import { opencodePermissions } from "../../schema/approval/permission.ts";
import { isPlanLimit } from "../../schema/billing/limit-reached.ts";
import { box } from "../../schema/stack/stack.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { isTaskActive } from "../../schema/task/task.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { tellReach } from "../approval/reach.ts";
import { tellBudgets } from "../budget/gateway.ts";
import { requireMergePermission } from "../git/push-permission.ts";
import { type Me, me, type Self } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import { admitToTaskProject } from "../project.ts";
import { ensureReady, ensureSession, noteServer } from "../stack/provision.ts";
import { noteBase } from "../task/base-commit.ts";
import { turnsIn } from "../turn/turn-row.ts";
import { isGrowAgent, requireAgent, setAgent } from "./agent.ts";
import { composeSubAgentPrompt, readAgentTypes, requireAgentType } from "./agent-type.ts";

/**
 * Makes sure before a turn that an agent's server answers and its session exists. Cheap once this process saw
 * it.
 */
export async function ensureAgentReady(self: Self, id: Id<"agt">, requestId: string): Promise<AgentRow> {
  const actor = await ensureReady(self, requestId);
  if (!actor.ready) throw new AppError("unavailable", { what: "stack" });
  const row = await requireAgent(self.db, id);
  if (isGrowAgent(row)) {
    if (!row.session) await ensureSession(self, row, row.directory ?? "", requestId);
    await tellReach(self, row, requestId);
    return requireAgent(self.db, id);
  }
  if (row.retiredAt) throw new AppError("conflict", { what: "retired" });
  if (row.stale) await endStaleServer(self, row, requestId);
  if (row.stale || !self.vars.attached.has(id) || !row.session) await bringUpAgent(self, actor, row, requestId);
  await noteBase(self, row, requestId);
  await requireMergePermission(self, row, requestId);
  await tellReach(self, row, requestId);
  const ready = await requireAgent(self.db, id);
  await tellBudgets(self, ready, requestId);
  return ready;
}

/**
 * Ends a server that was started with an older version of its type. A change made meanwhile counts at the
 * next turn.
 */
async function endStaleServer(self: Self, row: AgentRow, requestId: string): Promise<void> {
  if (row.boot)
    await stopServer(self, row.id, requestId).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== "not_found") throw error; // the host knows of none
    });
  await self.db.update(agentTable).set({ stale: false }).where(eq(agentTable.id, row.id));
}

async function bringUpAgent(self: Self, actor: Me, row: AgentRow, requestId: string): Promise<void> {
  const type = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  await self.vars.world.edge.subAgent(actor.member, row.id, { type: row.type, tools: toolsOfType(type), model: type.model }, requestId);
  const server = await startAgentServer(self, actor, row, requestId);
  await noteServer(self.db, server);
  await ensureSession(self, row, server.directory, requestId);
  await admitToTaskProject(self, row, requestId);
  self.vars.attached.add(row.id);
}

async function startAgentServer(self: Self, actor: Me, row: AgentRow, requestId: string) {
  const type = requireAgentType(await readAgentTypes(self.db, self.vars.world.types), row.type);
  const prompt = composeSubAgentPrompt(type, { ...row, memberName: actor.memberName, directory: box.agentDirectory(row.id) });
  const body = { generation: actor.generation, name: row.title, prompt, permission: opencodePermissions };
  for (let again = mostRooms; ; again--) {
    try {
      return await self.vars.stack.startAgent(requestId, row.id, body, self.vars.life);
    } catch (error) {
      const isOver = error instanceof AppError && error.code === "storage_full" && isPlanLimit(error.message);
      if (isOver) await freeGoneSeat(self, requestId); // nobody else can delete what such agents have left
      const code = error instanceof AppError && again > 0 ? error.code : undefined;
      const room = code === "no_capacity" ? makeRoom(self, row, requestId) : code === "no_seat" && freeSeat(self, requestId);
      if (!(await room)) throw error;
    }
  }
}
/** Tries: another agent that starts at the same time may take the room that was made. */
const mostRooms = 4;

/**
 * Stops the server of the agent that has been idle longest, or waits for model time. False when all are at
 * work.
 */
async function makeRoom(self: Self, wants: AgentRow, requestId: string): Promise<boolean> {
  const up = (await self.vars.stack.seen(requestId)).agents.filter((server) => server.running).map((server): string => server.agent);
  const rows = await self.db
    .select({ agent: agentTable, state: taskTable.state })
    .from(agentTable)
    .leftJoin(taskTable, eq(taskTable.id, agentTable.task))
    .where(and(ne(agentTable.type, growAgentType), ne(agentTable.id, wants.id), isNotNull(agentTable.boot)));
  const free = rows
    .filter(({ agent: { id } }) => up.includes(id) && !self.vars.running.has(id))
    .filter(({ agent: { id }, state }) => !isTaskActive(state) || self.vars.withoutModelTime.has(id))
    .sort((a, b) => a.agent.usedAt - b.agent.usedAt)[0]?.agent;
  if (!free) return false;
  await stopServer(self, free.id, requestId);
  return true;
}
const readAgentsHere = (self: Self) => self.db.select().from(agentTable).where(isNull(agentTable.retiredAt)).orderBy(agentTable.usedAt);
/** Frees the seat of the agent retired longest ago, with all that it has left. False where none has one. */
async function freeGoneSeat(self: Self, requestId: string): Promise<boolean> {
  const here = new Set((await readAgentsHere(self)).map(({ id }) => id));
  const { agents } = await self.vars.stack.seen(requestId);
  const gone = agents.filter((agent) => !here.has(agent.agent));
  for (const holder of gone.sort((a, b) => (a.since ?? 0) - (b.since ?? 0)))
    if (await self.vars.stack.leaveSeat(requestId, holder.agent)) return true;
  return false;
}
/**
 * Frees the seat of the agent that was retired longest ago, else of the longest idle one. False when all are
 * at work.
 */
async function freeSeat(self: Self, requestId: string): Promise<boolean> {
  if (await freeGoneSeat(self, requestId)) return true;
  const rows = await readAgentsHere(self);
  const { agents } = await self.vars.stack.seen(requestId);
  const seated = new Set(agents.map((agent): string => agent.agent));
  for (const { id } of rows)
    if (seated.has(id) && (await retireIdle(self, id, requestId))) {
      await stopServer(self, id, requestId);
      if (await self.vars.stack.leaveSeat(requestId, id)) return true;
    }
  return false;
}
/**
 * Retires an agent that has no task and no turn: each project has agents of its own, and they would fill the
 * seats.
 */
function retireIdle(self: Self, id: Id<"agt">, requestId: string): Promise<boolean> {
  return record(self, requestId, async (writer) => {
    const row = await requireAgent(writer.db, id);
    const open = (await turnsIn(writer.db, ["queued", "running"])).some((turn) => turn.agent === id);
    if (isGrowAgent(row) || row.task !== null || row.state !== "idle" || open) return false;
    await setAgent(writer, row, "retired", null);
    return true;
  });
}
/** A retired agent's turn and server end. */
export async function retireServer(self: Self, id: Id<"agt">, requestId: string): Promise<void> {
  if ((await me(self.db)).ready) await stopServer(self, id, requestId);
}
/** The agent's server ends; its directory, clone and branches stay. */
export async function stopServer(self: Self, id: Id<"agt">, requestId: string): Promise<void> {
  self.vars.attached.delete(id);
  await self.vars.stack.stopAgent(requestId, id);
}

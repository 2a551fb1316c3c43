import { and, asc, eq, isNull, ne } from "drizzle-orm";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { type AgentState, type AgentView, growAgentType } from "../../schema/agent/team.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Me } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

export async function findAgent(db: Db, id: Id<"agt">): Promise<AgentRow | undefined> {
  return (await db.select().from(agentTable).where(eq(agentTable.id, id)))[0];
}
export async function requireAgent(db: Db, id: Id<"agt">): Promise<AgentRow> {
  const row = await findAgent(db, id);
  if (!row) throw new AppError("not_found", { what: "agent" });
  return row;
}
/**
 * The agent of a channel, or the Grow Agent when no channel is named. Throws `not_found` for an unknown
 * channel.
 */
export async function requireChannelAgent(db: Db, channel: Id<"chn"> | undefined): Promise<AgentRow> {
  const where = channel === undefined ? eq(agentTable.type, growAgentType) : eq(agentTable.channel, channel);
  const row = (await db.select().from(agentTable).where(where))[0];
  if (!row) throw new AppError("not_found", { what: "channel" });
  return row;
}
export const requireGrowAgent = (db: Db): Promise<AgentRow> => requireChannelAgent(db, undefined);
export const isGrowAgent = (row: { type: string }): boolean => row.type === growAgentType;

/** The Grow Agent's own row, made once. */
export async function ensureGrowAgent(db: Db, actor: Pick<Me, "agent" | "name" | "channel">, now: number): Promise<void> {
  const fresh = { state: "idle", createdAt: now, usedAt: now } as const;
  await db
    .insert(agentTable)
    .values({ id: actor.agent, type: growAgentType, title: actor.name, channel: actor.channel, ...fresh })
    .onConflictDoNothing();
}

/** The agent's next turn begins a new session. */
export async function forgetSession(db: Db, id: Id<"agt">): Promise<void> {
  await db.update(agentTable).set({ session: null, sessionId: null }).where(eq(agentTable.id, id));
}

/** Sets an agent's state and task, and tells it in the log when something changed. */
export async function setAgent(writer: Writer, row: AgentRow, state: AgentState, taskId: Id<"tsk"> | null): Promise<AgentRow> {
  if (row.state === state && row.task === taskId) return row;
  const retiredAt = state === "retired" ? writer.now : null;
  await writer.db.update(agentTable).set({ state, task: taskId, retiredAt, usedAt: writer.now }).where(eq(agentTable.id, row.id));
  const next = { ...row, state, task: taskId, retiredAt };
  await tellAgent(writer, next);
  return next;
}
export async function tellAgent(writer: Writer, row: AgentRow): Promise<void> {
  await writer.append("agent.state", {
    body: {
      agentId: row.id,
      type: row.type,
      title: row.title,
      channel: row.channel,
      state: row.state,
      ...(row.task ? { taskId: row.task } : {}),
    },
  });
}

/** All agents, the Grow Agent first, with what each works on. Retired ones are left out unless asked for. */
export async function listAgentViews(db: Db, filter: { retired?: boolean; id?: Id<"agt"> } = {}): Promise<AgentView[]> {
  const rows = await db
    .select({ agent: agentTable, task: { id: taskTable.id, spec: taskTable.spec, state: taskTable.state } })
    .from(agentTable)
    .leftJoin(taskTable, eq(taskTable.id, agentTable.task))
    .where(
      and(filter.retired ? undefined : isNull(agentTable.retiredAt), filter.id === undefined ? undefined : eq(agentTable.id, filter.id)),
    )
    .orderBy(ne(agentTable.type, growAgentType), asc(agentTable.createdAt), asc(agentTable.id));
  return rows.map((row) => ({
    id: row.agent.id,
    type: row.agent.type,
    title: row.agent.title,
    channel: row.agent.channel,
    state: row.agent.state,
    task: row.task ? { id: row.task.id, title: row.task.spec.title, state: row.task.state } : null,
    createdAt: row.agent.createdAt,
    retiredAt: row.agent.retiredAt,
  }));
}

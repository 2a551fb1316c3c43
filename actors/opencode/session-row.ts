import { and, eq, isNotNull } from "drizzle-orm";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { type OpencodeSessionRow, opencodeSessionTable } from "../../schema/opencode/session.table.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import type { TurnRow } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

export async function requireOpencodeSession(db: Db, id: Id<"ses">): Promise<OpencodeSessionRow> {
  const [row] = await db.select().from(opencodeSessionTable).where(eq(opencodeSessionTable.id, id));
  if (!row) throw new AppError("not_found", { what: "session" });
  return row;
}
/** One that takes a message. */
export async function requireOpenSession(db: Db, id: Id<"ses">): Promise<OpencodeSessionRow> {
  const row = await requireOpencodeSession(db, id);
  if (row.archivedAt !== null)
    throw new AppError("conflict", { what: "archived" }, { message: "This session is archived; resume it first." });
  return row;
}

async function titleOf(db: Db, agent: AgentRow): Promise<string> {
  const [task] = agent.task === null ? [] : await db.select({ spec: taskTable.spec }).from(taskTable).where(eq(taskTable.id, agent.task));
  return (task?.spec.title ?? agent.title).slice(0, 120);
}
/** The session that an agent works in, made where it has none. In the caller's transaction. */
export async function ensureCurrentSession({ db, now }: Pick<Writer, "db" | "now">, agentId: Id<"agt">): Promise<Id<"ses">> {
  const [agent] = await db.select().from(agentTable).where(eq(agentTable.id, agentId));
  if (!agent) throw new AppError("not_found", { what: "agent" });
  if (agent.sessionId) return agent.sessionId;
  const id = newId("ses", now);
  const place = { id, agent: agent.id, opencode: agent.session, title: await titleOf(db, agent), task: agent.task };
  await db.insert(opencodeSessionTable).values({ ...place, madeBy: "agent", createdAt: now, lastActivity: now });
  await db.update(agentTable).set({ sessionId: id }).where(eq(agentTable.id, agent.id));
  return id;
}
/** The same for something that is said there: one that was archived is in use again. */
export async function enterCurrentSession(writer: Pick<Writer, "db" | "now">, agentId: Id<"agt">): Promise<Id<"ses">> {
  const id = await ensureCurrentSession(writer, agentId);
  const archived = and(eq(opencodeSessionTable.id, id), isNotNull(opencodeSessionTable.archivedAt));
  await writer.db.update(opencodeSessionTable).set({ archivedAt: null }).where(archived);
  return id;
}
/** Keeps which of OpenCode's sessions it is. */
export async function bindSession(db: Db, id: Id<"ses">, opencode: string): Promise<void> {
  await db.update(opencodeSessionTable).set({ opencode }).where(eq(opencodeSessionTable.id, id));
}
/** OpenCode's own is gone, or takes no more: the next message begins another, which knows the recap. */
export async function loseSession(db: Db, id: Id<"ses">, recap: string): Promise<void> {
  await db.update(opencodeSessionTable).set({ opencode: null, recap }).where(eq(opencodeSessionTable.id, id));
}
export async function noteSessionUsed({ db, now }: Pick<Writer, "db" | "now">, id: Id<"ses">): Promise<void> {
  await db.update(opencodeSessionTable).set({ lastActivity: now }).where(eq(opencodeSessionTable.id, id));
}
/** What a turn in a session that was lost begins with; empty in all others. */
export async function readSessionRecap(db: Db, row: Pick<TurnRow, "sessionId" | "sessionNamed">): Promise<string> {
  return row.sessionId && row.sessionNamed ? (await requireOpencodeSession(db, row.sessionId)).recap : "";
}

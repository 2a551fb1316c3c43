import { and, count, desc, eq, inArray, isNotNull, isNull, lt, or } from "drizzle-orm";
import type { z } from "zod";
import { type AgentRow, agentTable } from "../../schema/agent/agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import type { EventBody } from "../../schema/event.ts";
import { type OpencodeSessionRow, opencodeSessionTable } from "../../schema/opencode/session.table.ts";
import {
  type OpencodeSession,
  type sessionCreateIn,
  type sessionEditIn,
  type sessionEventsIn,
  type sessionFilter,
  sessionOut,
  type sessionsOut,
} from "../../schema/opencode/session.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, id, newId } from "../../schema/wire/id.ts";
import { requireAgent, requireGrowAgent } from "../agent/agent.ts";
import { eventColumns, fitEvents, readLogBounds } from "../kernel/event.ts";
import { once } from "../kernel/idempotency.ts";
import { queueSessionTitle } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { requireOpencodeSession } from "./session-row.ts";

/** What a member sees and does of their agents' sessions, from the tables alone: the box may be stopped. */

const mostMade = 1_000;
const joined = (db: Db) =>
  db
    .select({ session: opencodeSessionTable, agent: agentTable })
    .from(opencodeSessionTable)
    .innerJoin(agentTable, eq(agentTable.id, opencodeSessionTable.agent));
async function countOpen(db: Db, ids: readonly Id<"ses">[]): Promise<Map<Id<"ses"> | null, number>> {
  const rows = await db
    .select({ id: turnTable.sessionId, n: count() })
    .from(turnTable)
    .where(and(inArray(turnTable.state, ["queued", "running"]), inArray(turnTable.sessionId, [...ids])))
    .groupBy(turnTable.sessionId);
  return new Map(rows.map((row) => [row.id, row.n]));
}
function toView(row: OpencodeSessionRow, agent: AgentRow, open: number): OpencodeSession {
  const { id: key, opencode, title, task, madeBy, archivedAt, createdAt, lastActivity } = row;
  const owner = { id: agent.id, title: agent.title, type: agent.type, channel: agent.channel, retired: agent.retiredAt !== null };
  const current = agent.sessionId === key;
  return { id: key, opencode, agent: owner, title, task, madeBy, current, archived: archivedAt !== null, open, createdAt, lastActivity };
}
/** Action `session`. */
export async function viewSession(db: Db, key: Id<"ses">): Promise<OpencodeSession> {
  const [row] = await joined(db).where(eq(opencodeSessionTable.id, key));
  if (!row) throw new AppError("not_found", { what: "session" });
  return toView(row.session, row.agent, (await countOpen(db, [key])).get(key) ?? 0);
}

const activity = opencodeSessionTable.lastActivity;
const stateFilters = {
  open: isNull(opencodeSessionTable.archivedAt),
  archived: isNotNull(opencodeSessionTable.archivedAt),
  all: undefined,
};
function afterCursor(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [at = "", key] = cursor.split("-");
  return or(lt(activity, Number(at)), and(eq(activity, Number(at)), lt(opencodeSessionTable.id, id("ses").parse(key))));
}
/** Action `sessions`: those used last first. */
export async function listSessions(db: Db, filter: z.infer<typeof sessionFilter>): Promise<z.infer<typeof sessionsOut>> {
  const { cursor, limit, agent, state } = filter;
  const rows = await joined(db)
    .where(and(afterCursor(cursor), stateFilters[state], agent === undefined ? undefined : eq(opencodeSessionTable.agent, agent)))
    .orderBy(desc(activity), desc(opencodeSessionTable.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const ids = page.map(({ session }) => session.id);
  const open = ids.length === 0 ? new Map<Id<"ses"> | null, number>() : await countOpen(db, ids);
  const last = page.at(-1)?.session;
  return {
    sessions: page.map((row) => toView(row.session, row.agent, open.get(row.session.id) ?? 0)),
    next: rows.length > limit && last ? `${last.lastActivity}-${last.id}` : null,
  };
}
/** Action `sessionEvents`: the ones nearest to `before`, oldest first. */
export async function listSessionEvents(db: Db, { sessionId, before, limit }: z.infer<typeof sessionEventsIn>) {
  await requireOpencodeSession(db, sessionId);
  const where = and(eq(eventTable.session, sessionId), before === undefined ? undefined : lt(eventTable.seq, before));
  const rows = await db.select(eventColumns).from(eventTable).where(where).orderBy(desc(eventTable.seq)).limit(limit);
  return { events: fitEvents(rows).reverse(), ...(await readLogBounds(db)) };
}

async function tellSession(writer: Writer, key: Id<"ses">, change: EventBody<"session.state">["change"]): Promise<void> {
  const { agent, title, archived } = await viewSession(writer.db, key);
  const body = { sessionId: key, agentId: agent.id, title, archived, change };
  await writer.append("session.state", { channel: agent.channel, session: key, body });
}
function refuseSession(reason: string, message: string): never {
  throw new AppError("conflict", { what: reason }, { message });
}

/** Action `sessionCreate`. OpenCode's own is made with the first message, so nothing is woken for it. */
export function createSession(
  self: Self,
  input: z.infer<typeof sessionCreateIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof sessionOut>> {
  return once(self, requestId, `session:${key}`, sessionOut, async (writer) => {
    const { db, now } = writer;
    const agent = input.agent === undefined ? await requireGrowAgent(db) : await requireAgent(db, input.agent);
    if (agent.retiredAt) refuseSession("retired", "This agent was retired; make a session of another.");
    const inUse = and(eq(opencodeSessionTable.madeBy, "member"), isNull(opencodeSessionTable.archivedAt));
    const [made] = await db.select({ n: count() }).from(opencodeSessionTable).where(inUse);
    if ((made?.n ?? 0) >= mostMade) refuseSession("too many", `You have ${mostMade} sessions of your own. Archive some first.`);
    const session = newId("ses", now);
    const title = input.title ?? "New session";
    const place = { id: session, agent: agent.id, title, task: null, madeBy: "member", createdAt: now, lastActivity: now } as const;
    await db.insert(opencodeSessionTable).values(place);
    await tellSession(writer, session, "made");
    return { session: await viewSession(db, session) };
  });
}

/** Action `sessionEdit`: what is as it should be already changes nothing. */
export function editSession(
  self: Self,
  input: z.infer<typeof sessionEditIn>,
  key: string,
  requestId: string,
): Promise<z.infer<typeof sessionOut>> {
  return once(self, requestId, `session:${key}`, sessionOut, async (writer) => {
    const { sessionId, title, archived } = input;
    const before = await viewSession(writer.db, sessionId);
    if (archived === true && before.open > 0)
      refuseSession("at work", "Its agent has something to do in this session. Stop it first, or wait.");
    const row = eq(opencodeSessionTable.id, sessionId);
    if (title !== undefined && title !== before.title) {
      await writer.db.update(opencodeSessionTable).set({ title, untold: true }).where(row);
      await queueSessionTitle(writer, sessionId);
      await tellSession(writer, sessionId, "renamed");
    }
    if (archived !== undefined && archived !== before.archived) {
      await writer.db
        .update(opencodeSessionTable)
        .set({ archivedAt: archived ? writer.now : null })
        .where(row);
      await tellSession(writer, sessionId, archived ? "archived" : "resumed");
    }
    return { session: await viewSession(writer.db, sessionId) };
  });
}

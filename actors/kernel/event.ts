import { and, asc, desc, eq, gt, lt, max, min, sql } from "drizzle-orm";
import { growAgentTable } from "../../schema/agent/grow-agent.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { type EventBody, type EventKind, eventBodies, readStored, type StoredEvent, storedEvent } from "../../schema/event.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { mendValue, tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { type EventFilter, filterEvents, findEventProject } from "./event-filter.ts";
import type { Self } from "./self.ts";
import type { Db } from "./tables.ts";
import type { EventEntry } from "./writer.ts";

/** Adds to the log, in a transaction. Answers the event; of one whose `ref` is known only where it stands. */
export async function appendEvent<K extends EventKind>(
  db: Db,
  now: number,
  kind: K,
  entry: EventEntry<K>,
): Promise<{ seq: number; written?: StoredEvent }> {
  if (entry.ref !== undefined) {
    const [known] = await db.select({ seq: eventTable.seq }).from(eventTable).where(eq(eventTable.ref, entry.ref));
    if (known) return { seq: known.seq };
  }
  const seq = (await readLastSeq(db)) + 1;
  const body = eventBodies[kind].parse(mendValue(entry.body)); // also what was cut in the middle of a character
  const at = entry.at ?? now;
  const channel = entry.channel ?? (await findGrowChannel(db));
  const session = entry.session ?? (entry.turnId === undefined ? null : await findTurnSession(db, entry.turnId));
  const project = await findEventProject(db, kind, body);
  const { ref = null, turnId = null } = entry;
  await db.insert(eventTable).values({ seq, at, channel, kind, body, ref, turnId, session, project });
  const whose = { ...(session ? { session } : {}), ...(project === null ? {} : { project }) };
  return { seq, written: storedEvent.parse({ seq, at, channel, kind, body, ...whose }) };
}

async function findTurnSession(db: Db, turnId: Id<"trn">): Promise<Id<"ses"> | null> {
  const [row] = await db.select({ session: turnTable.sessionId }).from(turnTable).where(eq(turnTable.id, turnId));
  return row?.session ?? null;
}

async function findGrowChannel(db: Db): Promise<Id<"chn"> | ""> {
  const [row] = await db.select({ channel: growAgentTable.channel }).from(growAgentTable).limit(1);
  return row?.channel ?? "";
}

/**
 * Sends to every connection that has its snapshot. Not a broadcast: that reaches only what has subscribed,
 * which begins after the snapshot and so loses what lies between.
 */
export function sendToAll(self: Self, name: "event" | "delta" | "read", body: unknown): void {
  for (const connection of self.conns.values()) {
    if (connection.state.stays && !self.vars.greeting.has(connection.id)) connection.send(name, body);
  }
}

const mostPageBytes = 512 * 1024;
/** Read as it is stored: a row that was damaged is one entry less, and not the end of the reading. */
export const eventColumns = {
  seq: sql<number>`${eventTable.seq}`,
  at: sql<unknown>`${eventTable.at}`,
  channel: sql<unknown>`${eventTable.channel}`,
  kind: sql<unknown>`${eventTable.kind}`,
  session: sql<unknown>`${eventTable.session}`,
  project: sql<unknown>`${eventTable.project}`,
  body: sql<unknown>`${eventTable.body}`,
};
type EventRow = { seq: number; at: unknown; channel: unknown; kind: unknown; session: unknown; project: unknown; body: unknown };

/** The event of a row; one that can't be read is a notice in its place. */
export function readEvent({ body, session, project, ...row }: EventRow): StoredEvent {
  const whose = { ...(session === null ? {} : { session }), ...(project === null ? {} : { project }) };
  return readStored({ ...row, ...whose, body: tryParseForeignJson(body) });
}

/** What is told by those of the rows that are of a kind and can be read. */
export const readBodies = <K extends EventKind>(kind: K, rows: readonly EventRow[]): EventBody<K>[] =>
  rows.map(readEvent).flatMap((each) => (each.kind === kind ? [each.body as EventBody<K>] : []));

/** As many rows from the front as fit into one answer, at least one. */
export function fitEvents(rows: EventRow[]): StoredEvent[] {
  const page: StoredEvent[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += typeof row.body === "string" ? row.body.length : 0;
    if (page.length > 0 && bytes > mostPageBytes) break;
    page.push(readEvent(row));
  }
  return page;
}
/** The newest event's sequence, 0 without one. */
export async function readLastSeq(db: Db): Promise<number> {
  return (await db.select({ seq: max(eventTable.seq) }).from(eventTable))[0]?.seq ?? 0;
}
export async function readLogBounds(db: Db): Promise<{ first: number; last: number }> {
  const last = await readLastSeq(db); // asked together, the whole log would be walked
  const [first] = await db.select({ seq: min(eventTable.seq) }).from(eventTable);
  return { first: first?.seq ?? 0, last };
}

/**
 * Events after `seq`, oldest first; a client asks again while its last is not `last`. Of a session or a
 * project: until there is none after it, and then nothing of that is missing up to `last`.
 */
export async function listEventsSince(db: Db, seq: number, limit: number, filter: EventFilter = {}) {
  const bounds = await readLogBounds(db); // first: what is written meanwhile is above it
  const where = and(gt(eventTable.seq, seq), await filterEvents(db, filter));
  const rows = await db.select(eventColumns).from(eventTable).where(where).orderBy(asc(eventTable.seq)).limit(limit);
  const events = fitEvents(rows);
  return { events, first: bounds.first, last: Math.max(bounds.last, events.at(-1)?.seq ?? 0) };
}
/** Events before `seq`, oldest first, the ones nearest to it. */
export async function listEventsBefore(db: Db, seq: number, limit: number) {
  const rows = await db.select(eventColumns).from(eventTable).where(lt(eventTable.seq, seq)).orderBy(desc(eventTable.seq)).limit(limit);
  return { events: fitEvents(rows).reverse(), ...(await readLogBounds(db)) };
}
/** How many events of a kind a turn has. */
export async function countTurnEvents(db: Db, turnId: Id<"trn">, kind: EventKind): Promise<number> {
  const [row] = await db
    .select({ n: sql<number>`count(*)` })
    .from(eventTable)
    .where(and(eq(eventTable.turnId, turnId), eq(eventTable.kind, kind)));
  return row?.n ?? 0;
}
/** How many calls of a tool were refused in a turn. */
export async function countToolRefusals(db: Db, turnId: Id<"trn">, tool: string): Promise<number> {
  const refused = and(eq(eventTable.turnId, turnId), eq(eventTable.kind, "tool.refused"));
  const rows = await db.select(eventColumns).from(eventTable).where(refused);
  return readBodies("tool.refused", rows).filter((body) => body.tool === tool).length;
}

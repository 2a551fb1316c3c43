import { and, desc, eq, gt, inArray, lt, ne, or, sql } from "drizzle-orm";
import type { z } from "zod";
import { agentTable } from "../../schema/agent/agent.table.ts";
import {
  type channelEventsIn,
  type channelReadIn,
  type channelReadOut,
  type channelsOut,
  growAgentType,
  type historyIn,
  type messageFindIn,
  type messageFindOut,
  mostUnread,
} from "../../schema/agent/team.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { eventTable } from "../../schema/event.table.ts";
import { historyKinds } from "../../schema/event.ts";
import { normalizeText } from "../../schema/search/normalize-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { listAgentViews, requireChannelAgent } from "../agent/agent.ts";
import { eventColumns, fitEvents, readBodies, readLogBounds, sendToAll } from "../kernel/event.ts";
import { bodyPart } from "../kernel/event-filter.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import { recordQuietly } from "../kernel/transaction.ts";
import { listUnreadThreads, markThreadRead } from "./thread.ts";

/**
 * What an agent said or asks, as against what it is told and what only changes: each turn, question,
 * proposal, plan, quest or proof counts once.
 */
const tellingKinds = ["message.text", "notice", "plan.state", "quest.state", "proposal.made", "task.check", "approval.asked"] as const;
const mostCounted = 1_000; // events looked at: beyond that it is "many" all the same
/** How many things of others a channel has after an event, at most `mostUnread`. */
async function countUnread(db: Db, channel: Id<"chn">, seq: number): Promise<number> {
  const thing = sql<string>`coalesce(${eventTable.turnId}, ${bodyPart("$.planId")}, ${bodyPart("$.questId")}, ${bodyPart("$.proposalId")}, ${bodyPart("$.id")}, ${bodyPart("$.taskId")} || ${bodyPart("$.commit")}, ${eventTable.seq})`;
  const pending = db.select({ id: approvalTable.id }).from(approvalTable).where(eq(approvalTable.state, "pending"));
  const open = or(ne(eventTable.kind, "approval.asked"), inArray(bodyPart("$.id"), pending));
  const rows = await db
    .select({ thing })
    .from(eventTable)
    .where(and(eq(eventTable.channel, channel), gt(eventTable.seq, seq), inArray(eventTable.kind, [...tellingKinds]), open))
    .orderBy(desc(eventTable.seq))
    .limit(mostCounted);
  return Math.min(mostUnread, new Set(rows.map((row) => String(row.thing))).size);
}
/** Action `channels`: one for each agent, the Grow Agent's first. */
export async function listChannels(db: Db): Promise<z.infer<typeof channelsOut>> {
  // one look at the index each: grouped, the whole log would be walked
  // columns by their whole names: in a select of one table drizzle leaves the table out, and "channel" =
  // "channel" is true of every row
  const newest = sql<number | null>`(select max("event"."seq") from "event" where "event"."channel" = "agent"."channel")`;
  const files = sql<number>`(select count(*) from "changed_file" where "changed_file"."channel" = "agent"."channel")`;
  const rows = await db.select({ channel: agentTable.channel, seq: newest, read: agentTable.readSeq, files }).from(agentTable);
  const counted = new Map(rows.map((row) => [row.channel, row]));
  const { last } = await readLogBounds(db);
  const agents = await listAgentViews(db, { retired: true });
  const views: z.infer<typeof channelsOut>["channels"] = [];
  for (const agent of agents) {
    const { seq = 0, read = 0, files = 0 } = counted.get(agent.channel) ?? {};
    const lastSeq = seq ?? 0;
    const first = agent.type === growAgentType && read === 0; // nobody has looked at it yet: all of it is new, so nothing is
    const unread = lastSeq <= read || first ? 0 : await countUnread(db, agent.channel, read);
    views.push({
      id: agent.channel,
      title: agent.title,
      agent: agent.id,
      type: agent.type,
      presence: agent.state,
      lastSeq,
      read,
      unread,
      files,
    });
  }
  return { channels: views, threads: await listUnreadThreads(db), last };
}
/** Action `read`. The member's other devices are told. */
export async function markRead(self: Self, { channel, task, seq }: z.infer<typeof channelReadIn>): Promise<z.infer<typeof channelReadOut>> {
  if (task !== undefined) return markThreadRead(self, task, seq);
  const { read, moved } = await recordQuietly(self, async (db) => {
    const { id, readSeq } = await requireChannelAgent(db, channel);
    const { last } = await readLogBounds(db);
    const read = Math.max(readSeq, Math.min(seq, last));
    if (read > readSeq) await db.update(agentTable).set({ readSeq: read }).where(eq(agentTable.id, id));
    return { read, moved: read > readSeq };
  });
  if (moved) sendToAll(self, "read", { channel, read });
  return { channel, read };
}
/** Action `channelEvents`: those of one channel, the ones nearest to `before`, oldest first. */
export async function listChannelEvents(db: Db, { channel, before, limit }: z.infer<typeof channelEventsIn>) {
  await requireChannelAgent(db, channel);
  const where = and(eq(eventTable.channel, channel), before === undefined ? undefined : lt(eventTable.seq, before));
  const rows = await db.select(eventColumns).from(eventTable).where(where).orderBy(desc(eventTable.seq)).limit(limit);
  return { events: fitEvents(rows).reverse(), ...(await readLogBounds(db)) };
}
const mostSearched = 4_000; // messages read by one call: the runner serves others too
const findPage = 500;
const mostFound = 100;
/** Action `find`: of an answer of many blocks the newest that holds the words. */
export async function findInChannel(
  db: Db,
  { channel, text, before }: z.infer<typeof messageFindIn>,
): Promise<z.infer<typeof messageFindOut>> {
  await requireChannelAgent(db, channel);
  const words = normalizeText(text);
  const found = new Map<string, number>();
  let from = before ?? Number.MAX_SAFE_INTEGER;
  for (let looked = 0; looked < mostSearched && found.size < mostFound; looked += findPage) {
    const rows = await db
      .select({ ...eventColumns, turnId: eventTable.turnId })
      .from(eventTable)
      .where(and(eq(eventTable.channel, channel), lt(eventTable.seq, from), inArray(eventTable.kind, ["message.sent", "message.text"])))
      .orderBy(desc(eventTable.seq))
      .limit(findPage);
    for (const row of rows) {
      const [said] = [...readBodies("message.sent", [row]), ...readBodies("message.text", [row])];
      const message = row.kind === "message.text" ? (row.turnId ?? `${row.seq}`) : `${row.seq}`;
      if (said && !found.has(message) && normalizeText(said.text).includes(words)) found.set(message, row.seq);
    }
    from = rows.at(-1)?.seq ?? from;
    if (rows.length < findPage) return { found: [...found.values()], next: null };
  }
  return { found: [...found.values()], next: from };
}
/** Action `history`: those of some kinds in all channels, the ones nearest to `before`, oldest first. */
export async function listHistory(db: Db, { of: agent, before, limit }: z.infer<typeof historyIn>) {
  const where = and(inArray(eventTable.kind, [...historyKinds[agent]]), before === undefined ? undefined : lt(eventTable.seq, before));
  const page = db.select({ seq: eventTable.seq }).from(eventTable).where(where).orderBy(desc(eventTable.seq)).limit(limit); // in the index alone
  const rows = await db.select(eventColumns).from(eventTable).where(inArray(eventTable.seq, page)).orderBy(desc(eventTable.seq));
  return { events: fitEvents(rows).reverse(), ...(await readLogBounds(db)) };
}

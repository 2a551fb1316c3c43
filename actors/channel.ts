import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";
import type { z } from "zod";
import { agent } from "../schema/agent.table.ts";
import { event } from "../schema/event.table.ts";
import { histories } from "../schema/event.ts";
import type { channelEventsIn, channelsOut, historyIn } from "../schema/team.ts";
import { agentOf, agentViews } from "./agent.ts";
import { bounds, columns, fitting } from "./event.ts";
import type { Db } from "./tables.ts";

/** Action `channels`: one for each agent, the Grow Agent's first. */
export async function channels(db: Db): Promise<z.infer<typeof channelsOut>> {
  // one look at the index each: grouped, the whole log would be walked
  const newest = sql<number | null>`(select max(${event.seq}) from ${event} where ${event.channel} = ${agent.channel})`;
  const seqs = new Map((await db.select({ channel: agent.channel, seq: newest }).from(agent)).map((row) => [row.channel, row.seq ?? 0]));
  const agents = await agentViews(db, { retired: true });
  return {
    channels: agents.map((of) => ({
      id: of.channel,
      title: of.title,
      agent: of.id,
      type: of.type,
      presence: of.state,
      lastSeq: seqs.get(of.channel) ?? 0,
    })),
  };
}
/** Action `channelEvents`: those of one channel, the ones nearest to `before`, oldest first. */
export async function channelEvents(db: Db, { channel, before, limit }: z.infer<typeof channelEventsIn>) {
  await agentOf(db, channel);
  const where = and(eq(event.channel, channel), before === undefined ? undefined : lt(event.seq, before));
  const rows = await db.select(columns).from(event).where(where).orderBy(desc(event.seq)).limit(limit);
  return { events: fitting(rows).reverse(), ...(await bounds(db)) };
}
/** Action `history`: those of some kinds in all channels, the ones nearest to `before`, oldest first. */
export async function history(db: Db, { of, before, limit }: z.infer<typeof historyIn>) {
  const where = and(inArray(event.kind, [...histories[of]]), before === undefined ? undefined : lt(event.seq, before));
  const page = db.select({ seq: event.seq }).from(event).where(where).orderBy(desc(event.seq)).limit(limit); // in the index alone
  const rows = await db.select(columns).from(event).where(inArray(event.seq, page)).orderBy(desc(event.seq));
  return { events: fitting(rows).reverse(), ...(await bounds(db)) };
}

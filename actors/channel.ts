import { max } from "drizzle-orm";
import type { z } from "zod";
import { event } from "../schema/event.table.ts";
import type { channelsOut } from "../schema/team.ts";
import { agentViews } from "./agent.ts";
import type { Db } from "./tables.ts";

/** Action `channels`: one for each agent, the Grow Agent's first. */
export async function channels(db: Db): Promise<z.infer<typeof channelsOut>> {
  const last = await db
    .select({ channel: event.channel, seq: max(event.seq) })
    .from(event)
    .groupBy(event.channel);
  const seqs = new Map(last.map((row) => [row.channel, row.seq ?? 0]));
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

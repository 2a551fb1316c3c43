import type { z } from "zod";
import type { ChannelView, channelsOut, ThreadView } from "../../../schema/agent/team.ts";

/** What is unread, as the actor counted it when its newest event was `countedAt`, and what was read since. */
export type UnreadCounts = {
  /** By channel. */
  channels: ReadonlyMap<string, ChannelView>;
  /** By the thread's task. */
  threads: ReadonlyMap<string, ThreadView>;
  countedAt: number;
};
export const noCounts: UnreadCounts = { channels: new Map(), threads: new Map(), countedAt: 0 };

export function takeCounts({ channels, threads, last }: z.infer<typeof channelsOut>): UnreadCounts {
  return {
    channels: new Map(channels.map((channel) => [channel.id, channel])),
    threads: new Map(threads.map((thread) => [thread.task, thread])),
    countedAt: last,
  };
}

/** The counts with one channel or thread read up to an event; the same object where nothing changes. */
export function countRead(unread: UnreadCounts, kind: "channels" | "threads", key: string, seq: number): UnreadCounts {
  const count = unread[kind].get(key);
  if (!count || count.read >= seq) return unread;
  return { ...unread, [kind]: new Map<string, object>(unread[kind]).set(key, { ...count, read: seq, unread: 0 }) };
}

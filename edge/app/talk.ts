import { createContext, useContext, useMemo } from "react";
import { type Deed, useNow } from "./context.ts";
import type { Now } from "./live.ts";
import type { Agent } from "./team-log.ts";

/** The conversation that is open: the Grow Agent's, or a sub-agent's. */
export type Talk = {
  home: boolean;
  /** The agent's id. */
  id: string;
  name: string;
  channel: string | undefined;
  /** Undefined for the Grow Agent, and while nothing is known of it. */
  agent: Agent | undefined;
  stop: Deed;
};
export const TalkOf = createContext<Talk | undefined>(undefined);
export function useTalk(): Talk {
  const talk = useContext(TalkOf);
  if (!talk) throw new Error("outside of a conversation");
  return talk;
}

/** What the page knows, narrowed to one conversation: its rows, its first sequence and what waits to be sent there. */
export function narrowed(now: Now, talk: Pick<Talk, "home" | "channel">): Now {
  const channel = talk.home ? now.view.home : talk.channel;
  const rows = talk.home ? now.view.rows : (now.view.channels.get(channel ?? "") ?? []);
  const first = channel === undefined ? now.view.first : Math.min(now.view.from.get(channel) ?? now.view.first, now.view.first);
  const outbox = now.outbox.filter((entry) => (talk.home ? entry.channel === undefined : entry.channel === talk.channel));
  return { ...now, outbox, view: { ...now.view, rows, first } };
}
export function useTalkNow(): Now {
  const now = useNow();
  const { home, channel } = useTalk();
  return useMemo(() => narrowed(now, { home, channel }), [now, home, channel]);
}

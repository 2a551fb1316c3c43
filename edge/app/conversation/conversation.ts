import { createContext, useCallback, useContext, useMemo } from "react";
import type { LiveState } from "../live/live.ts";
import { emptyView } from "../live/log-view.ts";
import type { AgentLine } from "../live/team-log.ts";
import { type Mutation, useMutationOf } from "../live/use-action.ts";
import { useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";

/** The conversation that is open: the Grow Agent's, or a sub-agent's. */
export type ChannelConversation = {
  home: boolean;
  /** The agent's id. */
  id: string;
  name: string;
  channel: string | undefined;
  /** Undefined for the Grow Agent, and before the agent is known. */
  agent: AgentLine | undefined;
  /** Messages go to the agent that has this task. */
  task?: string;
  stop: Mutation;
};
export const OpenConversation = createContext<ChannelConversation | undefined>(undefined);
/** The conversation with an agent; without an id the Grow Agent's. */
export function useConversationWith(id: string | undefined): ChannelConversation {
  const { live, agent, agentName } = useSpace();
  const sub = useLive(({ view }) => (id === undefined ? undefined : view.agents.get(id)));
  const home = useLive(({ view }) => view.home);
  const channel = id === undefined ? home : sub?.channel;
  const stop = useMutationOf(
    useCallback(() => live.link.press("stop", channel === undefined ? { scope: "turn" } : { scope: "turn", channel }), [live, channel]),
  );
  return useMemo(
    () => ({
      home: id === undefined,
      id: id ?? agent.id,
      name: id === undefined ? agentName : (sub?.title ?? "Sub-agent"),
      channel,
      agent: sub,
      stop,
    }),
    [id, agent.id, agentName, sub, channel, stop],
  );
}

export function useConversation(): ChannelConversation {
  const conversation = useContext(OpenConversation);
  if (!conversation) throw new Error("outside of a conversation");
  return conversation;
}

/** The live state of one conversation: its rows, its first sequence number and its unsent messages. */
export function narrowToConversation(now: LiveState, conversation: Pick<ChannelConversation, "home" | "channel">): LiveState {
  const channel = conversation.home ? now.view.home : conversation.channel;
  const rows = conversation.home ? now.view.rows : (now.view.channels.get(channel ?? "") ?? emptyView.rows);
  const first = channel === undefined ? now.view.first : Math.min(now.view.from.get(channel) ?? now.view.first, now.view.first);
  const ownEntries = now.outbox.filter((entry) => entry.task === undefined);
  const outbox = ownEntries.filter((entry) => (conversation.home ? entry.channel === undefined : entry.channel === conversation.channel));
  return { ...now, outbox, view: { ...now.view, rows, first } };
}
/** A slice of what the page knows, narrowed to the conversation that is open. */
export function useConversationLive<T>(select: (state: LiveState) => T, isSame?: (before: T, after: T) => boolean): T {
  const { home, channel } = useConversation();
  return useLive((state) => select(narrowToConversation(state, { home, channel })), isSame);
}

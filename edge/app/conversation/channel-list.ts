import { agentStatus, planStopped } from "../agent/agent-status.ts";
import { agentRing, agentWords } from "../live/team-log.ts";
import { isSameList, useLive } from "../live/use-live.ts";
import { useSpace } from "../live/workspace.ts";
import { mayRun } from "../stack/stack-words.ts";
import type { RingState } from "../ui/ring.tsx";
import { countUnread, findReadUpTo, useReads } from "./read-position.ts";

/** `rests`: a helper without work, or one that has ended. */
export type ChannelLine = {
  id: string;
  name: string;
  home: boolean;
  ring: RingState;
  text: string;
  unread: number;
  rests: boolean;
  ended: boolean;
};

/** The rail's channels: the Grow Agent first, then its team by age, those at rest, and last the ended. */
export function useChannels(): ChannelLine[] {
  const { me, agent, agentName } = useSpace();
  useReads();
  return useLive((now) => {
    const { view } = now;
    const status = agentStatus(now, mayRun(me));
    const all = now.link.offline ? { ring: "stale" as const, text: "Offline" } : mayRun(me) ? undefined : planStopped;
    const home = { id: agent.id, name: agentName, home: true, ring: status.ring, text: status.text, rests: false, ended: false };
    const team = [...view.agents.values()]
      .filter((member) => member.id !== agent.id && member.type !== "grow")
      .sort((a, b) => a.id.localeCompare(b.id));
    const lines = team.map((member) => ({
      id: member.id,
      name: member.title,
      home: false,
      ring: all?.ring ?? agentRing(member, view.tasks),
      text: all?.text ?? agentWords[member.state],
      unread: countUnread(
        view,
        member.channel,
        view.channels.get(member.channel) ?? [],
        findReadUpTo(view, member.channel, member.id) ?? 0,
      ),
      rests: member.state === "retired" || member.state === "idle",
      ended: member.state === "retired",
    }));
    const read = findReadUpTo(view, view.home, agent.id) ?? Number.POSITIVE_INFINITY; // a person who was never here has nothing unread
    const first = { ...home, unread: countUnread(view, view.home ?? "", view.rows, read) };
    const place = ({ rests, ended }: ChannelLine) => Number(rests) + Number(ended);
    return [first, ...lines.sort((a, b) => place(a) - place(b))];
  }, isSameList);
}

/** The next channel up or down from this one, around the end. */
export function findNeighbour(lines: readonly ChannelLine[], id: string | undefined, by: 1 | -1): ChannelLine | undefined {
  const open = lines.filter((line) => !line.ended || line.id === id);
  const at = open.findIndex((line) => line.id === id);
  return at < 0 ? open[0] : open[(at + by + open.length) % open.length];
}

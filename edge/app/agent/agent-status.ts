import { troubleWords } from "../../../schema/stack/stack.ts";
import type { LiveState } from "../live/live.ts";
import { type AgentLine, agentRing, agentWords } from "../live/team-log.ts";
import { isSameSlice } from "../live/use-live.ts";
import { describeLine, isComingUp } from "../stack/stack-words.ts";
import { describeCallNow } from "../turn/call-words.ts";
import type { Turn } from "../turn/turn.ts";
import type { RingState } from "../ui/ring.tsx";

/** What the stack and the agent are doing, in words and as a ring. */
export type Status = { ring: RingState; text: string };

type Rows = { view: Pick<LiveState["view"], "rows"> };
export function findRunningTurn(now: Rows): Turn | undefined {
  const row = now.view.rows.findLast((row) => row.type === "turn" && row.turn.state === "running");
  return row?.type === "turn" ? row.turn : undefined;
}
/** Whether two states of a turn differ in their streamed text only. */
export function isSameButText(before: Turn | undefined, after: Turn | undefined): boolean {
  return (
    before === after || (before !== undefined && after !== undefined && isSameSlice({ ...before, live: null }, { ...after, live: null }))
  );
}
/** The turn in the panel: the running one, else the last. */
export function findCurrentTurn(now: Rows): Turn | undefined {
  const last = now.view.rows.findLast((row) => row.type === "turn");
  return findRunningTurn(now) ?? (last?.type === "turn" ? last.turn : undefined);
}
/** The first provision is under way. */
export function isSettingUp(now: LiveState): boolean {
  const { view } = now;
  return view.begun && !view.everReady && !(view.stack?.ready ?? false);
}

/** Whether the conversation has a message, or a plan that a program of the person's has proposed. */
export function hasConversation(now: LiveState): boolean {
  return now.view.rows.some(({ type }) => type === "member" || type === "turn" || type === "plan") || now.view.first > 1;
}

/** While the account does not let the stack run, whatever the actor said last: it may not have heard yet. */
export const planStopped: Status = { ring: "cancelled", text: "Stopped until your plan is active" };

export function stackStatus(now: LiveState, mayStart: boolean): Status {
  const { stack, run } = now.view;
  if (now.link.offline) return { ring: "stale", text: "Not connected" };
  if (!mayStart) return planStopped;
  if (!stack) return { ring: "idle", text: "Stack" };
  if (stack.trouble) return { ring: "failed", text: troubleWords[stack.trouble].title };
  if (run?.steps.some((step) => step.state === "failed") && !stack.ready) return { ring: "failed", text: "Stack failed" };
  if (stack.observed === "failed") return { ring: "failed", text: "Stack failed" };
  if (stack.observed === "unreachable") return { ring: "failed", text: "Host not reachable" };
  if (stack.place) return { ring: "idle", text: describeLine(stack.place) };
  if (stack.tier !== "running" && (stack.observed === "running" || stack.observed === "creating"))
    return { ring: "working", text: stack.asleep ? "Stack falls asleep" : "Stack stopping" };
  if (stack.provisioning || stack.observed === "creating") return { ring: "working", text: "Stack starting" };
  if (stack.observed === "running") return { ring: "done", text: "Stack running" };
  if (stack.tier === "running" && stack.observed !== "paused") return { ring: "working", text: "Stack starting" };
  if (stack.asleep) return { ring: "idle", text: "Stack asleep" };
  return { ring: "cancelled", text: stack.observed === "paused" ? "Stack paused" : "Stack stopped" };
}

const several = (n: number, single: string, many: string) => `${n} ${n === 1 ? single : many}`;
/** Without a connection the status says that, and not what was known last. */
function linkStatus({ link, outbox }: Pick<LiveState, "link" | "outbox">): Status | undefined {
  if (!link.offline) return undefined;
  const unsent = outbox.filter((entry) => !entry.refused).length;
  return { ring: "stale", text: unsent > 0 ? `Offline, ${several(unsent, "message waits", "messages wait")} here` : "Offline" };
}

/**
 * The team's tasks that are under way: how many are worked on or checked, and how many wait for the person.
 */
export function countTeamWork(view: Pick<LiveState["view"], "tasks">): { working: number; asking: number } {
  const all = [...view.tasks.values()].flatMap(({ facts }) => facts ?? []);
  return {
    working: all.filter(({ state }) => state === "in_progress" || state === "assigned" || state === "complete").length,
    asking: all.filter(({ state, asked }) => state === "waiting" && asked.length > 0).length,
  };
}

/**
 * The Grow Agent's status: the most pressing fact, and how many messages wait. `mayStart`: whether the
 * account lets the stack run.
 */
export function agentStatus(now: LiveState, mayStart: boolean): Status {
  const offline = linkStatus(now);
  if (offline) return offline;
  if (!mayStart) return planStopped;
  const trouble = now.view.stack?.trouble;
  if (trouble) return { ring: "failed", text: troubleWords[trouble].title };
  const place = now.view.stack?.place;
  if (place) return { ring: "idle", text: describeLine(place) };
  if (isSettingUp(now) && now.view.stack?.tier !== "stopped") return { ring: "working", text: "Starting your stack" };
  if (!now.view.stack) return { ring: "idle", text: "Opening" }; // nothing is known yet
  const { ring, text } = doingNow(now);
  const { queued } = now.view;
  if (queued === 0) return { ring, text };
  const line = several(queued, "message waits", "messages wait");
  return ring === "idle" ? { ring: "working", text: line } : { ring, text: `${text}, ${line}` };
}
function doingNow(now: LiveState): Status {
  const { snapshot, stack } = now.view;
  if (snapshot && now.view.agents.get(snapshot.agent)?.state === "waiting") return { ring: "waiting", text: "Waits for you" };
  const turn = findRunningTurn(now);
  if (turn) return { ring: "working", text: turnText(turn) };
  const stackNow = stackStatus(now, true);
  if (stack && stackNow.ring === "failed") return stackNow;
  if (stack && isComingUp(stack)) return { ring: "working", text: "Waking up" };
  if (stoppedBy(now)) return { ring: "cancelled", text: "Stopped, a message starts it" };
  const { working, asking } = countTeamWork(now.view);
  if (working > 0) return { ring: "working", text: several(working, "task at work", "tasks at work") };
  if (asking > 0) return { ring: "waiting", text: several(asking, "task waits for you", "tasks wait for you") };
  if (!stack || stack.observed === "running") return { ring: "idle", text: "Ready" };
  return { ring: "idle", text: "Asleep, a message wakes it" };
}
function turnText(turn: Turn): string {
  const tool = turn.parts.findLast((part) => part.type === "tool" && part.call.state === "running");
  return tool?.type === "tool" ? describeCallNow(tool.call) : "Writing";
}
/**
 * Who stopped the stack. It is "other" when a start failed, or when a restored actor has not started it yet.
 * One that sleeps was stopped by nobody: it wakes for whatever is to be done.
 */
export function stoppedBy(now: Pick<LiveState, "view">): "member" | "other" | undefined {
  const { stack, rows } = now.view;
  if (stack?.tier !== "stopped" || stack.provisioning || stack.asleep) return undefined;
  const last = rows.findLast((row) => row.type === "stack");
  const reason = last?.type === "stack" ? last.body.reason : undefined;
  return stack.observed === "absent" || (reason !== undefined && reason !== "stop") ? "other" : "member";
}

/** A conversation's status: the Grow Agent's with its stack, a sub-agent's by its work. */
export function conversationStatus(
  now: LiveState,
  conversation: { home: boolean; agent: AgentLine | undefined },
  mayStart: boolean,
): Status {
  if (conversation.home) return agentStatus(now, mayStart);
  if (!conversation.agent) return { ring: "idle", text: "" };
  const offline = linkStatus(now);
  if (offline) return offline;
  const { agent } = conversation;
  if (!mayStart && agent.state !== "retired") return planStopped;
  const ring = agentRing(agent, now.view.tasks);
  if (agent.state !== "working" && agent.state !== "idle") return { ring, text: agentWords[agent.state] };
  const turn = findRunningTurn(now);
  if (turn) return { ring: "working", text: turnText(turn) };
  return { ring, text: agentWords[agent.state] };
}

/** What an agent does now, in one line, and since when (the server's clock) where that is counted. */
export function describeAgentWork(
  agent: AgentLine,
  view: Pick<LiveState["view"], "channels" | "tasks" | "asked">,
): { text: string; since?: number } {
  const task = agent.taskId ? view.tasks.get(agent.taskId) : undefined;
  const asked = [...view.asked.values()].findLast((question) => question.state === "pending" && question.asked?.agent === agent.id);
  if (asked) return { text: asked.title };
  const turn = findRunningTurn({ view: { rows: view.channels.get(agent.channel) ?? [] } });
  const call = turn?.parts.findLast((part) => part.type === "tool" && part.call.state === "running");
  if (call?.type === "tool") return { text: describeCallNow(call.call), since: call.at };
  if (turn) return { text: task?.progress?.text ?? "Writing", since: turn.startedAt ?? turn.at };
  if (task?.facts?.state === "complete") return { text: `${task.title} is being checked`, since: task.at };
  const part = task?.planId === undefined ? task?.title : "Working on its part of the plan"; // the plan's card says which
  return { text: task?.progress?.text ?? part ?? "Nothing to do now" };
}

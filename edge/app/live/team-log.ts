import type { AgentState, AgentView, TaskView } from "../../../schema/agent/team.ts";
import type { ApprovalView } from "../../../schema/approval/approval-api.ts";
import type { EventBody, StoredEvent } from "../../../schema/event.ts";
import { headlineOf, type ProvenSeen } from "../../../schema/proof/coverage.ts";
import type { Strength } from "../../../schema/proof/strength.ts";
import { awaitsRoom } from "../../../schema/task/task.ts";
import { taskRingState } from "../../../schema/task/task-file.ts";
import type { RingState } from "../ui/ring.tsx";

/** The team in the log: agents, tasks, questions and proposals. Pure; applied in the order of events. */
export type AgentLine = {
  id: string;
  type: string;
  title: string;
  channel: string;
  state: AgentState;
  taskId: string | undefined;
};
export type LoggedTaskFacts = EventBody<"task.state">["facts"];
export type CheckLine = {
  name: string;
  /** The check in words: a command, a file, an address. */
  what: string;
  state: "started" | "passed" | "failed";
  ms: number | undefined;
  reason: string | undefined;
  at: number;
};
type StrengthSeen = Pick<Strength, "caught" | "tried">;
export type Receipt = {
  id: string;
  commit: string;
  checks: number;
  state: "current" | "stale";
  reason: string;
  at: number;
  strength?: StrengthSeen;
  proven?: ProvenSeen;
};
export type TaskLine = {
  taskId: string;
  title: string;
  owner: string | undefined;
  planId: string | undefined;
  facts: LoggedTaskFacts | undefined;
  /** When it was first worked on. */
  began: number | undefined;
  at: number;
  /** The time of `facts`. */
  factsAt: number;
  history: readonly { seq: number; at: number; state: LoggedTaskFacts["state"]; facts: LoggedTaskFacts }[];
  progress: { text: string; step: number | undefined; of: number | undefined; at: number } | undefined;
  hold: string | undefined;
  commit: string | undefined;
  checks: readonly CheckLine[];
  receipt: Receipt | undefined;
  from: string | undefined;
};
export type AskedApproval = {
  id: string;
  title: string;
  state: ApprovalView["state"];
  asked: ApprovalView | undefined;
  decided: ApprovalView["decided"];
};
export type ProposalNote = { id: string; made: EventBody<"proposal.made"> | undefined; decided: EventBody<"proposal.decided"> | undefined };

const newTask = (taskId: string, at: number): TaskLine => ({
  taskId,
  title: "Task",
  owner: undefined,
  planId: undefined,
  facts: undefined,
  began: undefined,
  at,
  factsAt: 0,
  history: [],
  progress: undefined,
  hold: undefined,
  commit: undefined,
  checks: [],
  receipt: undefined,
  from: undefined,
});

/** The id of the task an event speaks of, if it belongs on that task's line. */
export function eventTask(event: StoredEvent): string | undefined {
  switch (event.kind) {
    case "task.state":
    case "task.held":
    case "task.check":
    case "receipt":
      return event.body.taskId;
    case "agent.progress":
      return event.body.taskId;
    case "task.handoff":
      return event.body.to;
    default:
      return undefined;
  }
}

export function applyTaskEvent(before: TaskLine | undefined, taskId: string, event: StoredEvent): TaskLine {
  const task = before ?? newTask(taskId, event.at);
  const { at } = event;
  switch (event.kind) {
    case "task.state": {
      const { facts, title, owner, planId } = event.body;
      const last = task.history.at(-1);
      const history = last?.state === facts.state ? task.history : [...task.history, { seq: event.seq, at, state: facts.state, facts }];
      const held = facts.state === "created" ? task.hold : undefined;
      const progress = last?.state === "complete" && facts.state === "in_progress" ? undefined : task.progress; // a check sent it back
      const began = task.began ?? (facts.state === "in_progress" ? at : undefined);
      const named = { title, owner: owner ?? task.owner, planId: planId ?? task.planId };
      return { ...task, ...named, facts, factsAt: at, began, history, hold: held, progress, at };
    }
    case "task.held":
      return { ...task, hold: event.body.hold.text, at };
    case "task.handoff":
      return { ...task, from: event.body.fromOwner, at };
    case "agent.progress":
      return { ...task, progress: { text: event.body.text, step: event.body.step, of: event.body.of, at }, at };
    case "task.check": {
      const { commit, name, what: title = name, state, ms, reason } = event.body;
      const checks = task.commit === commit ? task.checks : [];
      const known = checks.findIndex((check) => check.name === name);
      const check = { name, what: title, state, ms, reason, at };
      return { ...task, commit, checks: known < 0 ? [...checks, check] : checks.with(known, check), at };
    }
    case "receipt": {
      const { receiptId: id, commit, checks, state, reason, strength, proven } = event.body;
      const told = { ...(strength ? { strength } : {}), ...(proven ? { proven } : {}) };
      return { ...task, receipt: { id, commit, checks, state, reason, at, ...told }, at };
    }
    default:
      return task;
  }
}

/** A task from the actor and the log, with the newer facts. */
export function readTaskLine(task: TaskView, log: TaskLine | undefined): TaskLine {
  const line = log ?? newTask(task.id, task.createdAt);
  const newer = line.facts !== undefined && line.factsAt >= task.updatedAt ? line.facts : task.facts;
  const said = task.progress ? { text: task.progress, step: undefined, of: undefined, at: task.updatedAt } : undefined;
  return {
    ...line,
    title: task.title,
    owner: task.owner,
    planId: task.plan ?? undefined,
    facts: newer,
    began: task.history.find((change) => change.state === "in_progress")?.at ?? line.began,
    hold: newer.state === "created" ? (line.hold ?? task.hold?.text) : undefined,
    progress: line.progress ?? (line.facts ? undefined : said),
  };
}

/** The title of an agent type; an agent has its own. */
export const ownerTitle = (owner: string) => (owner === "repo" ? "Repository" : owner === "member" ? "You" : titleOfId(owner));
/** An id such as `first-post` as words: “First post”. */
export const titleOfId = (id: string) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll(/[-_]/g, " ");

export function taskRing(task: Pick<TaskLine, "facts">): RingState {
  return task.facts ? taskFactsRing(task.facts) : "idle";
}
export function taskFactsRing(facts: LoggedTaskFacts): RingState {
  const drawn = taskRingState(facts);
  return drawn === "paused" ? "cancelled" : drawn;
}
export const stateWords: Record<LoggedTaskFacts["state"], string> = {
  created: "Not started",
  assigned: "Given out",
  in_progress: "Working",
  waiting: "Waiting",
  complete: "Done, being checked",
  verified: "Verified",
  deployed: "Deployed",
  paused: "Paused",
  failed: "Failed",
  cancelled: "Cancelled",
};
/** A task's state in words, and whether it needs the person. */
export function taskText(facts: LoggedTaskFacts | undefined): string {
  if (!facts) return "Planned";
  if (facts.state === "waiting" && facts.asked.length > 0) return "Needs you";
  if (awaitsRoom(facts)) return "Waiting";
  if (facts.state === "verified" && facts.adopted !== undefined && facts.adopted === facts.commit) return "In the project";
  const stale = facts.proven !== undefined && facts.proven !== facts.commit;
  if (stale && ["complete", "verified", "deployed"].includes(facts.state)) return "Changed since it was checked";
  return facts.state === "verified" ? headlineOf(facts.covered) : stateWords[facts.state];
}
export function taskOver(facts: LoggedTaskFacts | undefined): boolean {
  return facts !== undefined && ["verified", "deployed", "failed", "cancelled"].includes(facts.state);
}

/** The agents after one event. */
export function applyAgentEvent(agents: ReadonlyMap<string, AgentLine>, body: EventBody<"agent.state">): Map<string, AgentLine> {
  const { agentId: id, type, title, channel, state, taskId } = body;
  return new Map(agents).set(id, { id, type, title, channel, state, taskId });
}
/** The agents of a snapshot. Retired ones stay, so that their channels keep their names. */
export function listAgents(before: ReadonlyMap<string, AgentLine>, agents: readonly AgentView[]): Map<string, AgentLine> {
  const next = new Map([...before].map(([id, agent]) => [id, { ...agent, state: "retired" as AgentState }] as const));
  for (const { id, type, title, channel, state, task } of agents) next.set(id, { id, type, title, channel, state, taskId: task?.id });
  return next;
}

const agentRings: Record<AgentState, RingState> = {
  idle: "idle",
  working: "working",
  waiting: "waiting",
  paused: "cancelled",
  retired: "cancelled",
};
export const agentWords: Record<AgentState, string> = {
  idle: "Ready",
  working: "Working",
  waiting: "Waits for you",
  paused: "Paused",
  retired: "Ended",
};
/** An agent's ring: its work, and for a retired one how its last task ended. */
export function agentRing(agent: AgentLine, tasks: ReadonlyMap<string, TaskLine>): RingState {
  if (agent.state !== "idle" && agent.state !== "retired") return agentRings[agent.state];
  const task = [...tasks.values()].findLast((task) => task.facts?.worker === agent.id);
  const last = task?.facts && taskOver(task.facts) ? taskFactsRing(task.facts) : undefined;
  return last === "failed" || agent.state === "retired" ? (last ?? agentRings[agent.state]) : "idle";
}

/** A prompt for people; old events have only its subject. */
export function promptShown({ shown, taskId }: EventBody<"agent.prompt">, tasks: ReadonlyMap<string, TaskLine>): string {
  const title = taskId && tasks.get(taskId)?.title;
  return shown ?? (title ? `Told about its task “${title}”` : "Told how things stand");
}

/** One line in the conversation about something that happened once. */
export type AgentSaying = {
  text: string;
  ring: RingState;
  to?: { path: "/goal" | "/memories" | "/inbox"; file?: string };
  /** The project that it speaks of. */
  project?: string;
};
export function readSaying(event: StoredEvent): AgentSaying | undefined {
  switch (event.kind) {
    case "policy.changed":
      return {
        text: `${event.body.change === "added" ? "Rule added" : "Rule revoked"}: ${event.body.text}`,
        ring: "complete",
        to: { path: "/inbox" },
      };
    case "goal.state": {
      const { title, state, progress } = event.body;
      const words = { active: progress ? `at ${progress}%` : "set", paused: "paused", reached: "reached", dropped: "dropped" };
      return { text: `Goal ${words[state]}: ${title}`, ring: state === "reached" ? "done" : "complete", to: { path: "/goal" } };
    }
    case "conversation.summary":
      return {
        text: `The conversation so far was summed up and goes on (${event.body.turns} turns)`,
        ring: "complete",
        to: { path: "/memories", file: event.body.path },
      };
    case "memory.restored": {
      const { goals, decisions, tasks, files } = event.body;
      return {
        text: `Memory read again from Git: ${goals} goals, ${decisions} decisions, ${tasks} tasks, ${files} files`,
        ring: "done",
        to: { path: "/memories" },
      };
    }
    case "release.handoff": {
      const { project, to } = event.body;
      return to === "monitoring"
        ? { text: `${project} is online, and is watched from now on`, ring: "deployed", project }
        : { text: `What was merged into ${project} goes on to be put online`, ring: "complete", project };
    }
    case "agent_type.state":
      return ofType(event.body);
    case "tool.refused":
      return event.body.again
        ? {
            text: `What it wanted of the platform (${event.body.tool.replaceAll("_", " ")}) was wrong twice: ${event.body.shown ?? "it says so itself"}`,
            ring: "failed",
          }
        : undefined;
    case "agent.progress":
      return event.body.taskId ? undefined : { text: event.body.text, ring: event.body.state === "blocked" ? "stale" : "working" };
    default:
      return undefined;
  }
}

function ofType({ title, change, issues, kept, path }: EventBody<"agent_type.state">): AgentSaying {
  const words = { taken: "can be given work", changed: "works as its file says now", removed: "was removed", refused: "" };
  const wrong = issues.map((issue) => `${issue.path} ${issue.message}`.trim()).join("; ");
  const text =
    change === "refused"
      ? `${path} is not in force${kept ? ", its last good version is" : ""}: ${wrong}`
      : `The agent kind ${title} ${words[change]}`;
  return { text, ring: change === "refused" ? "stale" : "complete", to: { path: "/memories", file: path } };
}

import { mostUnread } from "../../../schema/agent/team.ts";
import type { LogRow, LogView } from "../live/log-view.ts";
import { type TaskLine, taskText } from "../live/team-log.ts";

/** A row of a task's thread, with the agent of its channel; undefined: the Grow Agent. */
export type ThreadRow = { row: LogRow; agent: string | undefined };

/** The rows of one channel by task. Kept by the list itself: only a channel that changed is read again. */
const knownRows = new WeakMap<readonly LogRow[], ReadonlyMap<string, readonly LogRow[]>>();
export function groupRowsByTask(rows: readonly LogRow[]): ReadonlyMap<string, readonly LogRow[]> {
  const before = knownRows.get(rows);
  if (before) return before;
  const tasks = new Map<string, LogRow[]>();
  const turns = new Map<string, string>();
  let current: string | undefined; // the task that the channel's agent got last
  for (const row of rows) {
    if (row.type === "prompt" && row.body.taskId) current = row.body.taskId;
    const task = taskOfRow(row, turns, current);
    if (task === undefined) continue;
    if ((row.type === "prompt" || row.type === "member") && row.body.turnId) turns.set(row.body.turnId, task);
    const list = tasks.get(task);
    if (list) list.push(row);
    else tasks.set(task, [row]);
  }
  knownRows.set(rows, tasks);
  return tasks;
}
function taskOfRow(row: LogRow, turns: ReadonlyMap<string, string>, current: string | undefined): string | undefined {
  switch (row.type) {
    case "prompt":
    case "member":
      return row.body.taskId ?? current;
    case "turn":
      return turns.get(row.turn.turnId) ?? current;
    case "approval":
      return row.asked.asked?.task ?? current;
    case "proof":
      return row.task.taskId;
    case "notice":
    case "commit":
      return current;
    default:
      return undefined;
  }
}

/** A task's own conversation: prompts, sayings, the person's messages, questions, proofs and states. */
export function buildThread(view: Pick<LogView, "channels" | "agents" | "home" | "tasks">, taskId: string): ThreadRow[] {
  const agents = new Map([...view.agents.values()].map((agent) => [agent.channel, agent.id]));
  const told = [...view.channels].flatMap(([channel, rows]) =>
    (groupRowsByTask(rows).get(taskId) ?? []).map((row) => ({ row, agent: channel === view.home ? undefined : agents.get(channel) })),
  );
  const task = view.tasks.get(taskId);
  const states = task ? statesOf(task, view.agents).map((row) => ({ row, agent: undefined })) : [];
  return [...told, ...states].sort((a, b) => a.row.at - b.row.at || a.row.seq - b.row.seq);
}

/** The agent that answers in a task's thread, as the actor decides it; undefined: the Grow Agent. */
export function findAnswerer(
  { tasks, agents, snapshot }: Pick<LogView, "tasks" | "agents" | "snapshot">,
  taskId: string,
): string | undefined {
  const worker = tasks.get(taskId)?.facts?.worker;
  const retired = snapshot !== undefined && (agents.get(worker ?? "")?.state ?? "retired") === "retired";
  return retired ? undefined : worker;
}

/** Each change of a task as a line: the same lines for the same task and agents. */
const knownStates = new WeakMap<TaskLine, { agents: LogView["agents"]; rows: readonly LogRow[] }>();
function statesOf(task: TaskLine, agents: LogView["agents"]): readonly LogRow[] {
  const before = knownStates.get(task);
  if (before?.agents === agents) return before.rows;
  const rows = newStates(task, agents);
  knownStates.set(task, { agents, rows });
  return rows;
}
function newStates(task: TaskLine, agents: LogView["agents"]): LogRow[] {
  return task.history.map(({ at, facts, seq }, index) => {
    const workerTitle = facts.worker ? agents.get(facts.worker)?.title : undefined;
    const why = ["failed", "paused", "cancelled"].includes(facts.state) || (facts.state === "in_progress" && index > 2) ? facts.reason : "";
    const text = `${taskText(facts)}${facts.state === "assigned" && workerTitle ? ` to ${workerTitle}` : ""}${why ? `: ${why}` : ""}`;
    const ring = facts.state === "verified" || facts.state === "deployed" ? "done" : facts.state === "failed" ? "failed" : "complete";
    return { type: "said", key: `state:${seq}`, seq, at, agentId: undefined, said: { text, ring } };
  });
}

type Counted = Pick<LogView, "threads" | "countedAt" | "counts">;
/** How many rows of a thread are unread: the actor's count, and what came since. */
export function countUnreadOfThread(
  { threads, countedAt, counts }: Counted,
  taskId: string,
  rows: readonly ThreadRow[],
  read: number,
): number {
  const count = threads.get(taskId);
  const after = (seq: number) => rows.filter(({ row }) => isNews(row, seq)).length;
  if (counts.size === 0 || (count && read > count.read)) return Math.min(mostUnread, after(read)); // not counted yet, or from elsewhere
  return Math.min(mostUnread, (count?.unread ?? 0) + after(Math.max(countedAt, read)));
}
const isNews = (row: LogRow, seq: number): boolean =>
  row.type === "turn" ? row.turn.told > seq : row.type === "approval" && row.asked.state === "pending" && row.seq > seq;

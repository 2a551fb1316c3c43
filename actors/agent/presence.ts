import { type AgentState, growAgentType } from "../../schema/agent/team.ts";
import { isTaskOver, type TaskState } from "../../schema/task/task.ts";
import { queueRetire } from "../kernel/queue.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { findAgent, setAgent } from "./agent.ts";

const stateByTask: Partial<Record<TaskState, AgentState>> = {
  assigned: "working",
  in_progress: "working",
  waiting: "waiting",
  paused: "paused",
};
/**
 * An agent shows the state of its task. It is idle when the task is over, and retired when the task goes to
 * another.
 */
export async function followTask(writer: Writer, { before, row, command }: ReactionChanges["task.state"]): Promise<void> {
  const worker = before?.worker ?? row.worker;
  const agent = worker === null ? undefined : await findAgent(writer.db, row.worker ?? worker);
  if (!agent || agent.retiredAt !== null || agent.type === growAgentType || (agent.task !== row.id && agent.task !== null)) return;
  if (isTaskTaken({ before, row, command })) {
    await setAgent(writer, agent, "retired", null);
    await queueRetire(writer, agent.id);
  } else if (isTaskOver(row.state) || row.worker === null) await setAgent(writer, agent, "idle", null);
  else await setAgent(writer, agent, stateByTask[row.state] ?? "idle", row.id);
}
/** Whether a task was taken from the agent that had it. */
export const isTaskTaken = ({ before, row, command }: ReactionChanges["task.state"]): boolean =>
  (command?.kind === "error" || command?.kind === "reassign") && typeof before?.worker === "string" && row.worker === null;

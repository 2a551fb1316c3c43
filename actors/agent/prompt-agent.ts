import { eq } from "drizzle-orm";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { runTable } from "../../schema/task/run.table.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Writer } from "../kernel/writer.ts";
import { enterCurrentSession } from "../opencode/session-row.ts";
import { findTask } from "../task/task-row.ts";
import { beginTurn } from "../turn/begin-turn.ts";

/** An attempt at the task, which the turn's end completes. In the caller's transaction. */
async function recordAttempt(writer: Writer, task: TaskRow, agent: AgentRow, turnId: Id<"trn">, text: string): Promise<void> {
  const before = await writer.db.select({ id: runTable.id }).from(runTable).where(eq(runTable.task, task.id));
  const body = {
    id: newId("wrk", writer.now),
    project: task.project,
    task: task.id,
    kind: "agent",
    worker: agent.id,
    what: text.slice(0, 300),
    attempt: before.length + 1,
    createdAt: writer.now,
  } as const;
  await writer.db.insert(runTable).values({ id: body.id, task: task.id, ref: turnId, body, createdAt: writer.now });
}

/** A turn of an agent with the platform's words, in the caller's transaction; told in the agent's channel. */
export async function promptAgent(
  writer: Writer,
  prompt: { agent: AgentRow; text: string; shown?: string; turnId?: Id<"trn">; key?: string; taskId?: Id<"tsk"> },
): Promise<Id<"trn">> {
  const { agent, text, turnId = newId("trn", writer.now), key, taskId } = prompt;
  const task = taskId === undefined ? {} : { taskId };
  const about = taskId === undefined ? undefined : await findTask(writer.db, taskId);
  const shown = (prompt.shown ?? (about ? `Goes on with the task “${about.spec.title}”` : "Told how things stand")).slice(0, 500);
  const body = { agentId: agent.id, turnId, text: text.slice(0, 32_000), shown, ...task };
  const session = await enterCurrentSession(writer, agent.id);
  await writer.append("agent.prompt", { turnId, channel: agent.channel, session, body });
  if (about) await recordAttempt(writer, about, agent, turnId, shown);
  const asked = { ...(key === undefined ? {} : { key }), ...(taskId === undefined ? {} : { task: taskId }) };
  await beginTurn(writer, { turnId, agent, prompt: text, ...asked, need: "work" });
  return turnId;
}

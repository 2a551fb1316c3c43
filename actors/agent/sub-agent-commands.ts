import type { z } from "zod";
import type { AgentRow } from "../../schema/agent/agent.table.ts";
import { type PeerOut, peerOut } from "../../schema/agent/grow-agent.ts";
import type { StepOutcome, SubCommand, subCommand } from "../../schema/agent/sub-agent.ts";
import { pushesMain, withDeclined } from "../../schema/approval/effect.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { prependAnswers, waitForAnswers } from "../approval/question.ts";
import { mainBranch } from "../git/git.ts";
import { once } from "../kernel/idempotency.ts";
import type { Self } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { sendBack } from "../task/send-back.ts";
import { type Applied, applyTask } from "../task/task.ts";
import { requireTask } from "../task/task-row.ts";
import { requireAgent } from "./agent.ts";
import { promptAgent } from "./prompt-agent.ts";

/**
 * What a sub-agent asks of its parent: a turn in its session, a change of its task. Both once by their key,
 * and only of the task it has.
 */
type SubAgentStep = z.infer<typeof subCommand>;
const refusedPeer = (reason: string): PeerOut => ({ ok: false, reason });

/** The sub-agent and its task, or why the command is refused. */
async function findCommandTask(writer: Writer, from: Id<"agt">, command: SubCommand): Promise<{ agent: AgentRow; task: TaskRow } | string> {
  const agent = await requireAgent(writer.db, from);
  const task = await requireTask(writer.db, command.task);
  if (agent.task !== task.id || task.worker !== agent.id) return "this task is not its own";
  if (task.facts.run !== command.run) return "this task was given out again since";
  return { agent, task };
}

export function runSubAgentCommand(
  self: Self,
  kind: "execute" | "report",
  from: Id<"agt"> | undefined,
  command: SubAgentStep,
  requestId: string,
): Promise<PeerOut> {
  if (command.kind !== kind || from === undefined) throw new AppError("forbidden", { action: kind });
  return once(self, requestId, `peer:${kind}:${command.key}`, peerOut, async (writer) => {
    const found = await findCommandTask(writer, from, command);
    if (typeof found === "string") return refusedPeer(found);
    if (command.kind === "execute") return execute(writer, found.agent, found.task, command);
    const declined = command.outcome.kind === "complete" || command.outcome.kind === "give_up" ? declinedEnd(found.task) : undefined;
    if (declined) return peerAnswer(await applyTask(writer, found.task.id, declined));
    if (command.outcome.kind === "wait") return { ok: true, reason: `waits for ${await waitForAnswers(writer, found.task)} answers` };
    if (command.outcome.kind === "give_up" && command.outcome.said && (await sendBack(writer, found.task, command.outcome.reason)))
      return { ok: true, reason: "what it found went back to whose work it is" };
    return peerAnswer(await applyTask(writer, found.task.id, toTaskCommand(command.outcome, found.task)));
  });
}
const peerAnswer = (done: Applied): PeerOut => (done.ok ? { ok: true, reason: done.row.facts.reason } : refusedPeer(done.reason));
/**
 * A merge whose push to main was declined is not done, whatever its agent says. The tasks before it did no
 * wrong.
 */
function declinedEnd(row: TaskRow): TaskCommand | undefined {
  const all = row.facts.declined ?? [];
  if (row.branch !== mainBranch || !pushesMain(all)) return undefined;
  const { note, unanswered } = all.find(({ effect }) => effect === "push:main") ?? {};
  const reason = `${unanswered ? "nobody answered in time" : "you declined"}: push to main.${note ? ` You wrote: ${note.slice(0, 500)}.` : ""} What was built is kept on its branches; retry the task to be asked again`;
  return { kind: "give_up", worker: row.worker!, run: row.facts.run, reason };
}
function toTaskCommand(outcome: Exclude<StepOutcome, { kind: "wait" }>, task: TaskRow): TaskCommand {
  const by = { worker: task.worker!, run: task.facts.run };
  if (outcome.kind === "complete") return { kind: "complete", ...by, commit: outcome.commit };
  if (outcome.kind === "give_up") return { kind: "give_up", ...by, reason: outcome.reason };
  return { kind: "error", class: outcome.class, reason: outcome.reason };
}

async function execute(
  writer: Writer,
  agent: AgentRow,
  task: TaskRow,
  command: Extract<SubCommand, { kind: "execute" }>,
): Promise<PeerOut> {
  const now =
    task.state === "assigned" ? await applyTask(writer, task.id, { kind: "start", worker: agent.id, run: command.run }) : undefined;
  if (now && !now.ok) return refusedPeer(now.reason);
  const state = now?.row.state ?? task.state;
  if (state !== "in_progress" && state !== "waiting") return refusedPeer(`the task is ${state}`);
  const turnId = newId("trn", writer.now);
  await promptAgent(writer, {
    agent,
    turnId,
    text: withDeclined(await prependAnswers(writer, task.id, turnId, command.prompt), task.facts.declined),
    ...(now ? { shown: `Given the task “${task.spec.title}”${command.run > 1 ? `, attempt ${command.run}` : ""}` } : {}),
    key: command.key,
    taskId: task.id,
  });
  return { ok: true, reason: turnId };
}

import { and, eq } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { type Approval, type ApprovalSubject, denyLikeApproval } from "../../schema/approval/approval.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import type { TaskState } from "../../schema/task/task.ts";
import type { TaskCommand } from "../../schema/task/task-command.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { findAgent, setAgent } from "../agent/agent.ts";
import { settleUnreadMessages } from "../conversation/message.ts";
import { mainBranch } from "../git/git.ts";
import { queuePushPermission, queueReplies, tellSubAgent } from "../kernel/queue.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { applyTask } from "../task/task.ts";
import { settleApproval, withdrawQuestion } from "./approval.ts";
import { countPendingApprovals } from "./approval-row.ts";

/** What a question and its answer mean for the agent that asked and for its task. */
type Decided = ReactionChanges["approval.decided"];

/** While a push is asked about, and after a no, Gitea refuses it, whatever command tries it. */
export async function followPushQuestion(writer: Writer, { approval: asked }: { approval: Approval }): Promise<void> {
  if (!asked.task || !asked.effects?.some((effect) => effect.startsWith("push:"))) return;
  const [row] = await writer.db
    .select({ project: taskTable.project, branch: taskTable.branch })
    .from(taskTable)
    .where(eq(taskTable.id, asked.task));
  if (row?.branch === mainBranch) await queuePushPermission(writer, row.project);
}
/**
 * A no holds for the effect, not for the command: the task keeps it, and other questions about that effect
 * are denied.
 */
export async function declineEffects(writer: Writer, { approval: decided }: Decided): Promise<void> {
  if (!decided.task || !decided.effects?.length || (decided.state !== "denied" && decided.state !== "expired")) return;
  const note = decided.decided?.note?.trim();
  const command: TaskCommand = {
    kind: "decline",
    approval: decided.id,
    effects: decided.effects,
    ...(note ? { note } : {}),
    ...(decided.state === "expired" ? { unanswered: true } : {}),
  };
  if (!(await applyTask(writer, decided.task, command)).ok) return; // over: nobody asks in it any more
  const waiting = and(eq(approvalTable.task, decided.task), eq(approvalTable.state, "pending"));
  for (const row of await writer.db.select().from(approvalTable).where(waiting).orderBy(approvalTable.id)) {
    const after = row.body.effects?.some((effect) => decided.effects?.includes(effect))
      ? denyLikeApproval(row.body, decided, writer.now)
      : undefined;
    if (after) await settleApproval(writer, after);
  }
}

/** A merge asks before its agent's first step. A task that already waits then waits for one more answer. */
const askingStates: readonly TaskState[] = ["assigned", "in_progress", "waiting"];
/** Lets the agent and its task wait for the answer. */
export async function waitForAnswer(writer: Writer, { approval, agent }: ReactionChanges["approval.asked"]): Promise<void> {
  if (!approval.opencode && approval.goesOn) return;
  if (!approval.task) return void (await setAgent(writer, agent, "waiting", agent.task));
  const [row] = await writer.db.select({ facts: taskTable.facts }).from(taskTable).where(eq(taskTable.id, approval.task));
  if (row && askingStates.includes(row.facts.state))
    await applyTask(writer, approval.task, { kind: "ask", worker: approval.agent, run: row.facts.run, approval: approval.id });
}
/** Why a no to these questions ends the task. */
const endedBy: Partial<Record<ApprovalSubject["kind"], string>> = { budget: "its budget is used up", repetition: "it went in circles" };
export async function resumeAnswered(writer: Writer, { approval }: Decided): Promise<void> {
  const { state } = approval;
  if (state === "pending") return;
  if (approval.task) {
    const goesOn = approval.goesOn || state === "allowed" || state === "withdrawn";
    const about = endedBy[approval.subject.kind] === undefined ? {} : { about: endedBy[approval.subject.kind] };
    await applyTask(writer, approval.task, { kind: "answer", approval: approval.id, outcome: state, goesOn, ...about }); // refused by one that does not wait for it
    return;
  }
  if (approval.goesOn && !approval.opencode) return;
  const agent = await findAgent(writer.db, approval.agent);
  if (agent?.state !== "waiting" || (await countPendingApprovals(writer.db, approval.agent)) > 0) return;
  const [busy] = await writer.db
    .select({ id: turnTable.id })
    .from(turnTable)
    .where(and(eq(turnTable.agent, approval.agent), eq(turnTable.state, "running")));
  await setAgent(writer, agent, busy ? "working" : "idle", agent.task);
}

/** Queues the reply to a question that OpenCode has asked. */
export async function queueOpenCodeReply(writer: Writer, { approval }: Decided): Promise<void> {
  if (approval.opencode) await queueReplies(writer, approval.opencode.session);
}
/**
 * After a yes the agent goes on where it was stopped; a no has ended its task. A turn that still runs tells
 * its end itself.
 */
export async function resumeBudgeted(writer: Writer, { approval }: Decided): Promise<void> {
  if (approval.opencode || approval.subject.kind !== "budget" || approval.task === undefined) return;
  const agent = await findAgent(writer.db, approval.agent);
  const more = agent?.task === approval.task && (approval.state === "allowed" || approval.state === "withdrawn");
  if (agent) await settleUnreadMessages(writer, { agent, more });
  if (approval.state === "denied" || approval.state === "expired") {
    await tellSubAgent(writer, approval.agent, `spent:${approval.id}`, { kind: "cancel", task: approval.task });
    return;
  }
  if (approval.state === "allowed" && approval.subject.of === "quest") await withdrawQuestBudgetQuestions(writer, approval);
  const stopped = and(eq(turnTable.agent, approval.agent), likeSealed(turnTable.key, `${approval.task}:%`), eq(turnTable.state, "stopped"));
  for (const { key } of await writer.db.select({ key: turnTable.key }).from(turnTable).where(stopped))
    if (key !== null)
      // it knows which one it waits for
      await tellSubAgent(writer, approval.agent, `raised:${approval.id}:${key}`, {
        kind: "turn_ended",
        key,
        end: "stopped",
        reason: "raised",
      });
}
/**
 * Each task of a quest asks for itself, but what was added to the quest's budget is there for all of them.
 */
async function withdrawQuestBudgetQuestions(writer: Writer, approval: Approval): Promise<void> {
  if (approval.subject.kind !== "budget") return;
  const same = and(likeSealed(approvalTable.key, `budget:quest:${approval.subject.id}:%`), eq(approvalTable.state, "pending"));
  for (const row of await writer.db.select().from(approvalTable).where(same))
    await withdrawQuestion(writer, row, "you raised the quest's budget");
}

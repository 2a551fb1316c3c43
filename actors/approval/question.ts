import { and, eq, inArray, isNull } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { type Approval, reachedName } from "../../schema/approval/approval.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { findAgent } from "../agent/agent.ts";
import { promptAgent } from "../agent/prompt-agent.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { applyTask } from "../task/task.ts";
import { findTask } from "../task/task-row.ts";

/** Lets a task wait until every question that its agent asked is answered. Answers how many there are. */
export async function waitForAnswers(writer: Writer, task: TaskRow): Promise<number> {
  const open = await writer.db
    .select({ id: approvalTable.id })
    .from(approvalTable)
    .where(and(eq(approvalTable.task, task.id), eq(approvalTable.state, "pending")));
  const by = { worker: task.worker!, run: task.facts.run };
  for (const { id } of open) await applyTask(writer, task.id, { kind: "ask", ...by, approval: id });
  return open.length;
}

/**
 * The answer to a question as a new prompt of the agent that asked. One that could not go on continues the
 * step it stood in.
 */
export async function tellAnswer(writer: Writer, { approval }: ReactionChanges["approval.decided"]): Promise<void> {
  if (approval.opencode || approval.state === "withdrawn") return;
  const agent = await findAgent(writer.db, approval.agent);
  if (!agent || agent.retiredAt || !isToldByPrompt(approval)) return; // a conflict's answer goes into the merge's first step
  if (approval.task && agent.task !== approval.task) return; // the task has ended with it, or is another's
  const [asked] = approval.turn ? await writer.db.select().from(turnTable).where(eq(turnTable.id, approval.turn)) : [];
  const key = asked?.state === "done" ? asked.key : null;
  const about = { ...(key === null ? {} : { key }), ...(approval.task ? { taskId: approval.task } : {}) };
  if (key !== null && approval.task && (await findTask(writer.db, approval.task))?.state === "paused")
    return tellSubAgent(writer, approval.agent, `later:${approval.id}`, { kind: "turn_ended", key, end: "stopped", reason: "paused" }); // it reads the answer when it goes on
  await noteAnswerTold(
    writer,
    approval.id,
    await promptAgent(writer, { agent, text: answerText(approval), shown: answerShown(approval), ...about }),
  );
}
/** The answer to a question in words, and a yes to a name that the agent was not let to. */
const isToldByPrompt = ({ subject, state, opencode }: Approval) =>
  opencode === undefined && (subject.kind === "question" || (state === "allowed" && reachedName(subject) !== undefined));
async function noteAnswerTold(writer: Writer, approvalId: Id<"apr">, turnId: Id<"trn">): Promise<void> {
  await writer.db.update(approvalTable).set({ toldAt: writer.now, toldIn: turnId }).where(eq(approvalTable.id, approvalId));
}
/**
 * Undoes `noteAnswerTold` for a turn that never reached its agent: the next turn's prompt tells the answers.
 */
export async function forgetAnswersTold(writer: Writer, turnId: Id<"trn">): Promise<void> {
  await writer.db.update(approvalTable).set({ toldAt: null, toldIn: null }).where(eq(approvalTable.toldIn, turnId));
}
/**
 * Answers about a task that its agent has not read, as the beginning of its next turn's prompt. In the
 * caller's transaction.
 */
export async function prependAnswers(writer: Writer, taskId: Id<"tsk">, turnId: Id<"trn">, prompt: string): Promise<string> {
  const open = and(
    eq(approvalTable.task, taskId),
    isNull(approvalTable.toldAt),
    inArray(approvalTable.state, ["allowed", "denied", "expired"]),
  );
  const rows = (await writer.db.select().from(approvalTable).where(open)).filter(({ body }) => isToldByPrompt(body));
  for (const { id } of rows) await noteAnswerTold(writer, id, turnId);
  return [...rows.map(({ body }) => answerText(body)), prompt].join("\n\n");
}
/** The answer as people read it. */
function answerShown(approval: Approval): string {
  const name = reachedName(approval.subject);
  if (name !== undefined) return `You let it reach ${name}`;
  const about = approval.subject.kind === "question" ? approval.subject.question : approval.title;
  if (approval.state === "allowed") return `Your answer to “${about}”: ${approval.decided?.answer ?? "Yes."}`;
  return approval.state === "denied" ? `You said no to “${about}”` : `Nobody answered “${about}” in time`;
}
/** The answer as the agent reads it. */
function answerText(approval: Approval): string {
  const name = reachedName(approval.subject);
  if (name !== undefined) return `The member lets you reach ${name} now. Try again what was refused, if you still need it.`;
  const about = approval.subject.kind === "question" ? approval.subject.question : approval.title;
  const note = approval.decided?.note ? `\n\nThey add: ${approval.decided.note}` : "";
  const next = approval.goesOn ? "Go on without it." : "Do what can be done without it; if nothing can, say so.";
  if (approval.state === "allowed")
    return `The answer to your question ${approval.id} (“${about}”):\n\n${approval.decided?.answer ?? "Yes."}${note}`;
  if (approval.state === "denied") return `The member said no to your question ${approval.id} (“${about}”).${note}\n\n${next}`;
  return `Nobody answered your question ${approval.id} (“${about}”) in time, so it counts as no. ${next}`;
}

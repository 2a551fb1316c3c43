import { and, desc, eq, inArray } from "drizzle-orm";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import { runTable } from "../../schema/task/run.table.ts";
import { completeRun, startRun } from "../../schema/task/run.ts";
import type { TaskRow } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { awaitsResume, hasPendingQuestion, isTurnHeld } from "../approval/approval-row.ts";
import { forgetAnswersTold } from "../approval/question.ts";
import { tellSubAgent } from "../kernel/queue.ts";
import type { Db } from "../kernel/tables.ts";
import type { ReactionChanges, Writer } from "../kernel/writer.ts";
import { findTask } from "../task/task-row.ts";
import { endingTexts } from "../turn/ending.ts";
import { findAgent } from "./agent.ts";

async function findAgentTask(db: Db, agentId: Id<"agt">): Promise<TaskRow | undefined> {
  const row = await findAgent(db, agentId);
  return row?.task ? findTask(db, row.task) : undefined;
}
/**
 * The open step of a task that waits for an answer. A turn in which the member talked to its agent may have
 * ended it.
 */
async function openStep(db: Db, agentId: Id<"agt">, task: TaskRow): Promise<string | null> {
  if (task.state !== "waiting") return null;
  const ofAgent = eq(turnTable.agent, agentId);
  const more = and(ofAgent, inArray(turnTable.state, ["queued", "running"]));
  if ((await db.select({ id: turnTable.id }).from(turnTable).where(more).limit(1)).length > 0) return null;
  const steps = and(ofAgent, likeSealed(turnTable.key, `${task.id}:${task.facts.run}:%`));
  const [last] = await db
    .select({ key: turnTable.key })
    .from(turnTable)
    .where(steps)
    .orderBy(desc(turnTable.createdAt), desc(turnTable.id))
    .limit(1);
  return last?.key ?? null;
}

/**
 * Follows a sub-agent's turn: updates its run record and tells the sub-agent of the end. In the caller's
 * transaction.
 */
export async function followTurn(writer: Writer, { before: row, to, reason, errorClass }: ReactionChanges["turn.state"]): Promise<void> {
  const [attempt] = await writer.db.select().from(runTable).where(eq(runTable.ref, row.id));
  if (attempt) {
    const lost = to === "interrupted" ? "stale_worker" : to === "failed" ? (errorClass ?? "bug") : undefined;
    const body =
      to === "running"
        ? startRun(attempt.body, writer.now)
        : completeRun(attempt.body, { at: writer.now, ...(lost ? { errorClass: lost } : {}) });
    await writer.db.update(runTable).set({ body }).where(eq(runTable.id, attempt.id));
  }
  if (to === "running" || to === "queued") return;
  if (row.state === "queued") await forgetAnswersTold(writer, row.id);
  const doing = await findAgentTask(writer.db, row.agent);
  const key = row.key ?? (to === "done" && doing ? await openStep(writer.db, row.agent, doing) : null);
  if (key === null || (to === "done" && (await isTurnHeld(writer.db, row.id)))) return;
  if (to === "stopped" && (await awaitsResume(writer.db, row.agent))) return; // its end is told with the answer
  const asked = to === "done" && doing !== undefined && (await hasPendingQuestion(writer.db, row.agent, doing.id));
  const details = { ...(errorClass === undefined ? {} : { errorClass }), ...(asked ? { asked } : {}) };
  const words = to === "stopped" ? reason : (endingTexts[reason] ?? reason); // its task shows them
  const input = { kind: "turn_ended", key, end: to, reason: words.slice(0, 900), ...details } as const;
  await tellSubAgent(writer, row.agent, `ended:${row.id}`, input);
}

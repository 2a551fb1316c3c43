import { and, count, eq, like } from "drizzle-orm";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";

export async function findApproval(db: Db, id: Id<"apr">): Promise<ApprovalRow | undefined> {
  return (await db.select().from(approvalTable).where(eq(approvalTable.id, id)))[0];
}
/** All that was asked under keys that begin so. */
export function listApprovalsUnder(db: Db, prefix: string): Promise<ApprovalRow[]> {
  return db
    .select()
    .from(approvalTable)
    .where(like(approvalTable.key, `${prefix}%`));
}
/** How many answers an agent (or, without one, the member's agents together) waits for. */
export async function countPendingApprovals(db: Db, agent?: Id<"agt">): Promise<number> {
  const pending = eq(approvalTable.state, "pending");
  const [row] = await db
    .select({ n: count() })
    .from(approvalTable)
    .where(agent === undefined ? pending : and(pending, eq(approvalTable.agent, agent)));
  return row?.n ?? 0;
}

/** Whether a turn that has ended waits for a budget or a service, without which its agent can't go on: its end then tells nobody anything yet. */
export async function isTurnHeld(db: Db, turnId: Id<"trn">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.turn, turnId), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => !body.opencode && !body.goesOn && body.subject.kind !== "question");
}
/** Whether something that an agent asked about its task is not answered. The answer comes to it as a prompt. */
export async function hasPendingQuestion(db: Db, agentId: Id<"agt">, taskId: Id<"tsk">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.agent, agentId), eq(approvalTable.task, taskId), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => body.subject.kind === "question");
}
/** Whether an agent's stopped turn waits for the member's word on whether it goes on: its end is told with the answer. */
export async function awaitsResume(db: Db, agent: Id<"agt">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.agent, agent), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => body.subject.kind === "budget" || body.subject.kind === "repetition");
}

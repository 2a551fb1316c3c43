import { and, count, eq } from "drizzle-orm";
import { type ApprovalRow, approvalTable } from "../../schema/approval/approval.table.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";

export async function findApproval(db: Db, id: Id<"apr">): Promise<ApprovalRow | undefined> {
  return (await db.select().from(approvalTable).where(eq(approvalTable.id, id)))[0];
}
/** All approvals whose key begins with the prefix, which ends with a part of it: `conflict:<task>:`. */
export function listApprovalsUnder(db: Db, prefix: string): Promise<ApprovalRow[]> {
  return db
    .select()
    .from(approvalTable)
    .where(likeSealed(approvalTable.key, `${prefix}%`));
}
/** How many questions are pending: of one agent, or of all when none is named. */
export async function countPendingApprovals(db: Db, agent?: Id<"agt">): Promise<number> {
  const pending = eq(approvalTable.state, "pending");
  const [row] = await db
    .select({ n: count() })
    .from(approvalTable)
    .where(agent === undefined ? pending : and(pending, eq(approvalTable.agent, agent)));
  return row?.n ?? 0;
}

/**
 * Whether an ended turn waits for a budget or a service. Its agent can't go on without it, so its end is not
 * told yet.
 */
export async function isTurnHeld(db: Db, turnId: Id<"trn">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.turn, turnId), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => !body.opencode && !body.goesOn && body.subject.kind !== "question");
}
/** Whether a question of the agent about its task is pending. The answer comes to the agent as a prompt. */
export async function hasPendingQuestion(db: Db, agentId: Id<"agt">, taskId: Id<"tsk">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.agent, agentId), eq(approvalTable.task, taskId), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => body.subject.kind === "question");
}
/**
 * Whether the member was asked if the agent's stopped turn goes on. The turn's end is told with the answer.
 */
export async function awaitsResume(db: Db, agent: Id<"agt">): Promise<boolean> {
  const rows = await db
    .select({ body: approvalTable.body })
    .from(approvalTable)
    .where(and(eq(approvalTable.agent, agent), eq(approvalTable.state, "pending")));
  return rows.some(({ body }) => body.subject.kind === "budget" || body.subject.kind === "repetition");
}

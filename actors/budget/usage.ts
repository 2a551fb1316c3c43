import { and, eq, inArray } from "drizzle-orm";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { type BudgetLimits, type BudgetUsage, budgetNames, noUsage, sumUsage, type TaskUsage, workingTime } from "../../schema/budget.ts";
import { eventTable } from "../../schema/event.table.ts";
import { runTable } from "../../schema/task/run.table.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import type { Id } from "../../schema/wire/id.ts";
import { listApprovalsUnder } from "../approval/approval-row.ts";
import { eventColumns, readBodies } from "../kernel/event.ts";
import type { Db } from "../kernel/tables.ts";

/** What turns of these tasks have used since this actor began; one that runs counts its time until now. */
async function sumUsageSince(db: Db, ids: readonly Id<"tsk">[], now: number): Promise<BudgetUsage> {
  if (ids.length === 0) return noUsage;
  const runs = await db
    .select()
    .from(runTable)
    .where(inArray(runTable.task, [...ids]));
  const refs = runs.map((run) => run.ref as Id<"trn">); // or the proof of a run of another kind, which asked nothing
  const used = await db
    .select(eventColumns)
    .from(eventTable)
    .where(and(inArray(eventTable.turnId, refs), eq(eventTable.kind, "usage")));
  const costs = readBodies("usage", used).map(({ costMicros, inputTokens, outputTokens }) => {
    return { costMicros, tokens: inputTokens + outputTokens, workMs: 0 };
  });
  const asked = await db
    .select({ turn: approvalTable.turn, body: approvalTable.body })
    .from(approvalTable)
    .where(inArray(approvalTable.turn, refs));
  const times = runs.flatMap(({ ref, body: { kind, startedAt, completedAt } }) => {
    if (kind !== "agent" || startedAt === undefined) return [];
    const waits = asked
      .filter((prompt) => prompt.turn === ref && prompt.body.opencode)
      .map(({ body }) => ({ from: body.createdAt, to: body.decided?.at ?? now }));
    return [{ ...noUsage, workMs: workingTime(startedAt, completedAt ?? now, waits) }];
  });
  return sumUsage(...costs, ...times);
}
/** What these tasks had used before the actor was restored from memory. */
async function listUsageBefore(db: Db, ids: readonly Id<"tsk">[]): Promise<TaskUsage[]> {
  const rows = await db
    .select({ used: taskTable.usedBefore })
    .from(taskTable)
    .where(inArray(taskTable.id, [...ids]));
  return rows.flatMap(({ used }) => used ?? []);
}
/** What these tasks have used until now. */
export async function sumTaskUsage(db: Db, ids: readonly Id<"tsk">[], now: number): Promise<BudgetUsage> {
  return sumUsage(await sumUsageSince(db, ids, now), ...(await listUsageBefore(db, ids)));
}

type BudgetOwner = { of: "task" | "quest"; id: string };
/** The beginning of the keys of all questions about this budget. */
export const budgetKey = ({ of: kind, id }: BudgetOwner): string => `budget:${kind}:${id}:`;
/** How much more the member has allowed. */
export async function readRaises(db: Db, owner: BudgetOwner): Promise<BudgetLimits> {
  const raises: BudgetLimits = {};
  for (const { state, body } of await listApprovalsUnder(db, budgetKey(owner))) {
    if (state !== "allowed" || body.subject.kind !== "budget") continue;
    const { what: subjectKind, raise } = body.subject;
    raises[subjectKind] = (raises[subjectKind] ?? 0) + raise;
  }
  return raises;
}
/** What a task has used and was allowed on top, also before a loss of the actor. */
export async function readTaskUsage(db: Db, id: Id<"tsk">, now: number): Promise<TaskUsage> {
  const before = await listUsageBefore(db, [id]);
  const since = await readRaises(db, { of: "task", id });
  const had = before[0]?.raised ?? {};
  const raised = Object.fromEntries(budgetNames.map((name) => [name, (had[name] ?? 0) + (since[name] ?? 0)]).filter(([, more]) => more));
  return { ...sumUsage(await sumUsageSince(db, [id], now), ...before), raised };
}

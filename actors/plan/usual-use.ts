import { desc, eq, inArray } from "drizzle-orm";
import type { PlanRow } from "../../schema/plan/plan.table.ts";
import { type ModelLevel, median, priceLevel, type UsualUse, writingPace } from "../../schema/plan/schedule.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { readTaskLog } from "../../schema/task/task-file.ts";
import { turnTable } from "../../schema/turn.table.ts";
import type { Db } from "../kernel/tables.ts";
import { costsOf } from "../task/task-control.ts";

/** So many of the newest finished tasks are looked at, and of one owner's so many. */
const mostTasks = 60;
const mostOfOwner = 5;

/**
 * Time in which its agent or its proof was at work, by the task's log; not while it waited for a person or
 * was paused.
 */
function workedMs({ log }: Pick<TaskRow, "log">): number {
  const steps = readTaskLog(log);
  return steps.reduce((sum, { at, state }, index) => {
    const next = steps[index + 1];
    return next && (state === "in_progress" || state === "complete") ? sum + Math.max(0, next.at - at) : sum;
  }, 0);
}
/** How the model is that wrote a plan: how fast by the turn in which it did, how dear by its price then. */
export async function readModelLevel(db: Db, plan: Pick<PlanRow, "turnId" | "createdAt" | "body" | "price">): Promise<ModelLevel> {
  const price = plan.price ? priceLevel(plan.price) : 1;
  if (!plan.turnId) return { pace: 1, price };
  const [turn] = await db.select({ startedAt: turnTable.startedAt }).from(turnTable).where(eq(turnTable.id, plan.turnId));
  return { pace: turn?.startedAt ? writingPace(JSON.stringify(plan.body).length, plan.createdAt - turn.startedAt) : 1, price };
}
/** What the member's own finished tasks took, by owner: the middle of the newest few. */
export async function readUsualUse(db: Db): Promise<UsualUse> {
  const rows: TaskRow[] = await db
    .select()
    .from(taskTable)
    .where(inArray(taskTable.state, ["verified", "deployed"]))
    .orderBy(desc(taskTable.updatedAt))
    .limit(mostTasks);
  const byOwner = Map.groupBy(
    rows.filter(({ facts }) => facts.by !== "member"), // what they made themselves tells nothing of agents
    ({ spec }) => spec.owner,
  );
  const newest = [...byOwner].map(([owner, all]) => [owner, all.slice(0, mostOfOwner)] as const);
  const costs = await costsOf(
    db,
    newest.flatMap(([, all]) => all.map(({ id }) => id)),
  );
  const tookOf = (all: readonly TaskRow[]) => ({
    minutes: median(all.map((row) => workedMs(row) / 60_000)),
    usd: median(all.map(({ id }) => (costs.get(id) ?? 0) / 1_000_000)),
  });
  return Object.fromEntries(newest.map(([owner, all]) => [owner, tookOf(all)]));
}

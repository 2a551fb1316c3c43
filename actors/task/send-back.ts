import { and, eq, ne } from "drizzle-orm";
import { builderTypes, checkerTypes } from "../../schema/task/hand-off.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import type { TaskState } from "../../schema/task/task.ts";
import type { Writer } from "../kernel/writer.ts";
import { applyTask } from "./task.ts";

/** From the work that a task looks at to the last task before it; undefined when it looks at nobody's. */
function wayTo(row: TaskRow, all: readonly TaskRow[]): TaskRow[] | undefined {
  for (const name of row.spec.depends_on) {
    const before = all.find((each) => each.specId === name);
    if (!before) continue;
    if (builderTypes.includes(before.spec.owner)) return [before];
    const way = checkerTypes.includes(before.spec.owner) ? wayTo(before, all) : undefined;
    if (way) return [...way, before];
  }
  return undefined;
}

/** States in which a task can have found something. */
const found: ReadonlySet<TaskState> = new Set(["in_progress", "waiting"]);
/**
 * The member lets a test or a review look once more: what it finds may go back again. In the caller's
 * transaction.
 */
export async function resetReturns(writer: Writer, row: TaskRow): Promise<void> {
  if (row.plan === null || !checkerTypes.includes(row.spec.owner)) return;
  const all = await writer.db.select().from(taskTable).where(eq(taskTable.plan, row.plan));
  for (const { id, facts } of [...(wayTo(row, all) ?? []), row]) {
    const { returns: _returns, ...rest } = facts;
    await writer.db.update(taskTable).set({ facts: rest }).where(eq(taskTable.id, id));
  }
}

/**
 * What a test or a review of a plan finds goes back to the work it looked at, which is done again with the
 * findings, and then what followed it. In the caller's transaction. False when there is no such work, or it
 * came back too often: then the task that found it fails with what it found.
 */
export async function sendBack(writer: Writer, row: TaskRow, words: string): Promise<boolean> {
  if (row.plan === null || !checkerTypes.includes(row.spec.owner) || !found.has(row.state)) return false;
  const all = await writer.db
    .select()
    .from(taskTable)
    .where(and(eq(taskTable.plan, row.plan), ne(taskTable.state, "cancelled")));
  const [work, ...between] = wayTo(row, all) ?? [];
  if (work?.state !== "verified") return false;
  const where = row.branch ? ` (more on its branch ${row.branch})` : "";
  const reason = `“${row.spec.title}” found: ${words}${where}`.slice(0, 990);
  if (!(await applyTask(writer, work.id, { kind: "send_back", reason })).ok) return false;
  const anew = `after “${work.spec.title}” is done again`;
  for (const each of [...between, row]) await applyTask(writer, each.id, { kind: "send_back", reason: anew });
  return true;
}

import { eq } from "drizzle-orm";
import { titleWith } from "../../schema/approval/effect.ts";
import { type TaskRow, taskTable } from "../../schema/task/task.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";

export async function findTask(db: Db, id: Id<"tsk">): Promise<TaskRow | undefined> {
  return (await db.select().from(taskTable).where(eq(taskTable.id, id)))[0];
}
export async function requireTask(db: Db, id: Id<"tsk">): Promise<TaskRow> {
  const row = await findTask(db, id);
  if (!row) throw new AppError("not_found", { what: "task" });
  return row;
}
/** A task's title for people: what the member declined of it is said with it. */
export const taskTitle = (row: Pick<TaskRow, "spec" | "facts">): string => titleWith(row.spec.title, row.facts.declined);

import { eq } from "drizzle-orm";
import { runTable } from "../schema/task/run.table.ts";
import { completeRun, type RunEnd, startRun } from "../schema/task/run.ts";
import type { TaskRow } from "../schema/task/task.table.ts";
import type { WorkItem } from "./kernel/work.ts";
import type { Writer } from "./kernel/writer.ts";

/** The attempt as the task's history shows it: the platform's own act, so without a worker. */
export async function beginProofRun(writer: Writer, row: TaskRow, work: WorkItem<"verify">): Promise<void> {
  const { commit } = work.payload;
  const before = await writer.db.select({ id: runTable.id }).from(runTable).where(eq(runTable.task, row.id));
  const body = {
    id: work.id,
    project: row.project,
    task: row.id,
    kind: "shell",
    what: `Checks in a clean checkout of ${commit.slice(0, 10)}`,
    attempt: before.length + 1,
    createdAt: writer.now,
  } as const;
  const values = { id: body.id, task: row.id, ref: work.id, body: startRun(body, writer.now), createdAt: writer.now };
  await writer.db.insert(runTable).values(values).onConflictDoNothing();
}
export async function endProofRun(writer: Writer, work: WorkItem<"verify">, how: Omit<RunEnd, "at">): Promise<void> {
  const [row] = await writer.db.select().from(runTable).where(eq(runTable.id, work.id));
  if (!row) return;
  const body = completeRun(row.body, { at: writer.now, ...how });
  await writer.db.update(runTable).set({ body }).where(eq(runTable.id, work.id));
}

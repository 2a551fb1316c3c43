import { taskTable } from "../../schema/task/task.table.ts";
import { releaseWorker } from "../../schema/task/task.ts";
import { readTask, type Task } from "../../schema/task/task-file.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Writer } from "../kernel/writer.ts";

/** Tasks as the memory repository remembers them: where each stood, what it had used, and its log. */
export type KeptTask = { task: Task; log: string };
/** The files of memory that are needed for it. */
export const taskPath = (path: string): boolean => /^tasks\/tsk_[^/]+\/(?:spec\.yaml|task\.yaml|log\.md)$/.test(path);

/** The tasks behind those files' texts. What can't be read is named, never guessed. */
export function readKeptTasks(found: ReadonlyMap<string, string>, unread: string[]): KeptTask[] {
  const ids = new Set([...found.keys()].filter(taskPath).flatMap((path) => path.split("/")[1] ?? []));
  return [...ids].flatMap((id) => {
    const read = readTask(found.get(`tasks/${id}/spec.yaml`) ?? "", found.get(`tasks/${id}/task.yaml`) ?? "");
    if (!read.ok) unread.push(`tasks/${id}`);
    return read.ok ? [{ task: read.value, log: (found.get(`tasks/${id}/log.md`) ?? "").replace(/^# .*\n+/, "") }] : [];
  });
}

/** Puts them back, in the caller's transaction: nobody works on them until the next look at tasks. */
export async function restoreTasks(writer: Writer, kept: readonly KeptTask[]): Promise<void> {
  for (const { task: file, log } of kept) {
    const facts = releaseWorker(file.facts, writer.now);
    const { id, spec, specHash, createdAt } = file;
    await writer.db
      .insert(taskTable)
      .values({
        id,
        plan: (file.plan as Id<"pln"> | undefined) ?? null,
        specId: spec.id,
        project: file.project ?? "",
        branch: file.branch ?? null,
        spec,
        specHash,
        facts,
        state: facts.state,
        worker: facts.worker ?? null,
        dueAt: facts.dueAt ?? null,
        rev: 1 + (writer.now % 1_000_000_000), // above what the lost actor counted: its outbox keys stay its own
        progress: "",
        log,
        usedBefore: file.used ?? null,
        createdAt,
        updatedAt: writer.now,
      })
      .onConflictDoNothing();
  }
}

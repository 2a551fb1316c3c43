import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { type MemoryKind, memoryPath } from "../../schema/memory/memory.ts";
import { type MemoryChange, memoryChange, type OutboxKind } from "../../schema/memory/memory-change.ts";
import { type OutboxRow, outboxTable } from "../../schema/memory/outbox.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import type { Self } from "../kernel/self.ts";
import type { Writer } from "../kernel/writer.ts";
import { expectChanges } from "./memory-files.ts";

export const outboxFiles = z.array(memoryChange).min(1);

/**
 * Puts a memory into the outbox, in the caller's transaction: from its commit on it is not lost. The same key
 * twice is one memory. Answers its work key.
 */
export async function queueMemory(
  writer: Writer,
  entry: { key: string; kind: MemoryKind; title: string; text: string; agent: Id<"agt">; turnId?: Id<"trn"> | undefined },
): Promise<string> {
  const id = newId("out", writer.now);
  const path = memoryPath(entry.kind, entry.title, new Date(writer.now), id);
  const { text, ...rest } = entry;
  return queueFiles(writer, { ...rest, id, files: [{ path, content: `# ${entry.title}\n\n${text.trim()}\n` }] });
}
export const inOrder = sql`memory_outbox.rowid`;
export type Put = {
  id?: Id<"out">;
  key: string;
  kind: OutboxKind;
  title: string;
  files: readonly MemoryChange[];
  agent: Id<"agt">;
  task?: Id<"tsk"> | undefined;
  turnId?: Id<"trn"> | undefined;
};
/**
 * Puts several files into the outbox: they reach Git together, in one commit (with what else waits). Answers
 * the key of its work.
 */
export async function queueFiles(writer: Writer, entry: Put): Promise<string> {
  const { turnId, task, id = newId("out", writer.now), ...row } = entry;
  const changes = outboxFiles.parse(entry.files);
  const [fresh] = await writer.db
    .insert(outboxTable)
    .values({ ...row, id, files: changes, turnId: turnId ?? null, task: task ?? null, at: writer.now })
    .onConflictDoNothing()
    .returning({ id: outboxTable.id });
  if (fresh) await expectChanges(writer, changes);
  await writer.queue("outbox", { key: `outbox:${entry.key}`, payload: { key: entry.key } });
  return `outbox:${entry.key}`;
}
export async function findOutboxRow(self: Self, key: string): Promise<OutboxRow | undefined> {
  const [row] = await self.db.select().from(outboxTable).where(eq(outboxTable.key, key));
  return row;
}

/** Queues again what an earlier run gave up. */
export async function requeueOutbox(writer: Writer): Promise<void> {
  const rows = await writer.db
    .select({ key: outboxTable.key })
    .from(outboxTable)
    .where(and(isNull(outboxTable.hash), lte(outboxTable.at, writer.now)))
    .orderBy(asc(inOrder));
  for (const row of rows) await writer.queue("outbox", { key: `outbox:${row.key}`, payload: { key: row.key } });
}

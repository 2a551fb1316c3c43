import { eq, isNull } from "drizzle-orm";
import { z } from "zod";
import type { AppError } from "../schema/error.ts";
import { newId } from "../schema/id.ts";
import { commitMessage, type MemoryKind, memoryPath, outboxOf } from "../schema/memory.ts";
import { outbox } from "../schema/outbox.table.ts";
import { gitMail } from "../schema/stack.ts";
import { appendCommit, moveHead } from "./commit.ts";
import { record, type Writer } from "./event.ts";
import { type Git, gitClient } from "./git.ts";
import { memory } from "./memory.ts";
import { me, type Self } from "./self.ts";
import { enqueue, type WorkRow } from "./work.ts";

const files = z.array(z.object({ path: z.string(), content: z.string() })).min(1);
type Row = typeof outbox.$inferSelect;

/** Puts a memory into the outbox, in the caller's transaction: from its commit on it is not lost. The same key twice is one memory. Answers its work key. */
export async function remember(
  writer: Writer,
  of: { key: string; kind: MemoryKind; title: string; text: string; agent: string; turnId?: string | undefined; requestId: string },
): Promise<string> {
  const id = newId("out", writer.now);
  const at = new Date(writer.now);
  const path = memoryPath(of.kind, of.title, at, id);
  const content = `# ${of.title}\n\n${of.text.trim()}\n`;
  await put(writer, {
    id,
    key: of.key,
    kind: of.kind,
    title: of.title,
    files: [{ path, content }],
    agent: of.agent,
    turnId: of.turnId,
    requestId: of.requestId,
  });
  return `outbox:${of.key}`;
}
/** Puts several files into the outbox as one commit. */
export async function put(
  writer: Writer,
  of: {
    id: string;
    key: string;
    kind: Row["kind"];
    title: string;
    files: z.infer<typeof files>;
    agent: string;
    turnId?: string | undefined;
    requestId: string;
  },
): Promise<void> {
  const { requestId, turnId, ...row } = of;
  await writer.db
    .insert(outbox)
    .values({ ...row, turnId: turnId ?? null, at: writer.now })
    .onConflictDoNothing();
  await enqueue(writer, { kind: "outbox", key: `outbox:${of.key}`, payload: { key: of.key }, requestId });
}
export async function find(self: Self, key: string): Promise<Row | undefined> {
  const [row] = await self.db.select().from(outbox).where(eq(outbox.key, key));
  return row;
}

/** The commit that holds a row already, if an earlier try reached Gitea and its answer was lost. */
async function search(git: Git, row: Row): Promise<string | undefined> {
  const commits = await git.commits(memory, "main", 50);
  return commits.find((commit) => outboxOf(commit.commit.message) === row.id)?.sha;
}
async function commit(self: Self, git: Git, row: Row): Promise<string> {
  const who = await me(self.db);
  const message = commitMessage(row.kind, row.title, { agent: row.agent, ...(row.turnId ? { turn: row.turnId } : {}), outbox: row.id });
  await self.db.update(outbox).set({ triedAt: Date.now() }).where(eq(outbox.id, row.id));
  const changes = await git.changes(memory, files.parse(row.files));
  return git.commitFiles(memory, message, { name: who.name, email: gitMail(who.agent) }, changes);
}

/** Carries one row to Gitea and its hash into the log. One at a time: the primary repository has one writer. */
async function deliver(self: Self, row: Row, requestId: string): Promise<void> {
  if (row.hash) return;
  const git = gitClient(self.vars.stack, requestId);
  const hash = (row.triedAt ? await search(git, row) : undefined) ?? (await commit(self, git, row));
  const found = await git.commit(memory, hash);
  const diff = await git.diff(memory, hash);
  await record(self, async (writer) => {
    await writer.db.update(outbox).set({ hash, error: null }).where(eq(outbox.id, row.id));
    await appendCommit(
      writer,
      { repo: memory, branch: "main", commit: found, diff },
      row.turnId ? (row.turnId as `trn_${string}`) : undefined,
    );
    await moveHead(writer, memory, "main", hash);
  });
}

const payload = z.object({ key: z.string() });
export const outboxWork = {
  async run(self: Self, work: WorkRow): Promise<void> {
    const row = await find(self, payload.parse(work.payload).key);
    if (row) await deliver(self, row, work.requestId);
  },
  /** The row stays: the next wake of the stack tries again. */
  async gaveUp(self: Self, work: WorkRow, error: AppError): Promise<void> {
    const { key } = payload.parse(work.payload);
    await record(self, async (writer) => {
      await writer.db.update(outbox).set({ error: error.message }).where(eq(outbox.key, key));
      const text = `A memory could not be written to Git yet (${error.message}). It is kept and tried again when the stack wakes.`;
      await writer.append("notice", { ref: `notice:outbox:${key}`, body: { level: "warning", code: "memory_waits", text } });
    });
  },
};
/** Queues again what an earlier run gave up. */
export async function requeue(writer: Writer, requestId: string): Promise<void> {
  for (const row of await writer.db.select({ key: outbox.key }).from(outbox).where(isNull(outbox.hash)))
    await enqueue(writer, { kind: "outbox", key: `outbox:${row.key}`, payload: { key: row.key }, requestId });
}

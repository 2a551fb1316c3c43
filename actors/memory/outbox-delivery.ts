import { and, asc, eq, isNotNull, isNull, or } from "drizzle-orm";
import { readOutboxIds } from "../../schema/memory/memory.ts";
import { type BatchEntry, batchMessage, nextMemoryBatch } from "../../schema/memory/memory-change.ts";
import { type OutboxRow, outboxTable } from "../../schema/memory/outbox.table.ts";
import { proposalTable } from "../../schema/proposal.table.ts";
import { gitMail, memoryRepository } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Id } from "../../schema/wire/id.ts";
import { touchesAgentTypes } from "../agent/member-agent.ts";
import { findBranchHead, moveBranchHead } from "../git/branch-head.ts";
import { appendCommit } from "../git/commit.ts";
import { Git } from "../git/git.ts";
import { queuePolicy, queueSearch, queueTypes } from "../kernel/queue.ts";
import type { Self } from "../kernel/self.ts";
import { me } from "../kernel/self.ts";
import { record } from "../kernel/transaction.ts";
import type { WorkItem } from "../kernel/work.ts";
import { noteMissing, requireMemory } from "../stack/trouble.ts";
import { commitChanges, noteFiles, textAt, type Written } from "./memory-files.ts";
import { findOutboxRow, inOrder, outboxFiles } from "./outbox.ts";

/** How the outbox reaches Git. */
/**
 * What goes with a row: everything that waits, or, when it was tried in vain, it alone after what waits for
 * the same files. A row that no commit takes so holds up nobody else.
 */
async function waiting(self: Self, row: OutboxRow, alone: boolean): Promise<OutboxRow[]> {
  const open = and(isNull(outboxTable.hash), or(isNull(outboxTable.error), eq(outboxTable.id, row.id)));
  const all = await self.db.select().from(outboxTable).where(open).orderBy(asc(inOrder)).limit(200);
  if (!alone) return all.some((each) => each.id === row.id) ? all : [...all, row];
  const paths = new Set(outboxFiles.parse(row.files).map((file) => file.path));
  const before = all.slice(
    0,
    Math.max(
      0,
      all.findIndex((each) => each.id === row.id),
    ),
  );
  return [...before.filter((each) => outboxFiles.parse(each.files).some((file) => paths.has(file.path))), row];
}

const pages = 10;
type Landed = { hash: string; rows: OutboxRow[] };
/**
 * Which of all that was tried stands in a commit already, because the answer to that try was lost: each row's
 * own trailer says so. Oldest first. All of it, and before anything is committed: a commit lists every file
 * in `index.md`, those of a commit nobody noted too.
 */
async function landed(self: Self, git: Git): Promise<Landed[]> {
  const tried = await self.db
    .select()
    .from(outboxTable)
    .where(and(isNull(outboxTable.hash), isNotNull(outboxTable.triedAt)))
    .orderBy(asc(inOrder));
  const wanted = new Map(tried.map((row) => [row.id, row]));
  const found: Landed[] = [];
  for (let page = 1; wanted.size > 0 && page <= pages; page++) {
    const commits = await git.commits(memoryRepository, "main", 50, undefined, page);
    for (const commit of commits) {
      const rows = readOutboxIds(commit.commit.message).flatMap((id) => wanted.get(id) ?? []);
      for (const { id } of rows) wanted.delete(id);
      if (rows.length > 0) found.unshift({ hash: commit.sha, rows });
    }
    if (commits.length < 50) break;
  }
  return found;
}

const entryOf = (row: OutboxRow): BatchEntry => ({
  kind: row.kind,
  title: row.title,
  agent: row.agent,
  task: row.task,
  turn: row.turnId,
  outbox: row.id,
  paths: outboxFiles.parse(row.files).map((file) => file.path),
});
/** One commit of the rows given. When none of them changes a file any more, the head holds them. */
async function commit(self: Self, git: Git, rows: readonly OutboxRow[]): Promise<Written> {
  const actor = await me(self.db);
  for (const row of rows) await self.db.update(outboxTable).set({ triedAt: Date.now() }).where(eq(outboxTable.id, row.id));
  const { changes, after } = await commitChanges(
    self,
    git,
    rows.flatMap((row) => outboxFiles.parse(row.files)),
  );
  if (changes.length === 0) {
    const head = await git.head(memoryRepository, "main");
    if (!head) throw new AppError("unavailable", { what: "memory" });
    return { hash: head, after };
  }
  const author = { name: actor.name, email: gitMail(actor.agent) };
  const made = await git.commitFiles(memoryRepository, batchMessage(rows.map(entryOf)), author, changes);
  return { hash: made.sha, after, commit: made };
}

/** Writes down that rows stand in a commit, and the commit into the log. */
async function note(self: Self, git: Git, rows: readonly OutboxRow[], written: Written, requestId: string): Promise<void> {
  const { hash, after } = written;
  const found = written.commit ?? (await git.commit(memoryRepository, hash));
  const diff = await git.diff(memoryRepository, hash);
  await record(self, requestId, async (writer) => {
    for (const row of rows) {
      await writer.db.update(outboxTable).set({ hash, error: null }).where(eq(outboxTable.id, row.id));
      if (row.key.startsWith("proposal:"))
        await writer.db
          .update(proposalTable)
          .set({ hash })
          .where(eq(proposalTable.id, row.key.slice(9) as Id<"prp">));
    }
    await noteFiles(writer, hash, after);
    const turns = [...new Set(rows.map((row) => row.turnId))];
    const turn = turns.length === 1 && turns[0] ? turns[0] : undefined;
    if (readOutboxIds(found.commit.message).length > 0)
      await appendCommit(writer, { repo: memoryRepository, branch: "main", commit: found, diff }, turn);
    const known = await findBranchHead(writer.db, memoryRepository, "main");
    await moveBranchHead(writer, memoryRepository, "main", hash);
    await queueSearch(writer);
    const others = (found.parents?.[0]?.sha ?? known) !== known; // a commit of somebody else's came between
    if (others || [...after.keys()].some((path) => path.startsWith("policies/"))) await queuePolicy(writer);
    if (others || touchesAgentTypes(after.keys())) await queueTypes(writer);
  });
}

/**
 * Carries a row to Gitea, with what waits beside it, and the hash into the log. One commit at a time: the
 * primary repository has one writer.
 */
async function deliver(self: Self, key: string, alone: boolean, requestId: string): Promise<void> {
  const git = new Git(self.vars.stack, requestId);
  for (let row = await findOutboxRow(self, key); row && row.hash === null; row = await findOutboxRow(self, key)) {
    const there = await landed(self, git);
    for (const { hash, rows } of there) {
      const paths = rows.flatMap((each) => outboxFiles.parse(each.files).map((file) => file.path));
      await note(self, git, rows, { hash, after: await textAt(git, hash, paths) }, requestId);
    }
    if (there.some(({ rows }) => rows.some(({ id }) => id === row?.id))) return;
    const next = nextMemoryBatch((await waiting(self, row, alone)).map((each) => ({ ...each, files: outboxFiles.parse(each.files) })));
    if (next.length > 0) await note(self, git, next, await commit(self, git, next), requestId);
  }
}

/** What a commit answers when there may be no repository to commit to. */
const gone = new Set(["not_found", "conflict", "upstream", "internal"]);
export const outboxWork = {
  async run(self: Self, work: WorkItem<"outbox">): Promise<void> {
    if ((await me(self.db)).tier !== "running") return; // the next wake queues it again
    try {
      await deliver(self, work.payload.key, work.attempts > 0, work.requestId);
    } catch (error) {
      if (error instanceof AppError && gone.has(error.code)) await requireMemory(new Git(self.vars.stack, work.requestId));
      throw error;
    }
  },
  /** The row stays: the next wake of the stack tries again. */
  async gaveUp(self: Self, work: WorkItem<"outbox">, error: AppError): Promise<void> {
    const { key } = work.payload;
    await record(self, work.requestId, async (writer) => {
      if (error.code === "memory_missing") return noteMissing(writer); // the row waits for the memory, as the stack does
      await writer.db.update(outboxTable).set({ error: error.message }).where(eq(outboxTable.key, key));
      const text = `A memory could not be written to Git yet (${error.message}). It is kept and tried again when the stack wakes.`;
      await writer.append("notice", { ref: `notice:outbox:${key}`, body: { level: "warning", code: "memory_waits", text } });
    });
  },
};

import { eq } from "drizzle-orm";
import { eventTable } from "../../schema/event.table.ts";
import { type ChangedFile, eventBodies } from "../../schema/event.ts";
import { readOutboxIds } from "../../schema/memory/memory.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";
import { keepChangedFiles } from "./changes.ts";
import { limitDiff } from "./diff.ts";
import type { GitCommit } from "./git.ts";

/** `unread`: its changes could not be read. */
export type NewCommit = { repo: string; repoId?: string; branch: string; commit: GitCommit; diff: string; unread?: boolean; at?: number };

const commitRef = (repo: string, hash: string) => `commit:${repo}:${hash}`;
/** Whether the log tells of a commit, on whichever branch. */
export async function isCommitTold(db: Db, repo: string, hash: string): Promise<boolean> {
  const rows = await db
    .select({ seq: eventTable.seq })
    .from(eventTable)
    .where(eq(eventTable.ref, commitRef(repo, hash)));
  return rows.length > 0;
}
/** The first line of a commit's message; null where the log does not tell of it. */
export async function readCommitTitle(db: Db, { repo, hash }: { repo: string; hash: string }): Promise<string | null> {
  const ofCommit = eq(eventTable.ref, commitRef(repo, hash));
  const [found] = await db.select({ body: eventTable.body }).from(eventTable).where(ofCommit).limit(1);
  return eventBodies.commit.safeParse(found?.body).data?.title ?? null;
}
/**
 * Adds a commit to the log, once per repository and hash. Answers where it stands there, and what it changed.
 */
export async function appendCommit(
  writer: Writer,
  newCommit: NewCommit,
  turnId: Id<"trn"> | undefined,
): Promise<{ seq: number; files: ChangedFile[] }> {
  const { commit, diff, branch, repo, repoId, at } = newCommit;
  // Only the platform writes memory: in a project anybody could write these words.
  const outboxIds = repo === memoryRepository ? readOutboxIds(commit.commit.message) : [];
  const parent = commit.parents?.[0]?.sha;
  const changed = limitDiff(diff);
  const seq = await writer.append("commit", {
    ref: commitRef(repo, commit.sha),
    ...(at === undefined ? {} : { at }),
    ...(turnId ? { turnId } : {}),
    body: {
      repo,
      ...(repoId ? { repoId } : {}),
      branch,
      hash: commit.sha,
      ...(parent ? { parent } : {}),
      title: commit.commit.message.split("\n")[0]?.slice(0, 200) ?? "",
      author: commit.commit.author.name,
      ...changed,
      truncated: changed.truncated || newCommit.unread === true,
      ...(turnId ? { turnId } : {}),
      ...(outboxIds[0] ? { outboxId: outboxIds[0] } : {}),
      ...(outboxIds.length > 1 ? { outboxIds } : {}),
    },
  });
  await keepChangedFiles(writer, seq, { repo, branch, hash: commit.sha, files: changed.files });
  return { seq, files: changed.files };
}

import { readOutboxIds } from "../../schema/memory/memory.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import type { Id } from "../../schema/wire/id.ts";
import type { Writer } from "../kernel/writer.ts";
import { keepChangedFiles } from "./changes.ts";
import { limitDiff } from "./diff.ts";
import type { GitCommit } from "./git.ts";

/** `unread`: its changes could not be read. */
export type NewCommit = { repo: string; repoId?: string; branch: string; commit: GitCommit; diff: string; unread?: boolean; at?: number };

/** Adds a commit to the log, once per repository and hash. */
export async function appendCommit(writer: Writer, newCommit: NewCommit, turnId: Id<"trn"> | undefined): Promise<void> {
  const { commit, diff, branch, repo, repoId, at } = newCommit;
  // Only the platform writes memory: in a project anybody could write these words.
  const outboxIds = repo === memoryRepository ? readOutboxIds(commit.commit.message) : [];
  const parent = commit.parents?.[0]?.sha;
  const changed = limitDiff(diff);
  const seq = await writer.append("commit", {
    ref: `commit:${repo}:${commit.sha}`,
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
}

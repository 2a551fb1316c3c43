import { memoryRepository } from "../../schema/stack/stack.ts";
import { appendCommit } from "../git/commit.ts";
import type { Git, GitCommit } from "../git/git.ts";
import { tellGoal } from "../goal-event.ts";
import type { Writer } from "../kernel/writer.ts";

/**
 * What a log that was lost is made of anew: the memory's newest commits, oldest first, each with what it
 * changed.
 */
export type Timeline = { commit: GitCommit; diff: string; at: number }[];

const most = 200;
const page = 50;
const parallelCommits = 8;
export async function readTimeline(git: Git, head: string): Promise<Timeline> {
  const commits: GitCommit[] = [];
  for (let number = 1; commits.length < most; number += 1) {
    const some = await git.commits(memoryRepository, head, page, undefined, number);
    commits.push(...some);
    if (some.length < page) break;
  }
  const found: Timeline = [];
  for (let from = 0; from < commits.length; from += parallelCommits) {
    const some = commits.slice(from, from + parallelCommits);
    found.push(
      ...(await Promise.all(
        some.map(async (commit) => ({ commit, diff: await git.diff(memoryRepository, commit.sha), at: timeOf(commit) })),
      )),
    );
  }
  return found.reverse();
}
const timeOf = ({ commit }: GitCommit): number => Date.parse(commit.author.date) || 0;

/** What stands in memory now, to be told at the time of the commit that last touched it. */
export type Kept = {
  path: string;
  /** The `Task` trailer of its commits, where it is a task. */
  task?: string;
  /** When no commit that is known here touched it. */
  fallback: number;
  tell: (at: number) => Promise<void>;
};

/** Writes the past into the log, in the order in which it happened; in the caller's transaction. */
export async function insertTimeline(writer: Writer, timeline: Timeline, kept: readonly Kept[]): Promise<void> {
  const last = (kept: Kept): number | undefined =>
    timeline.findLast(({ commit, diff }) =>
      kept.task ? commit.commit.message.includes(`\nTask: ${kept.task}`) : diff.includes(`b/${kept.path}\n`),
    )?.at;
  const entries = [
    ...timeline.map(({ commit, diff, at }) => ({
      at,
      tell: () => appendCommit(writer, { repo: memoryRepository, branch: "main", commit, diff, at }, undefined),
    })),
    ...kept.map((kept) => {
      const at = last(kept) ?? kept.fallback;
      return { at, tell: () => kept.tell(at) };
    }),
  ].sort((a, b) => a.at - b.at);
  for (const { tell } of entries) await tell();
}

/** A goal as it stands, at its time. */
export const goalKept = (writer: Writer, path: string, content: string, fallback: number): Kept => ({
  path,
  fallback,
  tell: (at) => tellGoal(writer, { path, content }, at),
});

import { and, desc, eq, isNotNull, lt } from "drizzle-orm";
import type { z } from "zod";
import { eventTable } from "../../schema/event.table.ts";
import { type ChangedFile, type EventBody, eventBodies } from "../../schema/event.ts";
import { type ProjectReleaseRow, releaseTable } from "../../schema/release/release.table.ts";
import {
  mostReleaseCommits,
  mostReleaseFiles,
  type releaseChangesIn,
  type releaseChangesOut,
} from "../../schema/release/release-changes.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Db } from "../kernel/tables.ts";
import { requireProject } from "./project-view.ts";
import { requireRelease } from "./release-row.ts";

/** The release of the project that served before this one was asked for. */
async function findServedBefore(db: Db, { project, id }: ProjectReleaseRow): Promise<ProjectReleaseRow | undefined> {
  const earlier = and(eq(releaseTable.project, project), lt(releaseTable.id, id), isNotNull(releaseTable.servedAt));
  return (await db.select().from(releaseTable).where(earlier).orderBy(desc(releaseTable.id)).limit(1))[0];
}
type ToldCommit = EventBody<"commit"> & { seq: number; at: number };
async function findToldCommit(db: Db, repo: string, hash: string): Promise<ToldCommit | undefined> {
  const [told] = await db
    .select()
    .from(eventTable)
    .where(eq(eventTable.ref, `commit:${repo}:${hash}`));
  return told && { ...eventBodies.commit.parse(told.body), seq: told.seq, at: told.at };
}
/**
 * The commits from one back to another, each against the one that main had before it, as the log tells them.
 * Its repository need not be awake.
 */
async function walkBack(
  db: Db,
  repo: string,
  from: string,
  end: string | undefined,
): Promise<{ commits: ToldCommit[]; complete: boolean }> {
  const commits: ToldCommit[] = [];
  for (let hash: string | undefined = from; hash !== end; ) {
    const commit: ToldCommit | undefined =
      hash === undefined || commits.length >= mostReleaseCommits ? undefined : await findToldCommit(db, repo, hash);
    if (!commit) return { commits, complete: end === undefined && commits.length < mostReleaseCommits };
    commits.push(commit);
    hash = commit.parent;
  }
  return { commits, complete: true };
}

/** Each file once, with what became of it over all commits, the oldest first. Pure. */
export function mergeChangedFiles(commits: readonly { files: readonly ChangedFile[] }[]): Omit<ChangedFile, "patch">[] {
  const files = new Map<string, Omit<ChangedFile, "patch">>();
  for (const { path, status, additions, deletions } of commits.flatMap(({ files }) => files)) {
    const before = files.get(path);
    files.delete(path);
    if (before?.status === "added" && status === "deleted") continue; // it came and went
    const whole = before?.status === "added" ? "added" : before?.status === "deleted" && status === "added" ? "modified" : status;
    files.set(path, {
      ...{ path, status: whole },
      ...{ additions: (before?.additions ?? 0) + additions, deletions: (before?.deletions ?? 0) + deletions },
    });
  }
  return [...files.values()];
}

/** Action `releaseChanges`. */
export async function listReleaseChanges(db: Db, input: z.infer<typeof releaseChangesIn>): Promise<z.infer<typeof releaseChangesOut>> {
  const { name, repo } = await requireProject(db, input.project);
  const release = await requireRelease(db, input.release);
  if (release.project !== name) throw new AppError("not_found", { what: "release" });
  const before = await findServedBefore(db, release);
  const { commits, complete } = await walkBack(db, repo, release.commit, before?.commit);
  const files = mergeChangedFiles(commits.toReversed());
  const lines = commits.map(({ hash, title, at, seq, files: changed }) => ({
    ...{ repo, hash, title, at, seq },
    additions: changed.reduce((sum, file) => sum + file.additions, 0),
    deletions: changed.reduce((sum, file) => sum + file.deletions, 0),
  }));
  return {
    ...(before ? { since: { release: before.id, commit: before.commit } } : {}),
    ...{ commits: lines, files: files.slice(0, mostReleaseFiles), totalFiles: files.length },
    complete: complete && !commits.some(({ truncated, files: changed }) => truncated === true && changed.length === 0),
  };
}

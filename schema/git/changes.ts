import { z } from "zod";
import { changedFile, eventBodies } from "../event.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";

/**
 * Action `changes`: the files that commits changed, each once as its newest
 * commit left it, newest first; of one channel, of one repository, or of all.
 */
export const branchChangesIn = z.strictObject({
  channel: id("chn").optional(),
  repo: z.string().min(1).max(200).optional(),
  /** Only what was changed before this event. */
  before: z.number().int().positive().optional(),
  limit: z.number().int().min(1).max(200).default(100),
});
export const changedFileView = changedFile
  .omit({ patch: true })
  .extend({ repo: z.string(), branch: z.string(), hash: z.string(), seq: z.number().int() });
export type ChangedFileView = z.infer<typeof changedFileView>;
export const commitLine = z.object({
  ...{ repo: z.string(), hash: z.string(), title: z.string(), at: z.number(), seq: z.number().int() },
  ...{ additions: z.number().int(), deletions: z.number().int() },
});
export type CommitLine = z.infer<typeof commitLine>;
export const mostCommits = 30;
/** `total`: of all files there are. `commits`: the newest. */
export const branchChangesOut = z.object({ total: z.number().int(), files: z.array(changedFileView), commits: z.array(commitLine) });
/** Action `commit`: one that the log tells of, with its files. */
export const commitIn = z.strictObject({ hash: commitHash });
export const commitOut = z.object({ commit: eventBodies.commit.extend({ seq: z.number().int(), at: z.number() }) });

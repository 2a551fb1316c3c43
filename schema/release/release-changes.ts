import { z } from "zod";
import { changedFile } from "../event.ts";
import { commitLine } from "../git/changes.ts";
import { projectRef } from "../project/project-ref.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";

/** Action `releaseChanges`: what a release has that the one which served before it had not. */
export const mostReleaseCommits = 100;
export const mostReleaseFiles = 300;
export const releaseChangesIn = z.strictObject({ project: projectRef, release: id("rel") });
export const releaseChangesOut = z.object({
  /** Absent: none served before it. */
  since: z.object({ release: id("rel"), commit: commitHash }).optional(),
  /** Newest first. */
  commits: z.array(commitLine),
  /** Each once, with what all of these commits changed of it. */
  files: z.array(changedFile.omit({ patch: true })),
  totalFiles: z.number().int(),
  /** Whether the log tells of every commit between the two, and all of it is here. */
  complete: z.boolean(),
});

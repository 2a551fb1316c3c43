import { z } from "zod";
import { commitFile } from "../git/repository.ts";
import { branchName } from "../proof/proof.ts";
import { projectName } from "../task/spec.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { projectRef } from "./project-ref.ts";

/**
 * What a member changes of a project by their own hand: one commit in their name on a branch of its own, a
 * task that no agent works on, proven in a clean room by the checks that `main` was proven by last; then
 * `main` moves on to it.
 */
export const editLimits = { files: 20, bytes: 4 * 1024 * 1024 } as const;
/** Branches of edits. */
export const editBranches = "edit/";
/** The owner that the task of an edit names: no kind of agent. */
export const editOwner = "member";

const titleLine = z
  .string()
  .trim()
  .min(1)
  .max(150)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, "must be one titleLine of text");
/** A file as it is to be; one that is not there is made. */
const editFile = commitFile.omit({ executable: true }).extend({ content: z.string() });
const paths = z.array(innerPath).min(1).max(editLimits.files);
/** POST /projects/:project/edits. `base`: the commit of `main` that was looked at when it was changed. */
export const editIn = z.strictObject({
  base: commitHash,
  files: z
    .array(editFile)
    .min(1)
    .max(editLimits.files)
    .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, "must name each file once")
    .refine((files) => files.reduce((sum, { content }) => sum + content.length, 0) <= editLimits.bytes * 1.4, "is too large"),
  title: titleLine.optional(),
});
export type EditIn = z.infer<typeof editIn>;
export const editOut = z.object({ taskId: id("tsk"), commit: commitHash, branch: z.string() });

/**
 * Action `editBegin`: a branch for it, where `main` stands by now; a conflict where one of its files has
 * changed there since. The same `key` has the same branch.
 */
export const editBeginIn = z.strictObject({
  project: projectRef,
  base: commitHash,
  paths,
  key: z.string().regex(/^[0-9a-f]{16}$/),
});
export const editBeginOut = z.object({ project: projectName, repo: z.string(), branch: z.string(), head: commitHash });
/** Action `editHandIn`: the commit is there; it is proven from now on. A branch is handed in once. */
export const editHandInIn = z.strictObject({
  project: projectName,
  branch: branchName.refine((branch) => branch.startsWith(editBranches), "must be the branch of an edit"),
  commit: commitHash,
  parent: commitHash,
  paths,
  title: titleLine,
});
export const editHandInOut = z.object({ taskId: id("tsk") });

/** What an edit is called where the member gave it no name: its first file, and how many more. */
export function titleOfEdit([first = "a file", ...others]: readonly string[]): string {
  const name = first.length > 100 ? `…${first.slice(-99)}` : first;
  return `Change ${name}${others.length > 0 ? ` and ${others.length} more` : ""}`;
}

import { z } from "zod";
import { changedFile } from "../event.ts";
import { goalIn, goalShape } from "../goal.ts";
import { proposalDecideIn, proposalDecideOut, proposalsIn, proposalsOut, proposalView } from "../proposal.ts";
import { searchIn, searchOut } from "../search/search.ts";
import { id } from "../wire/id.ts";
import { limits } from "../wire/limits.ts";
import { innerPath } from "../wire/path.ts";
import { queryNumber } from "../wire/query-number.ts";

/**
 * Actions of the growAgent on its memory. The app calls them
 * live, REST by the edge. Times are milliseconds since 1970.
 */
export const commitRef = z.string().regex(/^[0-9a-f]{40}$/, "must be a full commit hash");
export const memoryEntry = z.object({
  path: z.string(),
  title: z.string(),
  type: z.enum(["file", "directory"]),
  bytes: z.number().int(),
  /** When it last changed, if that is known. */
  at: z.number().nullable(),
});
export const memoryTreeIn = z.strictObject({ ref: commitRef.optional() });
export const memoryTreeOut = z.object({ head: z.string(), entries: z.array(memoryEntry), truncated: z.boolean() });
const rememberedFile = z.object({ path: z.string(), title: z.string(), /** When it last changed. */ at: z.number() });
/**
 * What is remembered about the member, each with its file: their profile, then facts and decisions, newest
 * first.
 */
export const rememberedOut = z.object({
  facts: z.array(rememberedFile.extend({ text: z.string() })),
  decisions: z.array(rememberedFile),
});
export const memoryFileIn = z.strictObject({ path: innerPath, ref: commitRef.optional() });
export const memoryFileOut = z.object({
  path: z.string(),
  ref: z.string(),
  text: z.string().nullable(),
  bytes: z.number().int(),
  /** The commit that last changed it, as seen from `ref`. */
  commit: z.string().nullable(),
});
export const memoryHistoryIn = z.strictObject({
  path: innerPath.optional(),
  cursor: z
    .string()
    .regex(/^[0-9]{1,6}$/)
    .optional(),
  limit: queryNumber(z.number().int().min(1).max(50)).default(30),
});
export const memoryCommit = z.object({
  hash: z.string(),
  parent: z.string().nullable(),
  title: z.string(),
  author: z.string(),
  at: z.number(),
  /** From the trailers: who made it, for which task, in which turn. */
  agents: z.array(z.string()),
  tasks: z.array(z.string()),
  turns: z.array(z.string()),
  outbox: z.array(z.string()),
  /** What it took along, when that is several changes. */
  changes: z.array(z.string()),
});
export type MemoryCommit = z.infer<typeof memoryCommit>;
export const memoryHistoryOut = z.object({ commits: z.array(memoryCommit), next: z.string().nullable() });
/** `path`: of the several changes of a commit only the one that touched this file. */
export const memoryDiffIn = z.strictObject({ commit: commitRef, path: innerPath.optional() });
export const memoryDiffOut = z.object({ commit: memoryCommit, message: z.string(), files: z.array(changedFile), truncated: z.boolean() });
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const memoryText = z
  .string()
  .max(limits.memoryTextBytes)
  .refine((text) => bytesOf(text) <= limits.memoryTextBytes, `must be at most ${limits.memoryTextBytes} bytes of UTF-8`);
/**
 * The member's own edit. `base`: the commit of the file that was seen, null
 * for a new file; another one now is a conflict. `text` null removes it.
 */
export const memoryWriteIn = z.strictObject({
  path: innerPath,
  text: memoryText.nullable(),
  base: commitRef.nullable(),
  note: z.string().trim().min(1).max(100).optional(),
});
/** `hash` null: it is safe in the outbox and will be committed when Git answers. */
export const writtenOut = z.object({ outboxId: id("out"), hash: z.string().nullable() });
/** Undoes what one commit changed, by another commit. `paths`: only these. */
export const revertIn = z.strictObject({ commit: commitRef, paths: z.array(innerPath).min(1).max(80).optional() });

export const goalView = goalShape.extend({
  path: z.string(),
  /** As told, or by its steps. */
  done: z.number().nullable(),
  hash: z.string().nullable(),
});
export type GoalView = z.infer<typeof goalView>;
export const goalsOut = z.object({ goals: z.array(goalView), proposed: z.array(proposalView) });
export const goalOut = z.object({ goal: goalView, hash: z.string().nullable() });

export const memoryActionShapes = {
  memoryTree: { in: z.strictObject({ ref: commitRef.optional() }), out: memoryTreeOut },
  remembered: { in: z.strictObject({}), out: rememberedOut },
  memoryFile: { in: memoryFileIn, out: memoryFileOut },
  memoryHistory: { in: memoryHistoryIn, out: memoryHistoryOut },
  memoryDiff: { in: memoryDiffIn, out: memoryDiffOut },
  memoryWrite: { in: memoryWriteIn, out: writtenOut },
  memoryRevert: { in: revertIn, out: writtenOut },
  proposals: { in: proposalsIn, out: proposalsOut },
  proposalDecide: { in: proposalDecideIn, out: proposalDecideOut },
  search: { in: searchIn, out: searchOut },
  goals: { in: z.strictObject({}), out: goalsOut },
  goalPut: { in: goalIn, out: goalOut },
} as const satisfies Record<string, { in: z.ZodType; out: z.ZodType }>;

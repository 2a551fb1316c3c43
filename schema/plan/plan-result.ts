import { z } from "zod";
import { changedFile } from "../event.ts";
import { previewView } from "../preview/preview.ts";
import { deployable, projectView } from "../project/project.ts";
import { provenShape } from "../proof/coverage.ts";
import { strengthShape } from "../proof/strength.ts";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";

/** Of the files that a plan changed, the result names so many; the rest is counted. */
export const mostResultFiles = 30;
const resultReceipt = z.object({
  id: id("rct"),
  taskId: id("tsk"),
  title: z.string(),
  checks: z.number().int(),
  /** There are newer commits than the one that it speaks of. */
  stale: z.boolean(),
  strength: strengthShape.pick({ caught: true, tried: true }).nullable(),
  /** How much of what was asked for in words the checks have shown; null where nothing was. */
  proven: provenShape.nullable(),
});
/** Action `planResult`: what a plan has brought so far, in the order in which a person looks for it. */
export const planResult = z.object({
  /** How much of what was asked for in words the current receipts of its tasks show together. */
  proven: provenShape.nullable(),
  /** The page to look at; null where there is none, or where it was closed. */
  preview: previewView.nullable(),
  /** Once its work is on `main`: its project with what serves of it, and whether `main` may go online. */
  project: z.object({ view: projectView, main: deployable }).nullable(),
  /** Where the newest work lies: `main` once it is merged. Null before anything was pushed. */
  place: z.object({ repo: z.string(), branch: z.string(), commit: commitHash.nullable() }).nullable(),
  /** What its agents changed: pages, then the rest, then reports and tests; of each the newest first. */
  files: z.object({ total: z.number().int(), list: z.array(changedFile.omit({ patch: true })) }),
  /** The newest receipt of each task. */
  receipts: z.array(resultReceipt),
});
export type PlanResult = z.infer<typeof planResult>;
export const planResultOut = z.object({ result: planResult });

type Measured = { strength: { caught: number; tried: number } | null };
/** What the checks of all tasks together would have noticed; undefined where nothing was measured. Pure. */
export function sumStrength(receipts: readonly Measured[]): { caught: number; tried: number } | undefined {
  const measured = receipts.flatMap(({ strength }) => strength ?? []);
  if (measured.length === 0) return undefined;
  return measured.reduce((sum, strength) => ({ caught: sum.caught + strength.caught, tried: sum.tried + strength.tried }));
}

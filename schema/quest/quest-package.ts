import { z } from "zod";
import { commitHash } from "../task/task-command.ts";
import { id } from "../wire/id.ts";
import { innerPath } from "../wire/path.ts";
import { gitAddress, packageLimits } from "./quest.ts";

/**
 * POST /stacks/:member/packages: a quest's package from a Git address outside,
 * read in a throw-away container. Nothing of it is run or checked out.
 */
export const packageIn = z.strictObject({ id: id("wrk"), url: gitAddress, commit: commitHash, folder: innerPath.optional() });
export type PackageIn = z.infer<typeof packageIn>;
/** What there is, and the texts of `quest.yaml` and the prompts where the listing is fit. */
export const packageOut = z.object({
  files: z.array(z.object({ path: z.string(), mode: z.string(), bytes: z.number() })).max(packageLimits.listed),
  texts: z.record(z.string(), z.string()),
});
export type PackageOut = z.infer<typeof packageOut>;

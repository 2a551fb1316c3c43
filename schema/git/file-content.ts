import { z } from "zod";

/** A file as Gitea gives it at a commit. */
export const fileContent = z.looseObject({
  path: z.string(),
  type: z.string(),
  sha: z.string(),
  size: z.number(),
  encoding: z.string().nullish(),
  content: z.string().nullish(),
});
export type FileContent = z.infer<typeof fileContent>;

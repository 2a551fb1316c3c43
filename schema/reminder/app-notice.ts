import { z } from "zod";
import { projectName } from "../task/spec.ts";
import { id } from "../wire/id.ts";

/**
 * What a member is told outside the app of what serves of a project. Its reason may hold a secret, so it is
 * read in the app only.
 */
export const appNotices = {
  taken_back: "The newest release was taken back",
  app_unwell: "The app is not well",
  unreachable: "The machine of the app does not answer",
  repair_failed: "Repairs did not help; it waits for you",
} as const;
export type AppNotice = keyof typeof appNotices;
/**
 * POST /stacks/:member/notices, by the runner. The same release and number again tries only what was not
 * delivered yet.
 */
export const appNoticeIn = z.strictObject({
  release: id("rel"),
  /** Tells the notices of one release apart. */
  number: z.number().int().nonnegative(),
  at: z.number().int(),
  kind: z.enum(Object.keys(appNotices) as [AppNotice, ...AppNotice[]]),
  project: projectName,
});
export type AppNoticeIn = z.infer<typeof appNoticeIn>;
export const projectPath = (project: string): string => `/project/${project}`;

import { z } from "zod";

/**
 * A path inside a workspace or repository: relative, with `/`, without `.`,
 * `..`, empty or `.git` segments, control or invisible characters, and not
 * to be taken for an option or a home. A folder has no slash at its end.
 */
export const innerPath = z
  .string()
  .min(1)
  .max(400)
  .regex(
    /^(?![/~-])(?!.*(?:^|\/)(?:\.{0,2}|\.[gG][iI][tT])(?:\/|$))[^\p{C}\p{Zl}\p{Zp}\\]+$/u,
    "must be a path inside the workspace, relative and without ..",
  );

/**
 * A path or name that somebody else chose, for people to read: what is invisible in it, turns it around or
 * breaks the line stands as U+FFFD, and a space at its end as ␣. It may be a name that is no inner path.
 */
export const shownPath = (path: string): string => path.replace(/[^\P{C}\u200d]|[\p{Zl}\p{Zp}]/gu, "\ufffd").replace(/^\s|\s$/g, "␣");

/** True when `path` is `folder` or lies in it. Both are inner paths. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

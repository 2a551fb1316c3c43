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

/** True when `path` is `folder` or lies in it. Both are inner paths. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

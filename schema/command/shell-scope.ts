import { trimTail } from "../wire/foreign-text.ts";
import { innerPath } from "../wire/path.ts";
import type { ShellWord } from "./shell-word.ts";

/** Whether a path stays where an agent may write without a question. */
export const outsideWorkspace = "it changes something outside the workspace, or where can't be told";

/**
 * A path below the workspace, the agent's own directory or its
 * scratch folder. A glob that begins there stays there.
 */
export function isInWorkspace({ text, literal, prefix }: ShellWord, home: string | undefined): boolean {
  if (text === "" || text.length > 4_000) return false;
  const scratch = literal ? undefined : /^"?\$(?:TMPDIR|\{TMPDIR\})"?\/([^"'\\$`~*?[]+)"?$/.exec(text)?.[1]; // nobody may set it without a question
  if (scratch !== undefined) return inner(scratch);
  if (!literal && (/["'\\$`~]/.test(text) || (prefix === "" && !/^[*?[]/.test(text)))) return false;
  if (!literal && text.split("/").some((part) => part.startsWith(".") && part !== "." && /[*?[]/.test(part))) return false; // `.g*t`
  const path = literal ? text : text.replace(/[*?[\]]/g, "x");
  for (const root of [home, home && `${parentFolder(home)}.tmp`, "/tmp"])
    if (root && path.startsWith(`${root}/`)) return inner(path.slice(root.length + 1));
  return path === home || path === "." || inner(path.replace(/^(\.\/)+/, ""));
}
const inner = (path: string) => path === "" || (!isGitControlFile(path) && innerPath.safeParse(trimTail(path, "/")).success);

/** A path's folder with the slash at its end; empty for a name alone. */
export function parentFolder(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/**
 * Whether a file at this path tells Git what to run: its own
 * folder, and what names filters, drivers and other repositories.
 */
export function isGitControlFile(path: string): boolean {
  return path.split("/").some((part) => /^\.git(attributes|modules|config)?$/i.test(part));
}

/** The word as a pattern of paths: what is literal in it stays literal. */
export function literalPathPattern({ text, literal }: ShellWord): string {
  return literal ? text.replace(/[\\*?[]/g, "\\$&") : text;
}

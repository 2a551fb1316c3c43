import { readJsonTable, readTomlTable, readYamlTable, stringsOf, tableAt } from "./data-files.ts";
import { baseOf, folderOf, resolveInside, type SetupTexts } from "./setup-paths.ts";

/**
 * Members of workspaces, by the patterns of folders that npm, pnpm, yarn, uv, Cargo and Go read. A part of a
 * pattern that is no plainFolder name stands for any: that some folder more is looked into does no harm.
 */
type Pattern = readonly string[];
const anyDepth = "**";
const anyName = "*";
const mostFolderDepth = 5;
/** A folder with an odd name is left out: its name comes into commands. */
const plainFolder = /^[\w@+][\w@.+-]*$/;

function makePattern(folder: string, written: string): Pattern | undefined {
  if (written.startsWith("!") || written.startsWith("/") || written.length > 200) return undefined;
  const path = resolveInside(folder, written.replaceAll("\\", "/"));
  if (path === undefined || path === "") return undefined;
  const parts = path.split("/").map((part) => (part === anyDepth || plainFolder.test(part) ? part : anyName));
  return parts.length <= mostFolderDepth ? parts : undefined;
}
const goUses = (text: string) =>
  text
    .split("\n")
    .map((line) => line.slice(0, 300).split("//", 1)[0]!.trim())
    .map((line) => /^(?:use\s+)?"?(\.{1,2}\/[^\s")]*|\.)"?$/.exec(line)?.[1])
    .filter((path) => path !== undefined);
const readers: Readonly<Record<string, (text: string) => string[]>> = {
  "package.json": (text) => {
    const { workspaces } = readJsonTable(text) ?? {};
    return stringsOf(Array.isArray(workspaces) ? workspaces : tableAt({ workspaces }, "workspaces").packages);
  },
  "pnpm-workspace.yaml": (text) => stringsOf(readYamlTable(text)?.packages),
  "Cargo.toml": (text) => (text.includes("[workspace") ? stringsOf(tableAt(readTomlTable(text), "workspace").members) : []),
  "pyproject.toml": (text) =>
    text.includes("workspace") ? stringsOf(tableAt(readTomlTable(text), "tool", "uv", "workspace").members) : [],
  "go.work": goUses,
};
function readPatterns(texts: SetupTexts, { names, root }: Wanted): Pattern[] {
  return Object.entries(texts).flatMap(([path, text]) => {
    const isWanted = (root === undefined || root === folderOf(path)) && (names?.includes(baseOf(path)) ?? true);
    const read = isWanted ? readers[baseOf(path)] : undefined;
    return (read?.(text) ?? []).map((written) => makePattern(folderOf(path), written)).filter((pattern) => pattern !== undefined);
  });
}

/** Whether the parts of a folder match the pattern whole, or as far as they go. */
function matches(pattern: Pattern, parts: readonly string[], whole: boolean): boolean {
  const at = pattern.indexOf(anyDepth);
  const fits = (part: string | undefined, name: string) => part === anyName || part === name;
  if (at >= 0) return parts.slice(0, at).every((name, index) => fits(pattern[index], name)) && (!whole || parts.length >= at);
  if (whole ? parts.length !== pattern.length : parts.length > pattern.length) return false;
  return parts.every((name, index) => fits(pattern[index], name));
}
/** Folders of the members of a workspace; `leadsTo`: those that lead to them as well. */
export type WorkspaceFolders = { holds: (folder: string) => boolean; leadsTo: (folder: string) => boolean; any: boolean };
/** Files that say which folders are members: of these names, in this folder; without them, any. */
type Wanted = { names?: readonly string[]; root?: string };
/** All members of workspaces by these files, or by some of them. */
export function readWorkspace(texts: SetupTexts, wanted: Wanted = {}): WorkspaceFolders {
  const patterns = readPatterns(texts, wanted);
  const match = (folder: string, whole: boolean) => {
    const parts = folder.split("/");
    if (parts.length > mostFolderDepth || parts.includes("node_modules") || !parts.every((part) => plainFolder.test(part))) return false;
    return patterns.some((pattern) => matches(pattern, parts, whole));
  };
  return { any: patterns.length > 0, holds: (folder) => match(folder, true), leadsTo: (folder) => match(folder, false) };
}

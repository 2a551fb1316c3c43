import { environmentPath } from "./environment.ts";

/** An entry of one folder of a commit, as Gitea lists it. */
export type ListedEntry = { path: string; type: string; sha: string; size: number };
export type ListedFile = Pick<ListedEntry, "sha" | "size">;

const environmentFolder = environmentPath.slice(0, environmentPath.indexOf("/"));
/** So many folders are listed, and so deep below the root. */
const [mostFolders, mostDepth] = [24, 2];
/** So many more where a workspace names them. */
const mostMembers = 200;
/** Folders whose files are samples, somebody else's, or work that is no project of its own. */
const besideFolder =
  /^(?:node_modules|vendor|third_party|tests?|__tests__|fixtures|examples?|samples?|docs?|templates?|src|assets|dist|build)$/i;
/** Folders that hold projects side by side. */
const groupFolder = /^(?:packages|apps|services|projects|modules|libs|plugins|crates)$/i;
/** Folders in which the pages of a static site may lie. */
export const siteFolders = ["public", "src", "dist"];
const plainName = /^[A-Za-z0-9_@+][A-Za-z0-9_@+.-]*$/;

/** Whether a project of its own may lie in this folder. One with an odd name is left out. */
export function isProjectFolder(path: string): boolean {
  const parts = path.split("/");
  if (parts.length > mostDepth || !parts.every((part) => plainName.test(part) && !besideFolder.test(part))) return false;
  return parts.length === 1 || groupFolder.test(parts[0] ?? "");
}

/**
 * The files of a commit's root and of the folders near it in which projects or pages lie, by path; undefined
 * where the commit is not there. Folder by folder: a few that hold each other are files without end for
 * whoever asks for all at once. `list` answers the entries of one folder by the hash of its tree, or of the
 * commit; `isMember` says of further folders that a workspace names them, or that they lead to such.
 */
export async function listNearRoot(
  commit: string,
  list: (tree: string) => Promise<readonly ListedEntry[] | undefined>,
  isMember: (folder: string) => boolean = () => false,
): Promise<Map<string, ListedFile> | undefined> {
  const files = new Map<string, ListedFile>();
  let level = [{ at: "", tree: commit }];
  const isNear = (path: string) => path === environmentFolder || isProjectFolder(path) || siteFolders.includes(path);
  let [left, members] = [mostFolders, mostMembers];
  while (level.length > 0) {
    const lists = await Promise.all(level.map(({ tree }) => list(tree)));
    if (level[0]?.at === "" && lists[0] === undefined) return undefined;
    const entries = lists.flatMap((each, index) => (each ?? []).map((entry) => ({ ...entry, path: `${level[index]!.at}${entry.path}` })));
    for (const { path, type, sha, size } of entries) if (type === "blob") files.set(path, { sha, size });
    const folders = entries.filter(({ type }) => type === "tree");
    const named = folders.filter(({ path }) => isMember(path)).slice(0, members);
    const near = folders.filter(({ path }) => isNear(path) && !isMember(path)).slice(0, left);
    [left, members] = [left - near.length, members - named.length];
    level = [...near, ...named].map(({ path, sha }) => ({ at: `${path}/`, tree: sha }));
  }
  return files;
}

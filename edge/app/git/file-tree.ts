import { shownPath } from "../../../schema/wire/path.ts";

export type Leaf = { name: string; path: string; children: Leaf[] | undefined };
type FileTreeEntry = { path: string; type: "file" | "directory" };

/** Flat paths as a tree: folders first, then by name. Folders that are only part of a path are made. */
export function nestFiles(entries: readonly FileTreeEntry[]): Leaf[] {
  const top: Leaf[] = [];
  const folders = new Map<string, Leaf[]>([["", top]]);
  const folder = (path: string): Leaf[] => {
    const known = folders.get(path);
    if (known) return known;
    const children: Leaf[] = [];
    folders.set(path, children);
    const cut = path.lastIndexOf("/");
    folder(path.slice(0, Math.max(0, cut))).push({ name: shownPath(path.slice(cut + 1)), path, children });
    return children;
  };
  for (const { path, type } of entries) {
    if (type === "directory") folder(path);
    else
      folder(path.slice(0, Math.max(0, path.lastIndexOf("/")))).push({
        name: shownPath(path.slice(path.lastIndexOf("/") + 1)),
        path,
        children: undefined,
      });
  }
  const sort = (leaves: Leaf[]): Leaf[] => {
    leaves.sort((a, b) => Number(!a.children) - Number(!b.children) || a.name.localeCompare(b.name));
    for (const leaf of leaves) if (leaf.children) sort(leaf.children);
    return leaves;
  };
  return sort(top);
}

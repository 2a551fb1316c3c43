/**
 * What the hash of an output that is a folder is made of: a line `mode hash path` for each plain file of the
 * commit in it, with Git's modes and hashes, sorted.
 */
export function listOutputFolder(files: readonly { mode: string; hash: string; path: string }[]): string {
  return files
    .map(({ mode, hash, path }) => `${mode} ${hash} ${path}\n`)
    .sort()
    .join("");
}

import { compareLocks, describeLockChanges, isSuspicious } from "../../schema/environment/lock-changes.ts";
import { baseOf, folderOf, setupFiles } from "../../schema/environment/setup-paths.ts";
import type { BranchChange } from "../../schema/proof/check-file.ts";
import type { JudgedRun } from "../../schema/proof/outputs.ts";
import type { CleanRoom } from "./room/run-room.ts";
import { readTextAt } from "./run-clone.ts";

const unread = "Its packages can't be compared with those of before.";
const mostLockBytes = 4 * 1024 * 1024;
/**
 * A changed list of packages in words, a line each; `suspicious`: that for which it takes the member's word
 * in any case.
 */
export type LockChange = { lines: string[]; suspicious?: string };
/** Files of before by which packages of a folder are installed in another way. */
const families = [
  ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock"],
  ["requirements.txt", "uv.lock"],
];
const manifests = new Set<string>([...setupFiles, "setup.cfg", "setup.py"]);
/** Of the changed files those that name packages, by path. `from`: the commit with the files of before. */
export async function readLockChanges(
  room: CleanRoom,
  { commit, installs = [] }: JudgedRun,
  from: string,
  changes: readonly BranchChange[],
): Promise<Map<string, LockChange>> {
  const found = new Map<string, LockChange>();
  for (const { path, status } of changes) {
    const isList = installs.includes(path) && !manifests.has(baseOf(path)) && !isCopied.test(path); // it may have any name
    const name = isList ? "requirements.txt" : path;
    if (compareLocks(name, undefined, undefined) === undefined) continue;
    const [before, after] = await Promise.all([from, commit].map((each) => readTextAt(room, each, path, mostLockBytes)));
    const compared = before === null || after === null ? undefined : compareLocks(name, before, after);
    const replaced = status === "added" ? await findReplaced(room, from, path) : undefined;
    const isInstalled = installs.includes(path);
    if (replaced !== undefined) found.set(path, plainly(`It takes the place of ${replaced}, with which its packages are not compared.`));
    else if (compared && status === "deleted" && compared.removed.length > 0)
      found.set(path, plainly("Nothing says any more which versions of its packages come."));
    else if (compared) {
      const bent = { ...compared, added: [], removed: [], updated: [] };
      const suspicious = isSuspicious(bent) ? { suspicious: describeLockChanges(bent).join(" ") } : {};
      found.set(path, { lines: describeLockChanges(compared), ...suspicious });
    } else if (isInstalled && status !== "deleted") found.set(path, plainly(unread));
  }
  return found;
}
const isCopied = /\.(?:whl|tgz|gz|tar|patch|diff)$/;
const plainly = (text: string): LockChange => ({ lines: [text], suspicious: text });
async function findReplaced(room: CleanRoom, from: string, path: string): Promise<string | undefined> {
  const family = families.find((names) => names.includes(baseOf(path))) ?? [];
  for (const name of family) {
    const other = folderOf(path) === "" ? name : `${folderOf(path)}/${name}`;
    if (other !== path && (await readTextAt(room, from, other, mostLockBytes)) !== undefined) return other;
  }
  return undefined;
}

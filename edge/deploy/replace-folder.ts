import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { undoAtExit } from "./at-exit.ts";

const tries = 8;
let builds = 0;
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
/** What builds that were killed have left beside the folder. */
function removeLeftovers(folder: string): void {
  const parent = path.dirname(folder);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const [, pid] = name.startsWith(`${path.basename(folder)}.`) ? (/\.([0-9]+)\.[0-9]+\.(?:new|old)$/.exec(name) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Builds a folder beside the one that it is for, and puts it there whole: the one before is moved aside first
 * and removed last. Of two that build at once the later one stands; what fails leaves the folder as it was.
 */
export async function replaceFolder(folder: string, build: (fresh: string) => Promise<void>): Promise<void> {
  removeLeftovers(folder);
  const beside = `${folder}.${process.pid}.${builds++}`;
  const [fresh, old] = [`${beside}.new`, `${beside}.old`];
  const remove = () => {
    for (const each of [fresh, old]) rmSync(each, { recursive: true, force: true });
  };
  const removed = undoAtExit(remove);
  try {
    await build(fresh);
    for (let left = tries; ; left--) {
      if (existsSync(folder)) renameSync(folder, old);
      try {
        renameSync(fresh, folder);
        return;
      } catch (error) {
        const isTaken = ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? ""); // by another build
        if (!isTaken && existsSync(old)) renameSync(old, folder);
        if (!isTaken || left === 0) throw error;
        rmSync(old, { recursive: true, force: true });
      }
    }
  } finally {
    removed();
    remove();
  }
}

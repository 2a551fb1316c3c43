import { readFile } from "node:fs/promises";
import { ifAlive } from "./box-process.ts";

const mostKnown = 1_000;
/**
 * When a process began, in the kernel's ticks; undefined where it has ended. Its name may hold spaces and
 * brackets.
 */
async function readBegin(pid: number): Promise<string | undefined> {
  const text = await ifAlive(readFile(`/proc/${pid}/stat`, "utf8"));
  const words = text?.slice(text.lastIndexOf(")") + 2).split(" ") ?? [];
  return words[0] === "Z" || words[0] === "X" ? undefined : words[19];
}

/**
 * Processes that Docker has named. Asking it again costs a call for each request; the kernel says the same
 * for nothing: as long as a process of this id that began then is there, it is that one.
 */
export class KnownProcesses<T extends { pid: number }> {
  private readonly known = new Map<string, { found: T; begun: string }>();

  async find(key: string, ask: () => Promise<T | undefined>): Promise<T | undefined> {
    const before = this.known.get(key);
    if (before && (await readBegin(before.found.pid)) === before.begun) return before.found;
    this.known.delete(key);
    const found = await ask();
    const begun = found && (await readBegin(found.pid));
    if (this.known.size >= mostKnown) this.known.clear();
    if (found && begun !== undefined) this.known.set(key, { found, begun });
    return found;
  }
}

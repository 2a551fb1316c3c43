import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

/** What the kernel says of a process; nothing when it ended meanwhile or is not ours to read. */
export function readProcess(pid: number, entry: "cmdline" | "wchan" | "stack" | "status" | "stat" | "net/tcp"): string {
  try {
    return readFileSync(`/proc/${pid}/${entry}`, "utf8");
  } catch {
    return "";
  }
}
function readLink(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
const parentOf = (pid: number) => Number(/\) \S (\d+) /.exec(readProcess(pid, "stat"))?.[1] ?? 0);

/** A process and every descendant of it, parents first. */
export function listTree(root: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = Map.groupBy(all.map(Number), parentOf);
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}
export const isChildOf = (parent: number, pid: number): boolean => parentOf(pid) === parent;
export const isNode = (pid: number): boolean => path.basename(readLink(`/proc/${pid}/exe`)) === "node";

/** The TCP ports on which a process listens. */
export function portsOf(pid: number): number[] {
  let descriptors: string[] = [];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return []; // it ended
  }
  const open = new Set(descriptors.map((name) => /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${name}`))?.[1]));
  const rows = readProcess(pid, "net/tcp").split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === "0A" && open.has(inode) ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
  });
}

/** Ends processes at once, and what they have started meanwhile. */
export function killTree(pids: readonly number[]): void {
  for (const pid of new Set([...pids, ...pids.flatMap(listTree)]))
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it has ended
    }
}

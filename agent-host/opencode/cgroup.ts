import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { StackLimits } from "../../schema/stack/stack.ts";
import { AppError } from "../../schema/wire/error.ts";
import { ifAlive } from "./box-process.ts";

/**
 * A control group per agent below its container's own: what one agent's commands take of processes and memory
 * is taken from its own share, and between agents the processor is divided evenly. Docker knows groups per
 * container only, so the daemon, which is root, makes them.
 */
const cgroupRoot = "/sys/fs/cgroup";
/** Kept for the platform's own commands in the box, so that a stop works whatever an agent does. */
const platformReserve = { pids: 64, memoryMb: 64 } as const;
/** What a server needs to work. As much is kept for each other agent that may run at once. */
const serverNeeds = { pids: 64, memoryMb: 430 } as const;

export type AgentShare = { pids: number; memoryMb: number };
/** What one agent may use at most: all but the reserve and what the others need; at least an equal part. */
export function shareOfAgent(limits: Pick<StackLimits, "agents" | "pids">, containerMemoryMb: number): AgentShare {
  const others = limits.agents - 1;
  const most = (all: number, kept: number, each: number) => Math.max(Math.floor((all - kept) / limits.agents), all - kept - others * each);
  return {
    pids: most(limits.pids, platformReserve.pids, serverNeeds.pids),
    memoryMb: most(containerMemoryMb, platformReserve.memoryMb, serverNeeds.memoryMb),
  };
}

export type CgroupTree = { version: 1; folders: Record<"pids" | "memory" | "cpu" | "freezer", string> } | { version: 2; folder: string };
/** Where a process's groups are, of the text of its /proc/<pid>/cgroup. */
export function readCgroupTree(text: string): CgroupTree {
  const lines = text.split("\n").map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []);
  const folder = (controller: string) => {
    const [, names, groupPath] = lines.find(([, found = "-"]) => found.split(",").includes(controller)) ?? [];
    return names === undefined || groupPath === undefined ? undefined : path.join(cgroupRoot, names, groupPath);
  };
  const [pids, memory, cpu, freezer] = [folder("pids"), folder("memory"), folder("cpu"), folder("freezer")];
  if (pids && memory && cpu && freezer) return { version: 1, folders: { pids, memory, cpu, freezer } };
  const unified = folder("");
  if (unified === undefined) throw new AppError("internal", { what: "no control groups", text: text.slice(0, 300) });
  return { version: 2, folder: unified };
}

/** A running container: Docker's id of it, and the machine's own id of its first process. */
export type RunningContainer = { id: string; pid: number };
/**
 * Where a container's groups are. Throws `unavailable` where its first process is ending: the kernel has such
 * a process in the root group already, and below the root are the processes of every box on this machine.
 */
export async function readContainerTree({ id, pid }: RunningContainer): Promise<CgroupTree> {
  const text = await ifAlive(readFile(`/proc/${pid}/cgroup`, "utf8"));
  if (text === undefined) throw new AppError("unavailable", { what: "stack is not running" });
  const tree = readCgroupTree(text);
  const folders = tree.version === 1 ? Object.values(tree.folders) : [tree.folder];
  if (!folders.every((folder) => folder.includes(id))) throw new AppError("unavailable", { what: "stack is not running" });
  return tree;
}

/** The group's name is what `serve` waits for before it starts anything. */
export const groupName = (seat: number) => `agent-${seat}`;

/** Puts a process that has just begun into its agent's group. Nothing of it may have forked yet. */
export async function confineProcess(container: RunningContainer, pid: number, seat: number, limits: AgentShare): Promise<void> {
  const tree = await readContainerTree(container);
  const bytes = String(limits.memoryMb * 1024 * 1024);
  if (tree.version === 2) return confineUnified(tree.folder, pid, seat, limits.pids, bytes);
  const { pids, memory, cpu, freezer } = tree.folders;
  await joinGroup(path.join(pids, groupName(seat)), [["pids.max", String(limits.pids)]], pid);
  // Together with swap, where the kernel counts it, which may never be below the other. A group that is left
  // has the limits of an earlier plan.
  const together = "memory.memsw.limit_in_bytes";
  const memoryLimits = [[together, "-1"], ["memory.limit_in_bytes", bytes], [together, bytes]] as const; // biome-ignore format: one line
  await joinGroup(path.join(memory, groupName(seat)), memoryLimits, pid);
  await joinGroup(path.join(freezer, groupName(seat)), [], pid);
  await joinGroup(path.join(cpu, groupName(seat)), [], pid);
}

/**
 * In the unified hierarchy a group with members can't have bounded children: the container's own processes
 * move into a leaf first.
 */
async function confineUnified(container: string, pid: number, seat: number, pids: number, bytes: string): Promise<void> {
  const folder = path.basename(container) === "platform" ? path.dirname(container) : container;
  const leaf = path.join(folder, "platform");
  await mkdir(leaf, { recursive: true });
  const members = (await readFile(path.join(folder, "cgroup.procs"), "utf8")).split("\n").filter(Boolean);
  for (const member of members) await writeFile(path.join(leaf, "cgroup.procs"), member);
  await writeFile(path.join(folder, "cgroup.subtree_control"), "+pids +memory +cpu");
  const limits = [["pids.max", String(pids)], ["memory.max", bytes], ["memory.swap.max", "0"]] as const; // biome-ignore format: one line
  await joinGroup(path.join(folder, groupName(seat)), limits, pid);
}

async function joinGroup(folder: string, limits: readonly (readonly [file: string, value: string])[], pid: number): Promise<void> {
  // The kernel takes 0 for whoever writes it: the daemon would confine itself.
  if (!(pid > 0)) throw new AppError("internal", { what: "a process to confine", pid });
  await mkdir(folder, { recursive: true });
  for (const [name, value] of limits) if (existsSync(path.join(folder, name))) await writeFile(path.join(folder, name), value);
  await writeFile(path.join(folder, "cgroup.procs"), String(pid));
}

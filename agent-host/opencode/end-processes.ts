import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../schema/wire/error.ts";
import { ifAlive } from "./box-process.ts";
import { type CgroupTree, groupName, type RunningContainer, readContainerTree } from "./cgroup.ts";

/**
 * Ends what an agent runs, from outside the box. The group is frozen first: nothing in it forks, kills or
 * stops anything while its processes are listed and killed, and none of them runs another instruction after
 * it was thawed.
 */
export type ConfinedAgent = { container: RunningContainer; seat: number; uid: number };

/** A folder that can be frozen whole, and the folder with every process of the container. */
type Freezer = { version: 1 | 2; folder: string };
type AgentGroup = { container: Freezer; group: Freezer; processes: string };

async function findGroup(tree: CgroupTree, seat: number): Promise<AgentGroup> {
  if (tree.version === 1) {
    const container = { version: 1 as const, folder: tree.folders.freezer };
    const group = { ...container, folder: path.join(container.folder, groupName(seat)) };
    await mkdir(group.folder, { recursive: true });
    return { container, group, processes: container.folder };
  }
  // Once the container has bounded children, its own processes are in a leaf.
  const folder = path.basename(tree.folder) === "platform" ? path.dirname(tree.folder) : tree.folder;
  return { container: { version: 2, folder }, group: { version: 2, folder: path.join(folder, groupName(seat)) }, processes: folder };
}

/**
 * Freezes or thaws. A process freezes when it is next given the processor or returns from a system call: of
 * hundreds on a loaded machine the last one takes seconds. After `patienceMs` the kill goes on without it.
 */
async function setFrozen({ version, folder }: Freezer, frozen: boolean, patienceMs = 0): Promise<void> {
  if (!existsSync(folder)) return;
  const [file, word] =
    version === 1 ? (["freezer.state", frozen ? "FROZEN" : "THAWED"] as const) : (["cgroup.freeze", frozen ? "1" : "0"] as const);
  await writeFile(path.join(folder, file), word);
  if (!frozen) return;
  const state = path.join(folder, version === 1 ? "freezer.state" : "cgroup.events");
  for (const end = performance.now() + patienceMs; performance.now() < end; await delay(1))
    if (/^FROZEN|^frozen 1/m.test(await readFile(state, "utf8"))) return;
}

/** Every process of the container with the folder of its group. */
async function listProcesses(folder: string): Promise<{ pid: number; group: string }[]> {
  const text = await ifAlive(readFile(path.join(folder, "cgroup.procs"), "utf8"));
  const below = (await ifAlive(readdir(folder, { withFileTypes: true }))) ?? [];
  const nested = await Promise.all(
    below.filter((entry) => entry.isDirectory()).map((entry) => listProcesses(path.join(folder, entry.name))),
  );
  const lines = (text ?? "").split("\n").filter(Boolean);
  return [...lines.map((line) => ({ pid: Number(line), group: folder })), ...nested.flat()];
}

/**
 * `unknown`: the process was listed and is gone, as in a chain of processes that fork and end. Its state is
 * not asked: a group lists a process while one of its threads runs. One that the kernel calls ended goes on
 * in another thread, or has ended since and may have left a child that is in no list.
 */
async function readOwner(pid: number, uid: number): Promise<"agent" | "other" | "unknown"> {
  const status = await ifAlive(readFile(`/proc/${pid}/status`, "utf8"));
  if (status === undefined) return "unknown";
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === uid ? "agent" : "other";
}

type FoundProcesses = { mine: { pid: number; group: string }[]; unknown: number };
async function findProcesses(place: AgentGroup, uid: number): Promise<FoundProcesses> {
  const all = await listProcesses(place.processes);
  const whose = await Promise.all(all.map(({ pid }) => readOwner(pid, uid)));
  return { mine: all.filter((_, at) => whose[at] === "agent"), unknown: whose.filter((each) => each === "unknown").length };
}

/** Moves what runs under the agent's uid elsewhere in the container into the agent's group. */
async function gatherProcesses(place: AgentGroup, uid: number): Promise<void> {
  if (!existsSync(place.group.folder)) return; // no server of this agent was ever started here
  const { mine } = await findProcesses(place, uid);
  for (const { pid } of mine.filter(({ group }) => group !== place.group.folder))
    await ifAlive(writeFile(path.join(place.group.folder, "cgroup.procs"), String(pid)));
}

function signalProcess(pid: number, signal: "SIGKILL" | "SIGCONT"): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Ends all that runs under the agent's uid in its box but the process `keep` (0: all). Answers how many it
 * ended. Throws `unavailable` when the box ends.
 */
export async function endProcesses(agent: ConfinedAgent, keep: number): Promise<number> {
  return endProcessesIn(await readContainerTree(agent.container), agent, keep);
}
/** The same in the control groups of a container that are known. */
export async function endProcessesIn(tree: CgroupTree, agent: Pick<ConfinedAgent, "seat" | "uid">, keep: number): Promise<number> {
  const place = await findGroup(tree, agent.seat);
  const ended = new Set<number>();
  const end = performance.now() + 60_000;
  for (let round = 0; round < 60 && performance.now() < end; round += 1) {
    await gatherProcesses(place, agent.uid);
    // Processes may multiply outside the group faster than they are gathered: then the whole container is
    // frozen for a moment.
    const groupAlone = round < 3 && existsSync(place.group.folder);
    const freezer = groupAlone ? place.group : place.container;
    let found: FoundProcesses;
    await setFrozen(freezer, true, groupAlone ? 1_000 : 5_000);
    try {
      found = await findProcesses(place, agent.uid);
      for (const { pid } of found.mine.filter((each) => each.pid !== keep)) {
        ended.add(pid);
        signalProcess(pid, "SIGKILL");
      }
    } finally {
      await setFrozen(freezer, false);
    }
    if (found.unknown === 0 && found.mine.every(({ pid }) => pid === keep)) {
      if (keep > 0) signalProcess(keep, "SIGCONT"); // the agent may have stopped its own server
      return ended.size;
    }
    await delay(2);
  }
  throw new AppError("timeout", { what: "end of an agent's processes", seat: agent.seat, ended: ended.size });
}

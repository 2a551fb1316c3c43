import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, watch, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { confineProcess, groupName, readCgroupTree, shareOfAgent } from "../../../agent-host/opencode/cgroup.ts";
import { endProcesses, endProcessesIn } from "../../../agent-host/opencode/end-processes.ts";
import { eventually } from "../../harness/eventually.ts";

it("an agent may use all but what the others' servers and the platform's own commands need", () => {
  expect(shareOfAgent({ agents: 4, pids: 512 }, 2560)).toEqual({ pids: 256, memoryMb: 1206 });
  expect(shareOfAgent({ agents: 6, pids: 1024 }, 5632)).toEqual({ pids: 640, memoryMb: 3418 });
  expect(shareOfAgent({ agents: 8, pids: 256 }, 1024)).toEqual({ pids: 24, memoryMb: 120 }); // too little for all: equal parts
});

it("a container's groups are found where the kernel has one hierarchy each, several together, or one for all", () => {
  const groups = "9:name=systemd:/docker/x\n8:pids:/docker/x\n4:memory:/docker/x\n2:cpu:/docker/x\n3:freezer:/docker/x\n0::/docker/x\n";
  const at = (name: string) => `/sys/fs/cgroup/${name}/docker/x`;
  expect(readCgroupTree(groups)).toEqual({
    version: 1,
    folders: { pids: at("pids"), memory: at("memory"), cpu: at("cpu"), freezer: at("freezer") },
  });
  expect(readCgroupTree(groups.replace(":cpu:", ":cpu,cpuacct:"))).toMatchObject({ folders: { cpu: at("cpu,cpuacct") } });
  expect(readCgroupTree("0::/system.slice/docker-x.scope\n")).toEqual({ version: 2, folder: "/sys/fs/cgroup/system.slice/docker-x.scope" });
  expect(() => readCgroupTree("")).toThrow();
});

it("a box that is just ending is no box: the kernel has its first process in the root group, below which every other box stands", async () => {
  const neighbour = spawn("sleep", ["600"], { uid, gid: uid, stdio: "ignore" }); // in no group of a box: below the root
  // The shell's child has ended and is not waited for, as a container's first process is for a moment when
  // the container stops.
  const parent = spawn("perl", ["-e", '$| = 1; my $child = fork(); exit if !$child; print "$child\\n"; sleep 600'], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const pid = Number(String((await once(parent.stdout, "data"))[0]));
    await eventually("it has ended", async () => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8")));
    expect(readFileSync(`/proc/${pid}/cgroup`, "utf8")).toMatch(/^\d+:(freezer)?:\/$/m);
    const container = { id: "0123456789ab".repeat(5), pid };
    await expect(endProcesses({ container, seat: 3, uid }, 0)).rejects.toMatchObject({ code: "unavailable" });
    await expect(confineProcess(container, neighbour.pid!, 3, { pids: 100, memoryMb: 100 })).rejects.toMatchObject({ code: "unavailable" });
    await expect(endProcesses({ container: { ...container, pid: 2 ** 22 + 1 }, seat: 3, uid }, 0)).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(ofUid()).toEqual([String(neighbour.pid)]);
  } finally {
    parent.kill("SIGKILL");
    neighbour.kill("SIGKILL");
  }
});

/**
 * The unified hierarchy of this machine: alone, or beside the older ones, where it has no bounds to give and
 * freezes all the same.
 */
const unified = readFileSync("/proc/mounts", "utf8")
  .split("\n")
  .map((line) => line.split(" "))
  .find(([, , type]) => type === "cgroup2")?.[1];
const uid = 39_000 + (process.pid % 900);
const ofUid = () =>
  readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const status = readFileSync(`/proc/${name}/status`, "utf8");
      return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === uid && !/^State:\s+[ZX]/m.test(status);
    } catch {
      return false; // it has ended
    }
  });
/**
 * A process that waits until it is in its group, and then runs its command. Those that have ended count
 * towards its limit until the machine's first process has heard of them, and that can be hundreds.
 */
async function startIn(folder: string, script: string, user: number): Promise<number> {
  const child = spawn("prlimit", ["--nproc=3000", "sh", "-c", `read go; exec ${script}`], {
    uid: user,
    gid: user,
    stdio: ["pipe", "ignore", "ignore"],
  });
  await once(child, "spawn");
  writeFileSync(path.join(folder, "cgroup.procs"), String(child.pid));
  child.stdin?.end("go\n");
  return child.pid!;
}
/**
 * Ten that fork and end at once, for ever, each in a session of its own: whoever lists processes never has
 * those that live.
 */
const chains = `perl -MPOSIX -e '$SIG{$_} = "IGNORE" for qw(TERM HUP INT CHLD); for (1..10) { last unless fork() } while (1) { my $child = fork(); POSIX::_exit(0) if $child; POSIX::setsid() }'`;
const alive = (pid: number) => /^State:\s+[^ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));

function watching(file: string, changed: () => void): Disposable {
  const watcher = watch(file, changed);
  return { [Symbol.dispose]: () => watcher.close() };
}

/**
 * The groups of a container, of its agent and of what is not the agent's, below the unified hierarchy. At the
 * end all in them is ended.
 */
async function withGroups(work: (container: string, group: string, leaf: string) => Promise<void>): Promise<void> {
  const container = path.join(unified!, `growqr-end-${process.pid}`);
  const group = path.join(container, groupName(3));
  const leaf = path.join(container, "platform");
  for (const folder of [container, group, leaf]) mkdirSync(folder);
  try {
    await work(container, group, leaf);
  } finally {
    writeFileSync(path.join(container, "cgroup.kill"), "1");
    // The kernel's own word leaves out those whose first thread has ended.
    for (const folder of [group, leaf])
      spawnSync("xargs", ["--no-run-if-empty", "--arg-file", path.join(folder, "cgroup.procs"), "kill", "-KILL"], { stdio: "ignore" });
    await eventually("all have left", async () => readFileSync(path.join(container, "cgroup.events"), "utf8").includes("populated 0"));
    for (const folder of [group, leaf, container]) rmdirSync(folder);
  }
}
/** How many processes a group has, as the kernel counts: a list by hand misses those that fork and end. */
const count = (folder: string) => readFileSync(path.join(folder, "cgroup.procs"), "utf8").split("\n").length - 1;

it.skipIf(unified === undefined)(
  "where one hierarchy is for all, what an agent runs is frozen and ended, also outside its group, and nothing else is",
  () =>
    withGroups(async (container, group, leaf) => {
      const server = await startIn(group, "sleep 600", uid);
      const neighbour = await startIn(leaf, "sleep 600", uid + 1);
      for (const folder of [group, leaf]) await startIn(folder, chains, uid);
      for (const folder of [group, leaf]) await startIn(folder, "sleep 600", uid);
      process.kill(server, "SIGSTOP");
      await eventually("they run", async () => count(group) >= 6 && count(leaf) >= 6);

      let told = 0; // the kernel tells when a group freezes or thaws; this one is never empty
      using _ = watching(path.join(group, "cgroup.events"), () => (told += 1));
      // The container's first process is in its leaf: what is read of it leads to the container's own folder.
      expect(await endProcessesIn({ version: 2, folder: leaf }, { seat: 3, uid }, server)).toBeGreaterThanOrEqual(6);
      expect([ofUid(), count(group), count(leaf)]).toEqual([[String(server)], 1, 1]);
      await eventually("it was frozen", async () => told > 0, 2_000);
      expect(alive(neighbour)).toBe(true);
      expect(readFileSync(`/proc/${server}/status`, "utf8")).not.toMatch(/^State:\s+T/m);
      for (const folder of [container, group]) expect(readFileSync(path.join(folder, "cgroup.events"), "utf8")).toContain("frozen 0");

      expect(await endProcessesIn({ version: 2, folder: container }, { seat: 3, uid }, 0)).toBe(1);
      expect(ofUid()).toEqual([]);
    }),
);

/** Ends the calling thread alone, as the kernel numbers its calls on this processor. */
const exitThread = process.arch === "arm64" ? 93 : 60;
it.skipIf(unified === undefined)("what has ended its first thread, and looks ended, is ended with its other threads", () =>
  withGroups(async (container, group, leaf) => {
    const rest = `perl -Mthreads -e 'threads->create(sub { sleep 600 })->detach(); syscall(${exitThread}, 0)'`;
    const user = uid + 1; // those that the other test has ended count towards the limit of their own user
    const leaders = [await startIn(group, rest, user), await startIn(leaf, rest, user)];
    await eventually("they look ended", async () => !leaders.some(alive));
    expect([count(group), count(leaf)]).toEqual([1, 1]);
    expect(await endProcessesIn({ version: 2, folder: container }, { seat: 3, uid: user }, 0)).toBe(2);
    expect([count(group), count(leaf)]).toEqual([0, 0]);
  }),
);

import { randomUUID } from "node:crypto";
import type Docker from "dockerode";
import { AppError } from "../../../schema/wire/error.ts";
import { runProgram } from "../../program.ts";
import { makeBoxLimits } from "../../stack/apply.ts";
import { RoomSpawner } from "./room-spawner.ts";
import { mustExecInRoom, roomUsers } from "./run-room.ts";
import type { ProofRoom } from "./workplace.ts";

/**
 * What a room says to programs, whatever their user, folder and environment: its name, the id of the boot,
 * how much of processors, memory and processes there is, and what stands above them.
 */

/** Microseconds in which a share of the processors is counted. */
const period = 100_000;
/** Where a kernel says the limits of a container, by both versions of control groups. */
export function listLimitFiles({ Memory = 0, NanoCpus = 0, PidsLimit }: Docker.HostConfig): Record<string, string> {
  const group = "/sys/fs/cgroup";
  const quota = NanoCpus === 0 ? undefined : String(Math.round((NanoCpus / 1e9) * period));
  const [memory, pids] = [Memory === 0 ? "max" : String(Memory), PidsLimit ? String(PidsLimit) : "max"];
  return {
    [`${group}/memory.max`]: memory,
    [`${group}/pids.max`]: pids,
    [`${group}/cpu.max`]: `${quota ?? "max"} ${period}`,
    [`${group}/memory/memory.limit_in_bytes`]: Memory === 0 ? "9223372036854771712" : memory,
    [`${group}/memory/memory.memsw.limit_in_bytes`]: Memory === 0 ? "9223372036854771712" : memory,
    [`${group}/pids/pids.max`]: pids,
    [`${group}/cpu/cpu.cfs_quota_us`]: quota ?? "-1",
  };
}

/**
 * Makes a room say what a box says, and gives it a spawner that looks like the server of an agent. Its limits
 * themselves stay. Answers how to undo that.
 */
export async function disguiseRoom(room: ProofRoom): Promise<{ spawner: RoomSpawner; undo: () => Promise<void> }> {
  const { host, row, layout } = room;
  const [first, second] = layout.places;
  const pid = await readPid(room);
  const files = { "/proc/sys/kernel/random/boot_id": randomUUID(), ...listLimitFiles(makeBoxLimits(host, row)) };
  const spawner = new RoomSpawner(host.engine, room.name, { title: second.above, sweeps: second.uid });
  await Promise.all([tellRoom(pid, [second.hostname, layout.plain, ...Object.entries(files).flat()], disguiseScript), spawner.enter()]);
  return {
    spawner,
    async undo() {
      await spawner.leave();
      // Another process may have its number where it has ended.
      if ((await readPid(room)) === pid) await tellRoom(pid, [first.hostname, ...Object.keys(files)], undoScript);
    },
  };
}
async function readPid({ host, name }: ProofRoom): Promise<number> {
  const { State } = await host.engine.call("run inspect", host.engine.docker.getContainer(name).inspect());
  if (!State.Running || State.Pid === 0) throw new AppError("internal", { what: "a room that has ended" });
  return State.Pid;
}

// As root of this machine: nobody in the room may do any of that. The files lie in a folder of the platform,
// and are read by their mounts alone.
const disguiseScript = `set -eu; hostname "$1"; folder=$2; shift 2
while [ $# -gt 0 ]; do
  if [ -e "$1" ]; then
    file=$folder/.said$#
    rm -f "$file"; (set -C; echo "$2" >"$file"); chmod --reference="$1" "$file"; mount --bind "$file" "$1"; rm -f "$file"
  fi
  shift 2
done`;
const undoScript = 'set -u; hostname "$1" || exit; shift; for path; do while umount -l "$path" 2>/dev/null; do :; done; done';
/** `mount` and `umount` look into their own folders of /proc, so the room's processes are needed too. */
async function tellRoom(pid: number, words: readonly string[], script: string): Promise<void> {
  const namespaces = { uts: "uts", mount: "mnt", pid: "pid" };
  const enter = Object.entries(namespaces).map(([option, name]) => `--${option}=/proc/${pid}/ns/${name}`);
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  await runProgram("nsenter", [...enter, "/bin/sh", "-c", script, "tell", ...words], { timeout: 10_000, env });
}

/** A list of processors as the kernel writes it (`0-2,4`), by number. */
export const readCpuList = (list: string): number[] =>
  list
    .trim()
    .split(",")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, n) => from + n);
    });
/** All processors of a room but one, as the kernel lists them; undefined where it has one alone. */
export async function listFewerCpus(room: ProofRoom): Promise<string | undefined> {
  const script = "sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status; cat /sys/devices/system/cpu/online";
  const [allowed = "", online = ""] = (await mustExecInRoom(room, { cmd: ["sh", "-c", script], uid: roomUsers.probe })).split("\n");
  const all = new Set(readCpuList(online));
  const cpus = readCpuList(allowed).filter((cpu) => all.has(cpu));
  return cpus.length > 1 ? cpus.slice(0, -1).join(",") : undefined;
}

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { limit } from "./suite/limit.ts";

/** A Docker daemon of a test's own, whose data root is a small disk. */
export type SmallDocker = { socket: string; data: string; stop: () => Promise<void> };

const smallBridge = "grqsmall0";
const run = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: 16 * 1024 * 1024 }).toString();

/**
 * Starts one in `folder` with these images of the machine's own daemon. It leaves the machine's packet filter
 * alone, which that daemon owns: containers of one of its networks reach each other by a rule of the test's,
 * and nothing leads beyond.
 */
export async function startSmallDocker(
  folder: string,
  { mb, images, deadline }: { mb: number; images: readonly string[]; deadline: number },
): Promise<SmallDocker> {
  const [disk, data, exec] = ["disk.img", "data", "exec"].map((name) => path.join(folder, name)) as [string, string, string];
  const socket = path.join(folder, "docker.sock");
  for (const each of [data, exec]) mkdirSync(each, { recursive: true });
  run("truncate", ["-s", `${mb}M`, disk]);
  run("mkfs.ext4", ["-q", "-F", "-m", "0", disk]);
  run("mount", ["-o", "loop", disk, data]); // the loop device goes with its mount
  const log = openSync(path.join(folder, "dockerd.log"), "a");
  const places = ["--data-root", data, "--exec-root", exec, "--pidfile", path.join(folder, "pid"), "-H", `unix://${socket}`];
  // A bridge of its own: a daemon without any takes away the one of the machine's.
  if (!existsSync(`/sys/class/net/${smallBridge}`)) run("ip", ["link", "add", smallBridge, "type", "bridge"]);
  run("ip", ["addr", "replace", "198.51.100.1/24", "dev", smallBridge]);
  const apart = ["--bridge", smallBridge, "--iptables=false", "--ip6tables=false", "--cgroup-parent", `/${path.basename(folder)}`];
  const daemon = spawn("dockerd", [...places, ...apart], { stdio: ["ignore", log, log] });
  const docker = { socket, data, stop: () => stopDocker(daemon, folder, data) };
  process.once("exit", () => daemon.kill("SIGKILL"));
  try {
    await answers(socket, deadline);
    run("bash", ["-c", `set -o pipefail; docker save "$@" | docker -H unix://${socket} load`, "load", ...images]);
    return docker;
  } catch (error) {
    await docker.stop();
    throw error;
  }
}
async function answers(socket: string, deadline: number): Promise<void> {
  const until = Date.now() + limit(deadline);
  for (;;)
    try {
      return void run("docker", ["-H", `unix://${socket}`, "version"]);
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}
/** It leaves nothing: no container, no process, no mount, no control group, no file. */
async function stopDocker(daemon: ChildProcess, folder: string, data: string): Promise<void> {
  const ended = new Promise<void>((resolve) => (daemon.exitCode === null ? daemon.once("exit", () => resolve()) : resolve()));
  daemon.kill("SIGTERM");
  await ended;
  run("ip", ["link", "del", smallBridge]);
  const mounts = run("awk", ["-v", `at=${folder}/`, "index($2, at) == 1 { print $2 }", "/proc/mounts"])
    .split("\n")
    .filter(Boolean);
  for (const mount of mounts.sort().reverse()) if (mount !== data) run("umount", ["-l", mount]);
  run("umount", [data]);
  const group = `*/${path.basename(folder)}`;
  run("find", ["/sys/fs/cgroup", "-depth", "-type", "d", "(", "-path", group, "-o", "-path", `${group}/*`, ")", "-delete"]);
  rmSync(folder, { recursive: true });
}

import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { halfLifeOfCertificate } from "../../schema/machine/machine.ts";
import { limits } from "../../schema/wire/limits.ts";
import { ticketKeysPath } from "../../schema/wire/ticket.ts";
import type { HostSettings } from "../config.ts";
import { isDiskFull, readDiskSpaces, seesDockerFolder } from "../disk.ts";
import { connectDocker } from "../docker.ts";
import { readHostMachine } from "../machine/machine.ts";
import { readCgroupTree } from "../opencode/cgroup.ts";

const runProgram = promisify(execFile);
export type DoctorCheck = { name: string; ok: boolean; detail: string };

async function checkOne(name: string, work: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, ok: true, detail: await work() };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** How far this clock is from the edge's. Past the tolerance, tickets and signed calls are refused. */
async function compareClock(edge: string): Promise<string> {
  const asked = Date.now();
  const response = await fetch(`${edge}/health`, { redirect: "manual", signal: AbortSignal.timeout(3_000) });
  await response.body?.cancel();
  const said = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(said)) return "the edge does not say its time";
  return describeClock(Math.round(((asked + Date.now()) / 2 - said) / 1000));
}
/** `ahead`: seconds that this machine's clock is ahead of the edge's. Throws past the tolerance. */
export function describeClock(ahead: number): string {
  const words = `${Math.abs(ahead)} s ${ahead < 0 ? "behind" : "ahead of"} the edge's; ${limits.skew} s are tolerated`;
  if (Math.abs(ahead) > limits.skew) throw new Error(`${words}: set the clock (NTP)`);
  return words;
}
/** The system call landlock_create_ruleset, asked for its version; Node can't make system calls. */
const landlockVersion = "print syscall(444, 0, 0, 1)";
/** Landlock keeps an agent's commands from its server. The launcher in the box needs version 2. */
export function checkLandlock(version: number): string {
  if (version >= 2) return `version ${version}`;
  throw new Error("this kernel keeps no Landlock rules (version 2): Linux 5.19 or later, with landlock among its security modules (lsm=)");
}
const bridgeFilterFile = "/proc/sys/net/bridge/bridge-nf-call-iptables";
/**
 * The two sides of a pair and its clean rooms share a bridge: without this their packets to one another pass
 * none of the walls.
 */
export function checkBridgeFilter(text: string | undefined): string {
  if (text?.trim() === "1") return "packets within a bridge pass the walls";
  const state = text === undefined ? "the module is not loaded" : "it is switched off";
  throw new Error(`${state}. As root, run: modprobe br_netfilter && sysctl -w net.bridge.bridge-nf-call-iptables=1`);
}

/** What this machine needs to be a host, each with what to do where it is missing. */
export function runDoctor(config: HostSettings): Promise<DoctorCheck[]> {
  const engine = connectDocker(config.dockerSocket);
  const edge = config.edgeUrl ?? readHostMachine(config.state)?.edge;
  return Promise.all([
    checkOne("root", async () => {
      if (process.getuid?.() !== 0) throw new Error("network rules and Docker need root");
      return "yes";
    }),
    checkOne("docker", async () => (await engine.call("docker", engine.docker.version(), 3_000)).Version),
    checkOne("nft", async () => (await runProgram("nft", ["--version"])).stdout.trim()),
    checkOne("ip", async () => (await runProgram("ip", ["-V"])).stdout.trim()),
    checkOne("forwarding", async () => (await runProgram("sysctl", ["net.ipv4.ip_forward"])).stdout.trim()),
    checkOne("br_netfilter", async () => checkBridgeFilter(await readFile(bridgeFilterFile, "utf8").catch(() => undefined))),
    checkOne("landlock", async () => checkLandlock(Number((await runProgram("perl", ["-e", landlockVersion])).stdout))),
    checkOne("nsenter", async () => (await runProgram("nsenter", ["--version"])).stdout.trim()),
    checkOne("control groups", async () => {
      const tree = readCgroupTree(readFileSync("/proc/1/cgroup", "utf8"));
      const folders = tree.version === 1 ? Object.values(tree.folders) : [tree.folder];
      for (const folder of folders) accessSync(folder, constants.W_OK);
      return `version ${tree.version}`;
    }),
    checkOne("edge", async () => {
      if (!edge) return "not known before join";
      const response = await fetch(`${edge}${ticketKeysPath}`, { redirect: "manual", signal: AbortSignal.timeout(3_000) });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`${edge} answered ${response.status}`);
      return edge;
    }),
    checkOne("clock", async () => (edge ? compareClock(edge) : "not known before join")),
    checkOne("disk", async () => {
      const { DockerRootDir } = await engine.call("docker", engine.docker.info(), 5_000);
      if (!seesDockerFolder(String(DockerRootDir), config.dockerFolder))
        throw new Error(
          `${DockerRootDir}, Docker's own folder, is not seen here: a daemon in a container needs it at the same place (DOCKER_FOLDER)`,
        );
      const spaces = readDiskSpaces([config.state, String(DockerRootDir)]);
      const free = spaces.map((space) => `${Math.floor(space.free / 1024 ** 2)} MB free`).join(", ");
      if (isDiskFull(spaces)) throw new Error(`${free}: no new stacks until there is more room`);
      return free;
    }),
    checkOne("certificate", async () => {
      const machine = readHostMachine(config.state);
      return machine ? `renewed from ${new Date(halfLifeOfCertificate(machine.certificate)).toISOString()}` : "not joined";
    }),
  ]);
}

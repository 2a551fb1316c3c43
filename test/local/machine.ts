import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { dockerAnswers } from "./docker/docker.ts";
import { root } from "./process.ts";

/** What a command of ours may need of the machine beside Node and the packages of npm. */
export type Need = "docker" | "chromium" | "strace" | "go" | "pip";
const toolList = z.array(z.object({ commands: z.array(z.string()), packages: z.array(z.string()) }));
const toolFile = z.object({ docker: toolList, chromium: toolList, strace: toolList, go: toolList, pip: toolList });
type Tool = z.infer<typeof toolList>[number];

/**
 * Commands that are called on the machine: any of them will do. Else these Debian packages carry one.
 * boot.mjs reads the same file, and begins with them while npm's packages are installed.
 */
const tools = toolFile.parse(JSON.parse(readFileSync(new URL("./debian-packages.json", import.meta.url), "utf8")));
const dockerd: Tool = { commands: ["dockerd"], packages: ["docker.io"] };

const isRoot = process.getuid?.() === 0;
const isDebian = existsSync("/etc/debian_version") && existsSync("/usr/bin/apt-get");
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`], { env }).status === 0;

function run(command: string, args: string[]): void {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 27, env: { ...env, DEBIAN_FRONTEND: "noninteractive" } });
  if (done.status === 0) return;
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`.trim().split("\n").slice(-25);
  const title = `${command} ${args.join(" ")} failed (${done.error?.message ?? `exit ${done.status ?? done.signal}`}):`;
  throw new Error([title, ...output].join("\n  "));
}

function installPackages(packages: string[], log: (line: string) => void): void {
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (!isDebian)
    throw new Error(
      `This machine lacks what GrowQR needs. On Debian, as root, this installs it:\n  ${line}\n` +
        "On another system, install the same by its own means, then start again.",
    );
  if (!isRoot)
    throw new Error(`This machine lacks packages, and only root may install them. Run:\n  sudo sh -c '${line}'\nthen start again as root.`);
  log(`installing Debian packages: ${packages.join(" ")}`);
  const patient = ["-o", "DPkg::Lock::Timeout=300"]; // another installation may be going on
  run("apt-get", ["update", "-qq", ...patient]);
  run("apt-get", ["install", "-y", "-qq", ...patient, "--no-install-recommends", ...packages]);
}

/**
 * Docker does not start where a file of its last run names a process that is there. After a machine has gone
 * down hard, that may be any other one: such a file goes.
 */
export function removeStalePids(folder: string): void {
  for (const [name, program] of [
    ["docker.pid", "dockerd"],
    ["docker/containerd/containerd.pid", "containerd"],
  ] as const) {
    const file = path.join(folder, name);
    if (existsSync(file) && programOf(readFileSync(file, "utf8").trim()) !== program) rmSync(file);
  }
}
function programOf(pid: string): string | undefined {
  const file = `/proc/${pid}/comm`;
  return /^\d+$/.test(pid) && existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/**
 * Starts Docker where it does not run: by systemd where systemd runs, else directly. Nothing stops it later.
 */
async function startDocker(log: (line: string) => void): Promise<void> {
  const file = path.join(root, ".growqr/dockerd.log");
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync("/run/systemd/system")) run("systemctl", ["start", "docker"]);
  else {
    removeStalePids("/var/run");
    const out = openSync(file, "a");
    spawn("dockerd", [], { detached: true, stdio: ["ignore", out, out], env }).unref();
  }
  log("starting Docker; it is left running when GrowQR stops");
  const until = Date.now() + 60_000;
  while (!(await dockerAnswers())) {
    if (Date.now() > until) throw new Error(`Docker did not come up within a minute; see ${file}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Installs and starts what is needed and missing. Where this process may not, it throws with the command to
 * run. `command` is what the person typed.
 */
export async function prepareMachine(needs: readonly Need[], command: string, log: (line: string) => void): Promise<void> {
  const docker = needs.includes("docker");
  const runs = docker && (await dockerAnswers());
  const wanted = [...needs.flatMap((need) => tools[need]), ...(docker && !runs ? [dockerd] : [])];
  const missing = [...new Set(wanted.filter(({ commands }) => !commands.some(has)).flatMap(({ packages }) => packages))];
  if (missing.length > 0) installPackages(missing, log);
  if (!docker) return;
  if (!isRoot)
    throw new Error(`GrowQR sets up network walls for its containers, which only root may do. Start it with sudo:\n  sudo ${command}`);
  if (!(await dockerAnswers())) await startDocker(log);
}

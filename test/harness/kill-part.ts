import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { startOf } from "../local/lock.ts";
import { eventually } from "./eventually.ts";
import { pidOf } from "./member-containers.ts";
import type { UnderTest } from "./product-under-test.ts";

/** kill -9 of each part. The answer resolves when somebody has started the part again. */
export const parts = ["runner", "OpenCode", "Gitea", "host", "engine"] as const;
export type Part = (typeof parts)[number] | "edge" | "libsql";
export type Back = () => Promise<unknown>;

async function endProcess(product: UnderTest, part: string, signal: "SIGKILL" | "SIGTERM"): Promise<Back> {
  const pid = pidOf(product.folder, part);
  process.kill(pid, signal);
  await eventually(`${part} has ended`, async () => startOf(pid) === undefined, 60_000);
  return () => eventually(`${part} runs again`, async () => pidOf(product.folder, part) !== pid, 60_000);
}
/** This machine's ids of the processes in a member's container whose command line matches. */
async function findProcesses(product: UnderTest, which: "opencode" | "gitea", member: string, fits: RegExp): Promise<number[]> {
  const name = dockerName(readInstance(product.instance), which, member);
  const { stdout } = await promisify(execFile)("docker", ["top", name, "-eo", "pid,args"]);
  const lines = stdout.split("\n").slice(1);
  return lines.filter((line) => fits.test(line)).map((line) => Number(line.trim().split(/\s+/)[0]));
}
async function killInside(product: UnderTest, which: "opencode" | "gitea", member: string, fits: RegExp): Promise<Back> {
  const pids = await findProcesses(product, which, member, fits);
  if (pids.length === 0) throw new Error(`nothing to kill in ${which}`);
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return () => eventually(`${which} runs again`, async () => (await findProcesses(product, which, member, fits)).length > 0, 60_000);
}

/** kill -9 of a container's first process, and so of all that runs in it. Nobody here starts it again. */
export async function killContainer(name: string): Promise<void> {
  const { stdout } = await promisify(execFile)("docker", ["inspect", "-f", "{{.State.Pid}}", name]);
  const pid = Number(stdout);
  if (!(pid > 0)) throw new Error(`nothing runs in ${name}`);
  const before = startOf(pid);
  process.kill(pid, "SIGKILL");
  await eventually(`what ran in ${name} is dead`, async () => startOf(pid) !== before);
}

export function killPart(product: UnderTest, part: Part, member: string): Promise<Back> {
  if (part === "OpenCode") return killInside(product, "opencode", member, /opencode\S* serve/); // of all the member's agents at once
  if (part === "Gitea") return killInside(product, "gitea", member, /gitea\S* web/);
  return endProcess(product, part, "SIGKILL");
}
/** Ends a part in order, as an upgrade does. */
export const stopPart = (product: UnderTest, part: "edge" | "host" | "runner"): Promise<Back> => endProcess(product, part, "SIGTERM");

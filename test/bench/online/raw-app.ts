import { execFileSync, spawnSync } from "node:child_process";
import { readImageTags } from "../../../agent-host/images.ts";
import { appLimits } from "../../../agent-host/release/app-container.ts";
import { now } from "../member.ts";
import { hardened } from "../raw.ts";
import { readContainer } from "./container.ts";
import { front, startLine } from "./released-app.ts";
import { waitForPage } from "./visits.ts";

const docker = (...args: string[]) => execFileSync("docker", args, { stdio: "ignore" });
const { memoryMb, cpus, pids } = appLimits;
const bounds = ["--memory", `${memoryMb}m`, "--memory-swap", `${memoryMb}m`, "--cpus", `${cpus}`, "--pids-limit", `${pids}`];

/** `all`: from the command until it answers. `process`: from its process's begin, as Docker says it. */
export type Start = { all: number; process: number };
async function timeStart(name: string, word: string, command: () => void): Promise<Start> {
  const began = now();
  command();
  const { address, port, startedAt } = await readContainer(name);
  await waitForPage({ host: "app", hostname: address, port }, front(word));
  return { all: now() - began, process: Date.now() - startedAt };
}

/** The program of a released app in the same image, under the same limits, by plain `docker run`. */
export function runRawApp(name: string, word: string): Promise<Start> {
  const line = ["--entrypoint", "sh", readImageTags().opencode, "-c", startLine(word)];
  return timeStart(name, word, () => docker("run", "-d", "--name", name, ...hardened, ...bounds, "-e", "PORT=8080", ...line));
}
/** Stops its container and starts it again. */
export function restartRawApp(name: string, word: string): Promise<Start> {
  docker("stop", "-t", "5", name);
  return timeStart(name, word, () => docker("start", name));
}
/** A name that is not there is no fault: its `docker run` may have failed. */
export function removeRawApps(names: readonly string[]): void {
  spawnSync("docker", ["rm", "-f", ...names], { stdio: "ignore" });
}

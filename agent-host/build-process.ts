import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** How much of what a build prints is kept for whoever asks why it failed. */
const keptOutput = 4_000;

/**
 * Runs a long build to its end; an abort ends it with all that it started. The error says its last line, and
 * its cause the last of its output.
 */
export function runBuild(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; signal?: AbortSignal | undefined } = {}) {
  const { signal, env = process.env } = options;
  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return reject(new Error(`${command} was not started: everything stops`));
    // In the daemon's own process group: what ends the daemon by its group ends its builds.
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString("utf8")).slice(-keptOutput);
      });
    const end = () => child.pid !== undefined && endTree(child.pid);
    signal?.addEventListener("abort", end);
    child.once("error", reject);
    child.once("close", (code, killed) => {
      signal?.removeEventListener("abort", end);
      if (code === 0) return resolve();
      const last = output.trim().split("\n").at(-1) || `ended with ${killed ?? code}`;
      reject(new Error(last, { cause: new Error(`${command} ${args.join(" ")}\n${output}`) }));
    });
  });
}

/** Children by parent, of all processes that the kernel shows. */
function readChildren(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const parent = readParent(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}
function readParent(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // it has ended meanwhile
  }
}
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function listTree(root: number): number[] {
  const children = readChildren();
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? [])); // what is appended is gone through as well
  return tree;
}

/** What a program that is asked to end may take to clean up, milliseconds. */
const graceMs = 2_000;
/**
 * Asks a program and all below it to end, so that it takes its half-made files along; what is left is killed.
 */
function endTree(root: number): void {
  const tree = listTree(root);
  const send = (signal: NodeJS.Signals) => {
    for (const pid of tree) sendSignal(pid, signal);
  };
  send("SIGTERM");
  setTimeout(() => send("SIGKILL"), graceMs).unref();
}

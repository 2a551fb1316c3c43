import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");
export const bin = (name: string) => path.join(root, "node_modules/.bin", name);

export type Started = {
  name: string;
  pid: number;
  log: string;
  child: ChildProcess;
  exited: Promise<number | null>;
  stop: (graceMs?: number) => Promise<void>;
  kill: () => Promise<void>;
};

/** What Node has compiled of the parts' code: a part starts with a third less work the second time. */
const compileCache = path.join(root, ".growqr/cache/node");
const running = new Set<number>();
process.on("exit", () => {
  for (const group of running)
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // it has ended
    }
});
const startsWithin = 120_000;
/**
 * Starts a long-running part in its own process group with its own log file and waits until `ready` says so.
 * Throws with the end of the log when it exits first or is not ready within two minutes: that is for
 * what hangs, since what ends is told at once, and a slow machine needs its time.
 */
export async function start(part: {
  name: string;
  command: string;
  args: string[];
  folder: string;
  env?: Record<string, string>;
  ready: () => Promise<boolean>;
  cwd?: string;
}): Promise<Started> {
  mkdirSync(part.folder, { recursive: true });
  const log = path.join(part.folder, `${part.name}.log`);
  const out = openSync(log, "a");
  const child = spawn(part.command, part.args, {
    cwd: part.cwd ?? root,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", NODE_COMPILE_CACHE: compileCache, ...part.env },
    stdio: ["ignore", out, out],
    detached: true, // its own group: a Ctrl-C in the terminal reaches the supervisor only, which stops parts in order
  });
  closeSync(out);
  if (child.pid) running.add(child.pid);
  let gone = false;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      gone = true;
      signal("SIGKILL"); // whatever it left in its group; later the number may be another process's
      running.delete(child.pid!);
      resolve(code);
    });
    child.once("error", () => {
      gone = true;
      resolve(-1);
    });
  });
  const kill = async () => {
    if (!gone) signal("SIGKILL");
    await exited;
  };
  const stop = async (graceMs = 8_000) => {
    if (gone) return;
    signal("SIGTERM");
    const timer = setTimeout(() => signal("SIGKILL"), graceMs);
    await exited;
    clearTimeout(timer);
  };
  const until = Date.now() + startsWithin;
  for (;;) {
    if (gone) throw new Error(`${part.name} ended before it was ready; ${log} ends:\n${tail(log)}`);
    if (await part.ready().catch(() => false)) break;
    if (Date.now() > until) {
      await kill();
      throw new Error(`${part.name} was not ready in time; ${log} ends:\n${tail(log)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return { name: part.name, pid: child.pid!, log, child, exited, stop, kill };
}

/** The end of a log file, for people. */
export function tail(file: string, bytes = 3_000): string {
  try {
    return readFileSync(file, "utf8").slice(-bytes);
  } catch {
    return "(no log)";
  }
}

/** Whether an HTTP GET answers with one of these statuses within a second. */
export async function answers(url: string, statuses: number[] = [200]): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000), redirect: "manual" });
  await response.body?.cancel();
  return statuses.includes(response.status);
}

/** Whether something listens there. */
export function listens(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: 500 });
    const end = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

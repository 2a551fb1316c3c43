import { type ChildProcess, spawn } from "node:child_process";

/**
 * Starts a program of the daemon's own in the network namespace of this process. It is told things, and hands
 * over connections and listeners, by messages; it has no environment.
 */
export function startInNetwork(pid: number, program: string, args: readonly string[] = []): ChildProcess {
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", program, ...args];
  return spawn("nsenter", [`--net=/proc/${pid}/ns/net`, ...node], { stdio: ["ignore", "ignore", "ignore", "ipc"], env: {} });
}

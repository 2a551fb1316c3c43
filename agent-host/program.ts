import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import pLimit from "p-limit";

/** Runs a program of this machine to its end; a failing one is an error. */
export const runProgram = promisify(execFile);

/** Both images are prepared side by side and may need the same packages. */
const installs = pLimit(1);

/** Debian packages that a build needs, where they may be installed; else an error that says what to run. */
export function ensureProgram(command: string, packages: string[], log: (line: string) => void): Promise<void> {
  return installs(() => installProgram(command, packages, log));
}
async function installProgram(command: string, packages: string[], log: (line: string) => void): Promise<void> {
  const found = await runProgram("sh", ["-c", `command -v ${command}`]).then(
    () => true,
    () => false,
  );
  if (found) return;
  const line = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw new Error(`${command} is missing. As root, run: ${line}`);
  log(`installing ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runProgram("sh", ["-c", `apt-get update -qq && ${line} -qq`], { env, maxBuffer: 1 << 26 });
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { bin, root } from "../../local/process.ts";
import type { Chosen } from "./projects.ts";
import { type Outcome, outcome } from "./reporter.ts";

/** How long a program that was told to end may take to do so, in milliseconds. */
const grace = 3_000;

/** Runs a program of Node with its output shown, and answers its exit code. An abort ends it. */
export async function runNode(args: string[], signal: AbortSignal, env: Record<string, string> = {}): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(bin("node"), args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  const end = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), grace).unref();
  };
  signal.addEventListener("abort", end);
  const [code] = await exited.finally(() => signal.removeEventListener("abort", end));
  return code ?? 1;
}

export type VitestOptions = { long: boolean; pictures: boolean; signal: AbortSignal };
/** `why`: what went wrong outside of every file, such as parts that did not come up. */
export type VitestRun = Outcome & { why?: string };

/**
 * Runs one vitest project, or some of its files, on parts of its own. A project without tests went wrong. The
 * outcome stays in `.growqr/results/<name>.json`.
 */
export async function runVitest({ project, files }: Chosen, name: string, { long, pictures, signal }: VitestOptions): Promise<VitestRun> {
  const file = path.join(root, ".growqr/results", `${name}.json`);
  rmSync(file, { force: true });
  const args = [
    bin("vitest"),
    "run",
    "--project",
    project.name,
    "--reporter=default",
    `--reporter=${path.join(root, "test/harness/suite/reporter.ts")}`,
    ...files.map((each) => path.join(root, "test", each)),
  ];
  const env = { GROWQR_OUTCOME: file, ...(long ? { GROWQR_LONG: "1" } : {}), ...(pictures ? { GROWQR_PICTURES: "1" } : {}) };
  const code = await runNode(args, signal, env);
  if (!existsSync(file)) return { files: [], unhandled: [], why: `vitest ended with ${code}` };
  const told = outcome.parse(JSON.parse(readFileSync(file, "utf8")));
  if (told.unhandled.length > 0) return { ...told, why: told.unhandled.join("\n") };
  const ran = told.files.some(({ passed, failed }) => passed + failed > 0);
  if (!ran) return { ...told, why: "no test ran" };
  const failed = told.files.some((each) => each.failed > 0);
  return code !== 0 && !failed ? { ...told, why: `vitest ended with ${code}` } : told;
}

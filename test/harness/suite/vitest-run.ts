import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { bin, root } from "../../local/process.ts";
import { watchFolder } from "./hang/folder.ts";
import { RunWatch } from "./hang/run.ts";
import { type Chosen, sizeOf } from "./projects.ts";
import { type Outcome, outcome } from "./reporter.ts";

/** How long a program that was told to end may take to do so, in milliseconds. */
const grace = 3_000;
/** What Node has compiled: tests start programs of ours by the hundred. */
const compiled = { NODE_COMPILE_CACHE: path.join(root, ".growqr/cache/node") };

/**
 * Runs a program of Node with its output shown, and answers its exit code. An abort ends it. `onStart` is
 * told its process.
 */
export async function runNode(
  args: string[],
  signal: AbortSignal,
  env: Record<string, string> = {},
  onStart: (pid: number) => void = () => undefined,
): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(bin("node"), args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...compiled, ...env },
  });
  const exited = once(child, "exit");
  if (child.pid) onStart(child.pid);
  const end = () => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), grace).unref();
  };
  signal.addEventListener("abort", end);
  const [code] = await exited.finally(() => signal.removeEventListener("abort", end));
  return code ?? 1;
}

/** `folder`: where this run of tests leaves its evidence. */
export type VitestOptions = { every: boolean; long: boolean; pictures: boolean; signal: AbortSignal; folder: string };
/** `why`: what went wrong outside of every file, such as parts that did not come up. */
export type VitestRun = Outcome & { why?: string };

function argumentsOf({ project, files }: Chosen): string[] {
  const ours = ["reporter.ts", "evidence/evidence.ts"].map((name) => `--reporter=${path.join(root, "test/harness/suite", name)}`);
  const paths = files.map((each) => path.join(root, "test", each));
  return [bin("vitest"), "run", "--project", project.name, "--reporter=default", ...ours, ...paths];
}

function readOutcome(file: string, code: number): VitestRun {
  if (!existsSync(file)) return { files: [], unhandled: [], why: `vitest ended with ${code}` };
  const told = outcome.parse(JSON.parse(readFileSync(file, "utf8")));
  if (told.unhandled.length > 0) return { ...told, why: told.unhandled.join("\n") };
  const ran = told.files.some(({ passed, failed }) => passed + failed > 0);
  if (!ran) return { ...told, why: "no test ran" };
  const failed = told.files.some((each) => each.failed > 0);
  return code !== 0 && !failed ? { ...told, why: `vitest ended with ${code}` } : told;
}

/**
 * Runs one vitest project, or some of its files, on parts of its own. A project without tests went wrong. The
 * outcome, and what explains a failure, stay in a folder of that name. A vitest that hangs outside of its
 * files is ended. For small files alone no part is brought up.
 */
export async function runVitest(
  chosen: Chosen,
  name: string,
  { every, long, pictures, signal, folder }: VitestOptions,
): Promise<VitestRun> {
  const results = path.join(folder, name);
  const file = path.join(results, "outcome.json");
  const watched = watchFolder(file);
  rmSync(results, { recursive: true, force: true }); // of an attempt whose parts did not come up
  mkdirSync(results, { recursive: true });
  const small = chosen.files.length > 0 && chosen.files.every((each) => sizeOf(chosen.project, each) === "small");
  const wanted = {
    ...(small ? { GROWQR_PARTS: "none" } : {}),
    ...(every ? { GROWQR_EVERY: "1" } : {}),
    ...(long ? { GROWQR_LONG: "1" } : {}),
    ...(pictures ? { GROWQR_PICTURES: "1" } : {}),
  };
  const watch = new RunWatch(name, results, watched.alive);
  try {
    const ends = AbortSignal.any([signal, watch.hangs]);
    const env = { ...wanted, GROWQR_RESULTS: results, GROWQR_OUTCOME: file };
    const code = await runNode(argumentsOf(chosen), ends, env, (pid) => watch.begin(pid));
    const run = readOutcome(file, code);
    const hung = watch.end();
    return hung === undefined ? run : { ...run, why: hung };
  } finally {
    watch.end();
    rmSync(watched.folder, { recursive: true, force: true });
  }
}

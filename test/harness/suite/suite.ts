import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { readInstance } from "../../../schema/machine/instance.ts";
import { ensureDocker } from "../../local/docker/docker.ts";
import type { Need } from "../../local/machine.ts";
import { bin, root } from "../../local/process.ts";
import { prepare } from "../prepare.ts";
import { fingerprintOf, leftovers, takeAway } from "./leftovers.ts";
import { type Chosen, chooseTests } from "./projects.ts";
import { type Outcome, outcome } from "./reporter.ts";
import { instancesOf, testInstances } from "./test-instance.ts";

type Options = { chosen: Chosen[]; whole: boolean; needs: Need[]; long: boolean; pictures: boolean };
type Run = Options & { log: (line: string) => void; signal: AbortSignal };
type Came = { passed: number; failed: number; why?: string } & Partial<Pick<Outcome, "failures" | "files">>;
type Row = Came & { name: string; seconds: number };
/** How long a program that was told to end may take to do so. */
const grace = 3_000;

async function run(args: string[], signal: AbortSignal, env: Record<string, string> = {}): Promise<number> {
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

async function timed(name: string, work: () => Promise<Came>): Promise<Row> {
  const began = Date.now();
  const row = await work().catch((error: unknown) => ({
    passed: 0,
    failed: 1,
    why: error instanceof Error ? error.message : String(error),
  }));
  return { name, ...row, seconds: (Date.now() - began) / 1000 };
}

/** The words after `npm test --`. Throws for a word or an option that means nothing. */
export function suiteOptions(args: readonly string[]): Options {
  const options = args.filter((word) => word.startsWith("-"));
  const unknown = options.find((option) => !["--long", "--pictures"].includes(option));
  if (unknown) throw new Error(`There is no option ${unknown}; there are --long (many more rounds) and --pictures (screenshots are kept).`);
  const words = args.filter((word) => !word.startsWith("-"));
  const chosen = chooseTests(words);
  const needs = [...new Set(chosen.flatMap(({ project }) => project.needs))];
  return { chosen, whole: words.length === 0, needs, long: options.includes("--long"), pictures: options.includes("--pictures") };
}

/** One vitest project, or some of its files. A project without tests is a failure. */
async function runProject({ project: { name }, files }: Chosen, { long, pictures, signal }: Run): Promise<Came> {
  const file = path.join(root, ".growqr/results", `${name}.json`);
  rmSync(file, { force: true });
  const args = [
    bin("vitest"),
    "run",
    "--project",
    name,
    "--reporter=default",
    `--reporter=${path.join(root, "test/harness/suite/reporter.ts")}`,
    ...files.map((each) => path.join(root, "test", each)),
  ];
  const env = { GROWQR_OUTCOME: file, ...(long ? { GROWQR_LONG: "1" } : {}), ...(pictures ? { GROWQR_PICTURES: "1" } : {}) };
  const code = await run(args, signal, env);
  if (!existsSync(file)) return { passed: 0, failed: 1, why: `vitest ended with ${code}` };
  const { passed, failed, ...told } = outcome.parse(JSON.parse(readFileSync(file, "utf8")));
  if (passed + failed === 0) return { passed, failed: 1, why: "no test ran", ...told };
  if (code !== 0 && failed === 0) return { passed, failed: 1, why: `vitest ended with ${code}`, ...told };
  return { passed, failed, ...told };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}

async function checks(signal: AbortSignal): Promise<Came> {
  const types = await run([bin("tsc"), "-b"], signal);
  const style = await run([bin("biome"), "check"], signal);
  const described = await run([path.join(root, "test/harness/suite/lint-openapi.ts")], signal);
  const failed = [types, style, described].filter((code) => code !== 0).length;
  return { passed: 3 - failed, failed };
}

/** Nothing is left on these instances. `before`: what ran on `main`; undefined where no Docker can tell. */
async function clean(instances: readonly string[], before: string | undefined): Promise<Came> {
  const docker = before === undefined ? undefined : await ensureDocker(() => undefined);
  const found = await leftovers(docker, instances);
  const touched = docker && before && (await fingerprintOf(docker, "main")) !== before;
  if (touched) found.push("main: the instance that ran before the tests is not the same after them");
  for (const line of found) console.error(`  left over: ${line}`);
  return { passed: found.length ? 0 : 1, failed: found.length };
}

/** After an interruption: nothing of the tests is left, and what is all the same is said. */
async function cutOff(instances: readonly string[], log: Run["log"]): Promise<number> {
  const docker = await ensureDocker(() => undefined);
  await takeAway(
    docker,
    instances.map((name) => readInstance(name)),
  );
  for (const line of await leftovers(docker, instances)) console.error(`  left over: ${line}`);
  log("stopped; what the tests made is taken away");
  return 130;
}

/** What failed, the ten files that took longest, and what each project came to and took. */
function printRows(rows: readonly Row[]): void {
  for (const line of rows.flatMap(({ failures }) => failures ?? [])) console.log(`FAILED ${line}`);
  const slowest = rows.flatMap(({ files }) => files ?? []).sort((a, b) => b.seconds - a.seconds);
  for (const { file, seconds } of slowest.slice(0, 10)) console.log(`${seconds.toFixed(1).padStart(8)} s  ${file}`);
  for (const { name, passed, failed, seconds, why } of rows)
    console.log(
      `${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(8)} s${why ? `  ${why}` : ""}`,
    );
}

/**
 * What was chosen, one project after the other; the last line says how many passed and failed. Answers the
 * exit code.
 */
export async function runSuite(options: Run): Promise<number> {
  const { chosen, whole, needs, log, signal } = options;
  const docker = needs.includes("docker");
  const instances = whole ? testInstances : chosen.flatMap(({ project }) => instancesOf(project.name));
  const rows: Row[] = [];
  rmSync(path.join(root, ".growqr/results/pictures"), { recursive: true, force: true }); // of the last run only
  const add = async (name: string, work: () => Promise<Came>) => {
    log(`── ${name}`);
    rows.push(await timed(name, work));
  };
  if (whole) await add("check", () => checks(signal));
  let main: string | undefined;
  if (docker) {
    const prepared = prepare(log).then(() => ({ passed: 1, failed: 0 }));
    await add("prepare", () => Promise.race([prepared, aborted(signal)]));
    main = await fingerprintOf(await ensureDocker(() => undefined), "main");
  }
  for (const each of chosen) if (!signal.aborted) await add(each.project.name, () => runProject(each, options));
  if (signal.aborted) return docker ? cutOff(instances, log) : 130;
  await add("leftovers", () => clean(instances, main));
  printRows(rows);
  const sum = (column: "passed" | "failed") => rows.reduce((total, row) => total + row[column], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") ? 1 : 0;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureDocker } from "../../local/docker/docker.ts";
import { bin, root } from "../../local/process.ts";
import { prepare } from "../prepare.ts";
import { fingerprintOf, leftovers, takeAway } from "./leftovers.ts";
import { outcome } from "./reporter.ts";
import { partsOf, testInstance } from "./test-instance.ts";

/** Fast to slow: what fails early fails soon. */
const projects = ["schema", "edge", "app", "actors", "agent-host", "e2e", "faults"] as const;
type Project = (typeof projects)[number];
const withoutMachine: readonly Project[] = ["schema", "edge"];
type Row = { name: string; passed: number; failed: number; seconds: number; why?: string; failures?: string[] };
type Run = { only: string | undefined; long: boolean; log: (line: string) => void; signal: AbortSignal };
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

async function timed(name: string, work: () => Promise<Omit<Row, "name" | "seconds">>): Promise<Row> {
  const began = Date.now();
  const row = await work().catch((error: unknown) => ({
    passed: 0,
    failed: 1,
    why: error instanceof Error ? error.message : String(error),
  }));
  return { name, ...row, seconds: (Date.now() - began) / 1000 };
}

/** One vitest project. A project without tests is a failure. */
async function project(name: string, long: boolean, signal: AbortSignal): Promise<Omit<Row, "name" | "seconds">> {
  const file = path.join(root, ".growqr/results", `${name}.json`);
  rmSync(file, { force: true });
  const args = [
    bin("vitest"),
    "run",
    "--project",
    name,
    "--reporter=default",
    `--reporter=${path.join(root, "test/harness/suite/reporter.ts")}`,
  ];
  const code = await run(args, signal, { GROWQR_OUTCOME: file, ...(long ? { GROWQR_LONG: "1" } : {}) });
  if (!existsSync(file)) return { passed: 0, failed: 1, why: `vitest ended with ${code}` };
  const { passed, failed, failures } = outcome.parse(JSON.parse(readFileSync(file, "utf8")));
  if (passed + failed === 0) return { passed, failed: 1, why: "no test ran", failures };
  if (code !== 0 && failed === 0) return { passed, failed: 1, why: `vitest ended with ${code}`, failures };
  return { passed, failed, failures };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}

async function checks(signal: AbortSignal): Promise<Omit<Row, "name" | "seconds">> {
  const types = await run([bin("tsc"), "-b"], signal);
  const style = await run([bin("biome"), "check"], signal);
  const described = await run([path.join(root, "test/harness/suite/lint-openapi.ts")], signal);
  const failed = [types, style, described].filter((code) => code !== 0).length;
  return { passed: 3 - failed, failed };
}

async function clean(before: string): Promise<Omit<Row, "name" | "seconds">> {
  const docker = await ensureDocker(() => undefined);
  const found = await leftovers(docker);
  const touched = before !== "" && (await fingerprintOf(docker, "main")) !== before;
  if (touched) found.push("main: the instance that ran before the tests is not the same after them");
  for (const line of found) console.error(`  left over: ${line}`);
  return { passed: found.length ? 0 : 1, failed: found.length };
}

/** After an interruption: nothing of the tests is left, and what is all the same is said. */
async function cutOff(chosen: readonly Project[], log: Run["log"]): Promise<number> {
  const docker = await ensureDocker(() => undefined);
  const instances = chosen.flatMap((name) => (name === "app" ? [] : partsOf[name].map(testInstance)));
  await takeAway(docker, instances);
  for (const line of await leftovers(docker)) console.error(`  left over: ${line}`);
  log("stopped; what the tests made is taken away");
  return 130;
}

/** Everything, or one project; the last line says how many passed and failed. Answers the exit code. */
export async function suite({ only, long, log, signal }: Run): Promise<number> {
  const chosen = projects.filter((name) => only === undefined || name === only);
  if (chosen.length === 0) throw new Error(`There is no test project ${only}; there are ${projects.join(", ")}.`);
  const machine = chosen.some((name) => !withoutMachine.includes(name));
  const rows: Row[] = [];
  const add = async (name: string, work: () => Promise<Omit<Row, "name" | "seconds">>) => {
    log(`── ${name}`);
    rows.push(await timed(name, work));
  };
  if (!only) await add("check", () => checks(signal));
  let main = "";
  if (machine) {
    const prepared = prepare(log).then(() => ({ passed: 1, failed: 0 }));
    await add("prepare", () => Promise.race([prepared, aborted(signal)]));
    main = await fingerprintOf(await ensureDocker(() => undefined), "main");
  }
  for (const name of chosen) if (!signal.aborted) await add(name, () => project(name, long, signal));
  if (signal.aborted) return machine ? cutOff(chosen, log) : 130;
  if (machine) await add("leftovers", () => clean(main));
  for (const line of rows.flatMap(({ failures }) => failures ?? [])) console.log(`FAILED ${line}`);
  for (const { name, passed, failed, seconds, why } of rows)
    console.log(
      `${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(8)} s${why ? `  ${why}` : ""}`,
    );
  const sum = (of: "passed" | "failed") => rows.reduce((total, row) => total + row[of], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") ? 1 : 0;
}

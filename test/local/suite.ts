import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { buildApp } from "./app.ts";
import { ensureDocker } from "./docker.ts";
import { buildEdge } from "./edge.ts";
import { ensureImages } from "./images.ts";
import { fingerprintOf, leftovers } from "./leftovers.ts";
import { bin, root } from "./process.ts";
import { outcome } from "./reporter.ts";

/** Fast to slow: what fails early fails soon. */
const projects = ["schema", "edge", "app", "actors", "agent-host", "e2e", "faults"];
const withoutMachine = ["schema", "edge"];
type Row = { name: string; passed: number; failed: number; seconds: number; why?: string; failures?: string[] };
type Run = { only: string | undefined; long: boolean; log: (line: string) => void };

async function run(args: string[], env: Record<string, string> = {}): Promise<number> {
  const child = spawn(bin("node"), args, { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
  const [code] = await once(child, "exit");
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
async function project(name: string, long: boolean): Promise<Omit<Row, "name" | "seconds">> {
  const file = path.join(root, ".growqr/results", `${name}.json`);
  rmSync(file, { force: true });
  const args = [bin("vitest"), "run", "--project", name, "--reporter=default", `--reporter=${path.join(root, "test/local/reporter.ts")}`];
  const code = await run(args, { GROWQR_OUTCOME: file, ...(long ? { GROWQR_LONG: "1" } : {}) });
  if (!existsSync(file)) return { passed: 0, failed: 1, why: `vitest ended with ${code}` };
  const { passed, failed, failures } = outcome.parse(JSON.parse(readFileSync(file, "utf8")));
  if (passed + failed === 0) return { passed, failed: 1, why: "no test ran", failures };
  if (code !== 0 && failed === 0) return { passed, failed: 1, why: `vitest ended with ${code}`, failures };
  return { passed, failed, failures };
}

async function checks(): Promise<Omit<Row, "name" | "seconds">> {
  const types = await run([bin("tsc"), "-b"]);
  const style = await run([bin("biome"), "check"]);
  return { passed: Number(types === 0) + Number(style === 0), failed: Number(types !== 0) + Number(style !== 0) };
}

async function clean(before: string): Promise<Omit<Row, "name" | "seconds">> {
  const docker = await ensureDocker(() => undefined);
  const found = await leftovers(docker);
  const touched = before !== "" && (await fingerprintOf(docker, "main")) !== before;
  if (touched) found.push("main: the instance that ran before the tests is not the same after them");
  for (const line of found) console.error(`  left over: ${line}`);
  return { passed: found.length ? 0 : 1, failed: found.length };
}

/** Everything, or one project; the last line says how many passed and failed. Answers the exit code. */
export async function suite({ only, long, log }: Run): Promise<number> {
  if (only && !projects.includes(only)) throw new Error(`There is no test project ${only}; there are ${projects.join(", ")}.`);
  const chosen = only ? [only] : projects;
  const machine = chosen.some((name) => !withoutMachine.includes(name));
  const rows: Row[] = [];
  const add = async (name: string, work: () => Promise<Omit<Row, "name" | "seconds">>) => {
    log(`── ${name}`);
    rows.push(await timed(name, work));
  };
  if (!only) await add("check", checks);
  let main = "";
  if (machine) {
    await add("prepare", async () => {
      await buildApp();
      await buildEdge();
      await ensureImages(log);
      return { passed: 1, failed: 0 };
    });
    main = await fingerprintOf(await ensureDocker(() => undefined), "main");
  }
  for (const name of chosen) await add(name, () => project(name, long));
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

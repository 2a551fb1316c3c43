import path from "node:path";
import { readImageTags } from "../../../agent-host/images.ts";
import { buildApp } from "../../../edge/deploy/build-app.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { ensureDocker } from "../../local/docker/docker.ts";
import type { Need } from "../../local/machine.ts";
import { bin, root } from "../../local/process.ts";
import { prepare } from "../prepare.ts";
import { calibrate, describeMachine } from "./calibration.ts";
import { describeRun, type Row } from "./evidence/digest.ts";
import { ProcessorTime } from "./evidence/processor-time.ts";
import { makeRunFolder } from "./evidence/results.ts";
import { beginRecord } from "./evidence/run-record.ts";
import { fingerprintOf, leftovers, takeAway } from "./leftovers.ts";
import { type Chosen, chooseTests } from "./projects.ts";
import { type Flaky, mostFlaky, type ProjectRun, runSecondTries } from "./second-try.ts";
import { instancesOf, testInstances } from "./test-instance.ts";
import { runNode, runVitest, type VitestRun } from "./vitest-run.ts";
import { findWrongSizes } from "./wrong-size.ts";

type Options = { chosen: Chosen[]; whole: boolean; every: boolean; needs: Need[]; long: boolean; pictures: boolean };
/** `folder`: where this run leaves its evidence. */
type Run = Options & { log: (line: string) => void; signal: AbortSignal; folder: string };
type Came = { passed: number; failed: number; why?: string };

async function timed(name: string, processor: ProcessorTime, work: () => Promise<Came>): Promise<Row> {
  const began = Date.now();
  processor.take();
  const row = await work().catch((error: unknown) => ({
    passed: 0,
    failed: 1,
    why: error instanceof Error ? error.message : String(error),
  }));
  return { name, ...row, seconds: (Date.now() - began) / 1000, processor: processor.take() };
}

const allOptions: Record<string, string> = {
  "--all": "every test",
  "--long": "every test, and many more rounds",
  "--pictures": "screenshots are kept",
};
/** The words after `npm test --`. Throws for a word or an option that means nothing. */
export function suiteOptions(args: readonly string[]): Options {
  const options = args.filter((word) => word.startsWith("-"));
  const unknown = options.find((option) => !(option in allOptions));
  const there = Object.entries(allOptions).map(([option, meaning]) => `${option} (${meaning})`);
  if (unknown) throw new Error(`There is no option ${unknown}; there are ${there.join(", ")}.`);
  const words = args.filter((word) => !word.startsWith("-"));
  const long = options.includes("--long");
  const every = long || options.includes("--all");
  const chosen = chooseTests(words, every);
  const needs = [...new Set(chosen.flatMap(({ project }) => project.needs))];
  return { chosen, whole: words.length === 0, every, needs, long, pictures: options.includes("--pictures") };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}

async function checks(signal: AbortSignal): Promise<Came> {
  const types = await runNode([bin("tsc"), "-b"], signal);
  const style = await runNode([bin("biome"), "check"], signal);
  const described = await runNode([path.join(root, "test/harness/suite/lint-openapi.ts")], signal);
  // a first visit that loads too much is said here, not minutes later
  const app = await buildApp().then(
    () => 0,
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      return 1;
    },
  );
  const codes = [types, style, described, app];
  const failed = codes.filter((code) => code !== 0).length;
  return { passed: codes.length - failed, failed };
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

/** A project whose parts did not come up, so that no file ran, is begun once more and counts as flaky. */
async function runProject(chosen: Chosen, options: Run): Promise<{ run: VitestRun; flaky: Flaky[] }> {
  const { name } = chosen.project;
  const attempt = () =>
    runVitest(chosen, name, options).catch((error: unknown): VitestRun => ({ files: [], unhandled: [], why: String(error) }));
  const run = await attempt();
  if (run.why === undefined || run.files.length > 0 || options.signal.aborted) return { run, flaky: [] };
  options.log(`── once more: ${name}, for no file of it ran: ${run.why}`);
  const again = await attempt();
  return { run: again, flaky: again.why === undefined ? [{ file: name, title: "(its parts)", why: run.why }] : [] };
}

type MeasuredRun = ProjectRun & { processor: Row["processor"] };
function rowOf({ chosen, files, why, seconds, processor }: MeasuredRun): Row {
  const sum = (column: "passed" | "failed") => files.reduce((total, file) => total + file[column], 0);
  const failed = sum("failed") + (why === undefined ? 0 : 1);
  return { name: chosen.project.name, passed: sum("passed"), failed, seconds, processor, ...(why === undefined ? {} : { why }) };
}

/**
 * Measures the machine, and hands on to every process of the tests by how much their limits are longer, and
 * what load is not theirs.
 */
async function measureMachine(docker: boolean): Promise<{ machine: string; factor: number }> {
  const measured = await calibrate(docker ? readImageTags().opencode : undefined);
  process.env.GROWQR_MACHINE = String(measured.factor);
  process.env.GROWQR_OTHERS = String(measured.others);
  return { machine: describeMachine(measured), factor: measured.factor };
}

/** What was chosen, one project after the other. */
async function runProjects(options: Run, processor: ProcessorTime): Promise<{ first: MeasuredRun[]; flaky: Flaky[] }> {
  const first: MeasuredRun[] = [];
  const flaky: Flaky[] = [];
  for (const chosen of options.chosen) {
    if (options.signal.aborted) break;
    options.log(`── ${chosen.project.name}`);
    const from = Date.now();
    processor.take();
    const begun = await runProject(chosen, options);
    first.push({ chosen, ...begun.run, seconds: (Date.now() - from) / 1_000, processor: processor.take() });
    flaky.push(...begun.flaky);
  }
  return { first, flaky };
}

/**
 * What was chosen; then each file that failed once more, alone. The last 80 lines stand alone, and the last
 * one says how many passed and failed. Answers the exit code.
 */
export async function runSuite(wanted: Omit<Run, "folder">): Promise<number> {
  const { chosen, whole, every, needs, log, signal } = wanted;
  const began = Date.now();
  const options: Run = { ...wanted, folder: makeRunFolder(new Date(began)) };
  const record = whole ? beginRecord() : undefined;
  const processor = new ProcessorTime();
  const docker = needs.includes("docker");
  const instances = whole ? testInstances : chosen.flatMap(({ project }) => instancesOf(project.name));
  const rows: Row[] = [];
  const add = async (name: string, work: () => Promise<Came>) => {
    log(`── ${name}`);
    rows.push(await timed(name, processor, work));
  };
  if (whole) await add("check", () => checks(signal));
  let main: string | undefined;
  if (docker) {
    const prepared = prepare(log).then(() => ({ passed: 1, failed: 0 }));
    await add("prepare", () => Promise.race([prepared, aborted(signal)]));
    main = await fingerprintOf(await ensureDocker(() => undefined), "main");
  }
  const { machine, factor } = await measureMachine(docker && rows.every(({ name, failed }) => name !== "prepare" || failed === 0));
  log(machine);
  const { first, flaky } = await runProjects(options, processor);
  const from = Date.now();
  processor.take();
  const second = await runSecondTries(first, options, (line) => log(`── ${line}`));
  const tries = { seconds: (Date.now() - from) / 1_000, processor: processor.take() };
  flaky.push(...second.flaky);
  if (signal.aborted) return docker ? cutOff(instances, log) : 130;
  rows.push(...second.runs.map((run, at) => rowOf({ ...run, processor: first[at]!.processor })));
  if (second.tried > 0) rows.push({ name: "second try", passed: 0, failed: 0, ...tries }); // counted in the rows of their projects
  await add("leftovers", () => clean(instances, main));
  processor.stop();
  const evidence = path.relative(root, options.folder);
  const wrongSizes = findWrongSizes(
    first.flatMap((run) => run.files),
    factor,
  );
  for (const line of describeRun({ machine, rows, runs: second.runs, flaky, wrongSizes, evidence })) console.log(line);
  const failedFiles = first.flatMap((run) => run.files).filter((file) => file.failed > 0).length;
  if (failedFiles > mostFlaky) console.log(`${failedFiles} files failed: none was run a second time`);
  const sum = (column: "passed" | "failed") => rows.reduce((total, row) => total + row[column], 0);
  const [passed, failed] = [sum("passed"), sum("failed")];
  const counts = { passed, failed, flaky: new Set(flaky.map(({ file }) => file)).size };
  const seconds = Math.round((Date.now() - began) / 1_000);
  record?.({ tests: every ? "all" : "default", ...counts, seconds, calibration: factor });
  console.log(`${passed} passed, ${failed} failed`);
  return failed ? 1 : 0;
}

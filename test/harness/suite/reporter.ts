import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestModule, TestSpecification, TestSuite } from "vitest/node";
import { z } from "zod";
import { root } from "../../local/process.ts";
import { type Ended, HangReporter } from "./hang/reporter.ts";
import { mostHanging } from "./hang/watch.ts";

/** What a file of tests came to. A file that did not load and a failed hook are failures of the file. */
export const fileOutcome = z.object({
  /** Its path below the checkout. */
  file: z.string(),
  passed: z.number(),
  failed: z.number(),
  /** What failed: a test by its full name, or the file itself, with the first words of why. */
  failures: z.array(z.object({ title: z.string(), why: z.string() })),
  /** How long its imports, hooks and tests took. */
  seconds: z.number(),
  startsProcess: z.boolean(),
});
export type FileOutcome = z.infer<typeof fileOutcome>;

/** What one run of vitest came to. A skipped test is a failure: nothing is quietly left out. */
export const outcome = z.object({
  files: z.array(fileOutcome),
  /** Errors that belong to no file. */
  unhandled: z.array(z.string()),
});
export type Outcome = z.infer<typeof outcome>;

type Thrown = { message: string; stack?: string | undefined; VITEST_TEST_PATH?: string; cause?: unknown };
/** The message, and where in our code. */
function why({ message, stack = "" }: Thrown): string {
  const places = stack.split("\n").filter((line) => /^\s+at /.test(line) && !line.includes("node_modules"));
  return [message.slice(0, 1_500), ...places.slice(0, 4)].join("\n");
}

/** The file on which a worker died and how, when this error tells of it. */
function readDeath({ cause }: Thrown): { file: string; how: string } | undefined {
  const [, how, file] = (cause instanceof Error && /^(Worker exited .*) while running test file (.+)$/.exec(cause.message)) || [];
  return how && file ? { file, how } : undefined;
}

/** `strays`: errors outside of any test that vitest ascribes to this file. */
function read(module: TestModule, strays: readonly Thrown[]): FileOutcome {
  const { collectDuration, duration } = module.diagnostic();
  const hooks: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
  const failures = hooks.flatMap((each) => each.errors().map((error) => ({ title: "(file or hook)", why: why(error) })));
  const broken = failures.length > 0;
  failures.push(...strays.map((error) => ({ title: "(outside of any test)", why: why(error) })));
  let passed = 0;
  let skipped = 0;
  let failed = strays.length;
  for (const test of module.children.allTests()) {
    const { state, errors = [] } = test.result();
    if (state === "passed") passed += 1;
    else failed += 1;
    if (state === "failed") failures.push({ title: test.fullName, why: errors.map(why).join("\n") });
    else if (state !== "passed") skipped += 1;
  }
  if (skipped > 0) failures.push({ title: "(skipped)", why: `${skipped} did not run` });
  if (module.state() === "failed" && broken && skipped === 0) failed += 1; // no test of the file tells
  if (module.state() === "failed" && failed === 0) {
    failed = 1;
    failures.push({ title: "(file)", why: "vitest calls it failed and names no error" });
  }
  const seconds = (collectDuration + duration) / 1_000;
  const { startsProcess = false } = module.meta();
  return { file: path.relative(root, module.moduleId), passed, failed, failures, seconds, startsProcess };
}

/** A file whose worker was ended, or died: what it had passed stands, and the rest of it is one failure. */
function readEnded(module: TestModule, { title, why: text }: Ended): FileOutcome {
  const { failed, failures, ...came } = read(module, []);
  const others = failures.filter((each) => each.title !== "(skipped)");
  return { ...came, failed: Math.max(failed, 1), failures: [{ title, why: text }, ...others] };
}

/** The files whose worker died: of those that hung, and by itself. */
function listEnded(modules: readonly TestModule[], unhandled: readonly Thrown[], hung: ReadonlyMap<string, Ended>): Map<string, Ended> {
  const died = unhandled.flatMap((error): [string, Ended][] => {
    const death = readDeath(error);
    const there = modules.some(({ moduleId }) => moduleId === death?.file);
    return death && there ? [[death.file, { title: "(its worker died)", why: death.how }]] : [];
  });
  return new Map([...died, ...hung]);
}

function readRun(modules: readonly TestModule[], unhandled: readonly Thrown[], hung: ReadonlyMap<string, Ended>): Outcome {
  const ended = listEnded(modules, unhandled, hung);
  const others = unhandled.filter((error) => !ended.has(readDeath(error)?.file ?? ""));
  const strays = Map.groupBy(others, (error) => modules.find(({ moduleId }) => moduleId === error.VITEST_TEST_PATH));
  const files = modules.map((module) => {
    const end = ended.get(module.moduleId);
    return end ? readEnded(module, end) : read(module, strays.get(module) ?? []);
  });
  return { files, unhandled: (strays.get(undefined) ?? []).map(why) };
}

/** Its name is given to vitest with `--reporter`; it writes to the file that `GROWQR_OUTCOME` names. */
export default class OutcomeReporter extends HangReporter {
  #chosen: string[] = [];

  override onTestRunStart(chosen: readonly TestSpecification[]): void {
    super.onTestRunStart(chosen);
    this.#chosen = chosen.map(({ moduleId }) => moduleId);
  }
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Thrown[]): void {
    this.endWatch();
    const to = process.env.GROWQR_OUTCOME;
    if (!to) throw new Error("GROWQR_OUTCOME names no file");
    mkdirSync(path.dirname(to), { recursive: true });
    const run = readRun(modules, unhandled, this.hung);
    const missing = this.#chosen.filter((file) => !modules.some(({ moduleId }) => moduleId === file));
    run.unhandled.push(...missing.map((file) => `${path.relative(root, file)} did not run`));
    if (this.hung.size > mostHanging) run.unhandled.unshift(`more than ${mostHanging} files hung: the others did not run`);
    writeFileSync(to, JSON.stringify(run));
  }
}

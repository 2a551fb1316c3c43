import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import type { UserConsoleLog } from "vitest";
import type { Reporter, TestCase, TestModule, TestSpecification } from "vitest/node";
import { readInstance } from "../../../../schema/machine/instance.ts";
import { root } from "../../../local/process.ts";
import { instancesOf } from "../test-instance.ts";
import { fileNameOf, resultsFolder } from "./results.ts";

/** Of each part's log, and of what a test printed, so much of the end is kept, in bytes. */
const kept = 16_384;

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** The part of a file from `from`, at most the last `kept` bytes of it; nothing of one that is gone. */
function readFrom(file: string, from: number): string {
  const size = sizeOf(file);
  if (size === 0) return "";
  const start = Math.max(from > size ? 0 : from, size - kept); // a log that was begun anew is read from its beginning
  const buffer = Buffer.alloc(size - start);
  const opened = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(opened, buffer, 0, buffer.length, start)).toString("utf8");
  } finally {
    closeSync(opened);
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the instance is not there yet, or no more
  }
}
/** The logs of the parts that the project's instances run just now. */
const listLogs = (project: string): string[] =>
  instancesOf(project)
    .map((name) => path.join(root, readInstance(name).folder))
    .flatMap((folder) => listFolder(folder).flatMap((file) => (file.endsWith(".log") ? [path.join(folder, file)] : [])));

const available = () => /MemAvailable:\s+(\d+) kB/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
/** How busy the machine is at this moment. */
export function describeMoment(): string {
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
  return `${new Date().toISOString()}, load ${load}, ${Math.round(Number(available()) / 1024)} MB of memory free, ${processes} processes`;
}

type Thrown = { message: string; stack?: string | undefined };
const describeError = ({ message, stack = "" }: Thrown) => (stack.includes(message) ? stack : `${message}\n${stack}`);
/** How long each log was at a time. */
type Sizes = { at: number; sizes: ReadonlyMap<string, number> };
/** How often the logs are measured, and for how long that is known, in milliseconds. */
const [measured, known] = [1_000, 1_200_000];

/**
 * Keeps what explains a failure while it can still be seen: the errors, what the test printed, what the logs
 * of the parts gained while it ran, and how busy the machine was. `GROWQR_RESULTS` names the folder. A hook
 * that failed is told with its file. Vitest tells of a beginning with a delay, so the logs are measured by a
 * timer.
 */
export default class EvidenceReporter implements Reporter {
  readonly #printed = new Map<string, string>();
  #sizes: Sizes[] = [];
  #timer: NodeJS.Timeout | undefined;

  onTestRunStart(files: readonly TestSpecification[]): void {
    const projects = [...new Set(files.map(({ project }) => project.name))];
    this.#timer = setInterval(() => this.#measure(projects), measured).unref();
  }
  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }
  onUserConsoleLog({ taskId, content }: UserConsoleLog): void {
    if (taskId) this.#printed.set(taskId, `${this.#printed.get(taskId) ?? ""}${content}`.slice(-kept));
  }
  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    const from = test.diagnostic()?.startTime ?? 0;
    this.#end(test, `${path.relative(root, test.module.moduleId)} > ${test.fullName}`, state === "failed" ? errors : [], from);
  }
  onTestModuleEnd(module: TestModule): void {
    const errors = [module, ...module.children.allSuites()].flatMap((each) => each.errors());
    const { duration, setupDuration, collectDuration } = module.diagnostic();
    this.#end(module, path.relative(root, module.moduleId), errors, Date.now() - duration - setupDuration - collectDuration - measured);
  }

  #measure(projects: readonly string[]): void {
    const at = Date.now();
    const sizes = new Map(projects.flatMap(listLogs).map((file) => [file, sizeOf(file)]));
    this.#sizes = [...this.#sizes.filter((each) => each.at > at - known), { at, sizes }];
  }
  /** `from`: when it began. */
  #end({ id, project }: TestCase | TestModule, title: string, errors: readonly Thrown[], from: number): void {
    const printed = this.#printed.get(id) ?? "";
    this.#printed.delete(id);
    if (errors.length === 0) return;
    const before = this.#sizes.findLast(({ at }) => at <= from)?.sizes;
    const logs = listLogs(project.name).flatMap((file) => {
      const text = readFrom(file, before?.get(file) ?? 0);
      return text === "" ? [] : [`── ${path.relative(root, file)}`, text];
    });
    const lines = [title, describeMoment(), "── why", ...errors.map(describeError), "── what it printed", printed, ...logs];
    mkdirSync(resultsFolder(), { recursive: true });
    writeFileSync(path.join(resultsFolder(), `failed-${fileNameOf(title.replace(/^test\//, ""))}.txt`), `${lines.join("\n")}\n`);
  }
}

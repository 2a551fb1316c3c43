import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import type { UserConsoleLog } from "vitest";
import type { Reporter, TestCase } from "vitest/node";
import { readInstance } from "../../../../schema/machine/instance.ts";
import { root } from "../../../local/process.ts";
import { instancesOf } from "../test-instance.ts";
import { fileNameOf, resultsFolder } from "./results.ts";

/** Of each part's log, and of what a test printed, so much of the end is kept, in bytes. */
const kept = 16_384;

/** The part of a file from `from`, at most the last `kept` bytes of it. */
function readFrom(file: string, from: number): string {
  const { size } = statSync(file);
  const start = Math.max(from > size ? 0 : from, size - kept); // a log that was begun anew is read from its beginning
  const buffer = Buffer.alloc(size - start);
  const opened = openSync(file, "r");
  try {
    return buffer.subarray(0, readSync(opened, buffer, 0, buffer.length, start)).toString("utf8");
  } finally {
    closeSync(opened);
  }
}

/** The logs of the parts that the project's instances run just now. */
const listLogs = (project: string): string[] =>
  instancesOf(project)
    .map((name) => path.join(root, readInstance(name).folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).flatMap((file) => (file.endsWith(".log") ? [path.join(folder, file)] : [])));

const available = () => /MemAvailable:\s+(\d+) kB/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
/** How busy the machine is at this moment. */
export function describeMoment(): string {
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(" ");
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).length;
  return `${new Date().toISOString()}, load ${load}, ${Math.round(Number(available()) / 1024)} MB of memory free, ${processes} processes`;
}

/**
 * Keeps what explains a failure while it can still be seen: the errors, what the test printed, what the logs
 * of the parts gained while it ran, and how busy the machine was. `GROWQR_RESULTS` names the folder.
 */
export default class EvidenceReporter implements Reporter {
  readonly #printed = new Map<string, string>();
  readonly #logs = new Map<string, Map<string, number>>();

  onTestCaseReady(test: TestCase): void {
    this.#logs.set(test.id, new Map(listLogs(test.project.name).map((file) => [file, statSync(file).size])));
  }

  onUserConsoleLog({ taskId, content }: UserConsoleLog): void {
    if (taskId) this.#printed.set(taskId, `${this.#printed.get(taskId) ?? ""}${content}`.slice(-kept));
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    const before = this.#logs.get(test.id);
    const printed = this.#printed.get(test.id) ?? "";
    this.#logs.delete(test.id);
    this.#printed.delete(test.id);
    if (state !== "failed") return;
    const logs = listLogs(test.project.name).flatMap((file) => {
      const text = readFrom(file, before?.get(file) ?? 0);
      return text === "" ? [] : [`── ${path.relative(root, file)}`, text];
    });
    const file = path.relative(root, test.module.moduleId);
    const told = errors.map(({ message, stack }) => `${message}\n${stack ?? ""}`);
    const lines = [`${file} > ${test.fullName}`, describeMoment(), "── why", ...told, "── what the test printed", printed, ...logs];
    mkdirSync(resultsFolder(), { recursive: true });
    writeFileSync(path.join(resultsFolder(), `failed-${fileNameOf(test.fullName)}.txt`), `${lines.join("\n")}\n`);
  }
}

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ReportedHookContext, Reporter, TestCase, TestModule, TestSpecification, Vitest } from "vitest/node";
import { root } from "../../../local/process.ts";
import { resultsFolder } from "../evidence/results.ts";
import { watchFolder } from "./folder.ts";
import { isChildOf, killTree } from "./processes.ts";
import { writeStacks } from "./stacks.ts";
import { allowedSilence, findHanging, type Hanging, lookEvery, mostHanging, ProgressBook } from "./watch.ts";

/** A file whose worker was ended, and the failure that it is. */
export type Ended = { title: string; why: string };

/** The workers that say they serve this file, and of them the one that is there. */
function findWorker(file: string, workers: string): { said: boolean; pid: number | undefined } {
  const said = readdirSync(workers).filter((pid) => readFileSync(path.join(workers, pid), "utf8") === file);
  return { said: said.length > 0, pid: said.map(Number).find((pid) => isChildOf(process.pid, pid)) };
}

/** The places of a stack that are ours, or all of them. */
function shorten(stack: readonly string[]): string {
  const ours = stack.filter((line) => !line.includes("node_modules") && !line.includes("node:"));
  return (ours.length > 0 ? ours : stack).slice(0, 10).join("\n");
}

/**
 * Watches the files in progress from vitest's main process, and ends the worker of one that hangs with
 * everything it started. Vitest then begins another worker for the other files.
 */
export class HangReporter implements Reporter {
  /** The files that hung, by their absolute paths. */
  protected readonly hung = new Map<string, Ended>();
  readonly #book = new ProgressBook();
  readonly #ending = new Set<string>();
  readonly #places = watchFolder(process.env.GROWQR_OUTCOME ?? "");
  #vitest: Vitest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looked = 0;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }
  onTestRunStart(_chosen: readonly TestSpecification[]): void {
    mkdirSync(this.#places.workers, { recursive: true });
    this.#showLife();
    this.#looked = Date.now();
    this.#timer = setInterval(() => this.#look(), lookEvery).unref();
  }
  onTestModuleQueued({ moduleId }: TestModule): void {
    this.#note(moduleId, "its imports");
  }
  onTestModuleCollected({ moduleId }: TestModule): void {
    this.#note(moduleId, "its first test or hook");
  }
  onTestModuleStart({ moduleId }: TestModule): void {
    this.#note(moduleId, "its first test or hook");
  }
  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#showLife();
    this.#note(moduleId);
    this.#book.setOver(moduleId);
  }
  onTestCaseReady(test: TestCase): void {
    this.#note(test.module.moduleId, JSON.stringify(test.fullName));
    this.#book.setRunning(test.module.moduleId, test.id, test.options.timeout ?? 0);
  }
  onTestCaseResult(test: TestCase): void {
    this.#note(test.module.moduleId, `what follows ${JSON.stringify(test.fullName)}`);
    this.#book.setRunning(test.module.moduleId, test.id, undefined);
  }
  onHookStart({ name, entity }: ReportedHookContext): void {
    const whole = entity.type === "module" ? "the file" : JSON.stringify(entity.fullName);
    const module = entity.type === "module" ? entity : entity.module;
    this.#note(module.moduleId, `${name} of ${whole}`);
    this.#book.setRunning(module.moduleId, `${name} ${entity.id}`, module.project.config.hookTimeout);
  }
  onHookEnd({ name, entity }: ReportedHookContext): void {
    const module = entity.type === "module" ? entity : entity.module;
    this.#book.setRunning(module.moduleId, `${name} ${entity.id}`, undefined);
    this.#note(module.moduleId, entity.type === "test" && name === "beforeEach" ? JSON.stringify(entity.fullName) : `what follows ${name}`);
  }
  onUserConsoleLog({ taskId = "" }: { taskId?: string }): void {
    const file = this.#vitest?.state.idMap.get(taskId)?.file.filepath;
    if (file && this.#book.files.has(file)) this.#note(file);
  }
  protected endWatch(): void {
    clearInterval(this.#timer);
    this.#showLife();
  }

  #note(file: string, doing?: string): void {
    if (!this.hung.has(file)) this.#book.note(file, Date.now(), doing);
  }
  #forget(file: string): void {
    this.#book.files.delete(file);
  }
  #showLife(): void {
    writeFileSync(this.#places.alive, "");
  }
  /** Vitest is alive while a file is in progress and does not hang. */
  #look(): void {
    const now = Date.now();
    const slept = now - this.#looked > 10 * lookEvery; // this process, or the machine: nobody was heard meanwhile
    if (slept) for (const file of this.#book.files.keys()) this.#book.note(file, now);
    this.#looked = now;
    const hanging = findHanging(this.#book.files.values(), now, allowedSilence());
    const inProgress = [...this.#book.files.values()].filter(({ over }) => !over);
    if (inProgress.some((each) => !hanging.some(({ progress }) => progress === each))) this.#showLife();
    for (const each of hanging.filter(({ progress }) => !this.#ending.has(progress.file)))
      this.#end(each).catch((error: unknown) => console.error(`${each.progress.file} hangs and was not ended:`, error));
  }
  async #end({ progress, why }: Hanging): Promise<void> {
    const { file, at, over } = progress;
    const name = path.relative(root, file);
    const { said, pid } = findWorker(file, this.#places.workers);
    if (pid === undefined && (said || over)) return this.#forget(file); // its worker died, or has left it
    this.#ending.add(file);
    if (pid === undefined) throw new Error("no worker says that it serves it");
    const stacks = await writeStacks(resultsFolder(), name, why, pid);
    const goesOn = this.#book.files.get(file)?.at !== at || findWorker(file, this.#places.workers).pid !== pid;
    this.#ending.delete(file);
    if (goesOn) return;
    this.hung.set(file, { title: `(hanging) ${why}; stacks: ${stacks.file}`, why: shorten(stacks.stack) });
    this.#forget(file);
    console.error(`HANGING ${name} > ${why}; stacks: ${stacks.file}`);
    if (this.hung.size > mostHanging) void this.#vitest?.cancelCurrentRun("test-failure");
    killTree(stacks.tree);
  }
}

import { statSync } from "node:fs";
import { killTree } from "./processes.ts";
import { writeStacks } from "./stacks.ts";
import { longestWithoutFile, lookEvery } from "./watch.ts";

/** When vitest was last alive, in milliseconds; 0 before its first file. */
function readLife(alive: string): number {
  return statSync(alive, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Watches a whole run of vitest from outside: that parts come up, that files are in progress, that parts go
 * down. Hanging files are the run's own to end (`reporter.ts`), as long as its own event loop turns.
 */
export class RunWatch {
  readonly #name: string;
  readonly #alive: string;
  readonly #hang = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #tree: number[] = [];
  #why: string | undefined;
  #over = false;

  readonly #folder: string;

  /** `folder`: for its stacks. `alive`: the file that the run touches while it goes on. */
  constructor(name: string, folder: string, alive: string) {
    this.#name = name;
    this.#folder = folder;
    this.#alive = alive;
  }
  /** Aborted when the run hangs; its stacks are written then. */
  get hangs(): AbortSignal {
    return this.#hang.signal;
  }
  begin(pid: number): void {
    let at = Date.now();
    let looked = at;
    this.#timer = setInterval(() => {
      const now = Date.now();
      const slept = now - looked > 10 * lookEvery; // this process, or the machine
      looked = now;
      at = slept ? now : Math.max(at, readLife(this.#alive));
      if (now - at > longestWithoutFile()) void this.#endRun(pid, now - at);
    }, lookEvery).unref();
  }
  /** The run ended: takes away what it left when it hung, and answers why it was ended. */
  end(): string | undefined {
    this.#over = true;
    clearInterval(this.#timer);
    killTree(this.#tree);
    this.#tree = [];
    return this.#why;
  }

  async #endRun(pid: number, quiet: number): Promise<void> {
    clearInterval(this.#timer);
    const words = `vitest hung: no file was in progress for ${Math.round(quiet / 1_000)} s`;
    const stacks = await writeStacks(this.#folder, this.#name, words, pid).catch((error: unknown) => ({
      file: `none: ${error}`,
      tree: [pid],
      stack: [],
    }));
    if (this.#over) return; // it ended by itself meanwhile
    if (readLife(this.#alive) > Date.now() - quiet) return this.begin(pid); // it goes on
    this.#why = [`${words}; stacks: ${stacks.file}`, ...stacks.stack.slice(0, 10)].join("\n");
    this.#tree = stacks.tree;
    console.error(`HANGING ${this.#name} > ${this.#why}`);
    this.#hang.abort();
  }
}

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

const mostRuns = 100;

/** How the last runs went, newest first, in a file that is whole at any moment. */
export class Journal {
  #file;
  #runs;
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, "journal.json");
    this.#runs = existsSync(this.#file) ? JSON.parse(readFileSync(this.#file, "utf8")) : [];
  }
  add(run) {
    this.#runs = [run, ...this.#runs].slice(0, mostRuns);
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#runs));
    renameSync(`${this.#file}.new`, this.#file);
  }
  get runs() {
    return this.#runs;
  }
  /** What the last good run answered. */
  get last() {
    return this.#runs.find(({ error }) => error === undefined)?.result;
  }
  /** Not once three runs in a row have failed. */
  get isWell() {
    const newest = this.#runs.slice(0, 3);
    return newest.length < 3 || newest.some(({ error }) => error === undefined);
  }
}

import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { root } from "../../../local/process.ts";

const all = path.join(root, ".growqr/results");
/** Runs whose evidence is kept. */
const keptRuns = 5;
/** A run's folder is its beginning in UTC, so that names sort by age: `2026-11-24T05-40-12`. */
const runFolder = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/;

/** Makes the folder of a run of tests that begins at `now`, and forgets the oldest runs. Answers its path. */
export function makeRunFolder(now: Date): string {
  const folder = path.join(all, now.toISOString().slice(0, 19).replaceAll(":", "-"));
  mkdirSync(folder, { recursive: true });
  const runs = readdirSync(all).filter((name) => runFolder.test(name));
  for (const name of runs.sort().slice(0, -keptRuns)) rmSync(path.join(all, name), { recursive: true, force: true });
  return folder;
}

/**
 * Where the tests of this process leave what explains a failure: the suite names a folder for each project
 * and each second try; tests that were started by hand share one.
 */
export const resultsFolder = (): string => process.env.GROWQR_RESULTS ?? path.join(all, "by-hand");

/** A name for a file about a test. */
export const fileNameOf = (test: string): string =>
  test
    .replace(/[^a-z0-9]+/gi, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 100);

/**
 * Adds rows to a table of the run, `<name>.md` in its folder, for people who read what was seen. The table
 * begins with `head`.
 */
export function addResultRows(name: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const folder = resultsFolder();
  const file = path.join(folder, `${name}.md`);
  const write = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |\n`;
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) appendFileSync(file, write(head) + write(head.map(() => "---")));
  appendFileSync(file, rows.map(write).join(""));
}

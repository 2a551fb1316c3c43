import type { Flaky, ProjectRun } from "../second-try.ts";
import type { Used } from "./processor-time.ts";

/** What one row of a run came to. */
export type Row = {
  name: string;
  passed: number;
  failed: number;
  seconds: number;
  why?: string;
  processor: Used;
};
export type Digest = {
  /** How slow the machine is, in one line. */
  machine?: string;
  rows: readonly Row[];
  runs: readonly ProjectRun[];
  flaky: readonly Flaky[];
  /** Files that are not of the size that is declared for them, one line each. */
  wrongSizes: readonly string[];
  /** The folder with the evidence of this run, below the checkout. */
  evidence: string;
};

/** More lines than this nobody reads at the end of a run. */
const most = 80;
const columns = 200;
const firstLines = (text: string, count: number) =>
  text
    .split("\n")
    .slice(0, count)
    .map((line) => line.slice(0, columns));

/** The first `room` lines, the last of them saying how many items are not shown. */
function fitLines(items: readonly string[][], room: number, name: string): string[] {
  const shown: string[] = [];
  for (const [at, lines] of items.entries()) {
    if (shown.length + lines.length >= room) return [...shown, `… and ${items.length - at} more ${name}`];
    shown.push(...lines);
  }
  return shown;
}

function describeRow({ name, passed, failed, seconds, why, processor }: Row): string {
  const counts = `${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(0).padStart(6)} s`;
  const kinds = processor.kinds
    .filter(([, used]) => used >= 1)
    .slice(0, 6)
    .map(([kind, used]) => `${kind} ${used.toFixed(0)}`);
  const used = `${processor.seconds.toFixed(0).padStart(6)} s of processor, load ${processor.load.toFixed(1)}${kinds.length > 0 ? `: ${kinds.join(", ")}` : ""}`;
  return why === undefined ? `${counts} ${used}` : `${counts} ${used}\n${firstLines(why, 3).join("\n")}`;
}

/**
 * The end of a run's output, 80 lines at most, which stands alone: the machine, each failure with its first
 * lines, what was flaky, the files that took longest, and each part with its time.
 */
export function describeRun({ machine, rows, runs, flaky, wrongSizes, evidence }: Digest): string[] {
  const files = runs.flatMap((run) => run.files);
  const slow = files.toSorted((left, right) => right.seconds - left.seconds).slice(0, 10);
  const failures = files.flatMap(({ file, failures: each }) =>
    each.map(({ title, why }) => [`FAILED ${file} > ${title}`.slice(0, columns), ...firstLines(why, 6).map((line) => `  ${line}`)]),
  );
  const flakes = flaky.map(({ file, title, why }) => [`FLAKY ${file} ${title}: ${firstLines(why, 1)[0]}`]);
  const table = rows.flatMap((row) => describeRow(row).split("\n"));
  const end = [...slow.map(({ file, seconds }) => `${seconds.toFixed(1).padStart(8)} s  ${file}`), ...table];
  const machineLines = machine === undefined ? [] : [machine];
  const sizes = fitLines(
    wrongSizes.map((line) => [line]),
    8,
    "files of another size than is declared",
  );
  const notes = failures.length + flakes.length > 0 ? [`evidence: ${evidence}`] : [];
  const room = most - machineLines.length - notes.length - sizes.length - end.length - 2; // and the line that counts
  const flakyLines = fitLines(flakes, Math.max(2, Math.floor(room / 2)), "flaky tests");
  return [...machineLines, ...fitLines(failures, room - flakyLines.length, "failures"), ...flakyLines, ...notes, ...sizes, ...end];
}

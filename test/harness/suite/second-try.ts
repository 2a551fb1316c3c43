import type { Chosen } from "./projects.ts";
import type { FileOutcome } from "./reporter.ts";
import { runVitest, type VitestOptions, type VitestRun } from "./vitest-run.ts";

/** More files than this that failed are no accident: the run is red without a second try. */
export const mostFlaky = 5;

/** A project as it was run. `name` is that of its row. */
export type ProjectRun = { chosen: Chosen; seconds: number } & VitestRun;
/** A test that failed, and passed when its file was run once more, alone. */
export type Flaky = { file: string; title: string; why: string };

const failedOf = (run: ProjectRun) => run.files.filter(({ failed }) => failed > 0);

/**
 * Which files are run once more, each alone and on fresh parts: none when so many failed that it is no
 * accident.
 */
export function chooseSecondTries(runs: readonly ProjectRun[]): Chosen[] {
  const again = runs.flatMap((run) =>
    failedOf(run).map(({ file }) => ({ project: run.chosen.project, files: [file.replace(/^test\//, "")] })),
  );
  return again.length > mostFlaky ? [] : again;
}

/** Puts the outcome of a second try in the place of the first, and tells what was flaky. */
export function mergeSecondTry(first: FileOutcome, second: FileOutcome | undefined): { file: FileOutcome; flaky: Flaky[] } {
  if (!second || second.failed > 0 || second.passed === 0) {
    const failures = (second?.failures ?? []).map(({ title, why }) => ({ title: `(second try) ${title}`, why }));
    return { file: { ...first, failures: [...first.failures, ...failures] }, flaky: [] };
  }
  return { file: second, flaky: first.failures.map((each) => ({ file: first.file, ...each })) };
}

/** Runs each file that failed once more, and answers the projects as they then stand, and how many it ran. */
export async function runSecondTries(
  runs: readonly ProjectRun[],
  options: VitestOptions,
  say: (line: string) => void,
): Promise<{ runs: ProjectRun[]; flaky: Flaky[]; tried: number }> {
  const flaky: Flaky[] = [];
  let tried = 0;
  const after = runs.map((run) => ({ ...run, files: [...run.files] }));
  for (const [at, chosen] of chooseSecondTries(runs).entries()) {
    if (options.signal.aborted) break;
    const file = `test/${chosen.files[0]}`;
    say(`once more, alone: ${file}`);
    tried += 1;
    const second = await runVitest(chosen, `second-try-${at + 1}`, options);
    const project = after.find((run) => run.chosen.project === chosen.project)!;
    const place = project.files.findIndex((each) => each.file === file);
    const again = second.why === undefined ? second.files.find((each) => each.file === file) : undefined;
    const merged = mergeSecondTry(project.files[place]!, again);
    project.files[place] = merged.file;
    flaky.push(...merged.flaky);
  }
  return { runs: after, flaky, tried };
}

import { projects, type Size, sizeOf } from "./projects.ts";
import type { FileOutcome } from "./reporter.ts";

/** How long a medium file may take on the reference machine, in seconds. */
const mediumSeconds = 60;

function judge(size: Size, { startsProcess, seconds }: FileOutcome, factor: number): string | undefined {
  if (size === "small" && startsProcess) return "is small and starts a process";
  if (size === "medium" && seconds > mediumSeconds * factor)
    return `is medium and took ${seconds.toFixed(0)} s: more than ${mediumSeconds} s on the reference machine`;
  return undefined;
}

/**
 * The files that are not of the size that is declared for them, one line each. It fails no run: a medium file
 * that takes too long, on a machine `factor` times as slow as the reference, is made two or shorter.
 */
export function findWrongSizes(files: readonly FileOutcome[], factor: number): string[] {
  return files.flatMap((outcome) => {
    const file = outcome.file.replace(/^test\//, "");
    const project = projects.find(({ folders }) => folders.includes(file.split("/")[0] ?? ""));
    const wrong = project && judge(sizeOf(project, file), outcome, factor);
    return wrong ? [`SIZE ${outcome.file} ${wrong}`] : [];
  });
}

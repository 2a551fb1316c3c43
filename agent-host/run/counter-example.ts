import type { BranchChange } from "../../schema/proof/check-file.ts";
import { emptyFunction, findFunctionBodies } from "./programs/function-bodies.ts";
import { type Hunk, takeOutHunk } from "./programs/hunks.ts";
import type { ProgramText } from "./programs/program-text.ts";
import type { Way } from "./way.ts";

/** A way of not doing the work, which a check should notice. */
export type CounterExample = { name: string; way: Way };

export const mostExamples = 12;
const addedPaths = (work: readonly BranchChange[]) => work.filter(({ status }) => status === "added").map(({ path }) => path);
const otherPaths = (work: readonly BranchChange[]) => work.filter(({ status }) => status !== "added").map(({ path }) => path);

/** The commit without the work. */
export const withoutWork = (work: readonly BranchChange[]): Way => ({ gone: addedPaths(work), restored: otherPaths(work), texts: {} });

/**
 * All ways of not doing a work: a file of it empty, or as it was before; one of its functions empty; one
 * changed place as it was before. `texts`: the program files of the work that can be read.
 */
export function listCounterExamples(
  work: readonly BranchChange[],
  texts: ReadonlyMap<string, ProgramText>,
  hunks: ReadonlyMap<string, readonly Hunk[]>,
): CounterExample[] {
  const whole = { name: "nothing is done", way: withoutWork(work) };
  const kept = work.filter(({ status }) => status !== "deleted");
  const files = kept.map(({ path, status }): CounterExample => {
    if (status === "added")
      return {
        name: `${path} is empty`,
        way: { gone: [], restored: [], texts: { [path]: { text: "", executable: texts.get(path)?.executable ?? false } } },
      };
    return { name: `${path} is as it was before`, way: { gone: [], restored: [path], texts: {} } };
  });
  const same = work.length === 1 && kept[0]?.status === "modified"; // the file is all of the work
  const pieces = kept.flatMap(({ path, status }) => {
    const known = texts.get(path);
    return known ? piecesOf(path, known, status === "added" ? undefined : (hunks.get(path) ?? [])) : [];
  });
  return [whole, ...(same ? [] : files), ...pieces];
}
function piecesOf(path: string, program: ProgramText, hunks: readonly Hunk[] | undefined): CounterExample[] {
  const { text, executable } = program;
  const replaced = (name: string, changed: string): CounterExample => ({
    name,
    way: { gone: [], restored: [], texts: { [path]: { text: changed, executable } } },
  });
  const within = (line: number, [from, to]: readonly [number, number]) => from <= line && line <= to;
  const bodies = findFunctionBodies(path, program).filter(
    ({ lines }) => !hunks || hunks.some(({ changed }) => changed.some((line) => within(line, lines))),
  );
  const functions = bodies.map((body) => replaced(`${body.name} in ${path} does nothing`, emptyFunction(text, body)));
  const outside = (hunks ?? []).filter(({ changed }) => !changed.some((line) => bodies.some(({ lines }) => within(line, lines))));
  if (functions.length + outside.length < 2 && hunks) return functions; // one place is all that was changed in the file
  return [
    ...functions,
    ...outside.map((hunk) => replaced(`${path} is as it was before from line ${hunk.line} on`, takeOutHunk(text, hunk))),
  ];
}

/** The first and so many of the others, spread evenly. */
export function spreadEvenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  const rest = all.slice(1);
  const step = rest.length / (most - 1);
  return [all[0]!, ...Array.from({ length: most - 1 }, (_, index) => rest[Math.floor(index * step)]!)];
}

import { beforeAll, describe, expect, test } from "vitest";
import { bindings, lineOf, listSources, longComments, readSource, type Source, topLevelNames } from "./source.ts";

/** Names that may stand in many files, and why that misleads nobody who searches for one. */
const sameEverywhere: Record<string, string> = {
  Props: "what a component takes, never exported",
};
/** Words that do not say what a parameter or variable holds. */
const unclear = new Set(["of", "one", "it", "who", "what", "own"]);

/**
 * How many exceptions there still are. A number here may only go down: lower it when you mend some, and write
 * the next test without one once it is 0.
 */
const left = { exportedTwice: 145, inThreeFiles: 213, unclear: 884, unclearInTests: 1131, longComments: 1044, longCommentsInTests: 244 };

let product: Source[];
let tests: Source[];
beforeAll(async () => {
  product = (await listSources()).map(readSource);
  tests = (await listSources(["test"])).map(readSource);
});

/** The names of `count` files or more, each with those files. */
function sharedNames(count: number, only: (declared: { exported: boolean }) => boolean): string[] {
  const files = new Map<string, string[]>();
  for (const source of product)
    for (const declared of topLevelNames(source).filter(only)) files.set(declared.name, [...(files.get(declared.name) ?? []), source.file]);
  return [...files]
    .filter(([name, all]) => all.length >= count && !(name in sameEverywhere))
    .map(([name, all]) => `${name}: ${all.join(" ")}`);
}
const unclearIn = (sources: Source[]) =>
  sources.flatMap((source) =>
    bindings(source)
      .filter(({ name }) => unclear.has(name as string))
      .map(({ name, start }) => `${source.file}:${lineOf(source, start!)} ${name}`),
  );
const longIn = (sources: Source[]) => sources.flatMap((source) => longComments(source, 110).map((line) => `${source.file}:${line}`));

function expectAtMost(found: string[], most: number): void {
  expect(found.length, `only ${most} were left:\n${found.join("\n")}`).toBeLessThanOrEqual(most);
}

describe("names", () => {
  test("an exported name stands in one file of the product", () => {
    expectAtMost(
      sharedNames(2, ({ exported }) => exported),
      left.exportedTwice,
    );
  });
  test("a name at the top of a file, exported or not, stands in two files at most", () => {
    expectAtMost(
      sharedNames(3, () => true),
      left.inThreeFiles,
    );
  });
  test("a parameter or variable says what it holds", () => {
    expectAtMost(unclearIn(product), left.unclear);
    expectAtMost(unclearIn(tests), left.unclearInTests);
  });
});

test("a comment fits on 110 columns", () => {
  expectAtMost(longIn(product), left.longComments);
  expectAtMost(longIn(tests), left.longCommentsInTests);
});

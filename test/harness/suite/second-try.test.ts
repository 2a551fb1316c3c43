import { expect, test } from "vitest";
import { projects } from "./projects.ts";
import type { FileOutcome } from "./reporter.ts";
import { chooseSecondTries, mergeSecondTry, mostFlaky, type ProjectRun } from "./second-try.ts";

const project = projects[0]!;
const passes = (file: string): FileOutcome => ({ file, passed: 3, failed: 0, failures: [], seconds: 1, startsProcess: false });
const fails = (file: string, why = "expected 1 to be 2"): FileOutcome => ({
  ...passes(file),
  ...{ passed: 2, failed: 1, failures: [{ title: "a sum is right", why }] },
});
const run = (...files: FileOutcome[]): ProjectRun => ({ chosen: { project, files: [] }, files, unhandled: [], seconds: 1 });

test("each file that failed is chosen for a second try, alone", () => {
  const chosen = chooseSecondTries([run(passes("test/a.test.ts"), fails("test/b.test.ts")), run(fails("test/c.test.ts"))]);
  expect(chosen.map(({ files }) => files)).toEqual([["b.test.ts"], ["c.test.ts"]]);
});

test("nothing is tried again where more files failed than may be flaky", () => {
  const failed = (count: number) => run(...Array.from({ length: count }, (_, at) => fails(`test/${at}.test.ts`)));
  expect(chooseSecondTries([failed(mostFlaky)])).toHaveLength(mostFlaky);
  expect(chooseSecondTries([failed(mostFlaky + 1)])).toEqual([]);
});

test("a file that passes alone counts as it then stands, and its first failure is told", () => {
  const { file, flaky } = mergeSecondTry(fails("test/b.test.ts"), passes("test/b.test.ts"));
  expect(file).toEqual(passes("test/b.test.ts"));
  expect(flaky).toEqual([{ file: "test/b.test.ts", title: "a sum is right", why: "expected 1 to be 2" }]);
});

test("a file that fails again, or does not run again, stays failed and tells both failures", () => {
  const first = fails("test/b.test.ts");
  const { file, flaky } = mergeSecondTry(first, fails("test/b.test.ts", "expected 3 to be 4"));
  expect([file.failed, flaky]).toEqual([1, []]);
  expect(file.failures.map(({ why }) => why)).toEqual(["expected 1 to be 2", "expected 3 to be 4"]);
  expect(mergeSecondTry(first, undefined).file).toEqual(first);
  expect(mergeSecondTry(first, { ...passes("test/b.test.ts"), passed: 0 }).file.failed).toBe(1);
});

import { expect, test } from "vitest";
import type { FileOutcome } from "./reporter.ts";
import { findWrongSizes } from "./wrong-size.ts";

const took = (file: string, seconds: number, startsProcess = false): FileOutcome => ({
  ...{ file: `test/${file}.test.ts`, passed: 1, failed: 0, failures: [] },
  ...{ seconds, startsProcess },
});

test("a small file that starts a process is told of, however quick it is", () => {
  const files = [took("schema/goal", 0.1, true), took("schema/plan/plan", 90), took("edge/actor", 1, true)];
  expect(findWrongSizes(files, 1)).toEqual(["SIZE test/schema/goal.test.ts is small and starts a process"]);
});

test("a medium file has a minute of the reference machine, a large one what it needs", () => {
  const files = [took("edge/actor", 61), took("edge/input", 59), took("stories/plan-to-merge", 300), took("faults/disk", 300)];
  expect(findWrongSizes(files, 1)).toEqual([
    "SIZE test/edge/actor.test.ts is medium and took 61 s: more than 60 s on the reference machine",
  ]);
  expect(findWrongSizes(files, 2.3)).toEqual([]);
});

import { expect, test } from "vitest";
import { projects } from "../projects.ts";
import type { ProjectRun } from "../second-try.ts";
import { describeRun, type Row } from "./digest.ts";
import { nameProcess, readMachineSeconds } from "./processor-time.ts";

const project = projects[0]!;
const row: Row = { name: "schema", passed: 4, failed: 0, seconds: 12, processor: { seconds: 20.4, load: 2.6, kinds: [["vitest", 18]] } };
const runOf = (failed: number, why = "expected 1 to be 2"): ProjectRun => {
  const failures = Array.from({ length: failed }, (_, at) => ({ title: `test ${at}`, why }));
  return {
    chosen: { project, files: [] },
    seconds: 12,
    files: [{ file: "test/schema/goal.test.ts", passed: 4, failed, failures, seconds: 3.21, startsProcess: false }],
    unhandled: [],
  };
};
const base = {
  machine: "this machine: 2.3 × the reference",
  rows: [row],
  flaky: [],
  wrongSizes: [],
  evidence: ".growqr/results/2026-11-24T05-40-12",
};

test("a run without a failure says how slow the machine is, what took long, and each part with its time", () => {
  expect(describeRun({ ...base, runs: [runOf(0)] })).toEqual([
    "this machine: 2.3 × the reference",
    "     3.2 s  test/schema/goal.test.ts",
    "schema           4 passed    0 failed     12 s     20 s of processor, load 2.6: vitest 18",
  ]);
});

test("a failure is told with its first lines, and with where its evidence is", () => {
  const flaky = [{ file: "test/edge/keys.test.ts", title: "a key is kept", why: "not within 3 s\nat keys.test.ts:12" }];
  const lines = describeRun({ ...base, runs: [runOf(1, "one\ntwo\nthree\nfour\nfive\nsix\nseven")], flaky });
  expect(lines.slice(1, 10)).toEqual([
    "FAILED test/schema/goal.test.ts > test 0",
    ...["one", "two", "three", "four", "five", "six"].map((line) => `  ${line}`),
    "FLAKY test/edge/keys.test.ts a key is kept: not within 3 s",
    "evidence: .growqr/results/2026-11-24T05-40-12",
  ]);
});

test("the digest of the worst run fits on 80 lines and says how much it leaves out", () => {
  const flaky = Array.from({ length: 40 }, () => ({ file: "test/edge/keys.test.ts", title: "a key is kept", why: "late" }));
  const lines = describeRun({ ...base, runs: [runOf(300, "why\n".repeat(90))], flaky });
  expect(lines.length).toBeLessThan(80); // the line that counts follows
  expect(lines.filter((line) => line.startsWith("… and "))).toEqual([
    expect.stringMatching(/ more failures$/),
    expect.stringMatching(/ more flaky tests$/),
  ]);
});

test.each([
  ["workerd", ["/x/workerd", "serve"], "workerd"],
  ["MainThread", ["/x/node", "/y/actors/main.ts", "serve"], "actors/main.ts"],
  ["node", ["node", "--title", "/y/agent-host/main.ts"], "agent-host/main.ts"],
  ["node", ["node", "(vitest 1)"], "vitest"],
  ["node", ["/x/node", "-e", "0"], "node"],
])("a process %s is counted by what it runs", (program, words, kind) => {
  expect(nameProcess(program, words)).toBe(kind);
});

test("what the machine worked is told without what it waited", () => {
  expect(readMachineSeconds("cpu  1000 100 400 90000 5000 20 30 7 0 0\ncpu0 1 2 3 4")).toBe(15.5);
});

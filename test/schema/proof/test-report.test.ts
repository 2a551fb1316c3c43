import { describe, expect, test } from "vitest";
import {
  bareName,
  describeTests,
  judgeTests,
  type ReportedTest,
  readPrintedTests,
  readReportLines,
  summarizeTests,
  type TestReport,
} from "../../../schema/proof/test-report.ts";
import { expectLinear, fillText } from "../../harness/linear.ts";

const told = (name: string, outcome: ReportedTest["outcome"] = "passed", file = "test/a.test.js"): ReportedTest => ({
  file,
  name,
  outcome,
});
const report = (...tests: ReportedTest[]): TestReport => ({ runners: ["vitest"], closed: true, tests });
const lines = (...all: object[]) => all.map((each) => `${JSON.stringify(each)}\n`).join("");

describe("a report in lines", () => {
  const [begins, ends] = [{ begins: "mocha" }, { ends: true }];
  test("says each test by name", () => {
    expect(readReportLines(lines(begins, told("a"), told("b", "skipped"), ends))).toEqual({
      runners: ["mocha"],
      closed: true,
      tests: [told("a"), told("b", "skipped")],
    });
  });
  test("of more tests than are kept is closed all the same, and of ever more runners names a few", () => {
    const many = readReportLines(lines(begins, ...Array.from({ length: 20_500 }, (_, at) => told(`t${at}`)), ends));
    expect([many?.tests.length, many?.closed]).toEqual([20_000, true]);
    const runners = Array.from({ length: 9 }, (_, at) => ({ begins: `r${at}` }));
    expect(readReportLines(lines(...runners, ...runners.map(() => ends)))).toMatchObject({
      runners: ["r0", "r1", "r2", "r3", "r4"],
      closed: true,
    });
    expect(readReportLines(lines(begins, told("a\u202eb\u0007"), ends))?.tests).toEqual([told("a b")]);
  });
  test("without its end, or with a line that is none, is not closed; without a runner it is none", () => {
    expect(readReportLines(lines(begins, told("a")))).toMatchObject({ closed: false });
    expect(readReportLines(`${lines(begins, told("a"), ends)}{"name":`)).toMatchObject({ closed: false });
    expect(readReportLines(lines(told("a"), ends))).toBeUndefined();
    for (const text of ["", "<testsuites>\n", `1\n${lines(begins, ends)}`]) expect(readReportLines(text)).toBeUndefined();
  });
});

test("what go, cargo and TAP print says each test", () => {
  const go = readPrintedTests("=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- SKIP: TestA/b (0.00s)\nPASS\nok  \texample.org/a\t0.1s\n");
  expect(go).toEqual({ runners: ["go test"], closed: true, tests: [told("TestA", "passed", ""), told("TestA/b", "skipped", "")] });
  const cargo = readPrintedTests("test tests::a ... ok\ntest tests::b ... ignored\ntest result: ok. 1 passed\n");
  expect(cargo).toEqual({
    runners: ["cargo test"],
    closed: true,
    tests: [told("tests::a", "passed", ""), told("tests::b", "skipped", "")],
  });
  const tap = readPrintedTests("TAP version 14\nok 1 - adds\nnot ok 2 - takes # TODO later\nnot ok 3 - drops\n1..3\n");
  expect(tap).toMatchObject({
    runners: [],
    closed: true,
    tests: [told("adds", "passed", ""), told("takes", "skipped", ""), told("drops", "failed", "")],
  });
  expect(readPrintedTests("--- PASS: TestA (0.00s)\n")).toMatchObject({ closed: false });
  for (const text of ["all is well\n", "ok 1 - stands\n", "test a ... ok\n"]) expect(readPrintedTests(text)).toBeUndefined();
});

test("the bare name of a test is without its groups, its class, and what it is given", () => {
  for (const name of ["adds", "sum > adds", "TestSum.adds", "TestSum > adds[1-2]", "adds[a > b]"])
    expect(bareName(told(name)), name).toBe("adds");
  expect(bareName(told("sum > takes 1.5 off"))).toBe("takes 1.5 off");
  expect(bareName(told("[adds"))).toBe("[adds");
});

describe("the tests of a check that passed", () => {
  const nothing = { before: undefined, changed: new Set<string>(), wrote: false, chooses: false };
  test("prove something where they ran to their end", () => expect(judgeTests(report(told("a")), nothing)).toBe(""));
  test("prove nothing where their runner did not come to its end, or none ran", () => {
    expect(judgeTests({ ...report(told("a")), closed: false }, nothing)).toMatch(/^passed, and vitest had not come to its end/);
    expect(judgeTests(report(), nothing)).toBe("ran no test at all.");
    expect(judgeTests(report(told("a", "skipped")), nothing)).toBe("ran no test at all: it left out 1 test.");
  });
  test("prove nothing where one is left out that ran before, or that the task has written", () => {
    const now = report(told("a"), told("b", "skipped"));
    expect(judgeTests(now, { ...nothing, before: report(told("a"), told("b")) })).toBe("left out 1 test: “b”.");
    expect(judgeTests(now, { ...nothing, changed: new Set(["test/a.test.js"]), wrote: true })).toBe("left out 1 test: “b”.");
    expect(judgeTests(now, { ...nothing, before: report(told("a"), told("b", "skipped")) })).toBe("");
    expect(judgeTests(now, { ...nothing, before: report(told("b", "skipped")), changed: new Set(["test/a.test.js"]), wrote: true })).toBe(
      "",
    );
    const moved = { ...nothing, changed: new Set(["test/a.test.js", "test/old.test.js"]), wrote: true };
    const leftBefore = (name: string) => ({ ...moved, before: report(told("a"), told(name, "skipped", "test/old.test.js")) });
    expect(judgeTests(now, leftBefore("b"))).toBe("");
    expect(judgeTests(now, leftBefore("other"))).toBe("left out 1 test: “b”.");
    const stays = told("b", "skipped", "test/old.test.js");
    expect(judgeTests(report(...now.tests, stays), leftBefore("b"))).toBe("left out 1 test: “b”."); // nothing has moved
    expect(judgeTests(now, { ...moved, before: report(told("a"), told("b"), stays) })).toBe("left out 1 test: “b”."); // it ran
    const twice = report(...now.tests, told("b", "skipped", "test/new.test.js"));
    expect(judgeTests(twice, { ...leftBefore("b"), changed: new Set([...moved.changed, "test/new.test.js"]) })).toBe(
      "left out 1 test: “b”.",
    );
    expect(judgeTests(now, { ...leftBefore("b"), changed: new Set(["test/a.test.js"]) })).toBe("left out 1 test: “b”.");
    const chosen = { ...nothing, changed: new Set(["test/a.test.js"]), wrote: true, chooses: true };
    expect(judgeTests(now, chosen)).toBe(""); // the others of its file are none of its command's
    expect(judgeTests(now, nothing)).toBe(""); // nobody knows whether it ran before: the file is as it was
  });
  test("prove nothing where fewer run than before, but for those of files that the task may change", () => {
    const before = report(told("a"), told("b"), told("c", "failed", "test/c.test.js"));
    expect(judgeTests(report(told("a")), { ...nothing, before })).toBe("no longer runs 2 tests that ran before the task: “b”, “c”.");
    expect(judgeTests(report(told("a"), told("b")), { ...nothing, before, changed: new Set(["test/c.test.js"]), wrote: true })).toBe("");
    expect(judgeTests(report(told("page 1"), told("page 2"), told("page 3")), { ...nothing, before })).toBe("");
    const plain = report(told("", "passed", "test/plain.js"));
    expect(judgeTests(report(told("a"), ...plain.tests), { ...nothing, before: plain })).toBe("");
    expect(judgeTests(report(told("a", "passed", "test/plain.js")), { ...nothing, before: plain })).toBe("");
    expect(judgeTests(report(told("a")), { ...nothing, before: plain })).toMatch(/^no longer runs 1 test/);
    expect(judgeTests(report(told("", "passed")), { ...nothing, before: report(told("a")) })).toMatch(/^no longer runs 1 test/);
    const nameless = report(told("a", "passed", ""), told("b", "passed", ""));
    expect(judgeTests(report(told("a", "passed", "")), { ...nothing, before: nameless })).toMatch(/^no longer runs 1 test/);
    expect(
      judgeTests(report(told("a", "passed", "")), { ...nothing, before: nameless, changed: new Set(["a_test.go"]), wrote: true }),
    ).toBe("");
  });
});

test("a receipt says how many ran, of whom it knows, and that nothing is known of others", () => {
  const all = report(told("a"), told("", "passed", "test/plain.js"), told("b", "skipped"), told("c", "expected"));
  expect(summarizeTests({ ...all, runners: ["vitest", "pytest"] })).toEqual({
    runner: "vitest and pytest",
    ran: 2,
    skipped: 1,
    names: ["a", "c"],
  });
  expect(describeTests(summarizeTests(all))).toBe("2 tests ran, 1 was left out");
  expect(summarizeTests(report(told("", "passed", "test/plain.js")))).toMatchObject({ ran: 1, names: ["plain.js"] });
  expect(describeTests({ runner: "", ran: 1, skipped: 2, names: [] })).toBe("it prints that 1 test ran, 2 were left out");
  expect(describeTests(null)).toBe("how much it looks at is not known");
});

test("a megabyte of the worst report is read in time in proportion to its length", () => {
  for (const piece of [
    "<testcase ",
    '<testcase name="',
    "<testsuite>",
    "&lt;",
    "ok 1 - ",
    "ok 1 # ",
    "--- PASS: ",
    "test a ... ",
    '{"begins":"a"}\n',
    "\n",
  ])
    for (const read of [readReportLines, readPrintedTests])
      expectLinear(`${read.name}: ${piece}`, 250_000, fillText(piece), (text) => read(`<testsuite>${text}`));
});

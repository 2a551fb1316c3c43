import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type BranchChange,
  changesOfWork,
  findEditedScripts,
  findSuspectChecks,
  isCheckFile,
  namesFile,
  packageScriptsIn,
} from "../../../schema/proof/check-file.ts";
import { type RoomCheck, runIn, toRoomChecks } from "../../../schema/proof/proof.ts";
import { countFailedTests, readTestCounts } from "../../../schema/proof/test-counts.ts";
import { toRanChecks } from "../../../schema/receipt/receipt-api.ts";
import { checksOf, specShape } from "../../../schema/task/spec.ts";

const command = (name: string, line: string): RoomCheck => ({ name, kind: "command", command: line, exitCode: 0, seconds: 60 });
const change = (path: string, status: BranchChange["status"] = "modified"): BranchChange => ({ path, status });

describe("a check file", () => {
  test.each([
    "test/a.js",
    "src/__tests__/a.ts",
    "a.test.ts",
    "pkg/a_test.go",
    "test_a.py",
    "spec/a.rb",
    "check.sh",
    "conftest.py",
    "vitest.config.ts",
    "e2e/flow.ts",
  ])("is %s", (path) => expect(isCheckFile(path)).toBe(true));
  test.each(["src/server.js", "contest.js", "latest/a.js", "README.md", "src/attestation.ts", "inspect.py", "package.json"])(
    "is not %s",
    (path) => expect(isCheckFile(path)).toBe(false),
  );
});

describe("checks that were there before the task", () => {
  const checks = [command("tests.0", "sh run.sh && make all"), command("tests.1", "npm test")];
  test("are also the scripts of a package that they run, with what goes before and after", () => {
    const before = JSON.stringify({ scripts: { test: "node --test", pretest: "tsc", build: "x" } });
    const edited = (scripts: object) => findEditedScripts([before], JSON.stringify({ scripts }), checks);
    expect(edited({ test: "true", pretest: "tsc" })).toEqual(["test"]);
    expect(edited({ test: "node --test" })).toEqual(["pretest"]);
    expect(edited({ test: "node --test", pretest: "tsc", build: "y", more: "z" })).toEqual([]);
    expect(findEditedScripts([before], undefined, checks)).toEqual(["test", "pretest"]);
    expect(findEditedScripts(["not json"], "{}", checks)).toEqual([]);
  });
  test("name the scripts they run", () => {
    expect(packageScriptsIn("npm run lint && npm t && pnpm check:all && node --run verify")).toEqual([
      "lint",
      "test",
      "check:all",
      "verify",
    ]);
  });
});

describe("a check that its author could bend", () => {
  test("must fail alone when it names what the author wrote, together when it runs whatever there is", () => {
    const checks = [
      command("tests.0", "node --test test/"),
      command("tests.1", "node --test"),
      command("acceptance.0", "node src/a.js"),
      command("acceptance.1", "sh smoke.sh"),
    ];
    const changes = [change("test/a.js", "added"), change("src/a.js", "added"), change("smoke.sh", "added")];
    expect(findSuspectChecks(changes, checks).map(({ check, alone }) => [check.name, alone])).toEqual([
      ["tests.0", true],
      ["tests.1", false],
      ["acceptance.1", true],
    ]);
    expect(changesOfWork(changes, checks).map(({ path }) => path)).toEqual(["src/a.js"]);
  });
  test("is none when the author wrote no check", () => {
    expect(findSuspectChecks([change("src/a.js", "added")], [command("tests.0", "node --test")])).toEqual([]);
  });
  test("is named by file, folder and pattern", () => {
    for (const line of ["node --test test/a.js", "node --test ./test/", "vitest 'test/**/*.js'", "x=test/a.js y"])
      expect(namesFile(line, "test/a.js"), line).toBe(true);
    for (const line of ["node --test", "node tests", "cat test/a.jsx", "*"]) expect(namesFile(line, "test/a.js"), line).toBe(false);
  });
});

describe("what a test runner says", () => {
  test.each([
    ["ℹ tests 3\nℹ pass 2\nℹ skipped 1\nℹ todo 0\n", { ran: 3, skipped: 1 }],
    ["# tests 0\n# pass 0\n", { ran: 0, skipped: 0 }],
    ["1..2\nok 1 - a\nok 2 - b # SKIP later\n", { skipped: 1 }],
    ["1..0 # no tests\n", { ran: 0, skipped: 0 }],
    ["===== 4 passed, 2 skipped in 0.1s =====", { skipped: 2 }],
    ["\u001b[33m Tests  3 passed | 1 skipped (4)\u001b[0m", { skipped: 1 }],
    ["?   	x	[no test files]", { ran: 0, skipped: 0 }],
    ["collected 0 items", { ran: 0, skipped: 0 }],
    ["test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured", { skipped: 1 }],
    ["  Total:     3\n  Passed:    2\n  Skipped:   1\n  Duration:  0.5ms\n", { ran: 3, skipped: 1 }],
    ["hello", undefined],
  ])("is read from %j", (text, said) => expect(readTestCounts(text)).toEqual(said));
  test.each([
    ["ℹ tests 3\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\n", 2],
    [" Test Files  1 failed | 1 passed (2)\n      Tests  \u001b[31m2 failed\u001b[0m | 3 passed (5)\n", 2],
    ["Test Suites: 1 failed, 1 total\nTests:       2 failed, 3 passed, 5 total\n", 2],
    ["  3 passing (5ms)\n  2 failing\n", 2],
    ["== 2 failed, 3 passed, 1 error in 0.12s ==\n", 3],
    ["Ran 5 tests in 0.001s\n\nFAILED (failures=2, errors=1, skipped=1)\n", 3],
    ["--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL\n", 2],
    ["test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured", 2],
    ["  Total:     5\n  Passed:    2\n  Skipped:   1\n  Duration:  0.5ms\n", 2],
    ["2 tests failed\n", 2],
    ["# tests 3\n# pass 3\n# fail 0\n", 0],
    ["hello", undefined],
  ])("and of how many that they failed, from %j", (text, said) => expect(countFailedTests(text)).toBe(said));
  test("is read in time that grows with its length alone: an expression that goes back and forth would not end within this test", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("ok 1 ", "# ", "skip", "1", "\n", " ", "tests", "\u001b[3"), maxLength: 2_000 }),
        (text) => {
          readTestCounts(text.repeat(20));
          countFailedTests(text.repeat(20));
        },
      ),
      { numRuns: 50 },
    );
  });
});

test("what the host is asked and what the receipt names come from the spec, outputs first", () => {
  const task = specShape.parse({
    id: "page",
    title: "A page",
    owner: "coding",
    outputs: ["index.html"],
    tests: ["node --test"],
    acceptance: [
      { url: "http://localhost:8080/", should_respond: 200, serve: "node s.js" },
      { file: "index.html", contains: "Hello" },
    ],
  });
  const checks = toRoomChecks(checksOf(task));
  expect(checks.map((each) => each.name)).toEqual(["tests.0", "acceptance.0", "acceptance.1"]);
  const hash = "a".repeat(64);
  const asked = runIn.parse({
    id: "wrk_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    repo: "projects/page",
    branch: "agent/x/page",
    commit: "b".repeat(40),
    outputs: task.outputs,
    checks,
  });
  const seen = { passed: true, ms: 5, outputBytes: 0, outputHash: hash, tail: "" };
  const result = {
    ...asked,
    image: { name: "x", sha256: hash },
    passed: true,
    failures: [],
    outputs: [{ path: "index.html", bytes: 1, sha256: hash, executable: false }],
    startedAt: 1,
    endedAt: 2,
    checks: [
      { ...seen, name: "tests.0", kind: "command" as const, what: "node --test", exitCode: 0 },
      { ...seen, name: "acceptance.0", kind: "url" as const, what: "http://localhost:8080/", status: 200 },
      { ...seen, name: "acceptance.1", kind: "file" as const, what: "index.html" },
    ],
  };
  expect(toRanChecks(asked, result).map((each) => [each.name, each.kind])).toEqual([
    ["outputs.0", "file"],
    ["tests.0", "command"],
    ["acceptance.0", "url"],
    ["acceptance.1", "file"],
  ]);
});

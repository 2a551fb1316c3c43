import { expect, test } from "vitest";
import { type CheckResult, runIn, runResult } from "../../../schema/proof/proof.ts";
import { toRanChecks } from "../../../schema/receipt/receipt-api.ts";
import { newId } from "../../../schema/wire/id.ts";
import { zero } from "../../harness/receipt-sample.ts";

const id = newId("wrk");
const common = { id, repo: "p/a", branch: "main", commit: "a".repeat(40), outputs: [] };
const checks = ["tests.0", "tests.1"].map((name) => ({ name, kind: "command" as const, command: "npm test", exitCode: 0, seconds: 20 }));
const ranTests = (tests: Partial<CheckResult>[]) => {
  const results = checks.map(({ name, command: line }, at) => {
    const result = { name, kind: "command", what: line, passed: true, exitCode: 0, ms: 1, outputBytes: 0, outputHash: zero, tail: "" };
    return { ...result, ...tests[at] };
  });
  const image = { name: "image", sha256: zero };
  const result = runResult.parse({ ...common, image, passed: true, failures: [], checks: results, startedAt: 1, endedAt: 2 });
  return toRanChecks(runIn.parse({ ...common, checks }), result).map((check) => (check.kind === "command" ? check.tests : undefined));
};

test("a receipt says of each command which tests ran, that none is known, or what a host of before did not say: nothing", () => {
  const tests = { runner: "vitest", ran: 2, skipped: 1, names: ["adds", "takes"] };
  expect(ranTests([{ tests }, { tests: null }])).toEqual([tests, null]);
  expect(ranTests([{}, {}])).toEqual([undefined, undefined]);
});
test("a receipt holds as many names of tests as its note has room for, and counts them all", () => {
  const tests = { runner: "vitest", ran: 900, skipped: 0, names: Array.from({ length: 30 }, (_, at) => `${at}${"ü".repeat(290)}`) };
  const [first, second] = ranTests([{ tests }, { tests }]);
  expect([first?.ran, first?.names.length, second?.ran, second?.names.length]).toEqual([900, 13, 900, 0]);
});

import { expect, test } from "vitest";
import { describeCommitStatus, listRepeatable } from "../../edge/app/git/commit-rings.ts";
import { type CommitStatusState, commitStatusStates, type StatusCheck } from "../../schema/git/commit-status.ts";

const check = (n: number, passed: boolean): StatusCheck => ({ name: `checks.${n}`, what: `test ${n}`, passed, ms: n });
const told = (state: CommitStatusState, checks: StatusCheck[] = [], source: "checks" | "proof" = "checks") => {
  const { ring, text } = describeCommitStatus({ state, source, checks });
  return `${ring}: ${text}`;
};

test("each state of a commit is told in a line, and how many of its checks failed", () => {
  expect(commitStatusStates.map((state) => told(state))).toEqual([
    "idle: Waits for a clean room",
    "working: Its checks run",
    "complete: Its checks passed",
    "failed: Its checks failed",
    "stale: Its checks could not be run",
    "cancelled: No checks were run",
  ]);
  expect(told("failed", [check(1, true), check(2, false), check(3, false)])).toBe("failed: 2 of 3 checks failed");
  expect(told("failed", [check(1, false)])).toBe("failed: Its only check failed");
  expect(told("failed", [check(1, true)])).toBe("failed: Its checks failed"); // what failed was none of them
  expect(told("passed", [check(1, true)])).toBe("complete: Its checks passed");
});

test("only what a task's proof said is drawn as verified", () => {
  expect(told("passed", [], "proof")).toBe("done: Proven by its task");
  expect(told("failed", [check(1, false)], "proof")).toBe("failed: Its proof failed");
  expect(commitStatusStates.filter((state) => told(state).startsWith("done"))).toEqual([]);
});

test("checks can be run again where the newest commit of a branch failed, or has none that ran", () => {
  const status = (hash: string, branch: string, state: CommitStatusState, source: "checks" | "proof" = "checks") => ({
    ...{ hash, branch, state, source },
  });
  const statuses = [
    status("a", "main", "failed"),
    status("b", "shop", "passed"),
    status("c", "main", "failed"), // main stands at a newer one
    status("d", "shop", "failed"),
    status("e", "menu", "error"),
    status("f", "blog", "skipped"),
    status("g", "wiki", "queued"),
    status("h", "news", "running"),
    status("i", "agent/a/page", "failed", "proof"), // its task's proof says that
  ];
  expect([...listRepeatable(statuses)].sort()).toEqual(["a", "e", "f"]);
  expect(listRepeatable([]).size).toBe(0);
});

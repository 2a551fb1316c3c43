import { expect, test } from "vitest";
import { commitStatusStates, isStatusMove, isStatusUnderWay } from "../../../schema/git/commit-status.ts";

test("what has ended moves only where it is asked for again", () => {
  for (const from of commitStatusStates)
    for (const to of commitStatusStates) if (!isStatusUnderWay(from)) expect(isStatusMove(from, to), `${from} ${to}`).toBe(to === "queued");
});

test("what runs may be broken off, end, or find its branch gone; what waits ends as well", () => {
  for (const to of commitStatusStates) expect(isStatusMove("queued", to)).toBe(true);
  expect(commitStatusStates.filter((to) => isStatusMove("running", to))).toEqual([
    "queued",
    "running",
    "passed",
    "failed",
    "error",
    "skipped",
  ]);
});

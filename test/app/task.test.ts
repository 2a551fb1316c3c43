import { describe, expect, test } from "vitest";
import { listPhases, shareOfWindow, windowOf } from "../../edge/app/task/task-phases.ts";
import { facts } from "./team-story.ts";

describe("the timeline", () => {
  const verified = { facts: facts("verified"), createdAt: 0, updatedAt: 90_000 };
  test("a task's states become phases; waiting that has ended differs from waiting now", () => {
    const states = ["created", "in_progress", "waiting", "in_progress", "complete", "verified"] as const;
    const history = states.map((state, index) => ({ at: index * 10_000, state }));
    expect(listPhases(verified, history, 99_000).map((phase) => phase.kind)).toEqual(["plan", "build", "you", "build", "check"]);
    expect(listPhases(verified, history.slice(0, 3), 99_000).at(-1)).toEqual({ kind: "now", from: 20_000, to: 99_000 });
  });
  test("without its events a task shows from when it was made until it last changed", () => {
    expect(listPhases(verified, [], 99_000)).toEqual([{ kind: "build", from: 0, to: 90_000 }]);
  });
  test("the window holds what is shown, at most eight marks or so, and now is inside", () => {
    const now = Date.parse("2026-11-20T09:32:00");
    for (const back of [1, 60, 500, 1_440, 10_000, 60_000]) {
      const window = windowOf([now - back * 60_000], now, 31);
      expect(window.marks.length).toBeLessThanOrEqual(10);
      expect(shareOfWindow(now, window)).toBeGreaterThan(50);
      expect(shareOfWindow(now, window)).toBeLessThan(100);
    }
  });
});

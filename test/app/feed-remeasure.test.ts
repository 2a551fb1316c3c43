import { expect, test } from "vitest";
import type { FeedItem } from "../../edge/app/conversation/feed-item.ts";
import { markRedrawn } from "../../edge/app/conversation/feed-remeasure.ts";

const list = (...keys: string[]): FeedItem[] => keys.map((key) => ({ type: "new", key }));

test("what stays at its place while older messages come above it is drawn anew, as often as that happens", () => {
  const first = markRedrawn(list("day", "goal", "plan", "end"), list("day", "asked", "plan", "goal", "end"), new Map());
  expect([...first]).toEqual([
    ["day", 1],
    ["plan", 1],
  ]);
  expect([...markRedrawn(list("day", "asked", "end"), list("day", "stack", "asked", "end"), first)]).toEqual([
    ["day", 2],
    ["plan", 1],
  ]);
});

test("what moves on with what came above it is left as it is", () => {
  const times = new Map([["goal", 3]]);
  expect(markRedrawn(list("goal", "end"), list("asked", "goal", "end"), times)).toBe(times);
});

import { expect, test } from "vitest";
import { conversationLimits, overlong, summaryPrompt, summaryText } from "../../schema/conversation.ts";

test("a conversation is shortened when it is long in characters or in turns, and never after one turn", () => {
  const { chars, turns } = conversationLimits;
  expect(overlong({ chars: chars - 1, turns: turns - 1 })).toBe(false);
  expect(overlong({ chars, turns: 2 })).toBe(true);
  expect(overlong({ chars: 10, turns })).toBe(true);
  expect(overlong({ chars: 10 * chars, turns: 1 })).toBe(false);
});

test("the summary before is carried on, and an answer of nothing is no summary", () => {
  expect(summaryPrompt("- likes tea")).toContain("- likes tea");
  expect(summaryText("  \n ")).toBeUndefined();
  expect(summaryText("## What was said\n- keep bees")).toContain("keep bees");
  expect(summaryText("x".repeat(1_000_000))?.length).toBeLessThanOrEqual(2 * conversationLimits.summary);
});

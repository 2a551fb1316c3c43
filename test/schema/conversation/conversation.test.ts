import fc from "fast-check";
import { expect, test } from "vitest";
import {
  conversationLimits,
  isOverlong,
  newestSummary,
  summaryPath,
  summaryPrompt,
  summaryText,
} from "../../../schema/conversation/conversation.ts";
import { memoryPath } from "../../../schema/memory/memory.ts";
import { newId } from "../../../schema/wire/id.ts";

test("a conversation is shortened when it is long in characters or in turns, and never after one turn", () => {
  const { chars, turns } = conversationLimits;
  expect(isOverlong({ chars: chars - 1, turns: turns - 1 })).toBe(false);
  expect(isOverlong({ chars, turns: 2 })).toBe(true);
  expect(isOverlong({ chars: 10, turns })).toBe(true);
  expect(isOverlong({ chars: 10 * chars, turns: 1 })).toBe(false);
});

const at = new Date("2026-11-21T10:00:00Z");
test("the newest summary is the platform's, in its folder or from before it, and never what an agent remembers under such a title", () => {
  const old = (n: number) => `summaries/2026-11-20-conversation-${n}-abc123.md`;
  const summary = (n: number) => summaryPath(n, at, newId("out"));
  expect(newestSummary([old(9), old(10), "summaries/README.md"])).toEqual({ path: old(10), number: 10 });
  const paths = [summary(2), summary(11), summary(3), old(40)];
  expect(newestSummary(paths)).toEqual({ path: paths[1], number: 11 });
  const title = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .tuple(
        fc.constantFrom("", "x ", "/", "conversation/2026-11-21-"),
        fc.constantFrom("Conversation ", "conversation-"),
        fc.nat(),
        fc.constantFrom("", " ", "-abc123", "-abc123.md"),
      )
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(fc.constantFrom("summary", "decision", "plan", "pattern", "goal", "profile"), title, (kind, name) => {
      expect(newestSummary([memoryPath(kind, name, at, newId("out"))])).toBeUndefined();
    }),
  );
});

test("the summary before is carried on, and an answer of nothing is no summary", () => {
  expect(summaryPrompt("- likes tea")).toContain("- likes tea");
  expect(summaryText("  \n ")).toBeUndefined();
  expect(summaryText("## What was said\n- keep bees")).toContain("keep bees");
  expect(summaryText("x".repeat(1_000_000))?.length).toBeLessThanOrEqual(2 * conversationLimits.summary);
});

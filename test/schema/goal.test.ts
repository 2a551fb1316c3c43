import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventBodies } from "../../schema/event.ts";
import { agentEventBodies } from "../../schema/event-agents.ts";
import { type Goal, goalFile, goalLine, goalPath, goalProgress, goalStates, readGoal } from "../../schema/goal.ts";
import { newId } from "../../schema/id.ts";

const words = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .map((text) => text.trim())
  .filter((text) => text.length > 0 && !/\p{C}/u.test(text));
const goals = fc.record<Goal>(
  {
    id: fc.constant(null).map(() => newId("gol")),
    title: words,
    state: fc.constantFrom(...goalStates),
    progress: fc.nat(100),
    by: fc.constant("2026-12-24"),
    why: fc.oneof(words, fc.constant("one\n---\ntwo\n\n## Measure\nthree")),
    measure: words,
    steps: fc.array(fc.record({ text: words, done: fc.boolean() }), { maxLength: 5 }),
    quests: fc.array(
      fc.constant(null).map(() => newId("qst")),
      { maxLength: 2 },
    ),
    tasks: fc.constant([]),
  },
  { requiredKeys: ["id", "title", "state", "steps", "quests", "tasks"] },
);
const plainGoal: Goal = {
  id: newId("gol"),
  title: "Run 10 km",
  state: "active",
  steps: [
    { text: "Buy shoes", done: true },
    { text: "Run 2 km", done: false },
  ],
  quests: [],
  tasks: [],
};

describe("a goal", () => {
  test("is read back from its file, whatever stands in its texts and whatever the member writes below", () => {
    fc.assert(
      fc.property(goals, fc.string(), (goal, below) => {
        const { path, content } = goalFile(goal);
        expect(path).toMatch(/^goals\/[a-z0-9-]+\.md$/);
        expect(readGoal(`${content}\n${below}`)).toEqual({ ok: true, value: goal });
      }),
    );
  });
  test("is refused by path when its head was broken", () => {
    const { content } = goalFile(plainGoal);
    expect(readGoal(content.replace("state: active", "state: perhaps"))).toMatchObject({ issues: [{ path: "state" }] });
    expect(readGoal("# No head\n").ok).toBe(false);
    expect(readGoal("").ok).toBe(false);
  });
  test("shows how far it is: as said, else by its steps, and whole when reached", () => {
    expect(goalProgress(plainGoal)).toBe(50);
    expect(goalProgress({ ...plainGoal, progress: 10 })).toBe(10);
    expect(goalProgress({ ...plainGoal, state: "reached" })).toBe(100);
    expect(goalProgress({ ...plainGoal, steps: [] })).toBeUndefined();
    expect(goalLine({ ...plainGoal, by: "2026-12-24" })).toBe("Run 10 km (active, 50 %, by 2026-12-24)");
  });
  test("of the same title as another has a file of its own", () => {
    expect(goalPath({ ...plainGoal, id: "gol_01KABCDEFGHJKMNPQRSTVWXYZ1" })).not.toBe(
      goalPath({ ...plainGoal, id: "gol_01KABCDEFGHJKMNPQRSTVWXYZ2" }),
    );
  });
});

test("no kind of event of agents and tasks takes the name of another", () => {
  for (const kind of Object.keys(agentEventBodies)) expect(Object.keys(eventBodies)).not.toContain(kind);
});

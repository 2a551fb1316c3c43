import fc from "fast-check";
import { expect, test } from "vitest";
import {
  changeGoal,
  describeGoalChanges,
  type Goal,
  goalFile,
  goalPath,
  goalProgress,
  readGoal,
  readGoalText,
  rebaseGoal,
} from "../../schema/goal.ts";
import { nextProposalState, proposalDecisions, proposalStates } from "../../schema/proposal.ts";
import { agentTools } from "../../schema/tool/agent-tools.ts";
import { newId } from "../../schema/wire/id.ts";

const words = (maxLength: number) =>
  fc
    .string({ unit: "binary", minLength: 1, maxLength })
    .filter((text) => text.isWellFormed() && text.trim() !== "" && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text));
const change = fc.record(
  {
    title: words(60),
    why: words(200),
    measure: words(100),
    state: fc.constantFrom("active", "paused", "reached", "dropped"),
    progress: fc.integer({ min: 0, max: 100 }),
    steps: fc.array(fc.record({ text: words(60), done: fc.boolean() }), { maxLength: 5 }),
  },
  { requiredKeys: ["title"] },
);

test("a goal comes back from its file as it was", () => {
  fc.assert(
    fc.property(change, (given) => {
      const made = changeGoal(undefined, given as never, newId("gol"), "2026-11-20");
      if (!made.ok) throw new Error(JSON.stringify(made.issues));
      expect(readGoal(goalFile(made.value).content)).toEqual({ ok: true, value: made.value });
      expect(goalPath(made.value)).toMatch(/^goals\/[a-z0-9-]+\.md$/);
    }),
    { numRuns: 100 },
  );
});

test("a change of a goal is told line by line, and no change says nothing", () => {
  const made = changeGoal(
    undefined,
    {
      title: "Bakery",
      steps: [
        { text: "Rent", done: false },
        { text: "Bake", done: false },
      ],
    } as never,
    newId("gol"),
    "2026-11-20",
  );
  if (!made.ok) throw new Error("no goal");
  const next: Goal = {
    ...made.value,
    state: "paused",
    steps: [
      { text: "Rent", done: true },
      { text: "Sell", done: false },
    ],
  };
  expect(describeGoalChanges(made.value, made.value)).toEqual([]);
  expect(describeGoalChanges(made.value, next)).toEqual([
    "Paused",
    "Done: Rent",
    "To do as well: Sell",
    "No step any more: Bake",
    "0 % before, 50 % with it",
  ]);
  expect(describeGoalChanges(next, made.value)).toContain("Not done after all: Rent");
});

test("the longest goal that is taken comes back from its file, in any script", () => {
  const step = fc
    .constantFrom("京", "я", "x", "\u0001", "😀", "\u2028a")
    .map((letter) => `a${letter.repeat(400)}`.slice(0, 499).toWellFormed());
  const long = fc.record({
    title: fc.constant("学".repeat(120)),
    why: fc.constantFrom("京", "я\n", "\u0007", "😀").map((letter) => `${letter.repeat(8_000).slice(0, 7_998)}.`),
    measure: fc.constant("毎".repeat(500)),
    steps: fc.array(fc.record({ text: step, done: fc.boolean() }), { minLength: 40, maxLength: 50 }),
  });
  fc.assert(
    fc.property(long, (given) => {
      const made = changeGoal(undefined, given, newId("gol"), "2026-11-20");
      if (!made.ok) throw new Error(JSON.stringify(made.issues));
      expect(readGoal(goalFile(made.value).content)).toEqual({ ok: true, value: made.value });
    }),
    { numRuns: 15 },
  );
});

test("what was proposed of a goal is put on the goal as it is by then, field by field", () => {
  const first = changeGoal(undefined, { title: "Swim", why: "Health", steps: [{ text: "Pool", done: false }] }, newId("gol"), "2026-11-20");
  const was = (first as { value: Goal }).value;
  const proposed = { ...was, progress: 30 };
  const now = { ...was, steps: [{ text: "Pool", done: true }], by: "2027-01-01" };
  expect(rebaseGoal(was, proposed, now)).toEqual({ ...now, progress: 30 });
  const { why: _why, ...without } = was;
  expect(rebaseGoal(was, without, now)).toEqual({ ...without, steps: now.steps, by: now.by });
  expect(rebaseGoal(was, was, now)).toEqual(now);
});

test("a change keeps what it does not name, and the id", () => {
  const first = changeGoal(undefined, { title: "Swim", why: "Health", steps: [{ text: "Pool", done: false }] }, newId("gol"), "2026-11-20");
  const goal = (first as { value: Goal }).value;
  const next = changeGoal(goal, { progress: 40 }, newId("gol"), "2027-01-01");
  expect(next).toEqual({ ok: true, value: { ...goal, progress: 40 } });
  const paused = { ...goal, state: "paused" } as const;
  expect(changeGoal(paused, { progress: 40, state: undefined }, newId("gol"), "2027-01-01")).toMatchObject({ value: { state: "paused" } });
  const told = agentTools.set_goal.input.parse({ goal: goal.id, title: "Swim", progress: 40 });
  expect(told).not.toHaveProperty("state");
  const less = changeGoal(goal, { why: null, progress: null }, newId("gol"), "2027-01-01");
  const { why: _why, ...rest } = goal;
  expect(less).toEqual({ ok: true, value: rest });
  expect(changeGoal(undefined, { why: "no title" }, newId("gol"), "2026-11-20")).toMatchObject({ ok: false, issues: [{ path: "title" }] });
});

test("progress is as told, else by steps, and whole once reached", () => {
  const steps = [
    { text: "a", done: true },
    { text: "b", done: false },
    { text: "c", done: false },
  ];
  expect(goalProgress({ state: "active", steps })).toBe(33);
  expect(goalProgress({ state: "active", steps, progress: 70 })).toBe(70);
  expect(goalProgress({ state: "reached", steps })).toBe(100);
  expect(goalProgress({ state: "active", steps: [] })).toBeUndefined();
});

test("a proposal is answered once; only an accepted one can be taken back", () => {
  const moves = proposalStates.flatMap((state) =>
    proposalDecisions.flatMap((decision) =>
      nextProposalState(state, decision) ? [`${state} ${decision} ${nextProposalState(state, decision)}`] : [],
    ),
  );
  expect(moves).toEqual(["pending accept accepted", "pending reject rejected", "accepted revert reverted"]);
});

test("a goal's text that the person has changed is its title, why, measure and steps; nothing stands there twice", () => {
  const made = changeGoal(
    undefined,
    { title: "Bakery", why: "For bread", measure: "It opens", steps: [{ text: "Rent", done: true }] },
    newId("gol", 1),
    "2026-11-26",
  );
  if (!made.ok) throw new Error("it is no goal");
  const { content } = goalFile(made.value);
  const text = content.slice(content.indexOf("\n# ") + 1).trim();
  expect(readGoalText(made.value, text)).toEqual({ ok: true, value: made.value });
  const changed = text
    .replace("# Bakery", "# Café")
    .replace("For bread", "For bread\nand cake")
    .replace("- [x] Rent", "- [ ] Rent\n- [x] Ask");
  const steps = [
    { text: "Rent", done: false },
    { text: "Ask", done: true },
  ];
  expect(readGoalText(made.value, changed)).toEqual({
    ok: true,
    value: { ...made.value, title: "Café", why: "For bread\nand cake", steps },
  });
  const { why: _why, measure: _measure, ...bare } = made.value;
  expect(readGoalText(made.value, "# Bakery")).toEqual({ ok: true, value: { ...bare, steps: [] } });
  expect(readGoalText(made.value, `# ${"x".repeat(121)}`)).toMatchObject({ ok: false, issues: [{ path: "title" }] });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Price, priceOf } from "../../../schema/billing/price.ts";
import type { Plan } from "../../../schema/plan/plan.ts";
import { countFreePlaces, estimatePlan, nextTasks, priceLevel, type ScheduledTask, writingPace } from "../../../schema/plan/schedule.ts";
import { type TaskState, taskStates } from "../../../schema/task/task.ts";
import { acyclic, planOf, task } from "./plan-samples.ts";

const now = 1_800_000_000_000;

const states = (value: Plan) =>
  fc.tuple(
    ...value.tasks.map(({ id }) =>
      fc.record({ spec: fc.constant(id), state: fc.constantFrom<TaskState>(...taskStates, "created", "verified") }),
    ),
  );
const scene = acyclic.chain((value) =>
  fc.record({ value: fc.constant(value), tasks: states(value), limit: fc.integer({ min: 1, max: 5 }) }),
);

describe("the next tasks", () => {
  test("never exceed the limit, never start early, and never leave a place empty that could be used", () => {
    fc.assert(
      fc.property(scene, ({ value, tasks, limit }) => {
        const next = nextTasks(value, tasks, limit, now);
        const state = new Map(tasks.map((task) => [task.spec, task.state]));
        expect(next.start.length).toBeLessThanOrEqual(countFreePlaces(tasks, limit));
        const proven = (id: string) => state.get(id) === "verified" || state.get(id) === "deployed";
        for (const { spec: started } of next.start) {
          expect(state.get(started.id)).toBe("created");
          expect(started.depends_on.every(proven)).toBe(true);
        }
        const able = value.tasks.filter((task) => state.get(task.id) === "created" && task.depends_on.every(proven));
        expect(next.start.length).toBe(Math.min(able.length, countFreePlaces(tasks, limit)));
        const created = value.tasks.filter((task) => state.get(task.id) === "created").length;
        expect(next.start.length + next.hold.length).toBe(created);
      }),
      { numRuns: 300 },
    );
  });
  test("run every plan to its end within the limit, whichever task finishes first", () => {
    fc.assert(
      fc.property(acyclic, fc.integer({ min: 1, max: 4 }), fc.infiniteStream(fc.nat(99)), (value, limit, picks) => {
        const seen = new Map<string, TaskState>(value.tasks.map(({ id }) => [id, "created"]));
        const list = (): ScheduledTask[] => [...seen].map(([id, state]) => ({ spec: id, state }));
        for (const pick of picks) {
          for (const { spec: next } of nextTasks(value, list(), limit, now).start) seen.set(next.id, "in_progress");
          const running = list().filter(({ state }) => state === "in_progress");
          expect(running.length).toBeLessThanOrEqual(limit);
          if (running.length === 0) break;
          seen.set(running[pick % running.length]!.spec, "verified");
        }
        expect([...seen.values()].every((state) => state === "verified")).toBe(true);
      }),
    );
  });
  test("say of each task that is held why", () => {
    const value = planOf(task("a"), task("b", ["a"]), task("c"), task("d", ["x"]), task("x"));
    const seen: ScheduledTask[] = [
      { spec: "a", state: "in_progress" },
      { spec: "x", state: "failed" },
    ];
    const why = Object.fromEntries(nextTasks(value, seen, 1, now).hold.map((hold) => [hold.spec, hold.why]));
    expect(why).toEqual({ b: "dependency", c: "limit", d: "blocked" });
    expect(nextTasks(planOf(task("a")), [{ spec: "a", state: "created", dueAt: now + 1 }], 1, now).hold).toMatchObject([{ why: "later" }]);
  });
  test("count the member's other tasks and the plan's own limit", () => {
    const value = { ...planOf(task("a"), task("b"), task("c")), concurrency: 2 };
    expect(nextTasks(value, [], 5, now).start).toHaveLength(2);
    expect(
      nextTasks(value, [], 3, now, [
        { spec: "o", state: "waiting" },
        { spec: "p", state: "in_progress" },
      ]).start,
    ).toHaveLength(1);
  });
  test("of one lane follow one another over all plans, in any state but the last ones, and the one that waits says for what", () => {
    const value = planOf(task("m", [], { owner: "repo" }), task("n", [], { owner: "repo" }), task("c"));
    const lane = "main of blog";
    const seen = (m: TaskState, n: TaskState): ScheduledTask[] => [
      { spec: "m", state: m, lane, title: "Merge: the page" },
      { spec: "n", state: n, lane, title: "Merge: the style" },
    ];
    const began = (tasks: ScheduledTask[], others: ScheduledTask[] = []) =>
      nextTasks(value, tasks, 5, now, others).start.map(({ spec: next }) => next.id);
    expect(began(seen("created", "created"))).toEqual(["m", "c"]);
    for (const state of ["assigned", "in_progress", "waiting", "complete", "paused"] as const) {
      expect(began(seen(state, "created"))).toEqual(["c"]);
      expect(began([], [{ spec: "x", state, lane }])).toEqual(["m", "n", "c"]); // these have not said that they merge there
      expect(began(seen("verified", "created"), [{ spec: "x", state, lane }])).toEqual(["c"]);
    }
    for (const state of ["verified", "deployed", "failed"] as const) expect(began(seen(state, "created"))).toEqual(["n", "c"]);
    expect(nextTasks(value, seen("in_progress", "created"), 5, now).hold).toEqual([
      { spec: "n", why: "turn", on: ["m"], text: "waits its turn: “Merge: the page” merges first" },
    ]);
  });
  test("that are queued say how many may work at once, and who said so", () => {
    const value = planOf(task("a"), task("b"), task("c"));
    expect(nextTasks(value, [], 2, now).hold).toMatchObject([
      { spec: "c", why: "limit", text: "queued for a free place: your plan lets 2 agents work at once" },
    ]);
    expect(nextTasks({ ...value, concurrency: 1 }, [], 2, now).hold[0]?.text).toMatch(/its plan lets 1 work/);
  });
  test("carry a hand-off from each task that was proven", () => {
    const value = planOf(task("a"), task("t", ["a"], { owner: "testing" }));
    expect(nextTasks(value, [{ spec: "a", state: "verified" }], 1, now).start[0]?.handOffs).toEqual([
      { from: "a", to: "t", fromOwner: "coding", toOwner: "testing" },
    ]);
  });
});

test("an estimate lies between the longest chain and one after the other, and never above the most", () => {
  fc.assert(
    fc.property(acyclic, fc.integer({ min: 1, max: 5 }), ({ tasks }, limit) => {
      const [all, alone] = [estimatePlan(tasks, limit), estimatePlan(tasks, 1)];
      expect(all.minutes.expected).toBeLessThanOrEqual(alone.minutes.expected);
      expect(all.minutes.expected).toBeGreaterThanOrEqual(estimatePlan(tasks, 1_000).minutes.expected - 1e-9);
      expect(all.costMicros.expected).toBeLessThanOrEqual(all.costMicros.most);
      expect(all.costMicros).toEqual(alone.costMicros);
    }),
  );
  expect(estimatePlan([task("a", [], { budget: { cost_usd: 0.1, minutes: 2 } })], 1)).toEqual({
    costMicros: { expected: 100_000, most: 100_000 },
    minutes: { expected: 2, most: 2 },
  });
});

test("an estimate learns from what the member's own tasks took: for other owners it tells how fast theirs are", () => {
  const tasks = [task("a", [], { owner: "coding" }), task("b", ["a"], { owner: "testing" })];
  const [before, after] = [estimatePlan(tasks, 1), estimatePlan(tasks, 1, { coding: { minutes: 2, usd: 0.3 } })];
  expect(before.minutes.expected).toBe(18);
  expect(after.minutes.expected).toBeCloseTo(3); // two minutes instead of twelve, and one instead of six
  expect(after.costMicros.expected).toBeCloseTo(425_000);
  expect(estimatePlan(tasks, 1, { coding: { minutes: 0, usd: 0 } }).minutes.expected).toBe(0.5);
});

test("where no task tells how fast a member's agents are, the writing of the plan does; each task takes half a minute at least", () => {
  const tasks = [task("a", [], { owner: "coding" }), task("b", ["a"], { owner: "repo" })];
  const minutes = (characters: number, ms: number) =>
    estimatePlan(tasks, 1, {}, { pace: writingPace(characters, ms), price: 1 }).minutes.expected;
  expect(minutes(3_000, 50_000)).toBe(14); // a model of the usual speed
  expect(minutes(3_000, 5_000)).toBeCloseTo(1.7); // ten times as fast: 1.2, and half a minute
  expect([minutes(3_000, 0), minutes(3_000, 1e9), minutes(0, 0)]).toEqual([1.1, 28, 1.1]);
  expect(estimatePlan(tasks, 1, { coding: { minutes: 12, usd: 1 } }, { pace: 0.05, price: 1 }).minutes.expected).toBe(14); // what their own took counts more
});

test("where no task tells what a member's agents cost, the price of their model does", () => {
  const tasks = [task("a", [], { owner: "coding" })];
  const micros = (price: Price, known = {}) => estimatePlan(tasks, 1, known, { pace: 1, price: priceLevel(price) }).costMicros.expected;
  expect(micros(priceOf("claude-sonnet"))).toBe(600_000);
  expect(micros({ input: 0.3, output: 1.5 })).toBe(60_000);
  expect(micros({ input: 0, output: 0 })).toBe(600_000); // none is told: dear rather than free
  expect(micros({ input: 0.3, output: 1.5 }, { coding: { minutes: 12, usd: 0.2 } })).toBe(200_000); // what their own took counts more
});

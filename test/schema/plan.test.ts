import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyPlanEdits,
  checkPlan,
  findPlanIssues,
  nextPlanState,
  orderTasks,
  type Plan,
  type PlanEdit,
  planShape,
  planStates,
  printPlan,
  readPlan,
} from "../../schema/plan/plan.ts";
import { checkProposedPlan, countFreePlaces, estimatePlan, nextTasks, type ScheduledTask } from "../../schema/plan/schedule.ts";
import { withHandOffs } from "../../schema/task/hand-off.ts";
import { priorities, priorityRank, type Spec, type SpecIn, specShape } from "../../schema/task/spec.ts";
import { type TaskState, taskStates } from "../../schema/task/task.ts";

const task = (id: string, depends_on: string[] = [], over: Partial<SpecIn> = {}): Spec =>
  specShape.parse({ id, title: `Do ${id}`, owner: "coding", tests: ["true"], depends_on, ...over });
const planOf = (...tasks: Spec[]): Plan => planShape.parse({ title: "A plan", tasks });
const wrong = (...tasks: Spec[]) => findPlanIssues(planOf(...tasks)).map(({ path }) => path);
const now = 1_800_000_000_000;

/** A plan without cycles: each task depends on earlier ones, then the list is shuffled. */
const acyclic = fc
  .array(
    fc.tuple(
      fc.array(fc.nat(20), { maxLength: 3 }),
      fc.constantFrom(...priorities),
      fc.constantFrom("coding", "testing", "reviewer", "repo", "monitoring"),
    ),
    { minLength: 1, maxLength: 14 },
  )
  .map((rows) =>
    rows.map(([deps, priority, owner], index) =>
      task(`T${index}`, [...new Set(deps.filter((dep) => dep < index).map((dep) => `T${dep}`))], { priority, owner }),
    ),
  )
  .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }))
  .map((tasks) => planOf(...tasks));
const anyGraph = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 }).map((rows) =>
  rows.map((deps, index) =>
    task(
      `T${index}`,
      deps.map((dep) => `T${dep}`),
    ),
  ),
);

describe("a plan", () => {
  test("with cycles, missing dependencies or doubles is refused by path", () => {
    expect(wrong(task("a", ["b"]), task("b", ["a"]))).toEqual(["tasks.1.depends_on.0"]);
    expect(wrong(task("a", ["x"]))).toEqual(["tasks.0.depends_on.0"]);
    expect(wrong(task("a"), task("A"))).toEqual(["tasks.1.id"]);
    expect(wrong(task("a", ["a"]))).toContain("tasks.0.depends_on.0");
    expect(findPlanIssues(planOf(task("a", ["c"]), task("b", ["a"]), task("c", ["b"])))[0]?.message).toMatch(/cycle: a → c → b → a/);
    expect(findPlanIssues(planOf(task("a")), new Set(["testing"]))).toEqual([
      { path: "tasks.0.owner", message: "there is no agent type coding" },
    ]);
    expect(checkPlan({ title: "x", tasks: [{ ...task("a"), extra: 1 }] })).toMatchObject({ issues: [{ path: "tasks.0.extra" }] });
  });
  test("is accepted exactly when an order exists", () => {
    fc.assert(
      fc.property(anyGraph, (tasks) => {
        const fine =
          tasks.every(
            (task, index) =>
              task.depends_on.every((id) => tasks.some((other) => other.id === id)) && !task.depends_on.includes(`T${index}`),
          ) && tasks.every((task) => new Set(task.depends_on).size === task.depends_on.length);
        const reach = (from: string, to: string, seen: readonly string[]): boolean =>
          !seen.includes(from) &&
          tasks.find(({ id }) => id === from)?.depends_on.some((id) => id === to || reach(id, to, [...seen, from])) === true;
        const cyclic = tasks.some(({ id }) => reach(id, id, []));
        expect(findPlanIssues(planOf(...tasks)).length === 0).toBe(fine && !cyclic);
      }),
      { numRuns: 500 },
    );
  });
  test("is ordered so that everything comes after what it depends on, important first", () => {
    fc.assert(
      fc.property(acyclic, ({ tasks }) => {
        const order = orderTasks(tasks);
        expect(order.map(({ id }) => id).sort()).toEqual(tasks.map(({ id }) => id).sort());
        const at = new Map(order.map(({ id }, index) => [id, index]));
        for (const task of tasks) for (const id of task.depends_on) expect(at.get(id)).toBeLessThan(at.get(task.id)!);
        const free = tasks.filter((task) => task.depends_on.length === 0).map((task) => priorityRank(task.priority));
        expect(priorityRank(order[0]!.priority)).toBe(Math.min(...free));
      }),
    );
  });
  test("that is too long to be read back is refused by its longest part", () => {
    const long = (n: number) => planOf(...Array.from({ length: n }, (_, at) => task(`T${at}`, [], { description: "漢".repeat(10_000) })));
    expect([findPlanIssues(long(8)), readPlan(printPlan(long(8))).ok]).toEqual([[], true]);
    expect([findPlanIssues(long(9)), readPlan(printPlan(long(9))).ok]).toMatchObject([[{ path: "tasks" }], false]);
  });
  test("is printed and read back the same", () => {
    fc.assert(
      fc.property(acyclic, (value) => {
        expect(readPlan(printPlan(value))).toEqual({ ok: true, value });
      }),
      { numRuns: 30 },
    );
  });
  test("runs only when accepted and ends once", () => {
    expect(planStates.filter((from) => nextPlanState(from, "accepted"))).toEqual(["proposed"]);
    for (const end of ["rejected", "done", "cancelled"] as const) expect(planStates.filter((to) => nextPlanState(end, to))).toEqual([]);
  });
});

describe("the member's edits", () => {
  const base = planOf(task("a"), task("b", ["a"]), task("c", ["b"]));
  const many = (start: Plan, edits: PlanEdit[], begun?: ReadonlySet<string>) => {
    const after = applyPlanEdits(start, edits, begun);
    return after.ok ? after.value.tasks.map(({ id, depends_on }) => `${id}:${depends_on}`).join(" ") : after.issues.map(({ path }) => path);
  };
  const result = (start: Plan, edit: PlanEdit, begun?: ReadonlySet<string>) => {
    const after = many(start, [edit], begun);
    return typeof after === "string" ? after : after.map((path) => path.replace("edits.0.", ""));
  };
  test("add, remove, change and reorder keep the plan whole", () => {
    expect(result(base, { kind: "add", task: task("x", ["a"], { owner: "quest" }), before: "b" })).toBe("a: x:a b:a c:b");
    expect(result(base, { kind: "remove", id: "b" })).toBe("a: c:a");
    expect(result(base, { kind: "change", id: "a", task: task("z") })).toBe("z: b:z c:b");
    expect(result(base, { kind: "reorder", ids: ["c", "a", "b"] })).toBe("c:b a: b:a");
  });
  test("that would break it are refused by path", () => {
    expect(result(base, { kind: "change", id: "a", task: task("a", ["c"]) })).toEqual([
      expect.stringMatching(/^tasks\.\d\.depends_on\.0$/),
    ]);
    expect(result(base, { kind: "add", task: task("A") })).toEqual(["tasks.3.id"]);
    expect(result(base, { kind: "remove", id: "q" })).toEqual(["id"]);
    for (const ids of [
      ["a", "b"],
      ["a", "b", "b"],
      ["a", "b", "c", "c"],
      ["a", "b", "q"],
    ])
      expect(result(base, { kind: "reorder", ids })).toEqual(["ids"]);
    expect(result(planOf(task("a")), { kind: "remove", id: "a" })).toEqual(["tasks"]);
  });
  test("leave alone what has begun", () => {
    const begun = new Set(["a", "b"]);
    expect(result(base, { kind: "remove", id: "a" }, begun)).toEqual(["id"]);
    expect(result(base, { kind: "change", id: "b", task: task("b") }, begun)).toEqual(["id"]);
    expect(result(base, { kind: "remove", id: "c" }, begun)).toBe("a: b:a");
    expect(result(planOf(task("a"), task("b", ["a"])), { kind: "change", id: "a", task: task("z") }, new Set(["b"]))).toEqual(["id"]);
  });
  const team = (...tasks: Spec[]) => planOf(...withHandOffs(tasks));
  const planAfter = (start: Plan, edit: PlanEdit, begun?: ReadonlySet<string>) => {
    const next = applyPlanEdits(start, [edit], begun);
    if (!next.ok) throw new Error(JSON.stringify(next.issues));
    return (id: string) => next.value.tasks.find((task) => task.id === id);
  };
  const files = (outputs: string[]) => task("a", [], { outputs });
  test("of what is built are followed by its test, review and merge, but for what was changed there", () => {
    const check = { command: "node check.mjs" };
    const now = task("a", [], { outputs: ["b.txt"], acceptance: [check], tests: ["npm test"], project: "blog" });
    const found = planAfter(team(files(["a.txt"]), task("n", ["a"])), { kind: "change", id: "a", task: now });
    for (const id of ["a-test", "a-merge"])
      expect(found(id)).toMatchObject({
        ...{ outputs: ["b.txt"], inputs: ["b.txt"], tests: ["npm test"], acceptance: now.acceptance, project: "blog" },
        title: `${id === "a-test" ? "Test" : "Merge"}: Do a`,
      });
    expect(found("a-review")).toMatchObject({ outputs: ["docs/reviews/a.md"], inputs: ["b.txt"], tests: [], acceptance: [] });
    expect(found("n-merge")?.project).toBeUndefined();
    const mine = planAfter(team(files(["a.txt"])), {
      kind: "change",
      id: "a-test",
      task: { ...withHandOffs([files(["a.txt"])])[1]!, outputs: ["a.txt", "a.test.js"] },
    });
    const changed = planOf(...["a", "a-test", "a-review", "a-merge"].flatMap((id) => mine(id) ?? []));
    const both = planAfter(changed, { kind: "change", id: "a", task: now });
    expect(both("a-test")).toMatchObject({ outputs: ["a.txt", "a.test.js"], acceptance: now.acceptance });
    expect(both("a-merge")?.outputs).toEqual(["b.txt"]);
    const renamed = planAfter(team(files(["a.txt"])), { kind: "change", id: "a", task: { ...files(["b.txt"]), id: "z" } });
    expect(renamed("a-test")).toMatchObject({ outputs: ["b.txt"], depends_on: ["z"] });
    expect(renamed("a-review")?.outputs).toEqual(["docs/reviews/z.md"]);
  });
  test("leave a stage alone that has begun, and one that was never a copy", () => {
    const begun = planAfter(team(files(["a.txt"])), { kind: "change", id: "a", task: files(["b.txt"]) }, new Set(["a-test"]));
    expect([begun("a-test")?.outputs, begun("a-merge")?.outputs]).toEqual([["a.txt"], ["b.txt"]]);
    const given = planOf(...withHandOffs([files(["a.txt"]), task("t", ["a"], { owner: "testing", outputs: ["report.md"] })]));
    expect(planAfter(given, { kind: "change", id: "a", task: files(["b.txt"]) })("t")?.outputs).toEqual(["report.md"]);
  });
  test("add test, review and merge to what is built anew, once, and to what becomes a builder's", () => {
    const whole = "a: a-test:a a-review:a-test a-merge:a-review x:a-merge x-test:x x-review:x-test x-merge:x-review";
    expect(result(team(task("a")), { kind: "add", task: task("x", ["a-merge"]) })).toBe(whole);
    const with2 = planOf(...withHandOffs([task("a")]), task("x", ["a-merge"], { owner: "quest" }));
    expect(result(with2, { kind: "change", id: "x", task: task("x", ["a-merge"]) })).toBe(whole);
    expect(result(with2, { kind: "change", id: "x", task: task("x", [], { owner: "monitoring" }) })).toBe(
      "a: a-test:a a-review:a-test a-merge:a-review x:",
    );
    const taken = planOf(...withHandOffs([task("a")]), task("x-test", ["a"], { owner: "quest" }));
    expect(result(taken, { kind: "add", task: task("x") })).toContain("x: x-test-2:x");
    const without = applyPlanEdits(team(task("a")), [{ kind: "remove", id: "a-review" }]);
    expect(without.ok && result(without.value, { kind: "add", task: task("y", [], { owner: "quest" }) })).toBe(
      "a: a-test:a a-merge:a-test y:",
    ); // what the member took out does not come back
  });
  test("made together count together: what they bring is not added, a wrong one is named, and what was taken out stays out", () => {
    const add = (id: string, deps: string[], owner = "coding"): PlanEdit => ({ kind: "add", task: task(id, deps, { owner }) });
    const whole = [add("x", []), add("check", ["x"], "testing"), add("look", ["check"], "reviewer"), add("join", ["look"], "repo")];
    const base = planOf(task("n", [], { owner: "quest" }));
    expect(many(base, whole)).toBe("n: x: check:x look:check join:look");
    expect(many(base, whole.slice(0, 2))).toBe("n: x: x-review:check x-merge:x-review check:x");
    expect(many(base, [add("x", []), { kind: "change", id: "x", task: task("z") }])).toBe(
      "n: z: z-test:z z-review:z-test z-merge:z-review",
    );
    expect(many(base, [add("x", []), { kind: "remove", id: "x" }])).toBe("n:");
    expect(many(base, [add("x", []), { kind: "remove", id: "q" }])).toEqual(["edits.1.id"]);
    const without = applyPlanEdits(team(task("a")), [{ kind: "remove", id: "a-review" }]);
    expect(without.ok && many(without.value, [{ kind: "change", id: "a", task: task("b") }])).toBe("b: a-test:b a-merge:a-test");
  });
  test("always give a valid plan or none", () => {
    const edit = fc.oneof(
      fc.record({ kind: fc.constant("remove" as const), id: fc.nat(15).map((n) => `T${n}`) }),
      fc.record({
        kind: fc.constant("add" as const),
        task: fc.tuple(fc.nat(16), fc.array(fc.nat(15), { maxLength: 2 })).map(([n, deps]) =>
          task(
            `T${n}`,
            deps.map((dep) => `T${dep}`),
          ),
        ),
      }),
      fc.record({
        kind: fc.constant("change" as const),
        id: fc.nat(15).map((n) => `T${n}`),
        task: fc.tuple(fc.nat(16), fc.array(fc.nat(15), { maxLength: 2 })).map(([n, deps]) =>
          task(
            `T${n}`,
            deps.map((dep) => `T${dep}`),
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(acyclic, fc.array(edit, { maxLength: 6 }), (start, edits) => {
        edits.reduce((current, edit) => {
          const after = applyPlanEdits(current, [edit]);
          if (after.ok) expect(findPlanIssues(after.value)).toEqual([]);
          return after.ok ? after.value : current;
        }, start);
        const all = applyPlanEdits(start, edits);
        if (all.ok) expect(findPlanIssues(all.value)).toEqual([]);
      }),
    );
  });
});

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
      { spec: "c", why: "limit", text: "queued for a free place: the subscription lets 2 work at once" },
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

describe("hand-offs", () => {
  test("follow coding with testing, review and merge, and what came after comes after the merge", () => {
    const after = withHandOffs([task("a"), task("b", ["a"])]);
    expect(after.map(({ id, owner, depends_on }) => `${id} ${owner} ${depends_on}`)).toEqual([
      "a coding ",
      "a-test testing a",
      "a-review reviewer a-test",
      "a-merge repo a-review",
      "b coding a-merge",
      "b-test testing b",
      "b-review reviewer b-test",
      "b-merge repo b-review",
    ]);
  });
  test("are added to what an agent proposes, and its mistakes are named by their place in the proposal", () => {
    const owners = new Set(["coding", "testing", "reviewer", "repo"]);
    const good = checkProposedPlan({ title: "x", story: "y", tasks: [task("a"), task("b")] }, owners);
    expect(good.ok && good.value.tasks).toHaveLength(8);
    expect(checkProposedPlan({ title: "x", story: "y", tasks: [task("a"), task("b", ["q"])] }, owners)).toMatchObject({
      issues: [{ path: "tasks.1.depends_on.0" }],
    });
    const clash = checkProposedPlan({ title: "x", story: "y", tasks: [task("a"), task("a-test")] }, owners);
    expect(clash.ok && clash.value.tasks.map(({ id }) => id)).toContain("a-test-2");
  });
  test("a task that tests the work and what builds on it as well is not the work's own test", () => {
    const after = withHandOffs([task("a"), task("b", ["a"]), task("t", ["a", "b"], { owner: "testing" })]);
    expect(findPlanIssues(planOf(...after))).toEqual([]);
    expect(Object.fromEntries(after.map(({ id, depends_on }) => [id, depends_on]))).toMatchObject({
      "a-test": ["a"],
      b: ["a-merge"],
      t: ["a-merge", "b"],
      "b-review": ["t"],
    });
  });
  test("keep a plan valid and are added once", () => {
    fc.assert(
      fc.property(acyclic, (value) => {
        const once = withHandOffs(value.tasks);
        expect(findPlanIssues({ ...value, tasks: once })).toEqual([]);
        expect(withHandOffs(once)).toEqual(once);
      }),
    );
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

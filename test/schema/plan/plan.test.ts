import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPlan, findPlanIssues, nextPlanState, orderTasks, planStates, printPlan, readPlan } from "../../../schema/plan/plan.ts";
import { priorityRank, type Spec } from "../../../schema/task/spec.ts";
import { acyclic, planOf, task } from "./plan-samples.ts";

const wrong = (...tasks: Spec[]) => findPlanIssues(planOf(...tasks)).map(({ path }) => path);
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

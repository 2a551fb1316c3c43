import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyPlanEdits, findPlanIssues, type Plan, type PlanEdit } from "../../../schema/plan/plan.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import type { Spec } from "../../../schema/task/spec.ts";
import { acyclic, planOf, task } from "./plan-samples.ts";

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

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findPlanIssues } from "../../../schema/plan/plan.ts";
import { checkProposedPlan } from "../../../schema/plan/schedule.ts";
import { withHandOffs } from "../../../schema/task/hand-off.ts";
import { acyclic, planOf, task } from "../plan/plan-samples.ts";

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
  test("who tests a work that may change any file may do so too, who reviews or merges it may not", () => {
    const after = withHandOffs([task("a", [], { anywhere: true }), task("b")]);
    expect(after.filter(({ anywhere }) => anywhere).map(({ id }) => id)).toEqual(["a", "a-test"]);
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

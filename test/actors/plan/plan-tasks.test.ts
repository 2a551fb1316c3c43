import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { actOnPlan, editPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { endOf } from "../../../actors/plan/plan-end.ts";
import { actOnTask } from "../../../actors/task/task-control.ts";
import { planTable } from "../../../schema/plan/plan.table.ts";
import type { PlanEdit } from "../../../schema/plan/plan.ts";
import { projectName } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** Tasks of an accepted plan that the member cancels, or that fail, and what the plan makes of them. */
const folder = ownFolder();

const planTask = (id: string, more: object = {}) => ({ id, title: `Do ${id}`, owner: "quest", outputs: [`${id}.md`], ...more });
const req = () => newId("req");
async function accepted() {
  const actor = await startActor(folder, { places: 1 });
  const tasks = [planTask("a"), planTask("b"), planTask("c", { depends_on: ["b"] })];
  const made = await proposePlan(actor.self, { plan: { title: "Three", story: "", tasks } } as never, req(), req());
  await actOnPlan(actor.self, { planId: made.plan.id, act: "accept", revision: 1 }, req(), req());
  await actor.settle(Date.now() + 1_000);
  return { actor, planId: made.plan.id };
}
const act = async (actor: TestActor, name: string, verb: "cancel" | "retry") =>
  actOnTask(actor.self, { taskId: (await actor.taskNamed(name)).id as never, act: verb }, req(), req());
async function edit(actor: TestActor, planId: Id<"pln">, edits: unknown[]) {
  const [row] = await actor.db.select().from(planTable).where(eq(planTable.id, planId));
  const done = await editPlan(
    actor.self,
    { planId: planId as never, revision: row?.revision ?? 0, edits: edits as PlanEdit[] },
    req(),
    req(),
  );
  await actor.settle(Date.now() + 1_000);
  return done.plan.tasks.map(({ name, state }) => `${name} ${state}`);
}

test("a task that the member cancelled stays cancelled when something else is changed, and comes back when it is changed itself", async () => {
  const { actor, planId } = await accepted();
  await act(actor, "b", "cancel");
  expect(await edit(actor, planId, [{ kind: "change", id: "c", task: planTask("c", { title: "Do c well", depends_on: ["b"] }) }])).toEqual([
    "a in_progress",
    "b cancelled",
    "c created",
  ]);
  expect(await edit(actor, planId, [{ kind: "change", id: "b", task: planTask("b", { title: "Do b well" }) }])).toContain("b created");
  await actor.close();
});
test("a change of what is built reaches its test and merge that have not begun, and brings back none that was cancelled", async () => {
  const actor = await startActor(folder, { places: 1 });
  const page = (outputs: string[]) => planTask("page", { owner: "coding", outputs });
  const tasks = [planTask("first"), page(["a.txt"])];
  const made = await proposePlan(actor.self, { plan: { title: "A page", story: "", tasks } } as never, req(), req());
  await actOnPlan(actor.self, { planId: made.plan.id, act: "accept", revision: 1 }, req(), req());
  await act(actor, "page-review", "cancel");
  expect(await edit(actor, made.plan.id, [{ kind: "change", id: "page", task: page(["b.txt"]) }])).toContain("page-review cancelled");
  for (const name of ["page", "page-test", "page-merge"]) expect((await actor.taskNamed(name)).spec.outputs).toEqual(["b.txt"]);
  const states = await edit(actor, made.plan.id, [{ kind: "add", task: planTask("style", { owner: "coding" }) }]);
  expect(states.slice(-4)).toEqual(["style created", "style-test created", "style-review created", "style-merge created"]);
  await actor.close();
});
test("a cancelled task takes nobody's place, and what comes after it says why it can't start", async () => {
  const { actor } = await accepted();
  await act(actor, "b", "cancel");
  await act(actor, "a", "cancel");
  await actor.settle(Date.now() + 1_000);
  expect((await actor.events("task.held")).at(-1)?.hold.text).toContain("“Do b” cancelled");
  await actor.close();
  const other = await startActor(folder, { places: 1 });
  const made = await proposePlan(
    other.self,
    { plan: { title: "Two", story: "", tasks: [planTask("a"), planTask("b")] } } as never,
    req(),
    req(),
  );
  await actOnPlan(other.self, { planId: made.plan.id, act: "accept", revision: 1 }, req(), req());
  await act(other, "a", "cancel");
  await other.settle(Date.now() + 1_000);
  expect((await other.taskNamed("b")).state).toBe("in_progress");
  await other.close();
});
test("a cancelled task can be taken out, and what waited for it goes on", async () => {
  const { actor, planId } = await accepted();
  await act(actor, "b", "cancel");
  await edit(actor, planId, [{ kind: "remove", id: "b" }]);
  expect((await actor.taskNamed("c")).spec.depends_on).toEqual([]);
  await actor.close();
});
test("what is under way can't be changed", async () => {
  const { actor, planId } = await accepted();
  await expect(edit(actor, planId, [{ kind: "remove", id: "a" }])).rejects.toMatchObject({ code: "invalid" });
  await actor.close();
});
test("a plan of which every task was cancelled is cancelled and can't be kept", async () => {
  const { actor, planId } = await accepted();
  for (const name of ["a", "b", "c"]) await act(actor, name, "cancel");
  await actor.settle(Date.now() + 1_000);
  expect((await actor.events("plan.state")).at(-1)).toMatchObject({ state: "cancelled", reason: "all its tasks were cancelled" });
  await expect(actOnPlan(actor.self, { planId, act: "keep" }, req(), req())).rejects.toMatchObject({ code: "conflict" });
  await actor.close();
});
test("the end of a plan says what was proven and what was left out", () => {
  expect(endOf(["verified", "created"])).toBeUndefined();
  expect(endOf(["verified", "failed"])).toBeUndefined();
  expect(endOf([])).toBeUndefined();
  expect(endOf(["verified", "deployed"])).toEqual({ state: "done", reason: "all its tasks are verified" });
  expect(endOf(["verified", "cancelled"])).toEqual({ state: "done", reason: "1 of its tasks is verified, 1 was cancelled" });
  expect(endOf(["verified", "verified"], { checked: 3, asked: 4, missing: ["An order can be sent"] })).toEqual({
    state: "done",
    reason: "all its tasks are done: 3 of 4 checked. Not checked: An order can be sent",
  });
  expect(endOf(["cancelled", "cancelled"])).toEqual({ state: "cancelled", reason: "all its tasks were cancelled" });
});
test("plans work in projects of their own, whatever they are called; a name that a task gives stays, and an edit keeps the plan's project", async () => {
  const actor = await startActor(folder, { places: 1 });
  const planned = async (title: string, tasks: object[] = [planTask("a")]) => {
    const made = await proposePlan(actor.self, { plan: { title, story: "", tasks } } as never, req(), req());
    await actOnPlan(actor.self, { planId: made.plan.id, act: "accept", revision: 1 }, req(), req());
    return made.plan.id;
  };
  const projects = async (id: Id<"pln">) =>
    (await actor.db.select().from(taskTable).where(eq(taskTable.plan, id))).map((row) => row.project);
  const titles = ["Блог о кошках", "Магазин чая", "Tea shop", "Tea shop", "2026", "2027"];
  const ids: Id<"pln">[] = [];
  for (const title of titles) ids.push(await planned(title));
  const names = (await Promise.all(ids.map(projects))).flat();
  expect([names.length, new Set(names).size, names[2]]).toEqual([titles.length, titles.length, "tea-shop"]);
  for (const name of names) expect(projectName.parse(name)).toBe(name);
  const again = ids[3]!;
  await edit(actor, again, [
    { kind: "change", id: "a", task: planTask("a", { title: "Do a well" }) },
    { kind: "add", task: planTask("b") },
  ]);
  expect(await projects(again)).toEqual([names[3], names[3]]);
  expect(await projects(await planned("Tea shop", [planTask("a", { project: "tea-shop" }), planTask("b")]))).toEqual([
    "tea-shop",
    expect.not.stringMatching(/^tea-shop$/),
  ]);
  await actor.close();
});

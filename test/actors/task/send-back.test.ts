import { desc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { judgeTask } from "../../../actors/task/task.ts";
import { actOnTask } from "../../../actors/task/task-control.ts";
import { callTool } from "../../../actors/tool.ts";
import { maxReturns } from "../../../schema/task/task.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/**
 * What a test or a review finds goes back to the work: coding → testing → review and round again, a few
 * times.
 */
const folder = ownFolder();

const req = () => newId("req");
const settle = (actor: TestActor) => actor.settle(Date.now() + 1_000);
const hash = (n: number) => n.toString(16).repeat(40).slice(0, 40);
async function accepted() {
  const actor = await startActor(folder);
  const work = { id: "sum", title: "Sum", owner: "coding", outputs: ["sum.js"] };
  const { plan } = await proposePlan(actor.self, { plan: { title: "Sum", story: "", tasks: [work] } } as never, req(), req());
  await actOnPlan(actor.self, { planId: plan.id, act: "accept", revision: 1 }, req(), req());
  await settle(actor);
  return actor;
}
/** The agent of a task says how it stands and ends its turn; what it calls done is proven. */
async function says(actor: TestActor, name: string, state: "done" | "blocked", text: string, n = 1): Promise<void> {
  const { id, worker } = await actor.taskNamed(name);
  const turnId = await actor.beginTurn(worker!);
  const args = { task: id, state, text, ...(state === "done" ? { commit: hash(n) } : {}) };
  const said = await callTool(actor.self, { agent: worker as never, tool: "report_progress", arguments: args }, req(), req());
  expect([name, said.ok]).toEqual([name, true]);
  await actor.endTurn(turnId!, { to: "done", commit: hash(n) });
  await settle(actor);
  if (state === "done")
    await record(actor.self, newId("req"), (writer) => judgeTask(writer, { taskId: id, commit: hash(n), passed: true, failures: [] }));
  await settle(actor);
}
const states = async (actor: TestActor) =>
  Promise.all(["sum", "sum-test", "sum-review", "sum-merge"].map(async (name) => (await actor.taskNamed(name)).state));

test("a review that refuses sends the work back with what it found, and what came between begins anew; its last word fails it", async () => {
  const actor = await accepted();
  for (let round = 1; round <= maxReturns; round += 1) {
    await says(actor, "sum", "done", "Written", round);
    await says(actor, "sum-test", "done", "Tried", round);
    await says(actor, "sum-review", "blocked", `sum.js:${round} adds the wrong way`);
    expect(await states(actor)).toEqual(["in_progress", "created", "created", "created"]);
    const { worker } = await actor.taskNamed("sum");
    const [last] = await actor.db.select().from(turnTable).where(eq(turnTable.agent, worker!)).orderBy(desc(turnTable.id)).limit(1);
    expect(last?.prompt).toContain(`“Review: Sum” found: sum.js:${round} adds the wrong way`);
  }
  await says(actor, "sum", "done", "Written", 3);
  await says(actor, "sum-test", "done", "Tried", 3);
  await says(actor, "sum-review", "blocked", "still wrong");
  expect(await states(actor)).toEqual(["verified", "verified", "failed", "created"]);
  expect((await actor.taskNamed("sum-review")).facts.reason).toContain("still wrong");
  // tried again by the member, it may send back again
  await actOnTask(actor.self, { taskId: (await actor.taskNamed("sum-review")).id as never, act: "retry" }, req(), req());
  await settle(actor);
  await says(actor, "sum-review", "blocked", "wrong to the end");
  expect(await states(actor)).toEqual(["in_progress", "created", "created", "created"]);
  await actor.close();
});

test("work that comes back and is left as it was is proven again, not forgotten", async () => {
  const actor = await accepted();
  await says(actor, "sum", "done", "Written");
  await says(actor, "sum-test", "blocked", "it does not add");
  expect((await states(actor)).slice(0, 2)).toEqual(["in_progress", "created"]);
  expect((await actor.taskNamed("sum")).facts.proven).toBeUndefined();
  await says(actor, "sum", "done", "It does add", 1);
  expect((await states(actor))[0]).toBe("verified");
  await actor.close();
});

test("work that can't go on by itself fails as it did: nobody before it is asked", async () => {
  const actor = await accepted();
  await says(actor, "sum", "blocked", "no such library");
  expect((await states(actor))[0]).toBe("failed");
  await actor.close();
});

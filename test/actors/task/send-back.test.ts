import { desc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { verdict } from "../../../actors/task/task.ts";
import { actOnTask } from "../../../actors/task/task-control.ts";
import { callTool } from "../../../actors/tool.ts";
import { maxReturns } from "../../../schema/task/task.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { type Alone, alone } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** What a test or a review finds goes back to the work: coding → testing → review and round again, a few times. */
const folder = ownFolder();

const req = () => newId("req");
const settle = (of: Alone) => of.settle(Date.now() + 1_000);
const hash = (n: number) => n.toString(16).repeat(40).slice(0, 40);
async function accepted() {
  const of = await alone(folder);
  const work = { id: "sum", title: "Sum", owner: "coding", outputs: ["sum.js"] };
  const { plan } = await proposePlan(of.self, { plan: { title: "Sum", story: "", tasks: [work] } } as never, req(), req());
  await actOnPlan(of.self, { planId: plan.id, act: "accept", revision: 1 }, req(), req());
  await settle(of);
  return of;
}
/** The agent of a task says how it stands and ends its turn; what it calls done is proven. */
async function says(of: Alone, name: string, state: "done" | "blocked", text: string, n = 1): Promise<void> {
  const { id, worker } = await of.taskNamed(name);
  const turnId = await of.beginTurn(worker!);
  const args = { task: id, state, text, ...(state === "done" ? { commit: hash(n) } : {}) };
  const said = await callTool(of.self, { agent: worker as never, tool: "report_progress", arguments: args }, req(), req());
  expect([name, said.ok]).toEqual([name, true]);
  await of.endTurn(turnId!, { to: "done", commit: hash(n) });
  await settle(of);
  if (state === "done")
    await record(of.self, newId("req"), (writer) => verdict(writer, { taskId: id, commit: hash(n), passed: true, failures: [] }));
  await settle(of);
}
const states = async (of: Alone) =>
  Promise.all(["sum", "sum-test", "sum-review", "sum-merge"].map(async (name) => (await of.taskNamed(name)).state));

test("a review that refuses sends the work back with what it found, and what came between begins anew; its last word fails it", async () => {
  const of = await accepted();
  for (let round = 1; round <= maxReturns; round += 1) {
    await says(of, "sum", "done", "Written", round);
    await says(of, "sum-test", "done", "Tried", round);
    await says(of, "sum-review", "blocked", `sum.js:${round} adds the wrong way`);
    expect(await states(of)).toEqual(["in_progress", "created", "created", "created"]);
    const { worker } = await of.taskNamed("sum");
    const [last] = await of.db.select().from(turnTable).where(eq(turnTable.agent, worker!)).orderBy(desc(turnTable.id)).limit(1);
    expect(last?.prompt).toContain(`“Review: Sum” found: sum.js:${round} adds the wrong way`);
  }
  await says(of, "sum", "done", "Written", 3);
  await says(of, "sum-test", "done", "Tried", 3);
  await says(of, "sum-review", "blocked", "still wrong");
  expect(await states(of)).toEqual(["verified", "verified", "failed", "created"]);
  expect((await of.taskNamed("sum-review")).facts.reason).toContain("still wrong");
  // tried again by the member, it may send back again
  await actOnTask(of.self, { taskId: (await of.taskNamed("sum-review")).id as never, act: "retry" }, req(), req());
  await settle(of);
  await says(of, "sum-review", "blocked", "wrong to the end");
  expect(await states(of)).toEqual(["in_progress", "created", "created", "created"]);
  of.close();
});

test("work that comes back and is left as it was is proven again, not forgotten", async () => {
  const of = await accepted();
  await says(of, "sum", "done", "Written");
  await says(of, "sum-test", "blocked", "it does not add");
  expect((await states(of)).slice(0, 2)).toEqual(["in_progress", "created"]);
  expect((await of.taskNamed("sum")).facts.proven).toBeUndefined();
  await says(of, "sum", "done", "It does add", 1);
  expect((await states(of))[0]).toBe("verified");
  of.close();
});

test("work that can't go on by itself fails as it did: nobody before it is asked", async () => {
  const of = await accepted();
  await says(of, "sum", "blocked", "no such library");
  expect((await states(of))[0]).toBe("failed");
  of.close();
});

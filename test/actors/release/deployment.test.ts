import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { moveBranchHead } from "../../../actors/git/branch-head.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { handOffPullRequest } from "../../../actors/release/deployment.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { answer, proveMerge, proveOnBranch, runs, serving } from "../incident/repairer.ts";
import { AppMachine, moveMain, newCommit, openProject, project, startDeployer, taskState } from "./deployer.ts";

/** What is merged goes on to its deployment by itself (issue 10.17). */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const minute = 60_000;

async function begin({ deploy = true } = {}) {
  const machine = new AppMachine();
  const actor = await startDeployer(folder, machine, { runs });
  await openProject(actor);
  const accept = async (id: string) => {
    const task = { id, title: `Write ${id}`, project, owner: "coding", outputs: [`${id}.md`], ...(deploy ? { deploy } : {}) };
    const { plan } = await actor.act("planPropose", { plan: { title: id, story: "", tasks: [task] } });
    await actor.act("planAct", { planId: plan.id, act: "accept", revision: 1 });
    return plan.id;
  };
  const asked = async () => (await actor.act("approvals", { state: "pending" })).approvals.map(({ title }) => title);
  return { machine, actor, accept, asked };
}

test("a project's first release waits for one yes, which starts the commit that was proven", async () => {
  const { machine, actor, accept, asked } = await begin();
  const commit = await proveMerge(actor, await accept("page"));
  expect([machine.puts, await asked()]).toEqual([[], ["Put bakery online?"]]);
  await answer(actor, "allow");
  await actor.settle(Date.now() + minute);
  expect(await serving(actor)).toMatchObject({ commit, by: "member" });
  const handOffs = (await actor.events("release.handoff")).map(({ from, to }) => `${from} to ${to}`);
  expect(handOffs).toEqual(["merge to deployment", "deployment to monitoring"]);
});

test("a no starts nothing; a newer merge asks anew in place of the older question, and a press of the member ends it", async () => {
  const { machine, actor, accept, asked } = await begin();
  await proveMerge(actor, await accept("page"));
  await answer(actor, "deny");
  expect([machine.puts, await asked()]).toEqual([[], []]);
  await proveMerge(actor, await accept("second"));
  await proveMerge(actor, await accept("third"));
  expect(await asked()).toEqual(["Put bakery online?"]);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + minute);
  expect([await asked(), machine.puts.length]).toEqual([[], 1]);
});

test("a yes for what main has left is told and starts nothing", async () => {
  const { machine, actor, accept } = await begin();
  await proveMerge(actor, await accept("page"));
  await moveMain(actor);
  await answer(actor, "allow");
  expect(machine.puts).toEqual([]);
  expect(await actor.events("notice")).toMatchObject([{ code: "not_deployed", text: expect.stringContaining("can't be deployed at") }]);
});

test("newer versions go online by themselves where the member lets them, the first one never", async () => {
  const { machine, actor, accept, asked } = await begin({ deploy: false });
  await actor.act("automate", { project, deploys: "auto" });
  await proveMerge(actor, await accept("page"));
  expect([machine.puts, await asked()]).toEqual([[], []]);
  await actor.act("deploy", { project });
  await actor.settle(Date.now() + 2 * minute);
  const commit = await proveMerge(actor, await accept("second"));
  await actor.settle(Date.now() + 2 * minute);
  expect(await serving(actor)).toMatchObject({ commit, by: "platform" });
  await actor.act("automate", { project, deploys: "ask" });
  await proveMerge(actor, await accept("third"));
  expect([machine.puts.length, await asked()]).toEqual([2, []]);
});

test("an actor that dies between the merge and the question asks once when it is back", async () => {
  const { machine, actor: before, accept } = await begin();
  const plan = await accept("page");
  const { file } = before;
  await before.close();
  const quiet = await startDeployer(folder, machine, { file, runs: [] });
  await proveMerge(quiet, plan);
  await quiet.close();
  const actor = await startDeployer(folder, machine, { file, runs });
  await actor.settle();
  expect((await actor.act("approvals", { state: "pending" })).approvals.map(({ title }) => title)).toEqual(["Put bakery online?"]);
});

test("what a pull request merges is handed on as a merge of a task is", async () => {
  const { actor, asked } = await begin();
  const spec = specShape.parse({ id: "page", title: "Write a page", owner: "coding", project, outputs: ["page.md"] });
  const { task } = await actor.act("taskCreate", { spec });
  const commit = newCommit();
  const branch = "agent/a/page";
  await proveOnBranch(actor, task.id, branch, commit);
  expect(await actor.events("release.handoff")).toEqual([]);
  await actor.db
    .update(taskTable)
    .set({ spec: { ...spec, deploy: true } })
    .where(eq(taskTable.id, task.id));
  actor.host.branches.set("main", commit);
  for (const _ of [1, 2])
    await record(actor.self, newId("req"), async (writer) => {
      await moveBranchHead(writer, `projects/${project}`, "main", commit);
      await handOffPullRequest(writer, project, commit);
    });
  await actor.settle();
  expect((await actor.events("release.handoff")).map(({ from, to }) => `${from} to ${to}`)).toEqual(["merge to deployment"]);
  expect(await asked()).toEqual(["Put bakery online?"]);
  await answer(actor, "allow");
  await actor.settle(Date.now() + minute);
  expect(await serving(actor)).toMatchObject({ commit });
  expect(await taskState(actor, task.id)).toBe("deployed");
});

test("a project that is taken offline takes all its tasks back, and tells none of them as done anew", async () => {
  const { actor } = await begin();
  const tasks: Id<"tsk">[] = [];
  for (const _ of [1, 2]) {
    tasks.push((await moveMain(actor)).task);
    await actor.act("deploy", { project });
    await actor.settle(Date.now() + 3 * minute);
  }
  const states = () => Promise.all(tasks.map((task) => taskState(actor, task)));
  expect(await states()).toEqual(["deployed", "deployed"]); // the older one's work is in the newer release too
  const told = (await actor.events("agent.prompt")).length;
  await record(actor.self, newId("req"), async (writer) => {
    const body = { projectId: newId("prj"), name: project, repository: "keep", state: "done" } as const;
    for (const _ of [1, 2]) await writer.append("project.removed", { body });
  });
  expect([await states(), (await actor.events("agent.prompt")).length]).toEqual([["verified", "verified"], told]);
});

import { expect, test } from "vitest";
import { moveBranchHead } from "../../actors/git/branch-head.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { newId } from "../../schema/wire/id.ts";
import type { TestActor } from "../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";
import { adopt, begin, bringToMain, make, minute, prove, repo, repositoryIsThere } from "./beginner.ts";
import { proveMerge } from "./incident/repairer.ts";
import { type AppMachine, moveMain, newCommit, project } from "./release/deployer.ts";

/** A project from a template while others work in it, its stack stops, it is removed, or something fails. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-27T08:00:00Z"));

/** It is on main, and its release has failed. */
async function failOnlineOf(actor: TestActor, machine: AppMachine): Promise<void> {
  await make(actor);
  await repositoryIsThere(actor);
  machine.answers.push([{ type: "end", served: false, failed: { step: "health", reason: "It does not answer at /.", log: "" } }]);
  await bringToMain(actor, await prove(actor));
}
async function mergeOther(actor: TestActor): Promise<void> {
  const task = { id: "page", title: "Write page", project, owner: "coding", outputs: ["page.md"] };
  const { plan } = await actor.act("planPropose", { plan: { title: "page", story: "", tasks: [task] } });
  await actor.act("planAct", { planId: plan.id, act: "accept", revision: 1 });
  await proveMerge(actor, plan.id);
  await actor.settle(Date.now() + 3 * minute);
}

test("what an agent merges where the first release has failed goes online by nobody's word but the member's", async () => {
  const { actor, machine, steps, view } = await begin(folder);
  await failOnlineOf(actor, machine);
  await mergeOther(actor);
  expect(machine.puts).toHaveLength(1);
  expect([(await view()).beginning, (await steps()).at(-1)]).toEqual([undefined, "ready done"]); // others went on with it
});

test("the next press puts main online as it is by then; unproven, it says why it can't", async () => {
  const { actor, machine, steps } = await begin(folder);
  await failOnlineOf(actor, machine);
  await moveMain(actor, { proven: false });
  await expect(make(actor)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("can't be put online") });
  const { commit } = await moveMain(actor);
  await make(actor);
  await actor.settle(Date.now() + 3 * minute);
  expect([machine.puts.at(-1)?.commit, (await steps()).at(-1)]).toEqual([commit, "ready done"]);
});

test("where main has moved on before it went online, that is said, and nothing goes online", async () => {
  const { actor, machine, steps, view } = await begin(folder);
  await make(actor);
  await repositoryIsThere(actor);
  const commit = await prove(actor);
  await record(actor.self, newId("req"), (writer) => moveBranchHead(writer, repo, "main", newCommit()));
  await adopt(actor, commit);
  expect([machine.puts, (await steps()).at(-1), (await view()).beginning?.reason]).toEqual([
    ...[[], "online failed", "It was not put online: main has moved on"],
  ]);
});

test("a stop of the stack holds it, and it goes on once the stack is up", async () => {
  const { actor, repository, steps } = await begin(folder);
  await make(actor);
  await actor.stopStack();
  await repositoryIsThere(actor);
  expect([repository.commits, (await steps()).at(-1)]).toEqual([[], "files running"]);
  await actor.startStack();
  expect([repository.commits.length, (await steps()).at(-1)]).toEqual([1, "checks running"]);
});

test("a project that is taken away in the middle does not go on", async () => {
  const { actor, repository, steps, view } = await begin(folder);
  repository.refuses = { status: 503, body: {} };
  await make(actor);
  await repositoryIsThere(actor);
  await actor.act("projectRemove", { project, confirm: project, repository: "keep" });
  expect((await view()).beginning).toBeUndefined();
  repository.refuses = undefined;
  await actor.settle(Date.now() + 10 * minute);
  expect([repository.commits, (await steps()).at(-1)]).toEqual([[], "files running"]);
  await expect(make(actor)).rejects.toMatchObject({ message: "bakery is just being taken away." });
});

test("a repository that can't be made is told, and is tried again at the next press", async () => {
  const { actor, repository, steps, view } = await begin(folder, ["project"]);
  repository.refuses = { status: 403, body: { message: "forbidden" } };
  await make(actor);
  await actor.settle(Date.now() + 60 * minute);
  expect([(await steps()).at(-1), (await view()).beginning?.reason]).toEqual(["repository failed", expect.any(String)]);
  await make(actor);
  expect((await steps()).at(-1)).toBe("repository running");
});

test("a call whose answer was lost is answered alike with its key; another title or no address is another wish", async () => {
  const { actor } = await begin(folder);
  const key = newId("req");
  const wish = { name: project, template: "landing-page", title: "Cafe\u0301" } as const;
  const first = await actor.act("projectMake", wish, key);
  expect(first.project.beginning?.title).toBe("Café");
  await expect(make(actor, { title: "Tea" })).rejects.toMatchObject({ code: "conflict" });
  await expect(make(actor, { online: false })).rejects.toMatchObject({ code: "conflict" });
  await repositoryIsThere(actor);
  await bringToMain(actor, await prove(actor));
  expect(await actor.act("projectMake", wish, key)).toEqual(first);
});

test("a project is not deleted while its files are just coming to main", async () => {
  const { actor } = await begin(folder);
  await make(actor);
  await repositoryIsThere(actor);
  await prove(actor);
  const removal = actor.act("projectRemove", { project, confirm: project, repository: "archive" });
  await expect(removal).rejects.toMatchObject({ message: "A change of yours is just coming to bakery. Wait until it is there." });
});

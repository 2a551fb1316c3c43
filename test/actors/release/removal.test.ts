import { expect, test } from "vitest";
import { record } from "../../../actors/kernel/transaction.ts";
import { queueProject } from "../../../actors/project.ts";
import { createTask } from "../../../actors/task/task.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { publicPart } from "../../../schema/wire/key.ts";
import type { TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { AppMachine, moveMain, openProject, project, startDeployer, taskState, testReceiptKey } from "./deployer.ts";

/** Issue 10.18: a project is taken offline, or deleted, as its member says. */
const folder = ownFolder();
ownClock(Date.parse("2026-11-22T08:00:00Z"));
const says = async (refused: Promise<unknown>) =>
  (await refused.then(String, (error: Error) => error)) as { code?: string; message: string };

type Trouble = { edge?: number; git?: number };
/** A member whose app serves; `trouble`: so often each part does not answer. */
async function startServing(trouble: Trouble = {}) {
  const machine = new AppMachine();
  const archived: unknown[] = [];
  const removed: string[] = [];
  const actor = await startDeployer(folder, machine, {
    runs: ["team", "peer", "expire", "stop", "release", "watch", "notice", "removal"],
    host: ({ method, path, body }) => {
      if (path === `/git/api/v1/repos/projects/${project}` && method === "PATCH") {
        if ((trouble.git ?? 0) > 0) return { status: 503, body: { left: trouble.git!-- } };
        archived.push(JSON.parse(String(body)));
        return { status: 200, body: {} };
      }
      return machine.answer(method, path, String(body ?? ""));
    },
    edge: {
      appAddress: async (_member, name, { published = false }) => ({ address: `http://${name}.apps.localhost/`, published }),
      noticeApp: async () => false,
      receiptKeys: async () => ({ keys: [publicPart(testReceiptKey)] }),
      projectSecrets: async () => ({ values: {}, versions: {} }),
      removeProject: async (_member, name) => {
        if ((trouble.edge ?? 0) > 0) {
          trouble.edge! -= 1;
          throw new Error("the edge is away");
        }
        removed.push(name);
      },
    },
  });
  const id = await openProject(actor);
  const { task } = await moveMain(actor);
  await actor.act("deploy", { project });
  await actor.settle();
  expect(machine.seen).toBeDefined();
  return { actor, machine, archived, removed, id, task };
}
const remove = (actor: TestActor, repository: "keep" | "archive", confirm = project) =>
  actor.act("projectRemove", { project, confirm, repository });
const listNames = async (actor: TestActor) => (await actor.act("projects", {})).projects.map(({ name, state }) => `${name} ${state}`);

test("offline: its app, data, address, domains and secrets go; its repository and what it was stay, and it is deployed again", async () => {
  const { actor, machine, archived, removed, task } = await startServing();
  expect((await remove(actor, "keep")).project.state).toBe("removing");
  await actor.settle();
  expect([removed, archived, machine.seen]).toEqual([[project, project], [], undefined]);
  expect(machine.calls).toContain(`DELETE /apps/${project}?data=true`);
  const { projects } = await actor.act("projects", {});
  expect(projects).toMatchObject([{ name: project, state: "idle", published: false }]);
  expect(projects[0]).not.toHaveProperty("address");
  expect((await actor.act("releases", { project })).releases).toMatchObject([
    { state: "rolled_back", reason: "The project was taken offline." },
  ]);
  expect(await taskState(actor, task)).toBe("verified");
  expect((await actor.events("project.removed")).map(({ state }) => state)).toEqual(["begun", "done"]);
  await actor.act("deploy", { project });
  await actor.settle();
  expect(await listNames(actor)).toEqual([`${project} running`]);
});

test("deleted: its repository is archived, never removed, and the project is gone; of that name a new one goes on with it", async () => {
  const { actor, archived, id } = await startServing();
  await remove(actor, "archive");
  await actor.settle();
  expect(archived).toEqual([{ archived: true }]);
  expect(await listNames(actor)).toEqual([]);
  expect((await says(remove(actor, "archive"))).code).toBe("not_found");
  await record(actor.self, newId("req"), (writer) => queueProject(writer, project, undefined));
  const { projects } = await actor.act("projects", {});
  expect(projects).toMatchObject([{ name: project, state: "making" }]);
  expect(projects[0]!.id).not.toBe(id);
  expect((await actor.act("releases", { project })).releases).toEqual([]);
});

test("a second press, a part that is away and a run that is told twice end in the same", async () => {
  const { actor, archived, removed } = await startServing({ edge: 1, git: 2 });
  await Promise.all([remove(actor, "archive"), remove(actor, "archive")]);
  expect((await remove(actor, "archive")).project.state).toBe("removing");
  expect((await says(actor.act("publish", { project, published: true }))).message).toContain("just being taken away");
  expect((await says(actor.act("deploy", { project }))).message).toContain("just being taken away");
  await actor.settle(Date.now() + 60_000);
  expect([archived.length, await listNames(actor)]).toEqual([1, []]);
  expect(removed.length).toBeGreaterThan(2); // each step was done again after the one that failed
  expect(await actor.events("project.removed")).toHaveLength(2);
});

test("without its name, while a release starts or while a task works or waits in it, it is refused with the reason", async () => {
  const { actor, machine } = await startServing();
  for (const confirm of ["", "Bakery", "bakery ", "other"]) expect((await says(remove(actor, "keep", confirm))).code).toBe("invalid");
  await moveMain(actor);
  machine.answers.push(...Array.from({ length: 6 }, () => ({ status: 503, body: {} }))); // tried again for half a minute
  await actor.act("deploy", { project });
  expect((await says(remove(actor, "keep"))).message).toContain("A release of bakery is being started");
  await actor.settle(Date.now() + 60_000);
  const spec = specShape.parse({ id: "next", title: "The next page", owner: "coding", outputs: ["next.html"] });
  const task = await record(actor.self, newId("req"), (writer) => createTask(writer, { spec, project }));
  expect((await says(remove(actor, "archive"))).message).toContain("The task “The next page”");
  await actor.act("taskAct", { taskId: task.id, act: "cancel" });
  await remove(actor, "archive");
  await actor.settle();
  expect([await listNames(actor), machine.seen]).toEqual([[], undefined]);
});

test("a task that comes while it is deleted goes on, in a repository that is opened again", async () => {
  const { actor } = await startServing();
  await remove(actor, "archive");
  const spec = specShape.parse({ id: "late", title: "Late", owner: "coding", outputs: ["late.html"] });
  await record(actor.self, newId("req"), (writer) => createTask(writer, { spec, project }));
  await actor.settle();
  expect(await listNames(actor)).toEqual([`${project} idle`]);
  expect(await actor.events("project.removed")).toMatchObject([{ repository: "archive" }, { repository: "keep", state: "done" }]);
});

import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { queueDeregistration } from "../../actors/kernel/queue.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { queueProject } from "../../actors/project.ts";
import { registerWork } from "../../actors/project-registration.ts";
import { createTask } from "../../actors/task/task.ts";
import { actionAuditTable } from "../../schema/audit/action-audit.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { type RegistryProjectIn, registryProjectIn } from "../../schema/project/registry-project.ts";
import { specShape } from "../../schema/task/spec.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { startActor, type TestActor, withoutOutside } from "../harness/actor-fixture.ts";
import { ownFolder } from "../harness/fixtures.ts";

/** Issue 25.7: whose each project is, the edge knows; and what of the log is one project's. */
const folder = ownFolder();
type Told = RegistryProjectIn & { name: string };
/** An edge that is away as often as `away` says, and what it has heard. */
function newEdge(away = 0, code: "unavailable" | "not_found" | "internal" = "unavailable") {
  const told: Told[] = [];
  let left = away;
  const registerProject = async (_member: string, name: string, body: RegistryProjectIn) => {
    if (left-- > 0) throw new AppError(code, { what: "edge" });
    told.push({ name, ...registryProjectIn.parse(body) });
  };
  return { told, edge: { registerProject } };
}
const runs = [...withoutOutside, "register"] as const;
const open = (actor: TestActor, name: string) => record(actor.self, newId("req"), (writer) => queueProject(writer, name, undefined));
const rowOf = async (actor: TestActor, name: string) => (await actor.db.select().from(projectTable).where(eq(projectTable.name, name)))[0]!;

describe("a project", () => {
  test("is told to the edge once it is made, with what it began from, and once it is deleted, each once", async () => {
    const { told, edge } = newEdge();
    const actor = await startActor(folder, { edge, runs });
    await actor.act("projectMake", { name: "bakery", template: "landing-page" });
    await open(actor, "bakery"); // it is only opened again
    await open(actor, "shop");
    await actor.settle();
    const { id, createdAt } = await rowOf(actor, "bakery");
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ name: "bakery", id, repo: "projects/bakery", createdAt, template: "landing-page" });
    const row = await rowOf(actor, "shop");
    await record(actor.self, newId("req"), (writer) => queueDeregistration(writer, row));
    await actor.settle();
    expect(told.at(-1)).toMatchObject({ id: row.id, name: "shop", template: null, removedAt: expect.any(Number) });
    await actor.close();
  });

  test.each(["unavailable", "not_found"] as const)("is told until an edge that says %s has taken it", async (code) => {
    const { told, edge } = newEdge(2, code);
    const actor = await startActor(folder, { edge, runs });
    await open(actor, "bakery");
    await actor.settle();
    expect([told.length, (await rowOf(actor, "bakery")).registered]).toEqual([0, false]);
    const [row] = await actor.queued("register:%");
    expect(row?.dueAt).toBeGreaterThan(Date.now() - 1_000);
    await actor.close();
    const later = await startActor(folder, { file: actor.file, edge: newEdge().edge, runs: [] });
    expect(await later.queued("register:%")).toHaveLength(1); // one row of work, whatever wakes it
    await later.close();
  });

  test("that the edge can't take is told again later, also one that was deleted", async () => {
    const actor = await startActor(folder, { edge: newEdge(99, "internal").edge, runs });
    await open(actor, "bakery");
    const row = await rowOf(actor, "bakery");
    await record(actor.self, newId("req"), async (writer) => {
      await writer.db.delete(projectTable);
      await queueDeregistration(writer, row);
    });
    for (let tries = 0; tries < 4; tries++) {
      await actor.db.update(workTable).set({ dueAt: 0 });
      await actor.settle();
    }
    const [waits] = await actor.queued("register:%");
    const { gaveUp } = registerWork;
    const late = { id: newId("wrk"), payload: { id: row.id }, requestId: "" } as unknown as Parameters<typeof gaveUp>[1];
    await gaveUp(actor.self, late, new AppError("internal")); // of the try before it was deleted
    expect(await actor.queued("register:%")).toEqual([waits]);
    expect(waits).toMatchObject({ payload: { id: row.id, removedAt: expect.any(Number) } });
    expect(waits!.dueAt).toBeGreaterThan(Date.now() + 30 * 60_000);
    await actor.close();
  });

  test("of before is told at the next wake, and not again once it was taken", async () => {
    const first = await startActor(folder, { runs: [] });
    const id = newId("prj");
    await first.db.insert(projectTable).values({ name: "old", id, repo: "projects/old", createdAt: 5, readyAt: 5 });
    await first.close();
    const { told, edge } = newEdge();
    const woken = await startActor(folder, { file: first.file, edge, runs });
    await woken.settle();
    expect(told).toEqual([{ name: "old", id, repo: "projects/old", createdAt: 5, template: null }]);
    await woken.close();
    const again = await startActor(folder, { file: first.file, edge, runs });
    await again.settle();
    expect(told).toHaveLength(1);
    await again.close();
  });
});

test("the log of one project has its own events, those of its tasks and commits of its repository, by pages without a gap", async () => {
  const actor = await startActor(folder);
  const specOf = (id: string) => specShape.parse({ id, title: id, owner: "coding", outputs: [`${id}.html`] });
  const commit = (repo: string, hash: string) => ({
    ...{ repo, branch: "main", hash: hash.repeat(40), title: hash, author: "Ada", files: [], truncated: false },
  });
  await open(actor, "bakery");
  const { id } = await rowOf(actor, "bakery");
  await record(actor.self, newId("req"), async (writer) => {
    await createTask(writer, { spec: specOf("mine"), project: "bakery" });
    await createTask(writer, { spec: specOf("theirs"), project: "shop" });
    await writer.append("project.created", { body: { projectId: id, name: "bakery", repo: "projects/bakery" } });
    await writer.append("commit", { body: commit("projects/bakery", "a") });
    await writer.append("commit", { body: commit("projects/shop", "b") });
    await writer.append("commit", { body: commit("growqr/memory", "c") });
    await writer.append("app.state", { body: { project: "bakery", state: "well" } });
    await writer.append("app.state", { body: { project: "shop", state: "crashed" } });
    await writer.append("notice", { body: { level: "info", code: "x", text: "bakery" } });
  });
  await actor.settle();
  const whole = await actor.act("since", { seq: 0, project: "bakery" });
  expect(whole.events.slice(0, 4).map(({ kind }) => kind)).toEqual(["task.state", "project.created", "commit", "app.state"]);
  const seqs: number[] = [];
  for (let seq = 0; ; seq = seqs.at(-1)!) {
    const page = await actor.act("since", { seq, project: "bakery", limit: 1 });
    expect(page.last).toBeGreaterThanOrEqual(whole.last);
    if (page.events.length === 0) break;
    seqs.push(...page.events.map((event) => event.seq));
  }
  expect(seqs).toEqual(whole.events.map(({ seq }) => seq));
  expect((await actor.act("since", { seq: 0, project: "nobody" })).events).toEqual([]);
  expect(whole.events.every(({ project }) => project === "bakery")).toBe(true);
  await actor.close();
});

test("a project of a name that was another's is told nothing of that one", async () => {
  const actor = await startActor(folder);
  await open(actor, "bakery");
  const old = await rowOf(actor, "bakery");
  await record(actor.self, newId("req"), async (writer) => {
    await writer.append("app.state", { body: { project: "bakery", state: "crashed" } });
    await writer.db.delete(projectTable);
    const body = { projectId: old.id, name: "bakery", repository: "archive", state: "done" } as const;
    await writer.append("project.removed", { body });
    await writer.append("app.state", { body: { project: "bakery", state: "lost" } }); // what that sets in motion
  });
  const kinds = async () => (await actor.act("since", { seq: 0, project: "bakery" })).events.map(({ kind }) => kind);
  expect(await kinds()).toEqual(["app.state", "project.removed", "app.state"]); // who lost the connection then reads it
  await open(actor, "bakery");
  await record(actor.self, newId("req"), (writer) => writer.append("app.state", { body: { project: "bakery", state: "well" } }));
  expect(await kinds()).toEqual(["app.state"]);
  const next = await rowOf(actor, "bakery");
  await record(actor.self, newId("req"), async (writer) => {
    await writer.db.delete(projectTable);
    const body = { projectId: next.id, name: "bakery", repository: "archive", state: "done" } as const;
    await writer.append("project.removed", { body });
  });
  expect((await kinds()).slice(-2)).toEqual(["app.state", "project.removed"]); // of the last of the two
  await actor.close();
});

test("the audit names the project of a change, by whatever it was named", async () => {
  const actor = await startActor(folder);
  await actor.act("projectMake", { name: "bakery" });
  const { id } = await rowOf(actor, "bakery");
  await actor.act("automate", { project: id, repair: "auto" });
  const spec = specShape.parse({ id: "mine", title: "Mine", owner: "coding", outputs: ["a.html"] });
  const task = await record(actor.self, newId("req"), (writer) => createTask(writer, { spec, project: "bakery" }));
  await actor.act("taskAct", { taskId: task.id, act: "cancel" });
  await expect(actor.act("repair", { incident: newId("inc") })).rejects.toThrow();
  await actor.act("stop", { scope: "stack" });
  const rows = await actor.db.select().from(actionAuditTable);
  expect(rows.map(({ entry }) => [entry.action, entry.project])).toEqual([
    ["projectMake", "bakery"],
    ["automate", "bakery"],
    ["taskAct:cancel", "bakery"],
    ["repair", undefined],
    ["stop:stack", undefined],
  ]);
  await actor.close();
});

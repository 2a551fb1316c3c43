import { eq } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { mainBranch } from "../../../actors/git/git.ts";
import { queueMerge, queueTeam } from "../../../actors/kernel/queue.ts";
import { me } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readWork } from "../../../actors/kernel/work.ts";
import { mergeWork } from "../../../actors/merge.ts";
import { tellGrow } from "../../../actors/plan/plan-end.ts";
import { verifyWork } from "../../../actors/proof.ts";
import { actOnQuest, startQuest } from "../../../actors/quest/quest-control.ts";
import { whileUp } from "../../../actors/stack/resume.ts";
import { start, wakeForWork } from "../../../actors/stack/start.ts";
import { applyTask } from "../../../actors/task/task.ts";
import { actOnTask, newTaskOf } from "../../../actors/task/task-control.ts";
import { requireTask } from "../../../actors/task/task-row.ts";
import { stop } from "../../../actors/turn/stop.ts";
import { turnWork } from "../../../actors/turn/turn.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { questTable } from "../../../schema/quest/quest.table.ts";
import { likeSealed } from "../../../schema/seal/sealed-column.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { limit } from "../../harness/suite/limit.ts";

/**
 * A stack that the member stopped stays stopped, whatever is queued or falls due; when they start it, what
 * the stop held back goes on.
 */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

const hash = (n: number) => n.toString(16).padStart(40, "0");
async function made(actor: TestActor, id: string): Promise<Id<"tsk">> {
  const spec = specShape.parse({ id, title: `Task ${id}`, owner: "coding", outputs: [`${id}.md`] });
  const { task: view } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  return view.id;
}
const row = async (actor: TestActor, id: Id<"tsk">) => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
const states = async (actor: TestActor, ids: Id<"tsk">[]) => Promise.all(ids.map(async (id) => (await row(actor, id)).state));
const stack = async (actor: TestActor) => {
  const { tier, generation } = await me(actor.db);
  return { tier, generation };
};
async function act(actor: TestActor, id: Id<"tsk">, verb: "pause" | "resume"): Promise<void> {
  await actOnTask(actor.self, { taskId: id, act: verb }, newId("req"), newId("req"));
  await actor.settle();
}
async function completed(actor: TestActor, name: string): Promise<Id<"tsk">> {
  const id = await made(actor, name);
  const worker = (await row(actor, id)).worker!;
  await actor.hear(worker, { kind: "reported", task: id, state: "done", text: "done", commit: hash(1) });
  await actor.runTurn(worker, { to: "done", commit: hash(1) });
  expect(await states(actor, [id])).toEqual(["complete"]);
  return id;
}

describe("a stop with work under way", () => {
  test("holds while tasks wait in a queue; started again, what it paused goes on and the queue after it, not what was paused by hand", async () => {
    const actor = await startActor(folder, { places: 3 });
    const [hand, ...ids] = [
      await made(actor, "hand"),
      await made(actor, "a"),
      await made(actor, "b"),
      await made(actor, "c"),
      await made(actor, "d"),
    ];
    for (const id of [hand, ...ids]) {
      const { worker } = await row(actor, id);
      if (worker) await actor.beginTurn(worker);
    }
    await act(actor, hand, "pause");
    await actor.beginTurn((await row(actor, ids[2]!)).worker!);
    expect(await states(actor, [hand, ...ids])).toEqual(["paused", "in_progress", "in_progress", "in_progress", "created"]);

    await actor.stopStack();
    const stopped = { tier: "stopped", generation: 2 };
    expect([await stack(actor), await states(actor, ids)]).toEqual([stopped, ["paused", "paused", "paused", "created"]]);
    await record(actor.self, newId("req"), (writer) => queueTeam(writer));
    await actor.settle();
    expect([await stack(actor), await states(actor, ids)]).toEqual([stopped, ["paused", "paused", "paused", "created"]]);
    expect(await actor.queued("provision:%")).toEqual([]);

    await actor.startStack();
    expect(await stack(actor)).toEqual({ tier: "running", generation: 3 });
    expect(await states(actor, [hand, ...ids])).toEqual(["paused", "in_progress", "in_progress", "in_progress", "created"]);
    for (const id of ids.slice(0, 3))
      expect(await actor.subOf((await row(actor, id)).worker!)).toMatchObject({ paused: false, turn: expect.any(String) });
  });

  test("ends an agent's question to the member with its turn, and the task goes on after the start all the same", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "asks");
    const worker = (await row(actor, id)).worker!;
    await actor.beginTurn(worker);
    const { facts } = await row(actor, id);
    await record(actor.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "ask", worker: worker, run: facts.run, approval: newId("apr") }),
    );
    await actor.stopStack();
    const [asked] = (await row(actor, id)).facts.asked;
    await record(actor.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "answer", approval: asked!, outcome: "withdrawn", goesOn: true }),
    );
    await actor.startStack();
    expect(await states(actor, [id])).toEqual(["in_progress"]);
  });

  test("leaves a quest paused that the member pauses meanwhile, and its tasks with it", async () => {
    const actor = await startActor(folder);
    const { quest: made } = await startQuest(actor.self, weekly, newId("req"), newId("req"));
    await actor.settle();
    const [first] = await actor.db.select().from(taskTable).where(eq(taskTable.state, "in_progress"));
    await actor.beginTurn(first!.worker!);
    await actor.stopStack();
    await actOnQuest(actor.self, { questId: made.id, act: "pause" }, newId("req"), newId("req"));
    await actor.startStack();
    expect(await states(actor, [first!.id])).toEqual(["paused"]);
    await actOnQuest(actor.self, { questId: made.id, act: "resume" }, newId("req"), newId("req"));
    await actor.settle();
    expect(await states(actor, [first!.id])).toEqual(["in_progress"]);
  });
});
const weekly = { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } };

describe("a restart of the box", () => {
  const asks = (actor: TestActor, again?: true) =>
    stop(actor.self, { scope: "stack", ...(again ? { again } : {}) }, newId("req"), newId("req"));
  const tiers = async (actor: TestActor) => (await actor.events("stack.state")).map(({ tier }) => tier);

  test("stops the stack and starts it again by itself", async () => {
    const actor = await startActor(folder);
    await asks(actor, true);
    await actor.settle();
    await vi.waitFor(async () => expect(await stack(actor)).toEqual({ tier: "running", generation: 3 }), { timeout: limit(20_000) });
    expect([await tiers(actor), await actor.queued("provision:%")]).toEqual([["stopped", "stopped", "running"], [expect.anything()]]);
  });
  test("is refused while an agent works, and changes nothing", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "busy");
    await actor.beginTurn((await row(actor, id)).worker!);
    await expect(asks(actor, true)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("An agent works") });
    expect([await stack(actor), await states(actor, [id])]).toEqual([{ tier: "running", generation: 1 }, ["in_progress"]]);
  });
  test("is refused a second time while it is under way, and a plain stop takes its place", async () => {
    const actor = await startActor(folder);
    actor.host.answer = () => ({ status: 503, body: {} }); // the host is away for a moment
    await asks(actor, true);
    await expect(asks(actor, true)).rejects.toMatchObject({ code: "conflict" });
    await asks(actor);
    await asks(actor);
    expect(await stack(actor)).toEqual({ tier: "stopped", generation: 3 });
    actor.host.answer = () => undefined;
    await actor.db.update(workTable).set({ dueAt: 0 });
    await actor.settle();
    await vi.waitFor(async () => expect((await me(actor.db)).observed).toBe("stopped"), { timeout: limit(20_000) });
    expect([await stack(actor), await actor.queued("provision:%")]).toEqual([{ tier: "stopped", generation: 3 }, []]);
  });
});

test("a start of a stack that runs already looks at the tasks that wait: it may be paid for again", async () => {
  const actor = await startActor(folder);
  const spec = specShape.parse({ id: "late", title: "Late", owner: "coding", outputs: ["late.md"] });
  const { task: view } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.db.delete(workTable).where(eq(workTable.kind, "team")); // its round has given up
  await start(actor.self, newId("req"), newId("req"));
  await actor.settle();
  expect(await states(actor, [view.id])).toEqual(["in_progress"]);
});

describe("while the stack is stopped", () => {
  test("what the platform has to say waits, and what the member writes or asks for ends the stop", async () => {
    const actor = await startActor(folder);
    await actor.stopStack();
    const turnId = await record(actor.self, newId("req"), (writer) => tellGrow(writer, "Something has ended."));
    const [waits] = await actor.queued(`turn:${turnId}`);
    await turnWork.run(actor.self, readWork("turn", waits!));
    await actor.db.delete(workTable).where(eq(workTable.key, waits!.key));
    expect([(await findTurn(actor.db, turnId))?.state, await stack(actor)]).toEqual(["queued", { tier: "stopped", generation: 2 }]);

    const call = (act: string) => ({ self: actor.self, input: { act }, requestId: newId("req") });
    for (const act of ["pause", "cancel"]) await wakeForWork("taskAct", call(act), Promise.resolve());
    expect((await stack(actor)).tier).toBe("stopped");
    await wakeForWork("taskAct", call("retry"), Promise.resolve());
    expect([await stack(actor), (await actor.queued("provision:%")).length]).toEqual([{ tier: "running", generation: 3 }, 1]);
    expect((await actor.queued(`turn:${turnId}`)).length).toBe(1);
  });

  test("no step of a quest falls due; the one that did comes with the start", async () => {
    const actor = await startActor(folder);
    const { quest: made } = await startQuest(actor.self, weekly, newId("req"), newId("req"));
    await actor.settle();
    for (const each of await actor.db.select().from(taskTable))
      await actor.db
        .update(taskTable)
        .set({ state: "verified", worker: null, facts: { ...each.facts, state: "verified" } })
        .where(eq(taskTable.id, each.id));
    await record(actor.self, newId("req"), (writer) => queueTeam(writer));
    await actor.settle();
    const before = (await actor.db.select().from(taskTable)).length;
    const [{ body } = { body: undefined }] = await actor.db.select().from(questTable);
    const since = Object.fromEntries(Object.keys(body!.since).map((step) => [step, Date.now() - 8 * 86_400_000]));
    await actor.db.update(questTable).set({ body: { ...body!, since } });
    await actor.stopStack();
    await actor.db
      .update(workTable)
      .set({ dueAt: 0 })
      .where(likeSealed(workTable.key, `team:${made.id}`));
    await actor.settle();
    expect((await actor.db.select().from(taskTable)).length).toBe(before);
    await actor.startStack();
    expect((await actor.db.select().from(taskTable)).length).toBe(before + 1);
  });

  test("no merge is tried; the start queues it again", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "merge");
    await actor.db.update(taskTable).set({ branch: mainBranch }).where(eq(taskTable.id, id));
    await actor.db.delete(turnTable); // a merge has no step before git has tried it
    await record(actor.self, newId("req"), async (writer) => queueMerge(writer, await requireTask(writer.db, id)));
    const merges = () => actor.queued(`merge:${id}`);
    await actor.stopStack();
    const [before] = await merges();
    await whileUp(mergeWork).run(actor.self, readWork("merge", before!)); // it would ask the host, which is none here
    await actor.db.delete(workTable).where(eq(workTable.id, before!.id));
    await actor.startStack();
    expect(await merges()).toHaveLength(1);
  });

  test("nothing is proven; after the start each proof waits in one row", async () => {
    const actor = await startActor(folder);
    const id = await completed(actor, "proof");
    const proofs = () => actor.queued("verify:%");
    expect(await proofs()).toMatchObject([{ key: `verify:${id}:${hash(1)}`, lane: `verify:${id}` }]);
    await actor.stopStack();
    const [before] = await proofs();
    await verifyWork.run(actor.self, readWork("verify", before!)); // it would ask the host, which is none here
    await actor.db.delete(workTable).where(eq(workTable.id, before!.id));
    await actor.startStack();
    await actor.stackIsUp();
    const [first, ...more] = await proofs();
    expect([first?.lane, more]).toEqual([`verify:${id}`, []]);
    await actor.stackIsUp();
    expect(await proofs()).toMatchObject([{ id: first?.id }]); // one that runs stays the same run, with the same receipt
  });
});

test("a proof that could not be run is tried again by its one row, when the task says so, and is held against nobody", async () => {
  const actor = await startActor(folder);
  const id = await completed(actor, "away");
  const [first] = await actor.queued("verify:%");
  await verifyWork.gaveUp(actor.self, readWork("verify", first!), new AppError("unavailable", { what: "host" }));
  await actor.db.delete(workTable).where(eq(workTable.id, first!.id)); // as the queue does with a row that it gives up
  const { dueAt, state } = await row(actor, id);
  expect(state).toBe("complete");
  expect(await actor.queued("verify:%")).toMatchObject([{ key: first!.key, lane: first!.lane, dueAt }]);
  vi.setSystemTime(dueAt! + 60);
  await actor.settle();
  expect((await row(actor, id)).dueAt).toBeNull();
  expect(await actor.queued("verify:%")).toHaveLength(1);
});

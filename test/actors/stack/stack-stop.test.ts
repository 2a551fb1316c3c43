import { eq, like } from "drizzle-orm";
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
import { start, wakeIfHeld } from "../../../actors/stack/start.ts";
import { applyTask } from "../../../actors/task/task.ts";
import { actOnTask, newTaskOf } from "../../../actors/task/task-control.ts";
import { requireTask } from "../../../actors/task/task-row.ts";
import { turnWork } from "../../../actors/turn/turn.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { questTable } from "../../../schema/quest/quest.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { type Alone, alone } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** A stack that the member stopped stays stopped, whatever is queued or falls due; when they start it, what the stop held back goes on. */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

const hash = (n: number) => n.toString(16).padStart(40, "0");
async function made(of: Alone, id: string): Promise<Id<"tsk">> {
  const spec = specShape.parse({ id, title: `Task ${id}`, owner: "coding", outputs: [`${id}.md`] });
  const { task: view } = await newTaskOf(of.self, { spec }, newId("req"), newId("req"));
  await of.settle();
  return view.id;
}
const row = async (of: Alone, id: Id<"tsk">) => (await of.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
const states = async (of: Alone, ids: Id<"tsk">[]) => Promise.all(ids.map(async (id) => (await row(of, id)).state));
const stack = async (of: Alone) => {
  const { tier, generation } = await me(of.db);
  return { tier, generation };
};
async function act(of: Alone, id: Id<"tsk">, what: "pause" | "resume"): Promise<void> {
  await actOnTask(of.self, { taskId: id, act: what }, newId("req"), newId("req"));
  await of.settle();
}
async function completed(of: Alone, name: string): Promise<Id<"tsk">> {
  const id = await made(of, name);
  const who = (await row(of, id)).worker!;
  await of.hear(who, { kind: "reported", task: id, state: "done", text: "done", commit: hash(1) });
  await of.turn(who, { to: "done", commit: hash(1) });
  expect(await states(of, [id])).toEqual(["complete"]);
  return id;
}

describe("a stop with work under way", () => {
  test("holds while tasks wait in a queue; started again, what it paused goes on and the queue after it, not what was paused by hand", async () => {
    const of = await alone(folder, { places: 3 });
    const [hand, ...ids] = [await made(of, "hand"), await made(of, "a"), await made(of, "b"), await made(of, "c"), await made(of, "d")];
    for (const id of [hand, ...ids]) {
      const { worker } = await row(of, id);
      if (worker) await of.beginTurn(worker);
    }
    await act(of, hand, "pause");
    await of.beginTurn((await row(of, ids[2]!)).worker!);
    expect(await states(of, [hand, ...ids])).toEqual(["paused", "in_progress", "in_progress", "in_progress", "created"]);

    await of.stopStack();
    const stopped = { tier: "stopped", generation: 2 };
    expect([await stack(of), await states(of, ids)]).toEqual([stopped, ["paused", "paused", "paused", "created"]]);
    await record(of.self, newId("req"), (writer) => queueTeam(writer));
    await of.settle();
    expect([await stack(of), await states(of, ids)]).toEqual([stopped, ["paused", "paused", "paused", "created"]]);
    expect(await of.queued("provision:%")).toEqual([]);

    await of.startStack();
    expect(await stack(of)).toEqual({ tier: "running", generation: 3 });
    expect(await states(of, [hand, ...ids])).toEqual(["paused", "in_progress", "in_progress", "in_progress", "created"]);
    for (const id of ids.slice(0, 3))
      expect(of.subs.get((await row(of, id)).worker!)).toMatchObject({ paused: false, turn: expect.any(String) });
  });

  test("ends an agent's question to the member with its turn, and the task goes on after the start all the same", async () => {
    const of = await alone(folder);
    const id = await made(of, "asks");
    const who = (await row(of, id)).worker!;
    await of.beginTurn(who);
    const { facts } = await row(of, id);
    await record(of.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "ask", worker: who, run: facts.run, approval: newId("apr") }),
    );
    await of.stopStack();
    const [asked] = (await row(of, id)).facts.asked;
    await record(of.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "answer", approval: asked!, outcome: "withdrawn", goesOn: true }),
    );
    await of.startStack();
    expect(await states(of, [id])).toEqual(["in_progress"]);
  });

  test("leaves a quest paused that the member pauses meanwhile, and its tasks with it", async () => {
    const of = await alone(folder);
    const { quest: made } = await startQuest(of.self, weekly, newId("req"), newId("req"));
    await of.settle();
    const [first] = await of.db.select().from(taskTable).where(eq(taskTable.state, "in_progress"));
    await of.beginTurn(first!.worker!);
    await of.stopStack();
    await actOnQuest(of.self, { questId: made.id, act: "pause" }, newId("req"), newId("req"));
    await of.startStack();
    expect(await states(of, [first!.id])).toEqual(["paused"]);
    await actOnQuest(of.self, { questId: made.id, act: "resume" }, newId("req"), newId("req"));
    await of.settle();
    expect(await states(of, [first!.id])).toEqual(["in_progress"]);
  });
});
const weekly = { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } };

test("a start of a stack that runs already looks at the tasks that wait: it may be paid for again", async () => {
  const of = await alone(folder);
  const spec = specShape.parse({ id: "late", title: "Late", owner: "coding", outputs: ["late.md"] });
  const { task: view } = await newTaskOf(of.self, { spec }, newId("req"), newId("req"));
  await of.db.delete(workTable).where(eq(workTable.kind, "team")); // its round has given up
  await start(of.self, newId("req"), newId("req"));
  await of.settle();
  expect(await states(of, [view.id])).toEqual(["in_progress"]);
});

describe("while the stack is stopped", () => {
  test("what the platform has to say waits, and what the member writes or asks for ends the stop", async () => {
    const of = await alone(folder);
    await of.stopStack();
    const turnId = await record(of.self, newId("req"), (writer) => tellGrow(writer, "Something has ended."));
    const [waits] = await of.queued(`turn:${turnId}`);
    await turnWork.run(of.self, readWork("turn", waits!));
    await of.db.delete(workTable).where(eq(workTable.key, waits!.key));
    expect([(await findTurn(of.db, turnId))?.state, await stack(of)]).toEqual(["queued", { tier: "stopped", generation: 2 }]);

    await wakeIfHeld(of.self, false, Promise.resolve(), newId("req"));
    expect((await stack(of)).tier).toBe("stopped");
    await wakeIfHeld(of.self, true, Promise.resolve(), newId("req"));
    expect([await stack(of), (await of.queued("provision:%")).length]).toEqual([{ tier: "running", generation: 3 }, 1]);
    expect((await of.queued(`turn:${turnId}`)).length).toBe(1);
  });

  test("no step of a quest falls due; the one that did comes with the start", async () => {
    const of = await alone(folder);
    const { quest: made } = await startQuest(of.self, weekly, newId("req"), newId("req"));
    await of.settle();
    for (const one of await of.db.select().from(taskTable))
      await of.db
        .update(taskTable)
        .set({ state: "verified", worker: null, facts: { ...one.facts, state: "verified" } })
        .where(eq(taskTable.id, one.id));
    await record(of.self, newId("req"), (writer) => queueTeam(writer));
    await of.settle();
    const before = (await of.db.select().from(taskTable)).length;
    const [{ body } = { body: undefined }] = await of.db.select().from(questTable);
    const since = Object.fromEntries(Object.keys(body!.since).map((step) => [step, Date.now() - 8 * 86_400_000]));
    await of.db.update(questTable).set({ body: { ...body!, since } });
    await of.stopStack();
    await of.db
      .update(workTable)
      .set({ dueAt: 0 })
      .where(like(workTable.key, `team:${made.id}`));
    await of.settle();
    expect((await of.db.select().from(taskTable)).length).toBe(before);
    await of.startStack();
    expect((await of.db.select().from(taskTable)).length).toBe(before + 1);
  });

  test("no merge is tried; the start queues it again", async () => {
    const of = await alone(folder);
    const id = await made(of, "merge");
    await of.db.update(taskTable).set({ branch: mainBranch }).where(eq(taskTable.id, id));
    await of.db.delete(turnTable); // a merge has no step before git has tried it
    await record(of.self, newId("req"), async (writer) => queueMerge(writer, await requireTask(writer.db, id)));
    const merges = () => of.queued(`merge:${id}`);
    await of.stopStack();
    const [before] = await merges();
    await whileUp(mergeWork).run(of.self, readWork("merge", before!)); // it would ask the host, which is none here
    await of.db.delete(workTable).where(eq(workTable.id, before!.id));
    await of.startStack();
    expect(await merges()).toHaveLength(1);
  });

  test("nothing is proven; after the start each proof waits in one row", async () => {
    const of = await alone(folder);
    const id = await completed(of, "proof");
    const proofs = () => of.queued("verify:%");
    expect(await proofs()).toMatchObject([{ key: `verify:${id}:${hash(1)}`, lane: `verify:${id}` }]);
    await of.stopStack();
    const [before] = await proofs();
    await verifyWork.run(of.self, readWork("verify", before!)); // it would ask the host, which is none here
    await of.db.delete(workTable).where(eq(workTable.id, before!.id));
    await of.startStack();
    await of.stackIsUp();
    const [first, ...more] = await proofs();
    expect([first?.lane, more]).toEqual([`verify:${id}`, []]);
    await of.stackIsUp();
    expect(await proofs()).toMatchObject([{ id: first?.id }]); // one that runs stays the same run, with the same receipt
  });
});

test("a proof that could not be run is tried again by its one row, when the task says so, and is held against nobody", async () => {
  const of = await alone(folder);
  const id = await completed(of, "away");
  const [first] = await of.queued("verify:%");
  await verifyWork.gaveUp(of.self, readWork("verify", first!), new AppError("unavailable", { what: "host" }));
  await of.db.delete(workTable).where(eq(workTable.id, first!.id)); // as the queue does with a row that it gives up
  const { dueAt, state } = await row(of, id);
  expect(state).toBe("complete");
  expect(await of.queued("verify:%")).toMatchObject([{ key: first!.key, lane: first!.lane, dueAt }]);
  vi.setSystemTime(dueAt! + 60);
  await of.settle();
  expect((await row(of, id)).dueAt).toBeNull();
  expect(await of.queued("verify:%")).toHaveLength(1);
});

import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { queueTeam } from "../../../actors/kernel/queue.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readWork } from "../../../actors/kernel/work.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { parentWork } from "../../../actors/sub-agent.ts";
import { applyTask, branchMoved, judgeTask } from "../../../actors/task/task.ts";
import { actOnTask, newTaskOf } from "../../../actors/task/task-control.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { taskActs } from "../../../schema/agent/team.ts";
import { outboxTable } from "../../../schema/memory/outbox.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import type { TaskState } from "../../../schema/task/task.ts";
import { readTask } from "../../../schema/task/task-file.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { errorClasses, retryDelay } from "../../../schema/work.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { long } from "../../harness/suite/long-run.ts";

/**
 * Tasks in the member's actor: what moves them, what is written of each move, and how they go on after a
 * failure. The clock is the test's.
 */
const start = Date.parse("2026-03-02T08:00:00Z");
const hash = (n: number) => n.toString(16).padStart(40, "0");
const folder = ownFolder();
ownClock(start);

const spec = (id: string, more: object = {}) =>
  specShape.parse({ id, title: `Task ${id}`, owner: "coding", outputs: [`${id}.md`], ...more });
async function made(actor: TestActor, id: string, more: object = {}): Promise<Id<"tsk">> {
  const { task: view } = await newTaskOf(actor.self, { spec: spec(id, more) }, newId("req"), newId("req"));
  await actor.settle();
  return view.id;
}
type Act = (typeof taskActs)[number];
async function act(actor: TestActor, id: Id<"tsk">, verb: Act) {
  const done = await actOnTask(actor.self, { taskId: id, act: verb }, newId("req"), newId("req")).catch(
    (error: unknown) => error as AppError,
  );
  await actor.settle();
  return done;
}
const row = async (actor: TestActor, id: Id<"tsk">) => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
const state = async (actor: TestActor, id: Id<"tsk">) => (await row(actor, id)).state;
const worker = async (actor: TestActor, id: Id<"tsk">) => (await row(actor, id)).worker!;
const report = (actor: TestActor, id: Id<"tsk">, n: number) =>
  worker(actor, id).then((worker) => actor.hear(worker, { kind: "reported", task: id, state: "done", text: "done", commit: hash(n) }));
/** Brings a task to a state on the way it really goes. */
async function brought(actor: TestActor, to: TaskState, name = "one"): Promise<Id<"tsk">> {
  const id = await made(actor, name);
  if (to === "assigned") {
    const facts = (await row(actor, id)).facts;
    expect(facts.state).toBe("in_progress"); // the agent takes it up at once
  }
  if (to === "waiting") {
    const { facts } = await row(actor, id);
    await record(actor.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "ask", worker: facts.worker!, run: facts.run, approval: newId("apr") }),
    );
  }
  if (to === "complete" || to === "verified") {
    await report(actor, id, 1);
    await actor.runTurn(await worker(actor, id), { to: "done", commit: hash(1) });
  }
  if (to === "verified")
    await record(actor.self, newId("req"), (writer) => judgeTask(writer, { taskId: id, commit: hash(1), passed: true, failures: [] }));
  expect(await state(actor, id)).toBe(to);
  return id;
}

describe("every change of a task's state", () => {
  /** Events and commits of each task, counted against each other. */
  async function counted(actor: TestActor): Promise<number> {
    const events = await actor.events("task.state");
    let changes = 0;
    for (const { id } of await actor.db.select({ id: taskTable.id }).from(taskTable)) {
      const taskEvents = events.filter((each) => each.taskId === id);
      const moved = taskEvents.filter((each) => each.from !== each.facts.state);
      const commits = await actor.db
        .select()
        .from(outboxTable)
        .where(and(eq(outboxTable.task, id), eq(outboxTable.kind, "task")))
        .orderBy(outboxTable.at);
      const ofState = commits.filter((each, n) => n === 0 || fileOf(each).state !== fileOf(commits[n - 1]!).state);
      expect(ofState.map((each) => fileOf(each).state)).toEqual(moved.map((each) => each.facts.state));
      for (let n = 1; n < moved.length; n++) expect(moved[n]!.from).toBe(moved[n - 1]!.facts.state);
      const last = commits.reduce((a, b) => (Number(b.key.split(":")[2]) > Number(a.key.split(":")[2]) ? b : a));
      expect(fileOf(last).state).toBe((await row(actor, id)).state);
      changes += moved.length;
    }
    return changes;
  }
  const fileOf = (each: typeof outboxTable.$inferSelect) => {
    const files = new Map((each.files as { path: string; content: string }[]).map((file) => [file.path.split("/").at(-1), file.content]));
    const read = readTask(files.get("spec.yaml") ?? "", files.get("task.yaml") ?? "");
    if (!read.ok) throw new Error(JSON.stringify(read.issues));
    expect(files.get("log.md")).toContain(read.value.facts.state);
    return read.value.facts;
  };
  type Move =
    | { kind: "act"; act: Act }
    | { kind: "turn"; n: number; said: boolean; end: "done" | "failed" | "interrupted" }
    | { kind: "verdict"; passed: boolean }
    | { kind: "later" };
  const moves: fc.Arbitrary<Move> = fc.oneof(
    fc.record({ kind: fc.constant("act" as const), act: fc.constantFrom(...taskActs) }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("turn" as const),
        n: fc.integer({ min: 1, max: 3 }),
        said: fc.boolean(),
        end: fc.constantFrom("done" as const, "done" as const, "failed" as const, "interrupted" as const),
      }),
    },
    fc.record({ kind: fc.constant("verdict" as const), passed: fc.boolean() }),
    fc.constant({ kind: "later" as const }),
  );
  async function play(actor: TestActor, id: Id<"tsk">, move: Move): Promise<void> {
    if (move.kind === "act") await act(actor, id, move.act);
    if (move.kind === "later") vi.setSystemTime(Date.now() + 60_000);
    if (move.kind === "turn" && (await worker(actor, id))) {
      if (move.said) await report(actor, id, move.n);
      await actor.runTurn(await worker(actor, id), { to: move.end, reason: "as it was told", commit: hash(move.n) });
    }
    const { facts } = await row(actor, id);
    if (move.kind === "verdict" && facts.commit)
      await record(actor.self, newId("req"), (writer) =>
        judgeTask(writer, { taskId: id, commit: facts.commit!, passed: move.passed, failures: ["x"] }),
      );
    await actor.settle();
  }
  test("is one event and one commit with the task's files, whatever happens", async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 4, maxLength: 14 }), async (list) => {
        const actor = await startActor(folder);
        const id = await made(actor, "one");
        for (const move of list) await play(actor, id, move);
        changes += await counted(actor);
        await actor.close();
      }),
      { numRuns: long ? 200 : 6 },
    );
    expect(changes).toBeGreaterThan(20);
  });
});

describe("the member's hand", () => {
  const open: TaskState[] = ["created", "in_progress", "waiting", "complete"];
  test.each(open)("pauses a task that is %s, brings it back as it was, and cancels it", async (from) => {
    const actor = await startActor(folder, { places: from === "created" ? 0 : 2 });
    const id = await brought(actor, from);
    await act(actor, id, "pause");
    expect([await state(actor, id), (await row(actor, id)).facts.back]).toEqual(["paused", from]);
    expect(await act(actor, id, "pause")).toBeInstanceOf(AppError);
    await act(actor, id, "resume");
    expect(await state(actor, id)).toBe(from);
    expect(await act(actor, id, "resume")).toBeInstanceOf(AppError);
    await act(actor, id, "cancel");
    expect(await state(actor, id)).toBe("cancelled");
    for (const verb of taskActs) expect(await act(actor, id, verb)).toBeInstanceOf(AppError);
    expect((await actor.db.select().from(agentTable).where(eq(agentTable.task, id))).length).toBe(0);
  });
  test("stops the running turn when it pauses, and the agent goes on in the same session when it is resumed", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "one");
    const workerId = await worker(actor, id);
    const running = await actor.beginTurn(workerId);
    await act(actor, id, "pause");
    expect((await actor.events("turn.state")).at(-1)).toMatchObject({ turnId: running, state: "stopped" });
    expect(await actor.subOf(workerId)).toMatchObject({ paused: true, turn: null });
    await act(actor, id, "resume");
    const told = (await actor.events("agent.prompt")).filter((each) => each.taskId === id);
    expect(told.map(({ shown }) => shown?.replace(/“.*”/, ""))).toEqual(["Given the task ", "Goes on with the task "]);
    expect(await worker(actor, id)).toBe(workerId);
  });
  test("gives a task to another agent: the first is retired, what it still says is refused, and the next looks at what was pushed", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "one");
    const first = await worker(actor, id);
    const { branch, facts } = await row(actor, id);
    await actor.beginTurn(first);
    expect(await act(actor, id, "reassign")).toMatchObject({
      task: { facts: { state: "created", reason: "given to another agent by the member" } },
    });
    const second = await worker(actor, id);
    expect([second === first, await state(actor, id)]).toEqual([false, "in_progress"]);
    expect((await actor.db.select().from(agentTable).where(eq(agentTable.id, first)))[0]).toMatchObject({ state: "retired", task: null });
    const { ok, code } = (await record(actor.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "complete", worker: first, run: facts.run, commit: hash(1) }),
    )) as { ok: boolean; code?: string };
    expect([ok, code]).toEqual([false, "other_worker"]);
    expect((await actor.events("agent.prompt")).at(-1)?.text).toContain(`look there first`);
    expect((await actor.events("agent.prompt")).at(-1)?.text).toContain(branch!);
    expect((await row(actor, id)).facts.attempts).toEqual({});
    expect((await actor.queued(`retire:${first}`)).length).toBe(1);
  });
  test("that was verified and fails its checks at a newer commit goes to its agent again, or to another when that one has other work", async () => {
    const moved = async (actor: TestActor, id: Id<"tsk">, n: number) => {
      const { project, branch } = await row(actor, id);
      await record(actor.self, newId("req"), async (writer) => {
        await branchMoved(writer, { repo: `projects/${project}`, branch: branch!, hash: hash(n) });
        await judgeTask(writer, { taskId: id, commit: hash(n), passed: false, failures: [`it broke at ${n}`] });
      });
      await actor.settle();
    };
    const actor = await startActor(folder);
    const id = await brought(actor, "verified");
    const first = await worker(actor, id);
    await moved(actor, id, 2);
    expect([await worker(actor, id), await state(actor, id)]).toEqual([first, "in_progress"]);
    expect((await actor.events("agent.prompt")).at(-1)).toMatchObject({ agentId: first, text: expect.stringContaining("it broke at 2") });

    const other = await startActor(folder);
    const done = await brought(other, "verified");
    const busy = await worker(other, done);
    await made(other, "two", { project: (await row(other, done)).project });
    expect(await worker(other, (await other.taskNamed("two")).id)).toBe(busy);
    await moved(other, done, 3);
    expect([(await worker(other, done)) === busy, await state(other, done)]).toEqual([false, "in_progress"]);
    expect((await other.events("agent.prompt")).at(-1)?.text).toContain("it broke at 3");
  });
  test("gives a task to another agent when its checks fail and whoever made it is gone, and tells it why", async () => {
    const actor = await startActor(folder);
    const id = await brought(actor, "complete");
    const first = await worker(actor, id);
    await actor.db.delete(agentTable).where(eq(agentTable.id, first)); // as after the loss of the actor's state
    await record(actor.self, newId("req"), (writer) =>
      judgeTask(writer, { taskId: id, commit: hash(1), passed: false, failures: ["one.md is missing"] }),
    );
    await actor.settle();
    const second = await worker(actor, id);
    expect([second === first, await state(actor, id)]).toEqual([false, "in_progress"]);
    expect((await row(actor, id)).facts.repairs).toBe(1);
    expect((await actor.events("agent.prompt")).at(-1)?.text).toContain("one.md is missing");
  });
});

describe("an agent that fails", () => {
  test.each(errorClasses.filter((each) => each !== "stale_worker"))(
    "with %s is tried again when its class says so, also by an actor that started anew",
    async (errorClass) => {
      let actor = await startActor(folder);
      const id = await made(actor, "one");
      const workerId = await worker(actor, id);
      for (let n = 1; n <= 8; n++) {
        await actor.runTurn(workerId, { to: "failed", reason: "the model refused", errorClass });
        const wait = retryDelay(errorClass, n);
        const { facts, dueAt, state: now } = await row(actor, id);
        expect(facts.errorClass).toBe(errorClass);
        if (wait === undefined) {
          expect([now, dueAt]).toEqual(["failed", null]);
          break;
        }
        expect(dueAt).toBe(Date.now() + wait);
        const prompts = (await actor.events("agent.prompt")).length;
        vi.setSystemTime(dueAt! - 1);
        await actor.settle();
        expect((await actor.events("agent.prompt")).length).toBe(prompts);
        if (n < 3) {
          await actor.close();
          actor = await startActor(folder, { file: actor.file }); // the process died; the due time stands in the tables
        }
        vi.setSystemTime(dueAt! + 60);
        await actor.settle();
        expect((await actor.events("agent.prompt")).length).toBe(prompts + 1);
        expect(await state(actor, id)).toBe("in_progress");
      }
    },
  );
  test("and whose parent can't be reached says it again later; what the parent refuses it does not", async () => {
    const actor = await startActor(folder);
    const command = { kind: "report", key: "k", task: newId("tsk"), run: 1, outcome: { kind: "give_up", reason: "stuck" } } as const;
    const queue = () => actor.queued("report:%");
    await record(actor.self, newId("req"), (writer) => writer.queue("report", { key: "report:k", payload: command }));
    for (const [code, left] of [
      ["unavailable", 1],
      ["not_found", 0],
    ] as const) {
      const [given] = await queue();
      await parentWork.gaveUp(actor.self, readWork("report", given!), new AppError(code, { what: "peer" }));
      await actor.db.delete(workTable).where(eq(workTable.id, given!.id)); // as the queue does with a row that it gives up
      expect((await queue()).map((each) => each.payload)).toEqual(left ? [command] : []);
    }
  });
  test("and is lost again and again gives its task to others, three in all, then the task fails and the member can try again", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, "one");
    const seen = new Set<string>();
    while ((await state(actor, id)) !== "failed") {
      seen.add(await worker(actor, id));
      for (let n = 0; n < 3; n++) await actor.runTurn(await worker(actor, id), { to: "interrupted", reason: "agent_restarted" });
    }
    expect(seen.size).toBe(3);
    expect((await row(actor, id)).facts).toMatchObject({ errorClass: "stale_worker" });
    await act(actor, id, "retry");
    expect(await state(actor, id)).toBe("in_progress");
  });
});

describe("a plan whose agent type has gone", () => {
  const story = { title: "Two things", story: "", tasks: [spec("code", { owner: "quest" }), spec("page", { owner: "frontend-planning" })] };
  test("can't be accepted, by path; nothing has changed", async () => {
    const actor = await startActor(folder);
    const { plan } = await proposePlan(actor.self, { plan: story }, newId("req"), newId("req"));
    actor.types.delete("frontend-planning");
    const accept = { planId: plan.id, act: "accept" as const, revision: 1 };
    const refused = await actOnPlan(actor.self, accept, newId("req"), newId("req")).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "invalid",
      meta: { issues: [{ path: "tasks.1.owner", message: expect.stringContaining("frontend-planning") }] },
    });
    expect(await actor.db.select().from(taskTable)).toEqual([]);
  });
  test("fails that task alone, says why, and lets it be tried again; all others go on", async () => {
    const actor = await startActor(folder, { places: 0 });
    const { plan } = await proposePlan(actor.self, { plan: story }, newId("req"), newId("req"));
    await actOnPlan(actor.self, { planId: plan.id, act: "accept", revision: 1 }, newId("req"), newId("req"));
    await actor.settle();
    const later = await startActor(folder, { file: actor.file });
    later.types.delete("frontend-planning");
    await record(later.self, newId("req"), async (writer) => queueTeam(writer));
    await later.settle();
    const [gone, other] = [await later.taskNamed("page"), await later.taskNamed("code")];
    expect([gone.state, other.state]).toEqual(["failed", "in_progress"]);
    expect(gone.facts.reason).toContain("no agent type frontend-planning");
    const back = await startActor(folder, { file: actor.file });
    await act(back, gone.id, "retry");
    expect(await state(back, gone.id)).toBe("in_progress");
    for (const each of [actor, later, back]) await each.close();
  });
});

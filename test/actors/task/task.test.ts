import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { queueTeam } from "../../../actors/kernel/queue.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readWork } from "../../../actors/kernel/work.ts";
import { actOnPlan, proposePlan } from "../../../actors/plan/plan.ts";
import { parentWork } from "../../../actors/sub-agent.ts";
import { applyTask, branchMoved, verdict } from "../../../actors/task/task.ts";
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
import { type Alone, alone } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { long } from "../../harness/suite/long-run.ts";

/** Tasks in the member's actor: what moves them, what is written of each move, and how they go on after a failure. The clock is the test's. */
const start = Date.parse("2026-03-02T08:00:00Z");
const hash = (n: number) => n.toString(16).padStart(40, "0");
const folder = ownFolder();
ownClock(start);

const spec = (id: string, more: object = {}) =>
  specShape.parse({ id, title: `Task ${id}`, owner: "coding", outputs: [`${id}.md`], ...more });
async function made(of: Alone, id: string, more: object = {}): Promise<Id<"tsk">> {
  const { task: view } = await newTaskOf(of.self, { spec: spec(id, more) }, newId("req"), newId("req"));
  await of.settle();
  return view.id;
}
type Act = (typeof taskActs)[number];
async function act(of: Alone, id: Id<"tsk">, what: Act) {
  const done = await actOnTask(of.self, { taskId: id, act: what }, newId("req"), newId("req")).catch((error: unknown) => error as AppError);
  await of.settle();
  return done;
}
const row = async (of: Alone, id: Id<"tsk">) => (await of.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
const state = async (of: Alone, id: Id<"tsk">) => (await row(of, id)).state;
const worker = async (of: Alone, id: Id<"tsk">) => (await row(of, id)).worker!;
const report = (of: Alone, id: Id<"tsk">, n: number) =>
  worker(of, id).then((who) => of.hear(who, { kind: "reported", task: id, state: "done", text: "done", commit: hash(n) }));
/** Brings a task to a state on the way it really goes. */
async function brought(of: Alone, to: TaskState, name = "one"): Promise<Id<"tsk">> {
  const id = await made(of, name);
  if (to === "assigned") {
    const who = (await row(of, id)).facts;
    expect(who.state).toBe("in_progress"); // the agent takes it up at once
  }
  if (to === "waiting") {
    const { facts } = await row(of, id);
    await record(of.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "ask", worker: facts.worker!, run: facts.run, approval: newId("apr") }),
    );
  }
  if (to === "complete" || to === "verified") {
    await report(of, id, 1);
    await of.turn(await worker(of, id), { to: "done", commit: hash(1) });
  }
  if (to === "verified")
    await record(of.self, newId("req"), (writer) => verdict(writer, { taskId: id, commit: hash(1), passed: true, failures: [] }));
  expect(await state(of, id)).toBe(to);
  return id;
}

describe("every change of a task's state", () => {
  /** Events and commits of each task, counted against each other. */
  async function counted(of: Alone): Promise<number> {
    const events = await of.events("task.state");
    let changes = 0;
    for (const { id } of await of.db.select({ id: taskTable.id }).from(taskTable)) {
      const own = events.filter((one) => one.taskId === id);
      const moved = own.filter((one) => one.from !== one.facts.state);
      const commits = await of.db
        .select()
        .from(outboxTable)
        .where(and(eq(outboxTable.task, id), eq(outboxTable.kind, "task")))
        .orderBy(outboxTable.at);
      const ofState = commits.filter((one, n) => n === 0 || fileOf(one).state !== fileOf(commits[n - 1]!).state);
      expect(ofState.map((one) => fileOf(one).state)).toEqual(moved.map((one) => one.facts.state));
      for (let n = 1; n < moved.length; n++) expect(moved[n]!.from).toBe(moved[n - 1]!.facts.state);
      const last = commits.reduce((a, b) => (Number(b.key.split(":")[2]) > Number(a.key.split(":")[2]) ? b : a));
      expect(fileOf(last).state).toBe((await row(of, id)).state);
      changes += moved.length;
    }
    return changes;
  }
  const fileOf = (one: typeof outboxTable.$inferSelect) => {
    const files = new Map((one.files as { path: string; content: string }[]).map((file) => [file.path.split("/").at(-1), file.content]));
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
  async function play(of: Alone, id: Id<"tsk">, move: Move): Promise<void> {
    if (move.kind === "act") await act(of, id, move.act);
    if (move.kind === "later") vi.setSystemTime(Date.now() + 60_000);
    if (move.kind === "turn" && (await worker(of, id))) {
      if (move.said) await report(of, id, move.n);
      await of.turn(await worker(of, id), { to: move.end, reason: "as it was told", commit: hash(move.n) });
    }
    const { facts } = await row(of, id);
    if (move.kind === "verdict" && facts.commit)
      await record(of.self, newId("req"), (writer) =>
        verdict(writer, { taskId: id, commit: facts.commit!, passed: move.passed, failures: ["x"] }),
      );
    await of.settle();
  }
  test("is one event and one commit with the task's files, whatever happens", async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(moves, { minLength: 4, maxLength: 14 }), async (list) => {
        const of = await alone(folder);
        const id = await made(of, "one");
        for (const move of list) await play(of, id, move);
        changes += await counted(of);
        of.close();
      }),
      { numRuns: long ? 200 : 6 },
    );
    expect(changes).toBeGreaterThan(20);
  });
});

describe("the member's hand", () => {
  const open: TaskState[] = ["created", "in_progress", "waiting", "complete"];
  test.each(open)("pauses a task that is %s, brings it back as it was, and cancels it", async (from) => {
    const of = await alone(folder, { places: from === "created" ? 0 : 2 });
    const id = await brought(of, from);
    await act(of, id, "pause");
    expect([await state(of, id), (await row(of, id)).facts.back]).toEqual(["paused", from]);
    expect(await act(of, id, "pause")).toBeInstanceOf(AppError);
    await act(of, id, "resume");
    expect(await state(of, id)).toBe(from);
    expect(await act(of, id, "resume")).toBeInstanceOf(AppError);
    await act(of, id, "cancel");
    expect(await state(of, id)).toBe("cancelled");
    for (const what of taskActs) expect(await act(of, id, what)).toBeInstanceOf(AppError);
    expect((await of.db.select().from(agentTable).where(eq(agentTable.task, id))).length).toBe(0);
  });
  test("stops the running turn when it pauses, and the agent goes on in the same session when it is resumed", async () => {
    const of = await alone(folder);
    const id = await made(of, "one");
    const who = await worker(of, id);
    const running = await of.beginTurn(who);
    await act(of, id, "pause");
    expect((await of.events("turn.state")).at(-1)).toMatchObject({ turnId: running, state: "stopped" });
    expect(of.subs.get(who)).toMatchObject({ paused: true, turn: null });
    await act(of, id, "resume");
    const told = (await of.events("agent.prompt")).filter((one) => one.taskId === id);
    expect(told.map(({ shown }) => shown?.replace(/“.*”/, ""))).toEqual(["Given the task ", "Goes on with the task "]);
    expect(await worker(of, id)).toBe(who);
  });
  test("gives a task to another agent: the first is retired, what it still says is refused, and the next looks at what was pushed", async () => {
    const of = await alone(folder);
    const id = await made(of, "one");
    const first = await worker(of, id);
    const { branch, facts } = await row(of, id);
    await of.beginTurn(first);
    expect(await act(of, id, "reassign")).toMatchObject({
      task: { facts: { state: "created", reason: "given to another agent by the member" } },
    });
    const second = await worker(of, id);
    expect([second === first, await state(of, id)]).toEqual([false, "in_progress"]);
    expect((await of.db.select().from(agentTable).where(eq(agentTable.id, first)))[0]).toMatchObject({ state: "retired", task: null });
    const { ok, code } = (await record(of.self, newId("req"), (writer) =>
      applyTask(writer, id, { kind: "complete", worker: first, run: facts.run, commit: hash(1) }),
    )) as { ok: boolean; code?: string };
    expect([ok, code]).toEqual([false, "other_worker"]);
    expect((await of.events("agent.prompt")).at(-1)?.text).toContain(`look there first`);
    expect((await of.events("agent.prompt")).at(-1)?.text).toContain(branch!);
    expect((await row(of, id)).facts.attempts).toEqual({});
    expect((await of.queued(`retire:${first}`)).length).toBe(1);
  });
  test("that was verified and fails its checks at a newer commit goes to its agent again, or to another when that one has other work", async () => {
    const moved = async (of: Alone, id: Id<"tsk">, n: number) => {
      const { project, branch } = await row(of, id);
      await record(of.self, newId("req"), async (writer) => {
        await branchMoved(writer, { repo: `projects/${project}`, branch: branch!, hash: hash(n) });
        await verdict(writer, { taskId: id, commit: hash(n), passed: false, failures: [`it broke at ${n}`] });
      });
      await of.settle();
    };
    const of = await alone(folder);
    const id = await brought(of, "verified");
    const first = await worker(of, id);
    await moved(of, id, 2);
    expect([await worker(of, id), await state(of, id)]).toEqual([first, "in_progress"]);
    expect((await of.events("agent.prompt")).at(-1)).toMatchObject({ agentId: first, text: expect.stringContaining("it broke at 2") });

    const other = await alone(folder);
    const done = await brought(other, "verified");
    const busy = await worker(other, done);
    await made(other, "two", { project: (await row(other, done)).project });
    expect(await worker(other, (await other.taskNamed("two")).id)).toBe(busy);
    await moved(other, done, 3);
    expect([(await worker(other, done)) === busy, await state(other, done)]).toEqual([false, "in_progress"]);
    expect((await other.events("agent.prompt")).at(-1)?.text).toContain("it broke at 3");
  });
  test("gives a task to another agent when its checks fail and whoever made it is gone, and tells it why", async () => {
    const of = await alone(folder);
    const id = await brought(of, "complete");
    const first = await worker(of, id);
    await of.db.delete(agentTable).where(eq(agentTable.id, first)); // as after the loss of the actor's state
    await record(of.self, newId("req"), (writer) =>
      verdict(writer, { taskId: id, commit: hash(1), passed: false, failures: ["one.md is missing"] }),
    );
    await of.settle();
    const second = await worker(of, id);
    expect([second === first, await state(of, id)]).toEqual([false, "in_progress"]);
    expect((await row(of, id)).facts.repairs).toBe(1);
    expect((await of.events("agent.prompt")).at(-1)?.text).toContain("one.md is missing");
  });
});

describe("an agent that fails", () => {
  test.each(errorClasses.filter((one) => one !== "stale_worker"))(
    "with %s is tried again when its class says so, also by an actor that started anew",
    async (errorClass) => {
      let of = await alone(folder);
      const id = await made(of, "one");
      const who = await worker(of, id);
      for (let n = 1; n <= 8; n++) {
        await of.turn(who, { to: "failed", reason: "the model refused", errorClass });
        const wait = retryDelay(errorClass, n);
        const { facts, dueAt, state: now } = await row(of, id);
        expect(facts.errorClass).toBe(errorClass);
        if (wait === undefined) {
          const ends = errorClass === "exhausted" ? "waiting" : "failed";
          expect([now, dueAt]).toEqual([ends, null]);
          break;
        }
        expect(dueAt).toBe(Date.now() + wait);
        const prompts = (await of.events("agent.prompt")).length;
        vi.setSystemTime(dueAt! - 1);
        await of.settle();
        expect((await of.events("agent.prompt")).length).toBe(prompts);
        if (n < 3) {
          const before = of.subs;
          of.close();
          of = await alone(folder, { file: of.file }); // the process died; the due time stands in the tables
          for (const [key, value] of before) of.subs.set(key, value);
        }
        vi.setSystemTime(dueAt! + 60);
        await of.settle();
        expect((await of.events("agent.prompt")).length).toBe(prompts + 1);
        expect(await state(of, id)).toBe("in_progress");
      }
    },
  );
  test("and whose parent can't be reached says it again later; what the parent refuses it does not", async () => {
    const of = await alone(folder);
    const command = { kind: "report", key: "k", task: newId("tsk"), run: 1, outcome: { kind: "give_up", reason: "stuck" } } as const;
    const queue = () => of.queued("report:%");
    await record(of.self, newId("req"), (writer) => writer.queue("report", { key: "report:k", payload: command }));
    for (const [code, left] of [
      ["unavailable", 1],
      ["not_found", 0],
    ] as const) {
      const [given] = await queue();
      await parentWork.gaveUp(of.self, readWork("report", given!), new AppError(code, { what: "peer" }));
      await of.db.delete(workTable).where(eq(workTable.id, given!.id)); // as the queue does with a row that it gives up
      expect((await queue()).map((one) => one.payload)).toEqual(left ? [command] : []);
    }
  });
  test("and is lost again and again gives its task to others, three in all, then the task fails and the member can try again", async () => {
    const of = await alone(folder);
    const id = await made(of, "one");
    const seen = new Set<string>();
    while ((await state(of, id)) !== "failed") {
      seen.add(await worker(of, id));
      for (let n = 0; n < 3; n++) await of.turn(await worker(of, id), { to: "interrupted", reason: "agent_restarted" });
    }
    expect(seen.size).toBe(3);
    expect((await row(of, id)).facts).toMatchObject({ errorClass: "stale_worker" });
    await act(of, id, "retry");
    expect(await state(of, id)).toBe("in_progress");
  });
});

describe("a plan whose agent type has gone", () => {
  const story = { title: "Two things", story: "", tasks: [spec("code", { owner: "quest" }), spec("page", { owner: "frontend-planning" })] };
  test("can't be accepted, by path; nothing has changed", async () => {
    const of = await alone(folder);
    const { plan } = await proposePlan(of.self, { plan: story }, newId("req"), newId("req"));
    of.types.delete("frontend-planning");
    const accept = { planId: plan.id, act: "accept" as const, revision: 1 };
    const refused = await actOnPlan(of.self, accept, newId("req"), newId("req")).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "invalid",
      meta: { issues: [{ path: "tasks.1.owner", message: expect.stringContaining("frontend-planning") }] },
    });
    expect(await of.db.select().from(taskTable)).toEqual([]);
  });
  test("fails that task alone, says why, and lets it be tried again; all others go on", async () => {
    const of = await alone(folder, { places: 0 });
    const { plan } = await proposePlan(of.self, { plan: story }, newId("req"), newId("req"));
    await actOnPlan(of.self, { planId: plan.id, act: "accept", revision: 1 }, newId("req"), newId("req"));
    await of.settle();
    const later = await alone(folder, { file: of.file });
    later.types.delete("frontend-planning");
    await record(later.self, newId("req"), async (writer) => queueTeam(writer));
    await later.settle();
    const [gone, other] = [await later.taskNamed("page"), await later.taskNamed("code")];
    expect([gone.state, other.state]).toEqual(["failed", "in_progress"]);
    expect(gone.facts.reason).toContain("no agent type frontend-planning");
    const back = await alone(folder, { file: of.file });
    await act(back, gone.id, "retry");
    expect(await state(back, gone.id)).toBe("in_progress");
    for (const one of [of, later, back]) one.close();
  });
});

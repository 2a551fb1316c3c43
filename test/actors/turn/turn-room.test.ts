import { eq, isNull, notInArray } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { queueIdleLook, queueStatus, queueTurn } from "../../../actors/kernel/queue.ts";
import { me } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import type { Edge } from "../../../actors/runner/edge.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { turnsIn } from "../../../actors/turn/turn-row.ts";
import { moveTurn } from "../../../actors/turn/turn-state.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { limitReached, waitsForModelTime } from "../../../schema/billing/limit-reached.ts";
import { projectTable } from "../../../schema/project/project.table.ts";
import { box, gitUser, type StackSeen, type StackStatusIn } from "../../../schema/stack/stack.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { awaitsRoom } from "../../../schema/task/task.ts";
import { AppError, type ErrorCode, errorTable } from "../../../schema/wire/error.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor, withoutOutside } from "../../harness/actor-fixture.ts";
import type { AnswerHost } from "../../harness/actor-world.ts";
import { eventually } from "../../harness/eventually.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** A host or a plan that has no room for one more agent, or no model time; the Grow Agent works. */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

const describeStack = ({ seats, used }: { seats: Id<"agt">[]; used: StackSeen["used"] }): StackSeen => ({
  ...{ member: newId("mem"), stackId: newId("stk"), epoch: 1, generation: 1, tier: "running", ceiling: "running", observed: "running" },
  ...{ used, memoryMissing: false, containers: { gitea: "gitea", opencode: "opencode" } },
  agents: seats.map((agent) => ({ agent, running: false, home: true })),
});
function newHost() {
  const refusal: { code: ErrorCode; message: string } = { code: "storage_full", message: limitReached.disk };
  const host = {
    ...{ full: true, refusal, starts: 0, seats: [] as Id<"agt">[], used: {} as StackSeen["used"] },
    onStart: () => Promise.resolve(),
  };
  const answer: AnswerHost = async ({ method, path }) => {
    if (method === "GET" && path === "") return { status: 200, body: describeStack(host) };
    const left = method === "DELETE" ? /^\/agents\/([^/]+)\/seat$/.exec(path)?.[1] : undefined;
    if (left) {
      host.seats = host.seats.filter((agent) => agent !== left);
      return { status: 204 };
    }
    const agent = /^\/agents\/([^/]+)$/.exec(path)?.[1];
    if (method === "PUT" && agent) {
      host.starts += 1;
      await host.onStart();
      const error = { ...host.refusal, requestId: "", retryable: true };
      if (host.full) return { status: errorTable[error.code].status, body: { error } };
      const seen = { agent, running: true, directory: box.agentDirectory(agent), boot: "b", gitUser: gitUser(agent) };
      return { status: 200, body: seen };
    }
    if (method === "PUT" && path.endsWith("/reach")) return { status: 200, body: { names: [] } };
    if (path.startsWith("/git/") && method !== "GET") return { status: 204 };
    if (path.includes("/branch_protections/")) return { status: 404, body: {} };
    if (path.includes("/message")) return { status: 200, body: [] };
    return path.includes("/opencode/session") ? { status: 200, body: { id: "ses_one", time: { created: 1 } } } : undefined;
  };
  return { host, answer };
}

const spec = specShape.parse({ id: "one", title: "one", owner: "coding", outputs: ["a.md"] });
const runs = [...withoutOutside, "turn"] as const;

test("a task whose agent has no room waits, says why once, is tried each minute without end, and goes on", async () => {
  const { host, answer } = newHost();
  const actor = await startActor(folder, { runs, host: answer });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const told = async () => (await actor.events("task.state")).filter(({ facts }) => facts.reason === limitReached.disk).length;
  const waits = async () => {
    const { facts } = await actor.taskNamed("one");
    return [facts.state, awaitsRoom(facts), facts.reason, facts.attempts];
  };
  const waiting = ["in_progress", true, limitReached.disk, {}];
  expect([await waits(), host.starts, await told()]).toEqual([waiting, 1, 1]);
  await actor.settle();
  expect(host.starts).toBe(1); // not before its time
  for (let passed = 0; passed < 100; passed++) {
    vi.setSystemTime(Date.now() + 70_000);
    await actor.settle();
  }
  expect([await waits(), host.starts, await told()]).toEqual([waiting, 101, 1]);
  expect([await actor.events("notice"), (await turnsIn(actor.db, ["queued"])).length]).toEqual([[], 1]);

  host.full = false;
  await actor.db.update(projectTable).set({ readyAt: Date.now() }).where(isNull(projectTable.readyAt));
  vi.useRealTimers(); // months later
  actor.self.vars.kick();
  await eventually("its turn begins", async () => (await turnsIn(actor.db, ["running"])).length === 1);
  const { facts } = await actor.taskNamed("one");
  expect([facts.state, awaitsRoom(facts), facts.errorClass]).toEqual(["in_progress", false, undefined]);
  await actor.close();
});

test("a task beyond the agents of the plan waits likewise; one whose host is full itself is tried again as a failure", async () => {
  const { host, answer } = newHost();
  host.refusal = { code: "no_capacity", message: limitReached.agents };
  const actor = await startActor(folder, { runs, host: answer });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const facts = async () => (await actor.taskNamed("one")).facts;
  expect(await facts()).toMatchObject({ state: "in_progress", reason: limitReached.agents, attempts: {} });
  const tried = async () => (await actor.db.select().from(workTable).where(eq(workTable.kind, "turn")))[0]?.attempts;
  expect([awaitsRoom(await facts()), await tried()]).toEqual([true, 0]);
  host.refusal.message = errorTable.no_capacity.message;
  vi.setSystemTime(Date.now() + 70_000);
  await actor.settle();
  expect(await tried()).toBe(1);
});

test("what agents that were retired have left is given back, one at each try", async () => {
  const { host, answer } = newHost();
  host.seats = [newId("agt"), newId("agt")];
  const actor = await startActor(folder, { runs, host: answer });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  expect(host.seats.length).toBe(1);
  vi.setSystemTime(Date.now() + 70_000);
  await actor.settle();
  expect([host.seats.length, host.starts]).toEqual([0, 2]);
});

test("of a turn that was stopped while its host was asked nothing waits", async () => {
  const { host, answer } = newHost();
  const actor = await startActor(folder, { runs, host: answer });
  const stopped: string[] = [];
  host.onStart = async () => {
    const [turn] = await turnsIn(actor.db, ["queued"]);
    if (stopped.push(turn!.id) === 1)
      await record(actor.self, newId("req"), (writer) => moveTurn(writer, turn!, "stopped", { reason: "stopped" }));
  };
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const told = (await actor.events("task.state")).filter(({ facts }) => facts.reason === limitReached.disk);
  const [first, ...others] = stopped;
  expect([await actor.queued(`turn:${first}`), await actor.events("notice"), told.length]).toEqual([[], [], others.length]);
});
test("a task that was given to another agent meanwhile says nothing of the first one's room", async () => {
  const { host, answer } = newHost();
  const actor = await startActor(folder, { runs, host: answer });
  host.onStart = async () => {
    const { id, facts } = await actor.taskNamed("one");
    await actor.db
      .update(taskTable)
      .set({ facts: { ...facts, run: facts.run + 1 } })
      .where(eq(taskTable.id, id));
  };
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  expect([host.starts, awaitsRoom((await actor.taskNamed("one")).facts), await actor.events("notice")]).toEqual([1, false, []]);
});

test("a stack sleeps though turns wait for room, none of them wakes it, and they go on when it is started", async () => {
  const { host, answer } = newHost();
  const told: StackStatusIn[] = [];
  const status = async (_member: string, body: StackStatusIn) => void told.push(body);
  const actor = await startActor(folder, { runs: [...runs, "idle", "status"], host: answer, edge: { status } });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  const isAsleep = async () => (await me(actor.db)).asleep;
  const passMinutes = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed++) {
      vi.setSystemTime(Date.now() + 60_000);
      await actor.settle();
    }
  };
  await actor.settle();
  await record(actor.self, newId("req"), (writer) => queueIdleLook(writer, writer.now));
  await actor.db.delete(workTable).where(notInArray(workTable.kind, ["turn", "idle", "team", "status"])); // done, as far as there is a machine
  await passMinutes(40);
  expect(await isAsleep()).toBe(true);
  const { starts } = host;
  await passMinutes(20);
  expect([await isAsleep(), host.starts, (await turnsIn(actor.db, ["queued"])).length]).toEqual([true, starts, 1]);
  await actor.act("start", {});
  await actor.stackIsUp();
  await actor.settle();
  expect([await isAsleep(), host.starts]).toEqual([false, starts + 1]);

  await actor.db.update(growAgentTable).set({ ready: true });
  actor.self.vars.attached.add(actor.grow);
  await record(actor.self, newId("req"), async (writer) => {
    for (const turn of await turnsIn(writer.db, ["queued"])) await queueTurn(writer, turn); // as when a trouble ends
    await queueStatus(writer);
  });
  await actor.settle();
  const { status: word, agents = [] } = told.at(-1)!;
  expect([word, agents.filter(({ working }) => working)]).toEqual(["ready", []]); // by no event: it was said before why it waits
});

type Actor = Awaited<ReturnType<typeof startActor>>;
/** A task whose agent has a server and a project that it may work in. */
async function newTaskThatMayBegin(actor: Actor, host: ReturnType<typeof newHost>["host"]): Promise<void> {
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  await actor.db.update(projectTable).set({ readyAt: Date.now() }).where(isNull(projectTable.readyAt));
  host.full = false;
  vi.setSystemTime(Date.now() + 70_000);
  await actor.settle();
}
/** An edge whose plan has model time, or none, and how often it was asked. */
function newPlan() {
  const plan = { modelTime: true, asked: 0, away: false };
  const session: Edge["session"] = async () => {
    plan.asked += 1;
    if (plan.away) throw new AppError("unavailable", { what: "edge" });
    return { spent: {}, modelTime: plan.modelTime };
  };
  return { plan, session };
}
test("a task that the plan has no model time for waits, says why once, begins no turn in vain, and goes on by itself", async () => {
  const { host, answer } = newHost();
  const { plan, session } = newPlan();
  const actor = await startActor(folder, { runs, host: answer, edge: { session } });
  plan.modelTime = false;
  await newTaskThatMayBegin(actor, host);
  for (let passed = 0; passed < 100; passed++) {
    vi.setSystemTime(Date.now() + 70_000);
    await actor.settle();
  }
  const { facts } = await actor.taskNamed("one");
  expect([facts.state, awaitsRoom(facts), facts.reason, facts.attempts]).toEqual(["in_progress", true, waitsForModelTime, {}]);
  const told = (await actor.events("task.state")).filter(({ facts: { reason } }) => reason === waitsForModelTime);
  expect([told.length, await actor.events("notice"), (await turnsIn(actor.db, ["queued"])).length]).toEqual([1, [], 1]);
  expect(plan.asked).toBeGreaterThanOrEqual(100);
  plan.modelTime = true;
  vi.useRealTimers();
  actor.self.vars.kick();
  await eventually("its turn begins", async () => (await turnsIn(actor.db, ["running"])).length === 1);
  expect(awaitsRoom((await actor.taskNamed("one")).facts)).toBe(false);
  await actor.close();
});

test("a stack that fell asleep while its turns waited for model time wakes once the plan has some, and one that was stopped does not", async () => {
  const { host, answer } = newHost();
  const { plan, session } = newPlan();
  const actor = await startActor(folder, { runs: [...runs, "idle"], host: answer, edge: { session } });
  plan.modelTime = false;
  await newTaskThatMayBegin(actor, host);
  const passMinutes = async (minutes: number) => {
    for (let passed = 0; passed < minutes; passed++) {
      vi.setSystemTime(Date.now() + 60_000);
      await actor.settle();
    }
  };
  await record(actor.self, newId("req"), (writer) => queueIdleLook(writer, writer.now));
  await actor.db.delete(workTable).where(notInArray(workTable.kind, ["turn", "idle", "team"])); // done, as far as there is a machine
  await passMinutes(40);
  expect((await me(actor.db)).asleep).toBe(true);
  const { asked } = plan;
  await passMinutes(60);
  expect((await me(actor.db)).asleep).toBe(true);
  expect(plan.asked - asked).toBe(4); // the edge alone, each quarter of an hour
  plan.away = true;
  await passMinutes(60);
  expect([plan.asked - asked, (await me(actor.db)).asleep, await actor.events("notice")]).toEqual([8, true, []]);
  plan.away = false;
  plan.modelTime = true;
  await passMinutes(16);
  expect([(await me(actor.db)).tier, (await me(actor.db)).asleep]).toEqual(["running", false]);

  plan.modelTime = false;
  await actor.stackIsUp();
  await actor.stopStack();
  plan.modelTime = true;
  await passMinutes(40);
  expect((await me(actor.db)).tier).toBe("stopped");
});

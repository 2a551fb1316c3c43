import { eq, sql } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { decideApproval } from "../../actors/approval/approval.ts";
import { stopTurnOverBudget } from "../../actors/budget/budget.ts";
import { asksForMore } from "../../actors/budget/gateway.ts";
import { sendMessage } from "../../actors/conversation/message.ts";
import { queueTeam } from "../../actors/kernel/queue.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { startQuest } from "../../actors/quest/quest-control.ts";
import type { Edge } from "../../actors/runner/edge.ts";
import { actOnTask, newTaskOf } from "../../actors/task/task-control.ts";
import { readKeptTasks, restoreTasks } from "../../actors/task/task-memory.ts";
import { newFollow, newRunning } from "../../actors/turn/follow.ts";
import { newView } from "../../actors/turn/translation.ts";
import { agentTable } from "../../schema/agent/agent.table.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { questTable } from "../../schema/quest/quest.table.ts";
import { specShape } from "../../schema/task/spec.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { turnTable } from "../../schema/turn.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { startActor, type TestActor } from "../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";
import { readOutboxFiles } from "../harness/outbox-files.ts";

/**
 * What a task, its type and its quest may use: at the limit its agent stops, the member is asked once, and
 * the work goes on or ends.
 */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

async function made(actor: TestActor, budget: object, more: object = {}) {
  const spec = specShape.parse({ id: "one", title: "One thing", owner: "coding", outputs: ["one.md"], budget, ...more });
  const { task: view } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  return view.id;
}
const row = async (actor: TestActor, id: Id<"tsk">) => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!;
const asked = async (actor: TestActor) => (await actor.db.select().from(approvalTable).orderBy(sql`rowid`)).map((each) => each.body);
async function answer(actor: TestActor, id: Id<"apr">, decision: "allow" | "deny", device = "your phone") {
  const out = await decideApproval(actor.self, { approvalId: id as never, decision, scope: "once", device }, newId("req"), newId("req"));
  await actor.settle();
  return out;
}
const work = async (actor: TestActor, id: Id<"tsk">, tokens: number) =>
  actor.runTurn((await row(actor, id)).worker!, { to: "stopped", tokens }); // without an end of its own, as often as wanted

describe("a budget at the model's gateway (SPEC 11.2)", () => {
  test("is told with its raises; a turn that the gateway refused becomes the question, by what the ledger says", async () => {
    const told: object[] = [];
    const ledger = { task: 0 };
    const session: Edge["session"] = async (_member, _session, _agent, _request, budgets) => {
      told.push(budgets ?? {});
      return { spent: ledger, modelTime: true };
    };
    const actor = await startActor(folder, { edge: { session } });
    const id = await made(actor, { cost_usd: 0.001 });
    const worker = (await row(actor, id)).worker!;
    await actor.db.update(agentTable).set({ session: "ses_1" }).where(eq(agentTable.id, worker));
    const begin = async () => {
      const step = await actor.beginTurn(worker);
      const [agent] = await actor.db.select().from(agentTable).where(eq(agentTable.id, worker));
      const [running] = await actor.db.select().from(turnTable).where(eq(turnTable.id, step!));
      return {
        step: step!,
        follow: newFollow(actor.self, agent!, running!, newId("req"), newRunning(running!, agent!, Promise.resolve())),
      };
    };
    const first = await begin();
    expect(await asksForMore(first.follow)).toBe(false); // it was the plan's, or the provider's own refusal
    expect(told).toEqual([{ task: { id, limitMicros: 1_000 } }]);
    ledger.task = 1_300; // calls that were hung up on cost too, and no turn tells of them
    expect(await asksForMore(first.follow)).toBe(true);
    await actor.endTurn(first.step, { to: "stopped" });
    await actor.settle();
    const [question, ...more] = await asked(actor);
    expect(more).toEqual([]);
    expect(question).toMatchObject({ subject: { kind: "budget", of: "task", id, what: "cost", used: 1_300, limit: 1_000, raise: 1_300 } });
    await answer(actor, question!.id, "allow");
    const { step, follow } = await begin();
    expect(await asksForMore(follow)).toBe(false);
    expect(told.at(-1)).toEqual({ task: { id, limitMicros: 2_300 } });
    await actor.endTurn(step, { to: "stopped" });
    await actor.close();
  });
});

describe("a task that has used its tokens", () => {
  test("waits with one question, goes on after a yes with as much again, and is asked anew when that is used", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, { tokens: 1_000 });
    expect(await work(actor, id, 600)).toBeDefined();
    expect(await work(actor, id, 600)).toBeDefined();
    expect(await work(actor, id, 600)).toBeUndefined(); // nothing is left for a third turn
    const [first, ...more] = await asked(actor);
    expect(more).toEqual([]);
    expect(first).toMatchObject({
      task: id,
      state: "pending",
      subject: { kind: "budget", of: "task", id, what: "tokens", used: 1_200, limit: 1_000, raise: 1_200 },
    });
    expect((await row(actor, id)).facts).toMatchObject({ state: "waiting", asked: [first!.id] });
    expect(await work(actor, id, 0)).toBeUndefined();
    expect(await answer(actor, first!.id, "allow")).toMatchObject({ counted: true });
    expect(await answer(actor, first!.id, "deny", "your laptop")).toMatchObject({
      counted: false,
      text: "Already answered on your phone: allowed.",
    });
    expect((await row(actor, id)).state).toBe("in_progress");
    expect(await work(actor, id, 999)).toBeDefined();
    expect(await work(actor, id, 1)).toBeDefined();
    expect(await work(actor, id, 0)).toBeUndefined();
    expect(await asked(actor)).toMatchObject([{ state: "allowed" }, { state: "pending", subject: { used: 2_200, limit: 2_200 } }]);
    await actor.close();
  });
  test("says what a yes costs when it is about money, and nothing of it when it is not", async () => {
    const actor = await startActor(folder);
    for (const budget of [{ cost_usd: 0.001 }, { tokens: 1_000 }]) {
      const id = await made(actor, budget);
      await work(actor, id, 1_200);
      expect(await work(actor, id, 0)).toBeUndefined();
    }
    expect((await asked(actor)).map((each) => each.costMicros)).toEqual([1_200, undefined]);
    await actor.close();
  });
  test("ends with a no: the task fails and says why, its agent is free, and trying again asks again", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, { tokens: 1_000 });
    await work(actor, id, 1_000);
    await work(actor, id, 0);
    await answer(actor, (await asked(actor))[0]!.id, "deny");
    expect((await row(actor, id)).facts).toMatchObject({ state: "failed", reason: "its budget is used up; the member's answer: denied" });
    expect((await actor.subOf((await row(actor, id)).worker!)).phase).toBe("cancelled");
    const told = (await actor.events("agent.prompt")).at(-1)?.text;
    expect([told, told]).toEqual([expect.stringContaining(id), expect.stringContaining("has failed: its budget is used up")]);
    await actOnTask(actor.self, { taskId: id, act: "retry" }, newId("req"), newId("req"));
    await actor.settle();
    expect(await work(actor, id, 0)).toBeUndefined();
    expect((await asked(actor)).map((each) => each.state)).toEqual(["denied", "pending"]);
    await actor.close();
  });
  test("is denied when nobody answers, also when nothing ran at that time", async () => {
    let actor = await startActor(folder);
    const id = await made(actor, { tokens: 1_000 });
    await work(actor, id, 1_000);
    await work(actor, id, 0);
    const [question] = await asked(actor);
    await actor.close();
    vi.setSystemTime(question!.expiresAt + 3_600_000);
    actor = await startActor(folder, { file: actor.file });
    await actor.settle();
    expect((await row(actor, id)).facts).toMatchObject({ state: "failed", reason: "its budget is used up; nobody answered in time" });
    expect((await asked(actor))[0]).toMatchObject({ state: "expired" });
    expect(await answer(actor, question!.id, "allow")).toMatchObject({ counted: false, code: "expired" });
    await actor.close();
  });
  test("is paused, raised and resumed in any order and works once", async () => {
    for (const order of [
      ["pause", "raise", "resume"],
      ["pause", "resume", "raise"],
      ["raise", "pause", "resume"],
    ]) {
      const actor = await startActor(folder);
      const id = await made(actor, { tokens: 1_000 });
      await work(actor, id, 1_000);
      await work(actor, id, 0);
      const prompts = async () => (await actor.events("agent.prompt")).filter((each) => each.taskId === id).length;
      const before = await prompts();
      for (const limitName of order) {
        if (limitName === "raise") await answer(actor, (await asked(actor))[0]!.id, "allow");
        else await actOnTask(actor.self, { taskId: id, act: limitName as "pause" }, newId("req"), newId("req"));
        await actor.settle();
      }
      expect([order, (await row(actor, id)).state, (await prompts()) - before <= 2]).toEqual([order, "in_progress", true]);
      expect(await work(actor, id, 10)).toBeDefined();
      await actor.close();
    }
  });
});

describe("a message to an agent whose budget is used up", () => {
  async function said() {
    const actor = await startActor(folder);
    const id = await made(actor, { tokens: 1_000 });
    await work(actor, id, 1_000);
    await work(actor, id, 0);
    const worker = (await row(actor, id)).worker!;
    const [agent] = await actor.db.select().from(agentTable).where(eq(agentTable.id, worker));
    const say = (text: string) =>
      sendMessage(actor.self, { clientId: newId("req"), text, channel: agent!.channel as never }, newId("req")).then(
        async ({ messageId, turnId }) => {
          expect(await actor.beginTurn(worker)).toBeUndefined();
          return { messageId, turnId };
        },
      );
    const reads = async (messageId: Id<"msg">) =>
      (await actor.db.select().from(turnTable).where(eq(turnTable.messageId, messageId)).orderBy(sql`rowid`)).map((each) => each.state);
    return { actor, id, who: worker, say, reads };
  }
  test("is read after a yes, once, and asks nothing of its own", async () => {
    const { actor, id, who: worker, say, reads } = await said();
    const first = await say("How far are you?");
    const second = await say("And when is it done?");
    expect((await asked(actor)).length).toBe(1);
    expect([await reads(first.messageId), await reads(second.messageId)]).toEqual([["stopped"], ["stopped"]]);
    await answer(actor, (await asked(actor))[0]!.id, "allow");
    expect([await reads(first.messageId), await reads(second.messageId)]).toEqual([
      ["stopped", "queued"],
      ["stopped", "queued"],
    ]);
    const read = () => Promise.all([first, second].map((each) => reads(each.messageId)));
    for (let n = 0; n < 3; n++) {
      vi.setSystemTime(Date.now() + 1_000); // what a turn leads to comes after all three: these two and the task's own step
      await actor.runTurn(worker, { to: "done", tokens: 10 });
    }
    expect(await read()).toEqual([
      ["stopped", "done"],
      ["stopped", "done"],
    ]);
    const prompts = await actor.db.select({ text: turnTable.prompt }).from(turnTable).where(eq(turnTable.state, "done"));
    expect(prompts.map(({ text }) => text)).toEqual(expect.arrayContaining(["How far are you?", "And when is it done?"]));
    await work(actor, id, 2_000);
    await work(actor, id, 0);
    expect((await asked(actor)).map((each) => each.state)).toEqual(["allowed", "pending"]);
    await answer(actor, (await asked(actor))[1]!.id, "allow");
    expect(await read()).toEqual([
      ["stopped", "done"],
      ["stopped", "done"],
    ]);
    expect((await actor.events("notice")).length).toBe(0);
    await actor.close();
  });
  test("is read after a yes also when it waited behind the step that used the budget up", async () => {
    const actor = await startActor(folder);
    const id = await made(actor, { tokens: 1_000 });
    const worker = (await row(actor, id)).worker!;
    const step = await actor.beginTurn(worker);
    const [agent] = await actor.db.select().from(agentTable).where(eq(agentTable.id, worker));
    const { messageId } = await sendMessage(
      actor.self,
      { clientId: newId("req"), text: "Hm?", channel: agent!.channel as never },
      newId("req"),
    );
    const [running] = await actor.db.select().from(turnTable).where(eq(turnTable.id, step!));
    const seen = { ...newView("", "", ""), usage: new Map([["m", { input: 1_000, output: 0 }]]) };
    const fresh = newRunning(running!, agent!, Promise.resolve());
    const follow = { ...newFollow(actor.self, agent!, running!, newId("req"), fresh), view: seen };
    expect(await stopTurnOverBudget(follow)).toBe(true);
    const states = async () =>
      (await actor.db.select().from(turnTable).where(eq(turnTable.messageId, messageId))).map((each) => each.state);
    expect(await states()).toEqual(["stopped"]);
    await actor.endTurn(step!, { to: "stopped", tokens: 1_000 });
    await actor.settle();
    await answer(actor, (await asked(actor))[0]!.id, "allow");
    expect(await states()).toEqual(["stopped", "queued"]);
    await actor.close();
  });
  test.each(["deny", "cancel"] as const)("is said not to have been read after a no: %s", async (how) => {
    const { actor, id, say, reads } = await said();
    const { messageId, turnId } = await say("How far are you?");
    if (how === "deny") await answer(actor, (await asked(actor))[0]!.id, "deny");
    else await actOnTask(actor.self, { taskId: id, act: "cancel" }, newId("req"), newId("req"));
    await actor.settle();
    const told = async () => (await actor.events("notice")).map((each) => [each.level, each.turnId, each.text.slice(0, 25)]);
    expect(await told()).toEqual([["warning", turnId, "Your message was not read"]]);
    if (how === "deny") await actOnTask(actor.self, { taskId: id, act: "retry" }, newId("req"), newId("req"));
    await actor.settle();
    await work(actor, id, 0);
    const pending = (await asked(actor)).find((each) => each.state === "pending");
    if (pending) await answer(actor, pending.id, "allow");
    expect([await reads(messageId), await told()]).toEqual([["stopped"], await told()]);
    await actor.close();
  });
});

test("what a task had used, and was allowed, is in Git with it and counts for the actor that comes back from there", async () => {
  const actor = await startActor(folder);
  const id = await made(actor, { tokens: 1_000 });
  await work(actor, id, 1_200);
  await work(actor, id, 0);
  await answer(actor, (await asked(actor))[0]!.id, "allow");
  const kept = readKeptTasks(await readOutboxFiles(actor.db), []);
  const used = { costMicros: expect.any(Number), tokens: 1_200, workMs: expect.any(Number), raised: { tokens: 1_200 } };
  expect(kept).toMatchObject([{ task: { id, used } }]);
  await actor.close();
  const back = await startActor(folder, { agent: actor.grow });
  await record(back.self, newId("req"), async (writer) => {
    await restoreTasks(writer, kept);
    await queueTeam(writer);
  });
  await back.settle();
  expect(await work(back, id, 1_000)).toBeDefined();
  expect(await work(back, id, 0)).toBeUndefined();
  expect(await asked(back)).toMatchObject([{ subject: { what: "tokens", used: 2_200, limit: 2_200 } }]);
  await back.close();
});

test("the type's budget binds where the spec's is larger, and working time leaves out what was waited for the member", async () => {
  const actor = await startActor(folder);
  const id = await made(actor, { minutes: 600 });
  const worker = (await row(actor, id)).worker!;
  const turn = await actor.beginTurn(worker);
  vi.setSystemTime(Date.now() + 59 * 60_000);
  await actor.endTurn(turn!, { to: "done", tokens: 1 });
  const second = await actor.beginTurn(worker);
  expect(second).toBeDefined();
  vi.setSystemTime(Date.now() + 2 * 60_000);
  await actor.endTurn(second!, { to: "done", tokens: 1 });
  expect(await actor.beginTurn(worker)).toBeUndefined();
  expect(await asked(actor)).toMatchObject([{ subject: { what: "minutes", used: 61, limit: 60, raise: 61 } }]);
  await actor.close();
});

test("a quest's budget counts all its tasks; a yes for one of them is there for the others", async () => {
  const actor = await startActor(folder);
  const { quest: view } = await startQuest(
    actor.self,
    { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } },
    "k",
    newId("req"),
  );
  await actor.settle();
  const [kept] = await actor.db.select().from(questTable).where(eq(questTable.id, view.id));
  const limit =
    Number(/cost_usd: ([0-9.]+)/.exec(Object.entries(kept!.files).find(([name]) => name === "quest.yaml")?.[1] ?? "")?.[1]) * 1_000_000;
  expect(limit).toBeGreaterThan(0);
  const [first] = kept!.body.steps;
  const worker = (await row(actor, first!.task)).worker!;
  expect(await actor.runTurn(worker, { to: "done", tokens: limit })).toBeDefined(); // costs a millionth of a dollar each here
  expect(await actor.beginTurn(worker)).toBeUndefined();
  const [question] = (await asked(actor)).filter((each) => each.subject.kind === "budget");
  const subject = question?.subject;
  expect(subject).toMatchObject({ kind: "budget", what: "cost" });
  await answer(actor, question!.id, "allow");
  const next = await actor.beginTurn(worker);
  const again = (await asked(actor)).filter((each) => each.state === "pending");
  expect(next !== undefined || again.length === 1).toBe(true);
  await actor.close();
});

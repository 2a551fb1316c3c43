import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { decideApproval } from "../../../actors/approval/approval.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { actOnTask, newTaskOf } from "../../../actors/task/task-control.ts";
import { callTool } from "../../../actors/tool.ts";
import { turnsIn } from "../../../actors/turn/turn-row.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** What becomes of a task whose agent has asked the member something and ended its turn. */
const folder = ownFolder();

/** What follows from what is done just now is done too. */
const settle = (actor: TestActor) => actor.settle(Date.now() + 1_000);
const hash = "a".repeat(40);
/** An agent that asks in its first turn and then ends it, without a word on its task unless it `reports`. */
async function asking(more: object = {}, reports = false, second?: object) {
  const actor = await startActor(folder);
  await newTaskOf(
    actor.self,
    { spec: specShape.parse({ id: "learn", title: "Learn", owner: "quest", outputs: ["a.md"] }) },
    newId("req"),
    newId("req"),
  );
  await settle(actor);
  const agent = (await actor.taskNamed("learn")).worker!;
  const turnId = await actor.beginTurn(agent);
  const call = (tool: "ask" | "report_progress", args: object) =>
    callTool(actor.self, { agent: agent as never, tool, arguments: args }, newId("req"), newId("req"));
  await call("ask", { question: "How far are you?", why: "what comes next", ...more });
  if (second) await call("ask", { question: "And how fast?", why: "what comes next", ...second });
  const { id } = await actor.taskNamed("learn");
  if (reports) await call("report_progress", { task: id, state: "done", text: "Written", commit: hash });
  await actor.endTurn(turnId!, { to: "done", commit: hash });
  await settle(actor);
  const [asked] = await actor.db.select().from(approvalTable);
  return { actor, agent, asked: asked!.id! };
}
const decide = (actor: TestActor, approvalId: Id<"apr">, more: object) =>
  decideApproval(actor.self, { approvalId, decision: "allow", scope: "once", device: "d", ...more } as never, newId("req"), newId("req"));
const prompts = async (actor: TestActor, agent: Id<"agt">) =>
  (await actor.db.select({ prompt: turnTable.prompt }).from(turnTable).where(eq(turnTable.agent, agent))).map(({ prompt }) => prompt);

const report = async (actor: TestActor, agent: Id<"agt">) => {
  const { id } = await actor.taskNamed("learn");
  const args = { task: id, state: "done", text: "Written", commit: hash };
  return callTool(actor.self, { agent: agent as never, tool: "report_progress", arguments: args }, newId("req"), newId("req"));
};
/** Its next turn says that the task is done, and that counts. */
async function finishes(actor: TestActor, agent: Id<"agt">): Promise<void> {
  const id = await actor.beginTurn(agent);
  await report(actor, agent);
  await actor.endTurn(id!, { to: "done", commit: hash });
  await settle(actor);
  expect((await actor.taskNamed("learn")).state).toBe("complete");
}

test.each([true, false])("an agent that asked and has nothing else to do waits, for days; goes_on %s", async (goes_on) => {
  const { actor, agent, asked } = await asking({ goes_on });
  expect((await actor.taskNamed("learn")).state).toBe("waiting");
  expect(await turnsIn(actor.db, ["queued", "running"])).toEqual([]);
  await decide(actor, asked, { answer: "Half way" });
  await settle(actor);
  expect((await actor.taskNamed("learn")).state).toBe("in_progress");
  expect((await prompts(actor, agent)).at(-1)).toContain("Half way");
  await finishes(actor, agent); // the turn with the answer is the step's end: its word on the task counts
  await actor.close();
});

/** What waits for the agent, as it is: nothing is said of the task. */
async function turnsOver(actor: TestActor, agent: Id<"agt">): Promise<void> {
  for (let id = await actor.beginTurn(agent); id; id = await actor.beginTurn(agent)) await actor.endTurn(id, { to: "done", commit: hash });
  await settle(actor);
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("of two questions both are waited for; goes_on %s and %s", async (first, second) => {
  const { actor, agent } = await asking({ goes_on: first }, false, { goes_on: second });
  const open = async () => (await actor.db.select().from(approvalTable)).filter(({ state }) => state === "pending").map(({ id }) => id);
  expect(await open()).toHaveLength(2);
  await decide(actor, (await open())[0]!, { answer: "One" });
  await settle(actor);
  await turnsOver(actor, agent);
  expect((await actor.taskNamed("learn")).state).toBe("waiting");
  await decide(actor, (await open())[0]!, { answer: "Two" });
  await settle(actor);
  await finishes(actor, agent);
  await actor.close();
});

test("a member who writes to the agent that waits, and does not press its question, has answered as well: what it reports then counts", async () => {
  const { actor, agent } = await asking();
  const { channel } = (await actor.db.select().from(agentTable).where(eq(agentTable.id, agent)))[0]!;
  await sendMessage(actor.self, { clientId: "client-0001", channel: channel as never, text: "Half way, write it down" }, newId("req"));
  await finishes(actor, agent);
  await actor.close();
});

test.each(["before", "after"])(
  "an answer that is given %s the task is paused is read when it goes on, and nothing runs until then",
  async (when) => {
    const { actor, asked } = await asking();
    const act = async (verb: "pause" | "resume") => {
      await actOnTask(actor.self, { taskId: (await actor.taskNamed("learn")).id as never, act: verb }, newId("req"), newId("req"));
      await settle(actor);
    };
    if (when === "after") await act("pause");
    await decide(actor, asked, { answer: "Half way" });
    await settle(actor);
    if (when === "before") await act("pause");
    expect(await turnsIn(actor.db, ["queued", "running"])).toEqual([]);
    await act("resume");
    const queued = await turnsIn(actor.db, ["queued"]);
    expect(queued.map(({ prompt }) => prompt)).toEqual([
      expect.stringMatching(/^The answer to your question[\s\S]*Half way[\s\S]*Go on where you were/),
    ]);
    await actor.close();
  },
);

test("answers in a prompt that does not reach the agent, for another pause, are all in the next one", async () => {
  const { actor } = await asking({}, false, { goes_on: true });
  const act = async (verb: "pause" | "resume") => {
    await actOnTask(actor.self, { taskId: (await actor.taskNamed("learn")).id as never, act: verb }, newId("req"), newId("req"));
    await settle(actor);
  };
  await act("pause");
  const [first, second] = await actor.db.select().from(approvalTable);
  await decide(actor, first!.id!, { answer: "Half way" });
  await decide(actor, second!.id!, { answer: "Quite fast" });
  await settle(actor);
  for (const _ of ["once", "again"]) {
    await act("resume");
    const queued = await turnsIn(actor.db, ["queued"]);
    expect(queued.map(({ prompt }) => [prompt.split("Half way").length, prompt.split("Quite fast").length])).toEqual([[2, 2]]);
    await act("pause");
    expect(await turnsIn(actor.db, ["queued"])).toEqual([]);
  }
  await actor.close();
});

test("an agent that asked on the side and is done is done", async () => {
  const { actor } = await asking({ goes_on: true }, true);
  expect((await actor.taskNamed("learn")).state).toBe("complete");
  await actor.close();
});

test("a no to what it can go on without is told to it, and it goes on", async () => {
  const { actor, agent, asked } = await asking({ goes_on: true });
  await decide(actor, asked, { decision: "deny" });
  await settle(actor);
  expect((await actor.taskNamed("learn")).state).toBe("in_progress");
  expect((await prompts(actor, agent)).at(-1)).toContain("Go on without it.");
  await actor.close();
});

test("a no to what it can't go on without ends the task, and its agent is not prompted any more", async () => {
  const { actor, agent, asked } = await asking({ goes_on: false });
  const before = await prompts(actor, agent);
  await decide(actor, asked, { decision: "deny" });
  await settle(actor);
  expect((await actor.taskNamed("learn")).state).toBe("failed");
  expect(await prompts(actor, agent)).toEqual(before);
  await actor.close();
});

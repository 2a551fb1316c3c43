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
import { type Alone, alone } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** What becomes of a task whose agent has asked the member something and ended its turn. */
const folder = ownFolder();

/** What follows from what is done just now is done too. */
const settle = (of: Alone) => of.settle(Date.now() + 1_000);
const hash = "a".repeat(40);
/** An agent that asks in its first turn and then ends it, without a word on its task unless it `reports`. */
async function asking(more: object = {}, reports = false, second?: object) {
  const of = await alone(folder);
  await newTaskOf(
    of.self,
    { spec: specShape.parse({ id: "learn", title: "Learn", owner: "quest", outputs: ["a.md"] }) },
    newId("req"),
    newId("req"),
  );
  await settle(of);
  const agent = (await of.taskNamed("learn")).worker!;
  const turnId = await of.beginTurn(agent);
  const call = (tool: "ask" | "report_progress", args: object) =>
    callTool(of.self, { agent: agent as never, tool, arguments: args }, newId("req"), newId("req"));
  await call("ask", { question: "How far are you?", why: "what comes next", ...more });
  if (second) await call("ask", { question: "And how fast?", why: "what comes next", ...second });
  const { id } = await of.taskNamed("learn");
  if (reports) await call("report_progress", { task: id, state: "done", text: "Written", commit: hash });
  await of.endTurn(turnId!, { to: "done", commit: hash });
  await settle(of);
  const [asked] = await of.db.select().from(approvalTable);
  return { of, agent, asked: asked!.id! };
}
const decide = (of: Alone, approvalId: Id<"apr">, more: object) =>
  decideApproval(of.self, { approvalId, decision: "allow", scope: "once", device: "d", ...more } as never, newId("req"), newId("req"));
const prompts = async (of: Alone, agent: Id<"agt">) =>
  (await of.db.select({ prompt: turnTable.prompt }).from(turnTable).where(eq(turnTable.agent, agent))).map(({ prompt }) => prompt);

const report = async (of: Alone, agent: Id<"agt">) => {
  const { id } = await of.taskNamed("learn");
  const args = { task: id, state: "done", text: "Written", commit: hash };
  return callTool(of.self, { agent: agent as never, tool: "report_progress", arguments: args }, newId("req"), newId("req"));
};
/** Its next turn says that the task is done, and that counts. */
async function finishes(of: Alone, agent: Id<"agt">): Promise<void> {
  const id = await of.beginTurn(agent);
  await report(of, agent);
  await of.endTurn(id!, { to: "done", commit: hash });
  await settle(of);
  expect((await of.taskNamed("learn")).state).toBe("complete");
}

test.each([true, false])("an agent that asked and has nothing else to do waits, for days; goes_on %s", async (goes_on) => {
  const { of, agent, asked } = await asking({ goes_on });
  expect((await of.taskNamed("learn")).state).toBe("waiting");
  expect(await turnsIn(of.db, ["queued", "running"])).toEqual([]);
  await decide(of, asked, { answer: "Half way" });
  await settle(of);
  expect((await of.taskNamed("learn")).state).toBe("in_progress");
  expect((await prompts(of, agent)).at(-1)).toContain("Half way");
  await finishes(of, agent); // the turn with the answer is the step's end: its word on the task counts
  of.close();
});

/** What waits for the agent, as it is: nothing is said of the task. */
async function turnsOver(of: Alone, agent: Id<"agt">): Promise<void> {
  for (let id = await of.beginTurn(agent); id; id = await of.beginTurn(agent)) await of.endTurn(id, { to: "done", commit: hash });
  await settle(of);
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("of two questions both are waited for; goes_on %s and %s", async (first, second) => {
  const { of, agent } = await asking({ goes_on: first }, false, { goes_on: second });
  const open = async () => (await of.db.select().from(approvalTable)).filter(({ state }) => state === "pending").map(({ id }) => id);
  expect(await open()).toHaveLength(2);
  await decide(of, (await open())[0]!, { answer: "One" });
  await settle(of);
  await turnsOver(of, agent);
  expect((await of.taskNamed("learn")).state).toBe("waiting");
  await decide(of, (await open())[0]!, { answer: "Two" });
  await settle(of);
  await finishes(of, agent);
  of.close();
});

test("a member who writes to the agent that waits, and does not press its question, has answered as well: what it reports then counts", async () => {
  const { of, agent } = await asking();
  const { channel } = (await of.db.select().from(agentTable).where(eq(agentTable.id, agent)))[0]!;
  await sendMessage(of.self, { clientId: "client-0001", channel: channel as never, text: "Half way, write it down" }, newId("req"));
  await finishes(of, agent);
  of.close();
});

test.each(["before", "after"])(
  "an answer that is given %s the task is paused is read when it goes on, and nothing runs until then",
  async (when) => {
    const { of, asked } = await asking();
    const act = async (what: "pause" | "resume") => {
      await actOnTask(of.self, { taskId: (await of.taskNamed("learn")).id as never, act: what }, newId("req"), newId("req"));
      await settle(of);
    };
    if (when === "after") await act("pause");
    await decide(of, asked, { answer: "Half way" });
    await settle(of);
    if (when === "before") await act("pause");
    expect(await turnsIn(of.db, ["queued", "running"])).toEqual([]);
    await act("resume");
    const queued = await turnsIn(of.db, ["queued"]);
    expect(queued.map(({ prompt }) => prompt)).toEqual([
      expect.stringMatching(/^The answer to your question[\s\S]*Half way[\s\S]*Go on where you were/),
    ]);
    of.close();
  },
);

test("answers in a prompt that does not reach the agent, for another pause, are all in the next one", async () => {
  const { of } = await asking({}, false, { goes_on: true });
  const act = async (what: "pause" | "resume") => {
    await actOnTask(of.self, { taskId: (await of.taskNamed("learn")).id as never, act: what }, newId("req"), newId("req"));
    await settle(of);
  };
  await act("pause");
  const [first, second] = await of.db.select().from(approvalTable);
  await decide(of, first!.id!, { answer: "Half way" });
  await decide(of, second!.id!, { answer: "Quite fast" });
  await settle(of);
  for (const _ of ["once", "again"]) {
    await act("resume");
    const queued = await turnsIn(of.db, ["queued"]);
    expect(queued.map(({ prompt }) => [prompt.split("Half way").length, prompt.split("Quite fast").length])).toEqual([[2, 2]]);
    await act("pause");
    expect(await turnsIn(of.db, ["queued"])).toEqual([]);
  }
  of.close();
});

test("an agent that asked on the side and is done is done", async () => {
  const { of } = await asking({ goes_on: true }, true);
  expect((await of.taskNamed("learn")).state).toBe("complete");
  of.close();
});

test("a no to what it can go on without is told to it, and it goes on", async () => {
  const { of, agent, asked } = await asking({ goes_on: true });
  await decide(of, asked, { decision: "deny" });
  await settle(of);
  expect((await of.taskNamed("learn")).state).toBe("in_progress");
  expect((await prompts(of, agent)).at(-1)).toContain("Go on without it.");
  of.close();
});

test("a no to what it can't go on without ends the task, and its agent is not prompted any more", async () => {
  const { of, agent, asked } = await asking({ goes_on: false });
  const before = await prompts(of, agent);
  await decide(of, asked, { decision: "deny" });
  await settle(of);
  expect((await of.taskNamed("learn")).state).toBe("failed");
  expect(await prompts(of, agent)).toEqual(before);
  of.close();
});

import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { decideApproval } from "../../../actors/approval/approval.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { repeated, stopsRepetition } from "../../../actors/turn/repetition.ts";
import { findTurn, turnsIn } from "../../../actors/turn/turn-row.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { type Alone, alone } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));
const times = (n: number, ...calls: string[]) => Array.from({ length: n }, () => calls).flat();

test("ten equal calls in a row are a repetition, and so is a round of two or three calls, ten times", () => {
  expect(repeated(times(9, "a"))).toBeUndefined();
  expect(repeated(["b", ...times(10, "a")])).toBe(10);
  expect(repeated(times(9, "a", "b"))).toBeUndefined();
  expect(repeated(times(10, "a", "b"))).toBe(20);
  expect(repeated(["x", ...times(10, "a", "b", "a")])).toBe(30);
});

test("calls with others between are none: an edit before each run of the tests goes on", () => {
  const work = Array.from({ length: 40 }, (_, at) => [`edit ${at}`, "npm test"]).flat();
  expect(repeated(work)).toBeUndefined();
  expect(repeated([...times(9, "a"), "b", ...times(9, "a")])).toBeUndefined();
});

async function goingInCircles(): Promise<{ of: Alone; taskId: Id<"tsk">; who: Id<"agt">; turnId: Id<"trn"> }> {
  const of = await alone(folder);
  const spec = specShape.parse({ id: "circles", title: "Circles", owner: "coding", outputs: ["a.md"] });
  const { task: made } = await newTaskOf(of.self, { spec }, newId("req"), newId("req"));
  await of.settle();
  const [row] = await of.db.select().from(taskTable).where(eq(taskTable.id, made.id));
  const who = row!.worker!;
  const turnId = (await of.beginTurn(who))!;
  const turn = (await findTurn(of.db, turnId))!;
  expect(await stopsRepetition(of.self, turn, times(9, "a"), newId("req"))).toBe(false);
  expect(await stopsRepetition(of.self, turn, times(10, "a"), newId("req"))).toBe(true);
  expect(await stopsRepetition(of.self, turn, times(11, "a"), newId("req"))).toBe(true); // asked once all the same
  await of.settle();
  return { of, taskId: made.id, who, turnId };
}
const stateOf = async (of: Alone, id: Id<"tsk">) => (await of.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!.facts;
async function answer(of: Alone, decision: "allow" | "deny"): Promise<void> {
  const asked = await of.db.select().from(approvalTable);
  expect(asked.map(({ body }) => [body.subject, body.state])).toEqual([[{ kind: "repetition", call: "Call", times: 10 }, "pending"]]);
  const input = { approvalId: asked[0]!.body.id, decision, scope: "once", device: "here", note: "Try the docs." } as const;
  expect((await decideApproval(of.self, input, newId("req"), newId("req"))).counted).toBe(true);
  await of.settle();
}

test("an agent that goes in circles is stopped, its task waits, and with a yes it goes on in the same step with what the member adds", async () => {
  const { of, taskId, who, turnId } = await goingInCircles();
  expect([(await findTurn(of.db, turnId))?.state, (await stateOf(of, taskId)).state]).toEqual(["stopped", "waiting"]);
  await answer(of, "allow");
  expect((await stateOf(of, taskId)).state).toBe("in_progress");
  const [next, ...others] = (await turnsIn(of.db, ["queued"])).filter((row) => row.agent === who);
  expect([others, next?.key]).toEqual([[], (await findTurn(of.db, turnId))?.key]);
  expect(next?.prompt).toMatch(/the same calls 10 times in a row.*They add: Try the docs\./s);
  await of.hear(who, { kind: "reported", task: taskId as never, state: "done", text: "done", commit: "0".repeat(40) });
  await of.turn(who, { to: "done", commit: "0".repeat(40) });
  expect((await stateOf(of, taskId)).state).toBe("complete");
});

test("a message of the member's to the agent takes the question back, and its step goes on with that message to its end", async () => {
  const { of, taskId, who, turnId } = await goingInCircles();
  const { channel } = (await of.db.select().from(agentTable).where(eq(agentTable.id, who)))[0]!;
  await sendMessage(of.self, { clientId: newId("evt"), channel: channel as never, text: "Read the docs instead." }, newId("req"));
  await of.settle();
  expect((await of.db.select().from(approvalTable)).map(({ body }) => body.state)).toEqual(["withdrawn"]);
  expect((await stateOf(of, taskId)).state).toBe("in_progress");
  const [next, ...others] = (await turnsIn(of.db, ["queued"])).filter((row) => row.agent === who);
  expect([others, next?.key, next?.prompt]).toEqual([[], (await findTurn(of.db, turnId))?.key, "Read the docs instead."]);
  await of.hear(who, { kind: "reported", task: taskId as never, state: "done", text: "done", commit: "0".repeat(40) });
  await of.turn(who, { to: "done", commit: "0".repeat(40) });
  expect((await stateOf(of, taskId)).state).toBe("complete");
});

test("a message to another agent leaves the question as it is", async () => {
  const { of, taskId } = await goingInCircles();
  await sendMessage(of.self, { clientId: newId("evt"), text: "How is it going?" }, newId("req"));
  await of.settle();
  expect((await of.db.select().from(approvalTable)).map(({ body }) => body.state)).toEqual(["pending"]);
  expect((await stateOf(of, taskId)).state).toBe("waiting");
});

test("with a no its task ends, and says why", async () => {
  const { of, taskId, who } = await goingInCircles();
  await answer(of, "deny");
  expect(await stateOf(of, taskId)).toMatchObject({ state: "failed", reason: "it went in circles; the member's answer: denied" });
  expect((await turnsIn(of.db, ["queued", "running"])).filter((row) => row.agent === who)).toEqual([]);
});

import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { decideApproval } from "../../../actors/approval/approval.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { countRepetition, stopsRepetition } from "../../../actors/turn/repetition.ts";
import { findTurn, turnsIn } from "../../../actors/turn/turn-row.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { approvalTable } from "../../../schema/approval/approval.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));
const times = (n: number, ...calls: string[]) => Array.from({ length: n }, () => calls).flat();

test("ten equal calls in a row are a repetition, and so is a round of two or three calls, ten times", () => {
  expect(countRepetition(times(9, "a"))).toBeUndefined();
  expect(countRepetition(["b", ...times(10, "a")])).toBe(10);
  expect(countRepetition(times(9, "a", "b"))).toBeUndefined();
  expect(countRepetition(times(10, "a", "b"))).toBe(20);
  expect(countRepetition(["x", ...times(10, "a", "b", "a")])).toBe(30);
});

test("calls with others between are none: an edit before each run of the tests goes on", () => {
  const work = Array.from({ length: 40 }, (_, at) => [`edit ${at}`, "npm test"]).flat();
  expect(countRepetition(work)).toBeUndefined();
  expect(countRepetition([...times(9, "a"), "b", ...times(9, "a")])).toBeUndefined();
});

async function goingInCircles(): Promise<{ actor: TestActor; taskId: Id<"tsk">; who: Id<"agt">; turnId: Id<"trn"> }> {
  const actor = await startActor(folder);
  const spec = specShape.parse({ id: "circles", title: "Circles", owner: "coding", outputs: ["a.md"] });
  const { task: made } = await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const [row] = await actor.db.select().from(taskTable).where(eq(taskTable.id, made.id));
  const worker = row!.worker!;
  const turnId = (await actor.beginTurn(worker))!;
  const turn = (await findTurn(actor.db, turnId))!;
  expect(await stopsRepetition(actor.self, turn, times(9, "a"), newId("req"))).toBe(false);
  expect(await stopsRepetition(actor.self, turn, times(10, "a"), newId("req"))).toBe(true);
  expect(await stopsRepetition(actor.self, turn, times(11, "a"), newId("req"))).toBe(true); // asked once all the same
  await actor.settle();
  return { actor, taskId: made.id, who: worker, turnId };
}
const stateOf = async (actor: TestActor, id: Id<"tsk">) => (await actor.db.select().from(taskTable).where(eq(taskTable.id, id)))[0]!.facts;
async function answer(actor: TestActor, decision: "allow" | "deny"): Promise<void> {
  const asked = await actor.db.select().from(approvalTable);
  expect(asked.map(({ body }) => [body.subject, body.state])).toEqual([[{ kind: "repetition", call: "Call", times: 10 }, "pending"]]);
  const input = { approvalId: asked[0]!.body.id, decision, scope: "once", device: "here", note: "Try the docs." } as const;
  expect((await decideApproval(actor.self, input, newId("req"), newId("req"))).counted).toBe(true);
  await actor.settle();
}

test("an agent that goes in circles is stopped, its task waits, and with a yes it goes on in the same step with what the member adds", async () => {
  const { actor, taskId, who: worker, turnId } = await goingInCircles();
  expect([(await findTurn(actor.db, turnId))?.state, (await stateOf(actor, taskId)).state]).toEqual(["stopped", "waiting"]);
  await answer(actor, "allow");
  expect((await stateOf(actor, taskId)).state).toBe("in_progress");
  const [next, ...others] = (await turnsIn(actor.db, ["queued"])).filter((row) => row.agent === worker);
  expect([others, next?.key]).toEqual([[], (await findTurn(actor.db, turnId))?.key]);
  expect(next?.prompt).toMatch(/the same calls 10 times in a row.*They add: Try the docs\./s);
  await actor.hear(worker, { kind: "reported", task: taskId as never, state: "done", text: "done", commit: "0".repeat(40) });
  await actor.runTurn(worker, { to: "done", commit: "0".repeat(40) });
  expect((await stateOf(actor, taskId)).state).toBe("complete");
});

test("a message of the member's to the agent takes the question back, and its step goes on with that message to its end", async () => {
  const { actor, taskId, who: worker, turnId } = await goingInCircles();
  const { channel } = (await actor.db.select().from(agentTable).where(eq(agentTable.id, worker)))[0]!;
  await sendMessage(actor.self, { clientId: newId("evt"), channel: channel as never, text: "Read the docs instead." }, newId("req"));
  await actor.settle();
  expect((await actor.db.select().from(approvalTable)).map(({ body }) => body.state)).toEqual(["withdrawn"]);
  expect((await stateOf(actor, taskId)).state).toBe("in_progress");
  const [next, ...others] = (await turnsIn(actor.db, ["queued"])).filter((row) => row.agent === worker);
  expect([others, next?.key, next?.prompt]).toEqual([[], (await findTurn(actor.db, turnId))?.key, "Read the docs instead."]);
  await actor.hear(worker, { kind: "reported", task: taskId as never, state: "done", text: "done", commit: "0".repeat(40) });
  await actor.runTurn(worker, { to: "done", commit: "0".repeat(40) });
  expect((await stateOf(actor, taskId)).state).toBe("complete");
});

test("a message to another agent leaves the question as it is", async () => {
  const { actor, taskId } = await goingInCircles();
  await sendMessage(actor.self, { clientId: newId("evt"), text: "How is it going?" }, newId("req"));
  await actor.settle();
  expect((await actor.db.select().from(approvalTable)).map(({ body }) => body.state)).toEqual(["pending"]);
  expect((await stateOf(actor, taskId)).state).toBe("waiting");
});

test("with a no its task ends, and says why", async () => {
  const { actor, taskId, who: worker } = await goingInCircles();
  await answer(actor, "deny");
  expect(await stateOf(actor, taskId)).toMatchObject({ state: "failed", reason: "it went in circles; the member's answer: denied" });
  expect((await turnsIn(actor.db, ["queued", "running"])).filter((row) => row.agent === worker)).toEqual([]);
});

import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { requireAgent } from "../../../actors/agent/agent.ts";
import { readRecap } from "../../../actors/conversation/conversation.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { endShortening, readEnding, tooLong } from "../../../actors/turn/ending.ts";
import { newFollow, newRunning } from "../../../actors/turn/follow.ts";
import { type MessageWithParts, newView, readMessage, type View } from "../../../actors/turn/translation.ts";
import { writeSaid } from "../../../actors/turn/turn-events.ts";
import { agentTable } from "../../../schema/agent/agent.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));
const overlong = { state: "failed", reason: "too_long", errorClass: "bug" };
const overflow = { name: "ContextOverflowError", data: { message: "Conversation history too large" } };
let last = 0;
function hear(view: View, more: Partial<MessageWithParts["info"]>, parts: object[] = []): void {
  const id = `msg_${String(++last).padStart(4, "0")}`;
  const info = { id, sessionID: "s", role: "assistant", time: { completed: 1 }, ...more } as const;
  const all = parts.map((part, at) => ({ id: `${id}-${at}`, messageID: id, sessionID: "s", ...part }) as MessageWithParts["parts"][number]);
  readMessage(view, { info, parts: all });
}
const called = { type: "tool", tool: "bash", callID: "c", state: { status: "completed", input: { command: "ls" }, output: "" } };
const begun = () => newView("s", "msg_0000", "/work");

test("a conversation that is shortened again and again comes to its end, unless calls are made between", () => {
  const view = begun();
  for (let round = 0; round < 3; round++) {
    hear(view, {});
    hear(view, { summary: true, finish: "stop" });
  }
  expect(endShortening(view)).toBeUndefined();
  hear(view, { summary: true, finish: "stop" });
  expect(endShortening(view)).toEqual(overlong);
  hear(view, { finish: "tool-calls" }, [called]);
  expect(endShortening(view)).toBeUndefined();
});

test("a summary that can't be made ends the turn; one that was made before the answer does not", () => {
  const view = begun();
  hear(view, {});
  hear(view, { summary: true, error: overflow });
  expect(readEnding(view)).toEqual(overlong);
  hear(view, { finish: "stop" }, [{ type: "text", text: "Well.", time: { end: 1 } }]);
  expect(readEnding(view)).toEqual({ state: "done" });
});

test("an answer that was cut is told, whatever was said behind it", () => {
  const view = begun();
  hear(view, { finish: "length" }, [{ type: "text", text: "So", time: { end: 1 } }]);
  hear(view, { finish: "stop" });
  expect(readEnding(view)).toEqual({ state: "done", cut: true });
});

test("a call that broke off before its arguments were there was never made", () => {
  const view = begun();
  const aborted = { status: "error", error: "Tool execution aborted", metadata: { interrupted: true } };
  hear(view, {}, [{ ...called, state: { ...aborted, input: {} } }]);
  expect(view.tools.size).toBe(0);
  hear(view, {}, [{ ...called, state: { ...aborted, input: { command: "sleep 60" } } }]);
  expect([...view.tools.values()]).toEqual(["failed"]);
});

test("a sub-agent whose session its model does not take any more goes on in a new one, and its task says why in words", async () => {
  const actor = await startActor(folder);
  const spec = specShape.parse({ id: "long", title: "A long one", owner: "coding", outputs: ["a.md"] });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const row = () => actor.taskNamed("long");
  const worker = (await row()).worker!;
  const turnId = (await actor.beginTurn(worker))!;
  await actor.db.update(agentTable).set({ session: "ses_long" }).where(eq(agentTable.id, worker));
  await actor.db.update(turnTable).set({ session: "ses_long" }).where(eq(turnTable.id, turnId));
  await actor.endTurn(turnId, { to: "failed", reason: tooLong, errorClass: "bug" });
  expect((await requireAgent(actor.db, worker)).session).toBeNull();
  expect(await readRecap(actor.db, worker)).toContain("longer than the model takes");
  expect((await row()).facts).toMatchObject({
    reason: expect.stringContaining("The conversation is longer than the model takes"),
  });
});

test("words that were closed for a call and went on stand in the log with their end; the same words stand there once", async () => {
  const actor = await startActor(folder);
  const spec = specShape.parse({ id: "words", title: "Words", owner: "coding", outputs: ["a.md"] });
  await newTaskOf(actor.self, { spec }, newId("req"), newId("req"));
  await actor.settle();
  const agent = await requireAgent(actor.db, (await actor.taskNamed("words")).worker!);
  const turnId = (await actor.beginTurn(agent.id))!;
  const row = (await actor.db.select().from(turnTable).where(eq(turnTable.id, turnId)))[0]!;
  const follow = () => ({
    ...newFollow(actor.self, agent, row, newId("req"), newRunning(row, agent, Promise.resolve())),
    view: begun(),
  });
  const info = { id: "msg_9000", sessionID: "s", role: "assistant" } as const;
  const call = { ...called, id: "call", state: { status: "running", input: { command: "ls" } } };
  const said = (text: string, time: { end?: number } = {}) =>
    [{ id: "text", type: "text", text, time }, call].map((part) => ({ ...part, messageID: info.id, sessionID: "s" }));
  const [first, restarted] = [follow(), follow()];
  for (const each of [first, restarted])
    for (const parts of [said("I look"), said("I look, and it is there.", { end: 1 })])
      await writeSaid(each, readMessage(each.view, { info, parts }));
  const told = await actor.events("message.text");
  expect(told.map(({ text }) => text)).toEqual(["I look", "I look, and it is there."]);
  expect(new Set(told.map(({ partId }) => partId)).size).toBe(1);
  await actor.close();
});

import { describe, expect, test } from "vitest";
import { cancelMessage } from "../../../actors/conversation/cancel-message.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { startActor, type TestActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/**
 * A message that waits for its turn can be taken back; whether its turn began first is an ordinary answer.
 */
const folder = ownFolder();
const say = (actor: TestActor, text: string) => sendMessage(actor.self, { clientId: newId("req"), text }, newId("req"));
const cancel = (actor: TestActor, id: Id<"trn">) => cancelMessage(actor.self, id, newId("req"));

describe("a message that waits", () => {
  test("is cancelled once, however often that is asked; the ones around it are read", async () => {
    const actor = await startActor(folder);
    const [first, second, third] = [await say(actor, "one"), await say(actor, "two"), await say(actor, "three")];
    await actor.beginTurn(actor.grow);
    const asked = await Promise.all([cancel(actor, second.turnId), cancel(actor, second.turnId), cancel(actor, second.turnId)]);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ({ cancelled: true, state: "stopped" })));
    const ends = (await actor.events("turn.state")).filter(({ turnId }) => turnId === second.turnId);
    expect(ends.map(({ state, reason }) => [state, reason])).toEqual([
      ["queued", undefined],
      ["stopped", "cancelled"],
    ]);
    expect(await actor.queued(`turn:${second.turnId}`)).toEqual([]);
    await actor.endTurn(first.turnId, { to: "done" });
    expect(await actor.beginTurn(actor.grow)).toBe(third.turnId);
  });

  test("that has begun is left alone, and the answer says so", async () => {
    const actor = await startActor(folder);
    const { turnId } = await say(actor, "one");
    await actor.beginTurn(actor.grow);
    expect(await cancel(actor, turnId)).toEqual({ cancelled: false, state: "running" });
    await actor.endTurn(turnId, { to: "done" });
    expect(await cancel(actor, turnId)).toEqual({ cancelled: false, state: "done" });
    expect((await findTurn(actor.db, turnId))?.reason).not.toBe("cancelled");
  });

  test("is the member's own: what the platform asked an agent to do, and what is not there, are not found", async () => {
    const actor = await startActor(folder);
    const turnId = newId("trn");
    await actor.db
      .insert(turnTable)
      .values({ id: turnId, messageId: "", agent: actor.grow, prompt: "a task", state: "queued", createdAt: 1 });
    await expect(cancel(actor, turnId)).rejects.toMatchObject({ code: "not_found" });
    await expect(cancel(actor, newId("trn"))).rejects.toMatchObject({ code: "not_found" });
    expect((await findTurn(actor.db, turnId))?.state).toBe("queued");
  });
});

describe("attached files", () => {
  test("belong to the message: the same client id with other files is refused, with the same ones it is that message", async () => {
    const actor = await startActor(folder);
    const file = (name: string) => ({ agent: actor.grow as never, name, bytes: 5 });
    const clientId = newId("req");
    const first = await sendMessage(actor.self, { clientId, text: "Read", attachments: [file("0123456789-a.txt")] }, newId("req"));
    const again = await sendMessage(actor.self, { clientId, text: "Read", attachments: [file("0123456789-a.txt")] }, newId("req"));
    expect(again).toEqual({ ...first, repeated: true });
    for (const attachments of [[file("0123456789-b.txt")], []])
      await expect(sendMessage(actor.self, { clientId, text: "Read", attachments }, newId("req"))).rejects.toMatchObject({
        code: "idempotency_mismatch",
      });
  });
  test("are told to the agent below the member's words, and stand in the message", async () => {
    const actor = await startActor(folder);
    const attachments = [{ agent: actor.grow as never, name: "0123456789-plan.txt", bytes: 5 }];
    const { turnId } = await sendMessage(actor.self, { clientId: newId("req"), text: "Read it", attachments }, newId("req"));
    expect((await findTurn(actor.db, turnId))?.prompt).toBe(
      "Read it\n\nAttached by the member, in your working directory:\n- attachments/0123456789-plan.txt (5 bytes)",
    );
    expect(await actor.events("message.sent")).toMatchObject([{ text: "Read it", attachments }]);
  });

  test("that lie with another agent are refused, and nothing is sent", async () => {
    const actor = await startActor(folder);
    const attachments = [{ agent: newId("agt"), name: "0123456789-plan.txt", bytes: 5 }];
    const sent = sendMessage(actor.self, { clientId: newId("req"), text: "Read it", attachments }, newId("req"));
    await expect(sent).rejects.toMatchObject({ code: "invalid" });
    expect(await actor.events("message.sent")).toEqual([]);
  });
});

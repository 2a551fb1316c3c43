import { describe, expect, test } from "vitest";
import { cancelMessage } from "../../../actors/conversation/cancel-message.ts";
import { sendMessage } from "../../../actors/conversation/message.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { turnTable } from "../../../schema/turn.table.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { alone } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** A message that waits for its turn can be taken back; whether its turn began first is an ordinary answer. */
const folder = ownFolder();
const say = (of: Awaited<ReturnType<typeof alone>>, text: string) => sendMessage(of.self, { clientId: newId("req"), text }, newId("req"));
const cancel = (of: Awaited<ReturnType<typeof alone>>, id: Id<"trn">) => cancelMessage(of.self, id, newId("req"));

describe("a message that waits", () => {
  test("is cancelled once, however often that is asked; the ones around it are read", async () => {
    const of = await alone(folder);
    const [first, second, third] = [await say(of, "one"), await say(of, "two"), await say(of, "three")];
    await of.beginTurn(of.grow);
    const asked = await Promise.all([cancel(of, second.turnId), cancel(of, second.turnId), cancel(of, second.turnId)]);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ({ cancelled: true, state: "stopped" })));
    const ends = (await of.events("turn.state")).filter(({ turnId }) => turnId === second.turnId);
    expect(ends.map(({ state, reason }) => [state, reason])).toEqual([
      ["queued", undefined],
      ["stopped", "cancelled"],
    ]);
    expect(await of.queued(`turn:${second.turnId}`)).toEqual([]);
    await of.endTurn(first.turnId, { to: "done" });
    expect(await of.beginTurn(of.grow)).toBe(third.turnId);
  });

  test("that has begun is left alone, and the answer says so", async () => {
    const of = await alone(folder);
    const { turnId } = await say(of, "one");
    await of.beginTurn(of.grow);
    expect(await cancel(of, turnId)).toEqual({ cancelled: false, state: "running" });
    await of.endTurn(turnId, { to: "done" });
    expect(await cancel(of, turnId)).toEqual({ cancelled: false, state: "done" });
    expect((await findTurn(of.db, turnId))?.reason).not.toBe("cancelled");
  });

  test("is the member's own: what the platform asked an agent to do, and what is not there, are not found", async () => {
    const of = await alone(folder);
    const turnId = newId("trn");
    await of.db.insert(turnTable).values({ id: turnId, messageId: "", agent: of.grow, prompt: "a task", state: "queued", createdAt: 1 });
    await expect(cancel(of, turnId)).rejects.toMatchObject({ code: "not_found" });
    await expect(cancel(of, newId("trn"))).rejects.toMatchObject({ code: "not_found" });
    expect((await findTurn(of.db, turnId))?.state).toBe("queued");
  });
});

describe("attached files", () => {
  test("belong to the message: the same client id with other files is refused, with the same ones it is that message", async () => {
    const of = await alone(folder);
    const file = (name: string) => ({ agent: of.grow as never, name, bytes: 5 });
    const clientId = newId("req");
    const first = await sendMessage(of.self, { clientId, text: "Read", attachments: [file("0123456789-a.txt")] }, newId("req"));
    const again = await sendMessage(of.self, { clientId, text: "Read", attachments: [file("0123456789-a.txt")] }, newId("req"));
    expect(again).toEqual({ ...first, repeated: true });
    for (const attachments of [[file("0123456789-b.txt")], []])
      await expect(sendMessage(of.self, { clientId, text: "Read", attachments }, newId("req"))).rejects.toMatchObject({
        code: "idempotency_mismatch",
      });
  });
  test("are told to the agent below the member's words, and stand in the message", async () => {
    const of = await alone(folder);
    const attachments = [{ agent: of.grow as never, name: "0123456789-plan.txt", bytes: 5 }];
    const { turnId } = await sendMessage(of.self, { clientId: newId("req"), text: "Read it", attachments }, newId("req"));
    expect((await findTurn(of.db, turnId))?.prompt).toBe(
      "Read it\n\nAttached by the member, in your working directory:\n- attachments/0123456789-plan.txt (5 bytes)",
    );
    expect(await of.events("message.sent")).toMatchObject([{ text: "Read it", attachments }]);
  });

  test("that lie with another agent are refused, and nothing is sent", async () => {
    const of = await alone(folder);
    const attachments = [{ agent: newId("agt"), name: "0123456789-plan.txt", bytes: 5 }];
    const sent = sendMessage(of.self, { clientId: newId("req"), text: "Read it", attachments }, newId("req"));
    await expect(sent).rejects.toMatchObject({ code: "invalid" });
    expect(await of.events("message.sent")).toEqual([]);
  });
});

import { describe, expect, test } from "vitest";
import { snapshotShape } from "../../../schema/agent/grow-agent.ts";
import { storedEvent } from "../../../schema/event.ts";
import { ask, edgeUp, newMember, refusal, type TestMember } from "../client.ts";
import { listen, type Said } from "./sse-reader.ts";

const stored = (all: Said[]) => all.filter(({ id }) => id !== undefined);
const has =
  (kind: string, times = 1) =>
  (all: Said[]) =>
    all.filter(({ event }) => event === kind).length >= times;
async function say(member: TestMember, text: string): Promise<void> {
  const body = { clientId: crypto.randomUUID(), text };
  const answer = await ask("POST", `/actors/${member.actor.id}/message`, { body, token: await member.token() });
  if (answer.status !== 202) throw new Error(answer.text);
}

describe("the event stream", () => {
  test("begins with a snapshot, then tells all that was stored, in order and without a gap", async () => {
    const member = await newMember();
    await say(member, "one");
    const all = await listen(`/actors/${member.actor.id}/events`, { token: await member.token(), enough: has("message.sent") });
    expect(all[0]?.event).toBe("snapshot");
    expect(snapshotShape.parse(all[0]?.data).agent).toBe(member.actor.id);
    expect(stored(all).map(({ id }) => id)).toEqual(stored(all).map((_, index) => index + 1));
    for (const frame of stored(all)) expect(storedEvent.parse(frame.data)).toMatchObject({ seq: frame.id, kind: frame.event });
    const steps = all.filter(({ event }) => event === "provision.step").map(({ data }) => (data as { body: { step: string } }).body.step);
    expect(steps.slice(0, 3)).toEqual(["entitlement", "placement", "agent"]);
  });

  test("tells what happens while it is open", async () => {
    const member = await newMember();
    const token = await member.token();
    let spoken: Promise<void> | undefined;
    const all = await listen(`/actors/${member.actor.id}/events`, {
      token,
      enough: (sofar) => {
        if (sofar.length > 0) spoken ??= say(member, "while you listen");
        return has("message.sent")(sofar);
      },
    });
    await spoken;
    expect(all.find(({ event }) => event === "message.sent")?.data).toMatchObject({ body: { text: "while you listen" } });
  });

  test("goes on after the last id that was seen, missing nothing and repeating nothing", async () => {
    const member = await newMember();
    for (const text of ["a", "b", "c"]) await say(member, text);
    const path = `/actors/${member.actor.id}/events`;
    const whole = await listen(path, { token: await member.token(), enough: has("message.sent", 3) });
    const seen = stored(whole).map(({ id }) => id!);
    const cut = seen[Math.floor(seen.length / 2)]!;
    const byHeader = await listen(path, {
      token: await member.token(),
      headers: { "last-event-id": String(cut) },
      enough: (all) => (all.at(-1)?.id ?? 0) >= seen.at(-1)!,
    });
    const byQuery = await listen(`${path}?after=${cut}`, {
      token: await member.token(),
      enough: (all) => (all.at(-1)?.id ?? 0) >= seen.at(-1)!,
    });
    for (const rest of [byHeader, byQuery]) {
      expect(rest[0]?.event).toBe("snapshot");
      expect(stored(rest)[0]?.id).toBe(cut + 1);
      const ids = stored(rest).map(({ id }) => id!);
      expect(ids).toEqual(ids.map((_, index) => cut + 1 + index));
    }
  });

  test("that is quiet stays one connection and says that it lives", async () => {
    const member = await newMember();
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${await member.token()}` };
    const response = await fetch(`${edgeUp.url}/actors/${member.actor.id}/events`, { headers, signal: stop.signal });
    const decoder = new TextDecoder();
    let text = "";
    for await (const part of response.body!) {
      text += decoder.decode(part);
      if (text.split(": still here").length > 2) break; // twice: past every deadline of opening it
    }
    stop.abort();
    expect(text.match(/^event: snapshot$/gm)).toHaveLength(1);
  });

  test("is the same for many readers at once", async () => {
    const member = await newMember();
    const token = await member.token();
    const readers = Array.from({ length: 10 }, () =>
      listen(`/actors/${member.actor.id}/events`, { token, enough: has("message.sent", 2) }),
    );
    await say(member, "first");
    await say(member, "second");
    const all = await Promise.all(readers);
    const texts = (frames: Said[]) =>
      frames.filter(({ event }) => event === "message.sent").map(({ data }) => (data as { body: { text: string } }).body.text);
    for (const frames of all) expect(texts(frames).slice(0, 2)).toEqual(["first", "second"]);
  });

  test.each(["-1", "x", "1.5", "9".repeat(30), "1,2"])("refuses a last id that is none: %s", async (bad) => {
    const member = await newMember();
    const token = await member.token();
    const answers = [
      await ask("GET", `/actors/${member.actor.id}/events?after=${encodeURIComponent(bad)}`, { token }),
      await ask("GET", `/actors/${member.actor.id}/events`, { token, headers: { "last-event-id": bad } }),
    ];
    for (const answer of answers) expect([answer.status, refusal(answer).code]).toEqual([400, "invalid"]);
  });

  test("needs its owner's session", async () => {
    const member = await newMember();
    expect((await ask("GET", `/actors/${member.actor.id}/events`)).status).toBe(401);
  });
});

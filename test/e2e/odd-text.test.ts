import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/**
 * Half a character, NUL and a character in two deltas: from the model, from a tool and in a tool's arguments.
 * Nobody who reads the log is stopped by them.
 */
const product = inject("product");
let eve: Person;
let actor: string;
let events: Events;
beforeAll(async () => {
  eve = await person(product, "eve-odd@example.com");
  const made = await provision(eve);
  actor = made.actor.id;
  events = made.events;
});
afterAll(() => events?.close());

async function done(turnId: string): Promise<void> {
  const ended = ["done", "failed", "stopped", "interrupted"];
  const end = await events.wait("turn.state", ({ body }) => body.turnId === turnId && ended.includes(body.state), 60_000);
  expect(end.body.state).toBe("done");
}
/** Who comes now reads all of it, and each page of the past. */
async function readAnew(): Promise<void> {
  const last = events.received.reduce((most, each) => ("event" in each ? Math.max(most, each.event.seq) : most), 0);
  const fresh = await eve.events(actor, 0);
  await fresh.until(
    "the whole log for a new reader",
    () => fresh.received.some((each) => "event" in each && each.event.seq >= last),
    20_000,
  );
  fresh.close();
  const { channels } = z.object({ channels: z.array(z.object({ id: z.string() })) }).parse((await eve.call("GET", "/channels")).body);
  for (const path of [...channels.map(({ id }) => `/channels/${id}/events`), "/history/timeline", "/history/audit"]) {
    const answer = await eve.call("GET", path);
    expect([path, answer.status]).toEqual([path, 200]);
    eventPage.parse(answer.body);
  }
}

test("a model that streams half a character and NUL ends its turn, and every reader has its words", async () => {
  const { turnId } = await send(eve, actor, script({ text: "a\ud800c aaaa😀 b\u0000d \udc00" }));
  await done(turnId);
  const said = events.of("message.text").filter(({ body }) => body.turnId === turnId);
  const whole = "a\ufffdc aaaa😀 b\ufffdd \ufffd";
  expect(said.map(({ body }) => body.text)).toEqual([whole]);
  const streamed = events.deltas().filter(({ delta }) => delta.turnId === turnId);
  expect(whole.startsWith(streamed.map(({ delta }) => delta.text).join(""))).toBe(true);
  await readAnew();
});

test("a tool that prints them, and a call that carries them, are told and answered", async () => {
  const print = { tool: "bash", args: { command: "printf 'x\\000y\\355\\240\\200z\\n'", description: "Print odd bytes" } };
  const remember = {
    tool: "platform_remember",
    args: { kind: "decision", title: "Odd \ud800 bytes", text: "They say \u0000 nothing \udc00." },
  };
  const { turnId } = await send(eve, actor, script({ tools: [print] }, { tools: [remember] }, { text: "Done." }));
  await done(turnId);
  const calls = events.of("tool.call").filter(({ body }) => body.turnId === turnId && body.call.state !== "running");
  expect(calls.map(({ body }) => [body.call.tool, body.call.state])).toEqual([
    ["bash", "done"],
    ["platform_remember", "done"],
  ]);
  const kept = await events.wait("commit", ({ body }) => body.repo === "growqr/memory" && body.title.includes("Odd"), 30_000);
  expect(JSON.stringify(kept.body).isWellFormed()).toBe(true);
  await readAnew();
  const found = await eve.call("GET", "/memory/search?q=nothing");
  expect(found.status).toBe(200);
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nextMessageId, OpenCode } from "../../../actors/opencode/opencode.ts";
import { readEnding } from "../../../actors/turn/ending.ts";
import { hearEvent, newView, readMessage, type Said, type View } from "../../../actors/turn/translation.ts";
import { readInstance } from "../../../schema/machine/instance.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import { startModel } from "../../local/model.ts";
import type { Started } from "../../local/process.ts";
import { ground } from "../running-engine.ts";
import { startOpenCode } from "./opencode-server.ts";

let model: Awaited<ReturnType<typeof startModel>>;
let server: Awaited<ReturnType<typeof startOpenCode>>;
let parts: Started[] = [];
beforeAll(async () => {
  const instanceUnderTest = readInstance(ground.instance);
  const { folder } = ground;
  model = await startModel(instanceUnderTest, folder, `sk-demo-${newId("req")}`);
  server = await startOpenCode(folder, instanceUnderTest.ports.spare + 1, model);
  parts = [server, model];
});
afterAll(async () => {
  for (const part of parts) await part.stop();
});

const client = () => new OpenCode(server.stack, newId("agt"), server.directory, newId("req"));
async function nextPrompt(session: string): Promise<string> {
  return nextMessageId(await client().newest(session), (await client().createdAt(session))!, randomBytes(14));
}
async function done(session: string, view: View): Promise<Said[]> {
  return eventually("the turn ends", async () => {
    const said = (await client().messages(session))
      .filter((message) => message.info.id > view.promptId)
      .flatMap((message) => readMessage(view, message));
    return !(await client().busy(session)) && readEnding(view) ? said : undefined;
  });
}

test("a prompt sent twice under one id, even after its answer, is one turn and one call of the model", async () => {
  const session = await client().createSession("once");
  const promptId = await nextPrompt(session);
  expect(await client().has(session, promptId)).toBe(false);
  await Promise.all([client().prompt(session, promptId, "hello"), client().prompt(session, promptId, "hello")]);
  const view = newView(session, promptId, server.directory);
  await done(session, view);
  expect(await client().has(session, promptId)).toBe(true);
  await client().prompt(session, promptId, "hello");
  await eventually("it is idle", async () => !(await client().busy(session)));
  const messages = await client().messages(session);
  expect(messages.map((message) => message.info.role)).toEqual(["user", "assistant"]);
});

test("prompts in a row sort after all that was said before, and each is answered once", async () => {
  const session = await client().createSession("row");
  for (const text of ["hello", "run `git --version`", "hello"]) {
    const promptId = await nextPrompt(session);
    await client().prompt(session, promptId, text);
    const view = newView(session, promptId, server.directory);
    await done(session, view);
    expect(readEnding(view)).toEqual({ state: "done" });
  }
  const messages = await client().messages(session);
  expect(await client().newest(session)).toBe(messages.at(-1)!.info.id);
  expect(messages.filter((message) => message.info.role === "user")).toHaveLength(3);
  expect(messages.map((message) => message.info.id)).toEqual(messages.map((message) => message.info.id).toSorted());
});

test("the live stream and a fetch afterwards say the same", async () => {
  const session = await client().createSession("stream");
  const promptId = await nextPrompt(session);
  const view = newView(session, promptId, server.directory);
  const stop = new AbortController();
  const events = client().events(stop.signal);
  expect((await events.next()).value).toMatchObject({ type: "server.connected" });
  await client().prompt(session, promptId, "run `git --version`");
  const said: Said[] = [];
  for await (const event of events) {
    said.push(...hearEvent(view, event));
    if (said.some((each) => each.type === "idle")) break;
  }
  stop.abort();
  const fetched = newView(session, promptId, server.directory);
  const again = await done(session, fetched);
  const whole = (all: Said[]) => all.filter((each) => each.type === "text" || (each.type === "tool" && each.call.state === "done"));
  expect(whole(said)).toEqual(whole(again));
  expect(readEnding(view)).toEqual(readEnding(fetched));
});

test("an abort ends a turn as interrupted and keeps what was said", async () => {
  const session = await client().createSession("abort");
  const promptId = await nextPrompt(session);
  const view = newView(session, promptId, server.directory);
  const stop = new AbortController();
  const events = client().events(stop.signal);
  await events.next();
  await client().prompt(session, promptId, "count slowly to 100");
  for await (const event of events) if (hearEvent(view, event).some((each) => each.type === "delta")) break;
  stop.abort();
  await client().abort(session, AbortSignal.timeout(limit(2_000)));
  const said = await done(session, view);
  expect(readEnding(view)).toEqual({ state: "interrupted", reason: "aborted" });
  expect(said.find((each) => each.type === "text")).toMatchObject({ text: expect.stringMatching(/^1/) });
});

test("all messages of a turn are found, however many there are", async () => {
  const session = await client().createSession("long");
  const first = await nextPrompt(session);
  const steps = Array.from({ length: 10 }, (_, n) => ({ tool: "glob", args: { pattern: `*.none${n}` } }));
  await client().prompt(session, first, `SCRIPT:${JSON.stringify([...steps, { text: "Done." }])}END`);
  await eventually("the turn ends", async () => (await client().newest(session)) !== first && !(await client().busy(session)));
  expect(await client().messages(session, undefined, undefined, 2)).toHaveLength(2);
  expect(await client().messages(session, undefined, (oldest) => oldest <= first, 2)).toHaveLength(12);
  expect(await client().has(session, first)).toBe(true);
});

test("a session that does not exist is undefined", async () => {
  expect(await client().createdAt("ses_00000000000000000000000000")).toBeUndefined();
});

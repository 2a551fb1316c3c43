import { readFileSync } from "node:fs";
import type { Event, Message, Part, PermissionRequest, ToolPart } from "@opencode-ai/sdk/v2/types";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { nextMessageId, readSessionEvents } from "../../../actors/opencode/opencode.ts";
import { readEnding } from "../../../actors/turn/ending.ts";
import type { toolPart } from "../../../actors/turn/tool-view.ts";
import {
  hearEvent,
  listUnfinished,
  type messageWithParts,
  newView,
  readGap,
  readMessage,
  readTurnUsage,
  type Said,
  type SessionEvent,
  sessionEvent,
} from "../../../actors/turn/translation.ts";
import type { permissionRequest } from "../../../schema/approval/permission.ts";
import { expectLinear } from "../../harness/linear.ts";

const directory = "/workspace/agents/agt_01M7W7VCSEJAH7J96QNZN2GEE9/work";
const lines = readFileSync(new URL("recorded/command.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const recorded: SessionEvent[] = lines.map((line) => z.object({ payload: sessionEvent }).parse(JSON.parse(line)).payload);
const promptId = "msg_1f87ef882001AAAAAAAAAAAAAA";
const session = "ses_e0781077dffeaHTj1vJDHx2II4";
const fresh = () => newView(session, promptId, directory);

/** The messages as a fetch would give them after these events. */
function fetched(events: SessionEvent[]) {
  const messages = new Map<string, { info: never; parts: Map<string, never> }>();
  for (const { type, properties } of events as { type: string; properties: { info: never; part: never } }[]) {
    if (type === "message.updated") {
      const { id } = properties.info as { id: string };
      messages.set(id, { info: properties.info, parts: messages.get(id)?.parts ?? new Map<string, never>() });
    }
    if (type === "message.part.updated") {
      const { id, messageID } = properties.part as { id: string; messageID: string };
      messages.get(messageID)?.parts.set(id, properties.part);
    }
  }
  return [...messages.values()].map(({ info, parts }) => ({ info, parts: [...parts.values()] }));
}
const calls = (said: Said[]) => said.flatMap((each) => (each.type === "tool" ? [each.call] : []));
const texts = (said: Said[]) => said.flatMap((each) => (each.type === "text" ? [each.text] : []));

test("a recorded turn becomes one call that starts and ends, its text by deltas and whole, and an end", () => {
  const view = fresh();
  const said = recorded.flatMap((event) => hearEvent(view, event));
  expect(calls(said)).toMatchObject([
    { verb: "Run", target: "git --version", state: "running" },
    { verb: "Run", target: "git --version", state: "done", result: "git version 2.39.5", output: "git version 2.39.5\n" },
  ]);
  expect(calls(said)[1]!.callId).toBe(calls(said)[0]!.callId);
  expect(texts(said)).toEqual(["That printed:\n\n```\ngit version 2.39.5\n```"]);
  const streamed = said.flatMap((each) => (each.type === "delta" ? [each.text] : [])).join("");
  expect(texts(said)[0]!.startsWith(streamed)).toBe(true);
  expect(streamed.length).toBeGreaterThan(10);
  expect(readEnding(view)).toEqual({ state: "done" });
  expect(readTurnUsage(view, { input: 1, output: 10 })).toEqual({
    model: "grow",
    inputTokens: 2436 + 2503,
    outputTokens: 33,
    costMicros: 2436 + 2503 + 330,
  });
});

test("the member's own prompt is not heard as the agent's word", () => {
  const said = recorded.flatMap((event) => hearEvent(fresh(), event));
  expect(JSON.stringify(said)).not.toContain("run `git --version`");
});

test("every event heard twice says everything once", () => {
  const view = fresh();
  const said = recorded.flatMap((event) => [...hearEvent(view, event), ...hearEvent(view, event)]);
  expect(calls(said)).toHaveLength(2);
  expect(texts(said)).toHaveLength(1);
});

test("a stream cut anywhere and completed by a fetch says the same as the whole stream", () => {
  const all = fetched(recorded);
  for (let cut = 0; cut <= recorded.length; cut++) {
    const view = fresh();
    const before = recorded.slice(0, cut).flatMap((event) => hearEvent(view, event));
    const after = all.filter((message) => (message.info as { id: string }).id > promptId).flatMap((message) => readMessage(view, message));
    const said = [...before, ...after];
    expect(calls(said).filter((call) => call.state === "done")).toHaveLength(1);
    expect(texts(said)).toEqual(["That printed:\n\n```\ngit version 2.39.5\n```"]);
    expect(readEnding(view)).toEqual({ state: "done" });
  }
});

test("an idle session whose last message is open or waits for a tool has no ending", () => {
  for (let cut = 0; cut < recorded.length; cut++) {
    const view = fresh();
    for (const event of recorded.slice(0, cut)) hearEvent(view, event);
    const finished = recorded.slice(0, cut).some(({ properties }) => /"finish":"stop"/.test(JSON.stringify(properties)));
    if (!finished) expect(readEnding(view)).toBeUndefined();
  }
});

test("an aborted message is an interruption and a provider's error a failure with its text", () => {
  const info = { id: "msg_2", sessionID: session, role: "assistant", time: { completed: 1 } };
  const aborted = fresh();
  hearEvent(aborted, { type: "message.updated", properties: { info: { ...info, error: { name: "MessageAbortedError", data: {} } } } });
  expect(readEnding(aborted)).toEqual({ state: "interrupted", reason: "aborted" });
  const refused = fresh();
  const error = { name: "APIError", data: { message: "This needs a running trial or a paid plan.", statusCode: 402 } };
  hearEvent(refused, { type: "message.updated", properties: { info: { ...info, error } } });
  expect(readEnding(refused)).toEqual({ state: "failed", errorClass: "exhausted", reason: "This needs a running trial or a paid plan." });
  const cut = fresh();
  hearEvent(cut, { type: "message.updated", properties: { info: { ...info, error: { name: "APIError", data: { message: "cut off" } } } } });
  expect(readEnding(cut)).toEqual({ state: "interrupted", reason: "cut off" });
});

test("an error that came inside the stream is told in its words", () => {
  const view = fresh();
  const words = "The model's provider broke off.";
  for (const message of [words, JSON.stringify(words), JSON.stringify({ message: words, code: "upstream" })]) {
    const said = hearEvent(view, {
      type: "session.status",
      properties: { sessionID: session, status: { type: "retry", message, next: 5 } },
    });
    expect(said).toEqual([{ type: "retry", message: words, next: 5 }]);
  }
});

test("text that was shown and never finished is known as unfinished", () => {
  const view = fresh();
  const cut = recorded.findLastIndex(({ type }) => type === "message.part.delta") + 1;
  for (const event of recorded.slice(0, cut)) hearEvent(view, event);
  expect(listUnfinished(view)).toHaveLength(1);
  expect("That printed:\n\n```\ngit version 2.39.5\n```".startsWith(listUnfinished(view)[0]!.text)).toBe(true);
});

test("what was said before a call stands before it, and words that follow in the same block replace it", () => {
  const view = fresh();
  const message = "msg_2";
  const part = (body: object): SessionEvent => ({
    type: "message.part.updated",
    properties: { part: { sessionID: session, messageID: message, ...body } },
  });
  const said = [
    { type: "message.updated", properties: { info: { id: message, sessionID: session, role: "assistant" } } },
    part({ id: "prt_1", type: "text", text: "" }),
    { type: "message.part.delta", properties: { messageID: message, partID: "prt_1", field: "text", delta: "I look. " } },
    part({
      id: "prt_2",
      type: "tool",
      tool: "read",
      callID: "c",
      state: { status: "running", input: { filePath: "a" }, time: { start: 1 } },
    }),
    part({ id: "prt_1", type: "text", text: "I look. ", time: { end: 2 } }),
    part({ id: "prt_1", type: "text", text: "I look. There.", time: { end: 2 } }),
  ].flatMap((event) => hearEvent(view, event));
  expect(said.map((each) => each.type)).toEqual(["delta", "text", "tool", "text"]);
  expect(texts(said)).toEqual(["I look. ", "I look. There."]);
});

const update = (message: string, id: string, body: object): SessionEvent => ({
  type: "message.part.updated",
  properties: { part: { id, type: "text", sessionID: session, messageID: message, ...body } },
});
const delta = (message: string, id: string, text: string): SessionEvent => ({
  type: "message.part.delta",
  properties: { messageID: message, partID: id, field: "text", delta: text },
});

test("an answer that was cut off and tried again stands once: the new text replaces the half that was shown", () => {
  const view = fresh();
  const said = [
    ...["prt_1", "prt_2", "prt_3"].flatMap((id) => [
      update("msg_2", id, { text: "" }),
      delta("msg_2", id, "one "),
      delta("msg_2", id, "tw"),
    ]),
    update("msg_2", "prt_4", { text: "" }),
    delta("msg_2", "prt_4", "one two"),
    update("msg_2", "prt_1", { text: "one tw", time: { end: 2 } }), // late word of a half that was replaced
    update("msg_2", "prt_4", { text: "one two three", time: { end: 2 } }),
  ].flatMap((event) => hearEvent(view, event));
  expect(texts(said)).toEqual(["one two three"]);
  expect(new Set(said.map((each) => "partId" in each && each.partId)).size).toBe(1);
  const deltas = said.flatMap((each) => (each.type === "delta" ? [[each.text, each.restart]] : []));
  expect(deltas.filter(([, restart]) => restart).map(([text]) => text)).toEqual(["one ", "one ", "one two"]);
  expect(listUnfinished(view)).toEqual([]);
});

test("an answer that was cut off at each try is known once as unfinished, heard or fetched", () => {
  const halves = ["prt_1", "prt_2", "prt_3", "prt_4", "prt_5"].map((id) => update("msg_2", id, { text: "Half a sen" }));
  const heard = fresh();
  const said = halves.flatMap((event) => hearEvent(heard, event));
  expect([texts(said), listUnfinished(heard)]).toEqual([[], [{ partId: expect.any(String), text: "Half a sen" }]]);
  const read1 = fresh();
  for (const message of fetched([
    { type: "message.updated", properties: { info: { id: "msg_2", sessionID: session, role: "assistant" } } },
    ...halves,
  ]))
    readMessage(read1, message);
  expect(listUnfinished(read1)).toEqual(listUnfinished(heard));
});

test("what was cut off in one answer stands before the text of the next", () => {
  const view = fresh();
  const said = [
    delta("msg_2", "prt_1", "x"),
    update("msg_2", "prt_1", { text: "one tw" }),
    update("msg_3", "prt_2", { text: "Two", time: { end: 2 } }),
  ];
  expect(texts(said.flatMap((event) => hearEvent(view, event)))).toEqual(["one tw", "Two"]);
});

test("calls that a provider numbers from 0 in each answer are as many as were made", () => {
  const view = fresh();
  const call = (message: string, id: string, command: string): SessionEvent =>
    update(message, id, {
      type: "tool",
      tool: "bash",
      callID: "functions.bash:0",
      state: { status: "completed", input: { command }, output: "" },
    });
  const said = [call("msg_2", "prt_1", "ls"), call("msg_3", "prt_2", "pwd"), call("msg_3", "prt_2", "pwd")].flatMap((event) =>
    hearEvent(view, event),
  );
  expect(calls(said).map((each) => each.target)).toEqual(["ls", "pwd"]);
  expect(new Set(calls(said).map((each) => each.callId)).size).toBe(2);
});

test("an answer with nothing in it is no success", () => {
  const end = (finish: string, ...events: SessionEvent[]) => {
    const view = fresh();
    for (const event of events) hearEvent(view, event);
    const info = { id: "msg_2", sessionID: session, role: "assistant", time: { completed: 1 }, finish };
    hearEvent(view, { type: "message.updated", properties: { info } });
    return readEnding(view);
  };
  expect(end("stop")).toMatchObject({ state: "failed", reason: "empty" });
  expect(end("stop", update("msg_2", "prt_1", { text: " \n", time: { end: 1 } }))).toMatchObject({ state: "failed", reason: "empty" });
  expect(end("stop", update("msg_2", "prt_1", { text: "So.", time: { end: 1 } }))).toEqual({ state: "done" });
  const call = update("msg_2", "prt_1", {
    type: "tool",
    tool: "bash",
    callID: "c",
    state: { status: "completed", input: { command: "ls" } },
  });
  expect(end("stop", call)).toEqual({ state: "done" });
});

test("what streamed while nobody listened is shown as a gap until the block is whole", () => {
  const view = fresh();
  const begin = recorded.findIndex(({ type }) => type === "message.part.delta");
  for (const event of recorded.slice(0, begin)) hearEvent(view, event);
  expect(readGap(view)).toMatchObject([{ type: "delta", text: "…", restart: false }]);
  const rest = recorded.slice(begin + 2).flatMap((event) => hearEvent(view, event));
  expect(rest.find((each) => each.type === "delta")).toMatchObject({ restart: false });
  expect(texts(rest)).toEqual(["That printed:\n\n```\ngit version 2.39.5\n```"]);
  expect(readGap(view)).toEqual([]);
});

test("other sessions, other servers' news and unknown kinds say nothing", () => {
  const view = newView("ses_other", promptId, directory);
  expect(recorded.flatMap((event) => hearEvent(view, event))).toEqual([]);
  expect(hearEvent(view, { type: "lsp.updated", properties: {} })).toEqual([]);
});

test("what is read of OpenCode fits the types of the release that runs", () => {
  expectTypeOf<{ info: Message; parts: Part[] }>().toExtend<z.input<typeof messageWithParts>>();
  expectTypeOf<ToolPart>().toExtend<z.input<typeof toolPart>>();
  expectTypeOf<PermissionRequest>().toExtend<z.input<typeof permissionRequest>>();
  expectTypeOf<Event>().toExtend<z.input<typeof sessionEvent>>();
  const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(devDependencies["@opencode-ai/sdk"]).toBe(dependencies["opencode-ai"]);
});

test("server-sent frames are read across lines and foreign frames passed over", async () => {
  const stream = [
    'data: {"payload":{"type":"a","properties":{}}}',
    "",
    ": beat",
    "",
    'data: {"other":1}',
    "",
    'data: {"payload":',
    'data: {"type":"b","properties":1}}',
    "",
    'data: {"payload":{"type":"unfinished","properties":{}}}',
  ].join("\n");
  async function* from() {
    for (let at = 0; at < stream.length; at += 7) yield Buffer.from(stream.slice(at, at + 7));
  }
  const types: string[] = [];
  for await (const event of readSessionEvents(from())) types.push(event.type);
  expect(types).toEqual(["a", "b"]);
});

test("a server-sent event without end is refused, and a stream that breaks off is unavailable", async () => {
  async function* endless() {
    yield Buffer.from("data: ");
    for (let megabyte = 0; megabyte <= 32; megabyte++) yield Buffer.alloc(1024 * 1024, "a");
    throw new Error("not stopped");
  }
  await expect(readSessionEvents(endless()).next()).rejects.toMatchObject({ code: "too_large" });
  async function* broken() {
    yield Buffer.from("data: ");
    throw new Error("ECONNRESET");
  }
  await expect(readSessionEvents(broken()).next()).rejects.toMatchObject({ code: "unavailable" });
});

test("a prompt's id sorts after the newest message and before any that OpenCode makes later", () => {
  const random = new Uint8Array(14).fill(7);
  const newest = "msg_1f87f05b1001ocDBRLp8b5nUkj";
  const id = nextMessageId(newest, 0, random);
  expect(id).toMatch(/^msg_[0-9a-f]{12}[0-9A-Za-z]{14}$/);
  expect(id > newest).toBe(true);
  expect(id < "msg_1f87f05b2001ocDBRLp8b5nUkj").toBe(true);
  const first = nextMessageId(undefined, 1_795_170_255_434, random);
  expect(first.slice(0, 16)).toBe("msg_1f87c424a001");
  expect(() => nextMessageId("message-1", 0, random)).toThrow();
});

test("a character in two deltas is one, half a character that stays alone is mended, and the whole says the same", () => {
  const view = fresh();
  const messageID = "msg_1f87ef882002AAAAAAAAAAAAAA";
  const ids = { id: "prt_1", messageID, sessionID: session };
  const heard = (type: string, properties: unknown) => hearEvent(view, { type, properties });
  const delta = (text: string) => heard("message.part.delta", { ...ids, partID: "prt_1", field: "text", delta: text });
  heard("message.part.updated", { part: { ...ids, type: "text", text: "" } });
  const said = ["a\ud83d", "\ude00b", "c\ud800", "d\0", "e\ud83d"].flatMap(delta);
  expect(said.map((each) => (each.type === "delta" ? each.text : each.type))).toEqual(["a", "😀b", "c", "\ufffdd\ufffd", "e"]);
  const whole = heard("message.part.updated", { part: { ...ids, type: "text", text: "a😀bc\ud800d\0e\ud83d", time: { end: 1 } } });
  expect(texts(whole)).toEqual(["a😀bc\ufffdd\ufffde\ufffd"]);
});

test("a hundred thousand deltas of one text take time in proportion to their number", () => {
  const ids = { id: "prt_1", messageID: "msg_1f87ef882002AAAAAAAAAAAAAA", sessionID: session };
  const hearDeltas = (count: number) => {
    const view = fresh();
    hearEvent(view, { type: "message.part.updated", properties: { part: { ...ids, type: "text", text: "" } } });
    for (let at = 0; at < count; at++)
      hearEvent(view, { type: "message.part.delta", properties: { ...ids, partID: "prt_1", field: "text", delta: "0123456789" } });
  };
  hearDeltas(100_000);
  expectLinear("deltas", 5_000, (count) => count, hearDeltas);
});

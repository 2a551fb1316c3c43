import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { eventually } from "../harness/eventually.ts";
import { misbehave, Turns } from "../harness/model-turns.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";

/**
 * What a member sees of a model that misbehaves, by the real way: the box's OpenCode, the host, the gateway,
 * and a provider that does as it is told.
 */
const product = inject("product");
let ada: Person;
let events: Events;
let turns: Turns;
let actor = "";
beforeAll(async () => {
  ada = await person(product, "nonsense@example.com");
  const made = await provision(ada);
  ({ events } = made);
  actor = made.actor.id;
  turns = new Turns(ada, actor, events);
});
afterAll(() => events?.close());

/** How many calls with this text in them reached the provider. */
const reached = async (text: string): Promise<number> => (await requestsWith(product, text)).length;

test("calls that a provider numbers anew in each answer are all in the log, in the first turn and in the next", async () => {
  for (const mark of ["one", "two"]) {
    const step = (command: string) => ({ numbered: true, tools: [{ tool: "bash", args: { command, description: command } }] });
    const { calls } = await turns.end(await turns.ask(step(`echo ${mark}-a`), step(`echo ${mark}-b`), { text: "Done." }));
    const done = calls.filter((call) => call.state === "done").map((call) => call.output?.trim());
    expect(done).toEqual([`${mark}-a`, `${mark}-b`]);
    expect(calls.filter((call) => call.state === "running")).toHaveLength(2);
  }
});

describe("an answer that is none", () => {
  test("is tried again with its reason told, and the half that was shown of it stands once", async () => {
    const turnId = await turns.ask({ text: "Half a sentence and its end.", cut: "reset", times: 2 });
    const { state, texts, notices } = await turns.end(turnId);
    expect([state, [...texts.values()]]).toEqual(["done", ["Half a sentence and its end."]]);
    expect(notices).toEqual([
      expect.stringMatching(/^The model's provider broke off in the middle of the answer: connection lost\. It is tried again/),
    ]);
    const parts = events.deltas().flatMap(({ delta }) => (delta.turnId === turnId ? [delta.partId] : []));
    expect(new Set(parts).size).toBe(1);
  });

  test.each<[string, object, RegExp]>([
    ["500", { status: 500 }, /^The model's provider failed \(status 500\)/],
    [
      "a page",
      { status: 200, body: "<html>Sign in</html>" },
      /^The model's provider sent text\/html instead of an answer\. It is tried again a few times, the next time in \d s\.$/,
    ],
    ["401", { status: 401 }, /^The model's provider does not accept the platform's key \(status 401\)/],
    ["429", { status: 429 }, /^The model's provider asks to wait/],
    ["a reset connection", { cut: "before" }, /^The model's provider could not be reached/],
    ["an empty stream", { status: 200, body: "", contentType: "text/event-stream" }, /^The model's provider sent no answer at all/],
  ])("says what it was: %s", async (_what, step, reason) => {
    const turnId = await turns.ask(step);
    await turns.notice(turnId, reason);
    await turns.stop(turnId);
  });

  test("with nothing in it is no success, and says so", async () => {
    const { state, notices } = await turns.end(await turns.ask({ text: "" }));
    expect([state, notices]).toEqual(["failed", [expect.stringMatching(/^The model answered with nothing at all\./)]]);
  });

  test("that the provider's filter held back is no success, and says so", async () => {
    const { state, notices } = await turns.end(await turns.ask({ text: "", finish: "content_filter" }));
    expect([state, notices]).toEqual(["failed", [expect.stringMatching(/content filter/)]]);
  });
});

test("a model that says nothing more is told of while it is waited for", async () => {
  const turnId = await turns.ask({ text: "So far", hang: true });
  await turns.notice(turnId, /^The model has said nothing for 2\d s\. It is waited for\.$/, 40_000);
  await turns.stop(turnId);
});

const data = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
const says = (delta: object, finish: string | null = null) => data({ choices: [{ index: 0, delta, finish_reason: finish }] });
const calls = (index: number, id: string, args: string, name = "bash") => ({
  tool_calls: [{ index, id, function: { name, arguments: args } }],
});
const echo = (word: string) => `{"command":"echo ${word}","description":"${word}"}`;
const done = "data: [DONE]\n\n";
const endless = (delta: object) => ({ raw: [says(delta)], repeat: 700 });
const after = { text: "After." };
const cut = /^The model's answer is as long as one may be, and was cut there\./;
const failedCall = (verb: string, target: string, result: RegExp) => [
  { verb, target, state: "failed", result: expect.stringMatching(result) },
];
const doneCall = (...words: string[]) => words.map((word) => ({ verb: "Run", target: word, state: "done", result: word }));

describe("a model that is unkind", () => {
  test.each<[string, object[], object]>([
    [
      "calls with half a JSON",
      [{ raw: [says(calls(0, "c", '{"command": "ls'), "tool_calls"), done] }, after],
      { calls: failedCall("Call", "bash", /^The call could not be read/) },
    ],
    [
      "calls with arguments of another shape",
      [{ raw: [says(calls(0, "c", '{"cmd": 5}'), "tool_calls"), done] }, after],
      { calls: failedCall("Run", "", /^The call lacked what it needs/) },
    ],
    [
      "calls a tool that is not there",
      [{ tool: "fly_home", args: {} }, after],
      { calls: failedCall("Call", "fly_home", /^There is no tool of that name/) },
    ],
    [
      "gives two calls one number, as Google does",
      [{ raw: [says(calls(0, "a", echo("one"))), says(calls(0, "b", echo("two")), "stop"), done] }, after],
      { calls: doneCall("one", "two") },
    ],
    [
      "thinks in DeepSeek's field",
      [{ raw: [says({ reasoning_content: "Hm." }), says({ content: "After." }, "stop"), done] }],
      { calls: [] },
    ],
    [
      "thinks in OpenRouter's field",
      [{ raw: [": OPENROUTER PROCESSING\n\n", says({ reasoning: "Hm.", content: "" }), says({ content: "After." }, "stop"), done] }],
      { calls: [] },
    ],
    [
      "thinks in parts of its text, as Mistral does",
      [
        {
          raw: [
            says({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] }),
            says({ content: "After." }, "stop"),
            done,
          ],
        },
      ],
      { calls: [] },
    ],
    [
      "calls after it was done",
      [{ raw: [says({ content: "After." }, "stop"), says(calls(0, "a", echo("late")), "tool_calls"), done] }],
      { calls: [] },
    ],
    ["says that it is done, and calls", [{ raw: [says(calls(0, "a", echo("one")), "stop"), done] }, after], { calls: doneCall("one") }],
    [
      "breaks off in a call",
      [
        {
          raw: [says(calls(0, "a", '{"command":"ec'))],
          times: 1,
          tools: [{ tool: "bash", args: { command: "echo one", description: "one" } }],
        },
        after,
      ],
      { calls: doneCall("one") },
    ],
    [
      "writes a file of 300 KB",
      [{ tools: [{ tool: "write", args: { filePath: "long.txt", content: "x" } }], stretch: 300_000 }, after],
      { calls: [{ verb: "Write", state: "done" }] },
    ],
    [
      "says in its stream that the conversation is too long",
      [{ raw: [data({ error: { message: "Too long.", code: "context_length_exceeded" } })], times: 1, ...after }],
      { calls: [] },
    ],
    [
      "does not take a conversation of this length",
      [{ status: 400, body: '{"error":{"message":"context_length_exceeded"}}', times: 1, ...after }],
      { calls: [] },
    ],
    [
      "asks to wait and says how long",
      [{ status: 429, retryAfter: 1, times: 1, ...after }],
      { calls: [], notices: [expect.stringMatching(/^The model's provider asks to wait.* the next time in 1 s\.$/)] },
    ],
    [
      "asks to wait",
      [{ status: 429, times: 1, ...after }],
      { calls: [], notices: [expect.stringMatching(/^The model's provider asks to wait/)] },
    ],
    [
      "fails once",
      [{ status: 500, retryAfter: 0, times: 1, ...after }],
      { calls: [], notices: [expect.stringMatching(/^The model's provider failed \(status 500\)/)] },
    ],
    ["says that it used less than nothing", [{ ...after, usage: { prompt_tokens: -5, completion_tokens: 1e12 } }], { calls: [] }],
  ])("%s, and the member has the answer", async (_title, steps, expected) => {
    expect(await turns.live(misbehave(...steps))).toMatchObject({ state: "done", texts: ["After."], ...expected });
  });

  test.each<[string, object]>([
    ["text", endless({ content: "la ".repeat(1_000) })],
    ["thoughts", endless({ reasoning_content: "hm ".repeat(1_000) })],
    ["arguments", endless(calls(0, "c", "x".repeat(3_000)))],
  ])("is cut in endless %s, and the member reads so", async (_title, step) => {
    const { state, texts, notices } = await turns.live(misbehave(step));
    expect([state, notices]).toEqual(["done", [expect.stringMatching(cut)]]);
    expect(texts.join("").length).toBeLessThan(530_000);
  });

  test("makes a hundred calls at once, and some of them are made", async () => {
    const tools = Array.from({ length: 100 }, (_, n) => ({ tool: "bash", args: { command: `echo ${n}`, description: `${n}` } }));
    const { state, texts, calls, notices } = await turns.live(misbehave({ tools }, after), 60_000);
    expect([state, texts, notices]).toEqual(["done", ["After."], [expect.stringMatching(cut)]]);
    expect(calls.map((call) => [call.target, call.state])).toEqual(Array.from({ length: 64 }, (_, n) => [`${n}`, "done"]));
  });

  test.each<[string, object, number, string, RegExp[]]>([
    [
      "asks to wait",
      { status: 429, retryAfter: 0 },
      6,
      "failed",
      [/^The model's provider asks to wait/, /could not finish\. The model's provider asks to wait/],
    ],
    [
      "fails",
      { status: 503, retryAfter: 0 },
      6,
      "interrupted",
      [/^The model's provider failed \(status 503\)/, /could not finish\. The model's provider failed/],
    ],
    ["answers in Anthropic's form", { raw: [data({ type: "message_start" })] }, 1, "failed", [/another form than OpenAI's: is MODEL_URL/]],
  ])("%s at each try, and the member reads it after a few", async (_title, step, tries, state, told) => {
    const text = misbehave(step);
    const end = await turns.live(text, 30_000);
    expect([end.state, end.notices]).toEqual([state, told.map((words) => expect.stringMatching(words))]);
    expect(await reached(text.slice(0, 36))).toBe(tries);
  });

  const padding = " and so on".repeat(300);
  test.each([
    ["the shortened one neither", `Please TOO-LONG-WITH-TOOLS${padding}`],
    ["and can't shorten it", `Please${padding} TOO-LONG`],
  ])("does not take the conversation, %s, and the next message begins anew", async (_title, text) => {
    const { state, reason, notices } = await turns.live(text, 30_000);
    expect([state, reason, notices]).toEqual([
      "failed",
      "too_long",
      [expect.stringMatching(/^The conversation is longer than the model takes/)],
    ]);
    expect(await reached("Your session had grown longer than the model takes. What was said last")).toBeGreaterThan(0);
  });
});

/** Nobody who reads the log is stopped by half a character, NUL, or a character in two deltas. */
describe("odd text", () => {
  /** Who comes now reads all of it, and each page of the past. */
  async function readAnew(): Promise<void> {
    const last = events.received.reduce((most, each) => ("event" in each ? Math.max(most, each.event.seq) : most), 0);
    const fresh = await ada.events(actor, 0);
    await fresh.until(
      "the whole log for a new reader",
      () => fresh.received.some((each) => "event" in each && each.event.seq >= last),
      20_000,
    );
    fresh.close();
    const { channels } = z.object({ channels: z.array(z.object({ id: z.string() })) }).parse((await ada.call("GET", "/channels")).body);
    for (const path of [...channels.map(({ id }) => `/channels/${id}/events`), "/history/timeline", "/history/audit"]) {
      const answer = await ada.call("GET", path);
      expect([path, answer.status]).toEqual([path, 200]);
      eventPage.parse(answer.body);
    }
  }

  test("a model that streams half a character and NUL ends its turn, and every reader has its words", async () => {
    const turnId = await turns.ask({ text: "a\ud800c aaaa😀 b\u0000d \udc00" });
    expect((await turns.end(turnId)).state).toBe("done");
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
    const turnId = await turns.ask({ tools: [print] }, { tools: [remember] }, { text: "Done." });
    expect((await turns.end(turnId)).state).toBe("done");
    const calls = events.of("tool.call").filter(({ body }) => body.turnId === turnId && body.call.state !== "running");
    expect(calls.map(({ body }) => [body.call.tool, body.call.state])).toEqual([
      ["bash", "done"],
      ["platform_remember", "done"],
    ]);
    const kept = await events.wait("commit", ({ body }) => body.repo === "growqr/memory" && body.title.includes("Odd"), 30_000);
    expect(JSON.stringify(kept.body).isWellFormed()).toBe(true);
    await readAnew();
    const found = await ada.call("GET", "/memory/search?q=nothing");
    expect(found.status).toBe(200);
  });
});

const approvals = z.object({
  approvals: z.array(z.object({ id: z.string(), turn: z.string().optional(), subject: z.looseObject({ kind: z.string() }) })),
});
test("an agent that makes the same call again and again is stopped, and goes on with the member's yes only", async () => {
  const turnId = await turns.ask({ tool: "bash", args: { command: "ls -a", description: "look" } });
  const { state, calls } = await turns.end(turnId);
  expect(state).toBe("stopped");
  expect(calls.filter((call) => call.state === "done").length).toBeLessThan(13);
  const { body } = await ada.call("GET", "/approvals?state=pending");
  const asked = approvals.parse(body).approvals.find((approval) => approval.turn === turnId);
  expect(asked?.subject).toMatchObject({ kind: "repetition", times: 10, call: "Run ls -a" });
  const answer = await ada.call("POST", `/approvals/${asked?.id}/decision`, { decision: "allow", scope: "once", device: "this test" });
  expect(answer.status).toBe(200);
  const next = await eventually("the next turn", async () =>
    events.of("agent.prompt").find((event) => /same calls 10 times/.test(event.body.text)),
  );
  expect((await turns.end(next.body.turnId)).state).toBe("done");
});

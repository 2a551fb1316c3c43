import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { costMicros } from "../../schema/billing/price.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { eventually } from "../harness/eventually.ts";
import { type Answer, agentToken, ask, edgeUp, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "./client.ts";

/** Providers that speak otherwise than OpenAI, too much, too slowly, or on behind their end. */
const edge = edgeUp;
let runner: TestMachine;
let member: TestMember;
let session = "";
beforeAll(async () => {
  [runner, member] = [await joinMachine("runner"), await newMember()];
});

/** Each call has a session of its own, which no other test's failures brake. */
async function complete(step: object, more: object = {}) {
  session = `ses_${crypto.randomUUID().replaceAll("-", "")}`;
  await signed(runner, "PUT", `/stacks/${member.actor.member}/sessions/${session}`, { agent: member.actor.id });
  const tools = [{ type: "function", function: { name: "remember", parameters: { type: "object" } } }];
  const before = { role: "assistant", content: "Earlier.", reasoning_content: "Hm." };
  const messages = [before, { role: "user", content: `SCRIPT:${JSON.stringify([step])}END` }];
  const body = { model: "grow", tools, messages, stream: true, max_tokens: 16_384, ...more };
  return ask("POST", "/ai/v1/chat/completions", { body, token: await agentToken(member), headers: { "x-session-id": session } });
}
const call = z.object({
  index: z.number(),
  id: z.string().optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }),
});
const delta = z.object({
  content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(call).nullish(),
});
const chunk = z.object({
  choices: z.array(z.object({ delta: delta.nullish(), finish_reason: z.string().nullish() })).default([]),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).nullish(),
  error: z.object({ message: z.string() }).optional(),
});
/** A stream as OpenCode reads it: of a call that it knows by its number it hears the arguments alone. */
function readStream(text: string) {
  const data = text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6).trim()] : []));
  expect(data.at(-1)).toBe("[DONE]");
  const chunks = data.slice(0, -1).map((line) => chunk.parse(JSON.parse(line)));
  const deltas = chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.delta ?? []));
  const calls: { id: string; name: string; args: string }[] = [];
  for (const piece of deltas.flatMap((each) => each.tool_calls ?? [])) {
    const known = calls[piece.index];
    if (known) known.args += piece.function.arguments;
    else calls[piece.index] = { id: piece.id ?? "", name: piece.function.name ?? "", args: piece.function.arguments };
  }
  return {
    calls,
    text: deltas.map((each) => each.content ?? "").join(""),
    thought: deltas.map((each) => each.reasoning_content ?? each.reasoning ?? "").join(""),
    finish: chunks.flatMap(({ choices }) => choices.flatMap((choice) => choice.finish_reason ?? [])),
    usage: chunks.flatMap(({ usage }) => usage ?? []),
    error: chunks.find(({ error }) => error)?.error?.message,
  };
}
const reason = ({ json }: Answer) => z.object({ error: z.object({ message: z.string() }) }).parse(json).error.message;
const data = (body: object, end = "\n\n") => `data: ${JSON.stringify(body)}${end}`;
const says = (piece: object, finish: string | null = null) => data({ choices: [{ index: 0, delta: piece, finish_reason: finish }] });
const done = "data: [DONE]\n\n";
const row = () =>
  eventually("the ledger row", async () =>
    (await sql("select * from usage where session = ?", [session])).find((each) => each !== undefined),
  );

const first = { name: "remember", arguments: '{"a":1}' };
const second = { name: "remember", arguments: '{"b":2}' };
const callDialects: [string, string[]][] = [
  [
    "all numbered 0, whole in one piece each",
    [
      says({ tool_calls: [{ index: 0, id: "x1", type: "function", function: first }] }),
      says({ tool_calls: [{ index: 0, id: "x2", type: "function", function: second }] }, "stop"),
    ],
  ],
  ["without numbers and ids", [says({ content: null, tool_calls: [{ function: first }, { function: second }] }), says({}, "tool_calls")]],
  [
    "with arguments as objects",
    [
      says({ tool_calls: [{ index: 0, id: "y1", function: { name: "remember", arguments: { a: 1 } } }] }),
      says({ tool_calls: [{ index: 1, id: "y2", function: { name: "remember", arguments: { b: 2 } } }] }, "tool_use"),
    ],
  ],
  [
    "with one id for all, in turns of pieces, and the id in each piece",
    [
      says({
        tool_calls: [
          { index: 0, id: "call", function: { name: "remember", arguments: '{"a"' } },
          { index: 1, id: "call", function: { name: "remember", arguments: '{"b"' } },
        ],
      }),
      says({ tool_calls: [{ index: 1, id: "call", function: { arguments: ":2}" } }] }),
      says({ tool_calls: [{ index: 0, id: "", function: { name: "", arguments: ":1}" } }] }, "tool_calls"),
    ],
  ],
];
describe("calls at the same time", () => {
  test.each(callDialects)("%s are two calls, with ids of their own", async (_title, raw) => {
    const { calls, error } = readStream((await complete({ raw: [...raw, done] })).text);
    expect(error).toBeUndefined();
    expect(calls.map(({ name, args }) => [name, JSON.parse(args)])).toEqual([
      ["remember", { a: 1 }],
      ["remember", { b: 2 }],
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(calls.every(({ id }) => id !== "")).toBe(true);
  });

  test("by the thousand are cut, and the answer ends as one that is too long", async () => {
    const raw = Array.from({ length: 1_000 }, (_, index) => says({ tool_calls: [{ index, id: `c${index}`, function: first }] }));
    const { calls, finish, error } = readStream((await complete({ raw: [...raw, says({}, "tool_calls"), done] })).text);
    expect([calls.length, finish, error]).toEqual([64, ["length"], undefined]);
  });
});

describe("words of other providers", () => {
  test.each<[string, string[], { text: string; thought: string; finish: string[] }]>([
    [
      "thoughts in a field of their own",
      [says({ reasoning_content: "Hm. " }), says({ reasoning: "So." }), says({ content: "Yes." }, "stop")],
      { text: "Yes.", thought: "Hm. So.", finish: ["stop"] },
    ],
    [
      "content in parts, thoughts among them",
      [
        says({ content: [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }] }),
        says({ content: [{ type: "text", text: "Yes." }] }, "end_turn"),
      ],
      { text: "Yes.", thought: "Hm.", finish: ["stop"] },
    ],
    ["another word for a cut", [says({ content: "Yes" }, "MAX_TOKENS")], { text: "Yes", thought: "", finish: ["length"] }],
    [
      "an end that is empty in each piece",
      [says({ content: "Yes." }, ""), says({}, "eos")],
      { text: "Yes.", thought: "", finish: ["", "stop"] },
    ],
    [
      "lines between that are of no answer",
      [data({ type: "ping" }), ": keep-alive\n\n", "event: message\n", says({ content: "Yes." }, "stop")],
      { text: "Yes.", thought: "", finish: ["stop"] },
    ],
    [
      "ends of lines with carriage returns",
      [": hello\r\n\r\n", says({ content: "Yes." }, "stop").replaceAll("\n", "\r\n")],
      { text: "Yes.", thought: "", finish: ["stop"] },
    ],
  ])("%s", async (_title, raw, expected) => {
    expect(readStream((await complete({ raw: [...raw, done] })).text)).toMatchObject({ ...expected, error: undefined });
  });

  test("a second stream behind the end, words and calls, is not heard", async () => {
    const late = [says({ content: " And more." }), says({ tool_calls: [{ index: 0, id: "z", function: first }] }, "tool_calls")];
    const { text, calls, finish } = readStream(
      (await complete({ raw: [says({ content: "Done." }, "stop"), ...late, done, ...late] })).text,
    );
    expect([text, calls, finish]).toEqual(["Done.", [], ["stop"]]);
  });

  test.each<[string, string[]]>([
    [
      "Anthropic's",
      [
        `event: message_start\n${data({ type: "message_start", message: { id: "m", role: "assistant", content: [] } })}`,
        `event: content_block_delta\n${data({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } })}`,
        `event: message_stop\n${data({ type: "message_stop" })}`,
      ],
    ],
    ["Google's", [data({ candidates: [{ content: { parts: [{ text: "Hello" }], role: "model" }, finishReason: "STOP" }] })]],
  ])("an answer in %s own form says which address is wrong", async (_title, raw) => {
    const answer = await complete({ raw });
    expect([answer.status, reason(answer)]).toEqual([400, expect.stringMatching(/another form than OpenAI's: is MODEL_URL the address/)]);
  });

  test.each<[string, object, number, RegExp]>([
    ["that the conversation is too long", { message: "Too long.", code: "context_length_exceeded" }, 400, /^Too long\.$/],
    ["to wait", { message: "Slowly.", code: 429 }, 429, /asks to wait: Slowly\.$/],
    ["its own failure", { message: "Oh.", code: 503 }, 503, /failed \(status 503\): Oh\.$/],
    ["something", { message: "Oh." }, 502, /failed: Oh\.$/],
  ])("a stream that begins with %s is that refusal", async (_title, error, status, words) => {
    const answer = await complete({ raw: [": waiting\n\n", data({ error }), done] });
    expect([answer.status, reason(answer)]).toEqual([status, expect.stringMatching(words)]);
  });
});

describe("an answer that goes on and on", () => {
  test("is cut at its longest, as by its model, and costs what was said until then", async () => {
    const answer = await complete({ raw: [says({ content: "la ".repeat(1_000) })], repeat: 700 }); // two megabytes
    const { text, finish, error, usage } = readStream(answer.text);
    expect([finish, error]).toEqual([["length"], undefined]);
    expect(text.length).toBeGreaterThan(500_000);
    expect(text.length).toBeLessThanOrEqual(512 * 1024);
    const { unknown, input_tokens: input, output_tokens: output, cost_micros: cost } = await row();
    expect(usage).toEqual([{ prompt_tokens: input, completion_tokens: output }]);
    expect(unknown).toBe(1);
    expect(Number(output)).toBeGreaterThan(text.length / 4 - 1);
    expect(cost).toBe(costMicros("demo", Number(input), Number(output)));
  });

  test("in small pieces is cut at its longest time", async () => {
    const { text, finish, error } = readStream((await complete({ raw: [says({ content: "tick " })], repeat: 1_000, gapMs: 100 })).text);
    expect([finish, error]).toEqual([["length"], undefined]);
    expect(text).toContain("tick tick");
    expect(text.split("tick").length).toBeLessThan(1_000); // its end has not come
  });

  test("byte by byte, without the end of a line, is silence", async () => {
    expect(reason(await complete({ raw: ["d"], repeat: 1_000, gapMs: 50 }))).toMatch(/said nothing for 3 s: stream timed out/);
  });
});

describe("what a call used", () => {
  test("is estimated where the provider does not say it, and told to the agent's client as it is billed", async () => {
    const { usage } = readStream((await complete({ raw: [says({ content: "word ".repeat(100) }, "stop"), done] })).text);
    const { unknown, input_tokens: input, output_tokens: output, cost_micros: cost } = await row();
    expect([unknown, output, usage]).toEqual([1, 125, [{ prompt_tokens: input, completion_tokens: output }]]);
    expect(Number(input)).toBeGreaterThan(50);
    expect(cost).toBe(costMicros("demo", Number(input), 125));
  });

  test("is one row a call, whether its end was told once, twice or not", async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5 };
    const twice = [says({ content: "Yes." }, "stop"), data({ choices: [], usage }), data({ usage }), done];
    for (const raw of [twice, twice.slice(0, 3), twice.slice(0, 2)]) {
      readStream((await complete({ raw })).text);
      expect(await row()).toMatchObject({ unknown: 0, input_tokens: 10, output_tokens: 5 });
      expect(await sql("select id from usage where session = ?", [session])).toHaveLength(1);
    }
  });
});

test("a parameter that a model does not take is said as it takes it, from the second call on at once", async () => {
  const seen = z.looseObject({ parameters: z.record(z.string(), z.unknown()) });
  for (const [refuses, calls] of Object.entries({ max_tokens: 2, stream_options: 2, reasoning_content: 2 })) {
    const mark = crypto.randomUUID();
    const answer = readStream((await complete({ refuses, text: mark })).text);
    expect([answer.text, answer.error]).toEqual([mark, undefined]);
    const requests = await requestsWith(edge, mark, seen);
    expect(requests).toHaveLength(calls);
    expect(requests.at(-1)?.parameters).not.toHaveProperty(refuses);
    expect(requests.at(-1)?.parameters).toMatchObject({ max_completion_tokens: 16_384 });
  }
  const mark = crypto.randomUUID();
  expect(readStream((await complete({ refuses: "max_tokens", text: mark })).text).text).toBe(mark);
  expect(await requestsWith(edge, mark, seen)).toHaveLength(1);
});

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { billingOut } from "../../schema/billing/billing.ts";
import { costMicros } from "../../schema/billing/price.ts";
import { newMachineKey } from "../../schema/machine/machine.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { requestsWith } from "../doubles/model/requests.ts";
import { eventually } from "../harness/eventually.ts";
import {
  type Answer,
  type Ask,
  agentToken,
  ask,
  edgeUp,
  joinMachine,
  newMember,
  signed,
  sql,
  type TestMachine,
  type TestMember,
} from "./client.ts";

const edge = edgeUp;
const host = { id: id("hst").parse(edge.host?.id), keyPem: edge.host?.keyPem ?? "" };
const now = () => Math.floor(Date.now() / 1000);
let owner: TestMember;
let runner: TestMachine;
const session = "ses_ownerssession1";

const register = (owner: TestMember, name: string) =>
  signed(runner, "PUT", `/stacks/${owner.actor.member}/sessions/${name}`, { agent: owner.actor.id });
const tools = [{ type: "function", function: { name: "remember", parameters: { type: "object" } } }];
const script = (...steps: object[]) => ({
  model: "grow",
  tools,
  messages: [{ role: "user", content: `SCRIPT:${JSON.stringify(steps)}END` }],
});
const complete = async (body: object, caller = owner, how: Ask = {}) =>
  ask("POST", "/ai/v1/chat/completions", {
    body,
    token: await agentToken(caller),
    ...how,
    headers: { "x-session-id": session, ...how.headers },
  });
const openAi = z.object({ error: z.object({ message: z.string(), type: z.string(), code: z.string(), param: z.null() }) });
const message = (answer: Answer) => z.object({ error: z.object({ message: z.string() }) }).parse(answer.json).error.message;
/** A session that no other test's failures brake. */
async function ownSession(): Promise<Ask> {
  const name = `ses_${crypto.randomUUID().replaceAll("-", "")}`;
  await register(owner, name);
  return { headers: { "x-session-id": name } };
}
const code = (answer: Answer) => openAi.parse(answer.json).error.code;
const rows = (owner: TestMember) => sql("select * from usage where member = ? order by at", [owner.actor.member]);
const reached = z.looseObject({ model: z.string(), headers: z.record(z.string(), z.unknown()) });
/** What reached the provider with this text in it. */
const seen = (text: string) => requestsWith(edge, text, reached);

beforeAll(async () => {
  [owner, runner] = [await newMember(), await joinMachine("runner")];
  await register(owner, session);
});

describe("a conversation that is longer than the model takes", () => {
  const long = { model: "grow", tools, messages: [{ role: "user", content: "Please TOO-LONG-WITH-TOOLS" }] };
  const refused = z.object({ error: z.looseObject({ code: z.string() }) });
  async function converse(): Promise<{ call: (body: object) => Promise<Answer>; codeOf: (body: object) => Promise<string> }> {
    const member = await newMember();
    await register(member, session);
    const call = (body: object) => complete(body, member);
    return { call, codeOf: async (body) => refused.parse((await call(body)).json).error.code };
  }
  test("is refused in the provider's words while shortening may help, and then in ours", async () => {
    const { call, codeOf } = await converse();
    const { tools: _tools, ...summary } = long;
    for (let n = 0; n < 3; n++) {
      expect(await codeOf(long)).toBe("context_length_exceeded");
      expect((await call({ ...summary, stream: true })).status).toBe(200); // a summary is not the conversation
    }
    for (let n = 0; n < 2; n++) expect(await codeOf(long)).toBe("conversation_too_long");
  });
  test("begins anew with the first call that the model takes", async () => {
    const { call, codeOf } = await converse();
    for (let n = 0; n < 3; n++) await call(long);
    expect((await call({ ...script({ text: "short" }), stream: true })).text).toContain("short");
    for (let n = 0; n < 3; n++) expect(await codeOf(long)).toBe("context_length_exceeded");
  });
});

describe("the model gateway", () => {
  test("answers an agent whole, with the model it chose, and writes what the provider said it used", async () => {
    const answer = await complete(script({ text: "whole-answer-1" }));
    expect(answer.status).toBe(200);
    const said = z
      .object({ model: z.string(), usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }) })
      .parse(answer.json);
    expect(answer.text).toContain("whole-answer-1");
    const [row] = await eventually("the ledger row", async () => ((await rows(owner)).length ? rows(owner) : undefined));
    expect(row).toMatchObject({ agent: owner.actor.id, session, model: "demo", unknown: 0 });
    expect([row?.input_tokens, row?.output_tokens]).toEqual([said.usage.prompt_tokens, said.usage.completion_tokens]);
    expect(row?.cost_micros).toBe(costMicros("demo", said.usage.prompt_tokens, said.usage.completion_tokens));
    expect(row?.request_id).toBe(answer.headers.get("x-request-id"));
  });

  test("streams as it comes, untouched, and reads the usage from the end", async () => {
    const member = await newMember();
    await register(member, session);
    const text = "streamed words one by one ".repeat(4);
    const answer = await complete({ ...script({ text }), stream: true }, member);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const data = answer.text
      .split("\n\n")
      .filter(Boolean)
      .map((block) => block.replace(/^data: /, ""));
    expect(data.at(-1)).toBe("[DONE]");
    const chunk = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }) })) });
    const words = data
      .slice(0, -1)
      .map((line) => chunk.parse(JSON.parse(line)).choices[0]?.delta.content ?? "")
      .join("");
    expect(words.trim()).toBe(text.trim());
    const [row] = await eventually("the ledger row", async () => ((await rows(member)).length ? rows(member) : undefined));
    expect(row).toMatchObject({ unknown: 0 });
    expect(Number(row?.output_tokens)).toBeGreaterThan(0);
  });

  const absurd: [string, object][] = [
    ["more tokens than there are", { prompt_tokens: 1e15, completion_tokens: 1e15, total_tokens: 2e15 }],
    ["numbers below zero", { prompt_tokens: -1e9, completion_tokens: -5 }],
    ["numbers that are none", { prompt_tokens: null, completion_tokens: "many" }],
    ["numbers beyond all", { prompt_tokens: 1e300, completion_tokens: 0.5 }],
  ];
  test.each(absurd.flatMap(([title, usage]) => [true, false].map((stream) => ({ title, usage, stream }))))(
    "is told $title (stream: $stream), and bills no more than the call can hold",
    async ({ usage, stream }) => {
      const member = await newMember();
      await register(member, session);
      const body = { ...script({ text: "a few words", usage }), stream, max_tokens: 1_000 };
      const answer = await complete(body, member);
      expect(answer.text).toContain("few");
      expect(answer.text).not.toMatch(/1e\+?15|1000000000000000|-5|many|1e300/);
      const [row] = await eventually("the ledger row", async () => ((await rows(member)).length ? rows(member) : undefined));
      const [input, output] = [Number(row?.input_tokens), Number(row?.output_tokens)];
      const huge = Object.values(usage)[0] === 1e15;
      expect(row?.unknown).toBe(huge ? 0 : 1);
      const bytes = Buffer.byteLength(JSON.stringify(body));
      expect(input).toBe(huge ? bytes : Math.ceil(bytes / 4)); // a word that is none is replaced by an estimate
      expect(output).toBeGreaterThan(0);
      expect(output).toBeLessThanOrEqual(1_000 + 3 * (answer.text.length + 100));
      expect(row?.cost_micros).toBe(costMicros("demo", input, output));
      const requestId = answer.headers.get("x-request-id");
      const said = () =>
        readFileSync(edge.log, "utf8")
          .split("\n")
          .find((line) => line.includes("odd usage") && line.includes(`${requestId}`));
      expect(await eventually("the log says so", async () => said())).toContain("provider's usage is");
    },
  );

  test("passes each piece on when it comes, not when the answer is whole", async () => {
    const pieces: { at: number; sent: number }[] = [];
    const response = await fetch(`${edge.url}/ai/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${await agentToken(owner)}`, "content-type": "application/json", "x-session-id": session },
      body: JSON.stringify({ ...script({ text: "tick ".repeat(400), chunks: 400, gapMs: 10, stamp: true }), stream: true }),
    });
    const decoder = new TextDecoder();
    for await (const part of response.body!) {
      const at = performance.timeOrigin + performance.now();
      for (const [, sent] of decoder.decode(part).matchAll(/<(\d+\.\d+)>/g)) pieces.push({ at, sent: Number(sent) });
    }
    expect(pieces.length).toBeGreaterThan(50);
    expect(pieces[0]!.at).toBeLessThan(pieces.at(-1)!.sent);
  });

  test("keeps the provider's key to itself and passes on nothing of the caller's", async () => {
    const mark = `mark-${crypto.randomUUID()}`;
    const body = script({ text: mark });
    const answer = await complete({ ...body, model: "gpt-99-expensive" }, owner, {
      headers: { cookie: "a=b", "x-api-key": "sk-live-aaaaaaaaaaaaaaaaaaaa", "x-forwarded-for": "1.2.3.4" },
    });
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain(edge.modelKey);
    const [request] = await seen(mark);
    expect(request?.model).toBe("demo");
    for (const name of ["cookie", "x-api-key", "x-forwarded-for", "x-session-id"]) expect(request?.headers).not.toHaveProperty(name);
  });

  test("mends half a character in a call, for which a provider would refuse each call after it", async () => {
    const mark = `mark-${crypto.randomUUID()}`;
    const body = script({ text: "hi" });
    const content = `${mark} \ud800. ${body.messages[0]?.content}`;
    expect((await complete({ ...body, messages: [{ role: "user", content }] })).status).toBe(200);
    expect(await seen(`${mark} \ufffd.`)).toHaveLength(1);
  });

  test("passes the provider's own refusals on, with the reason in words", async () => {
    const words = /^The model's provider (asks to wait|failed \(status 50[03]\)): The script asked for this failure\.$/;
    for (const status of [429, 500, 503, 400]) {
      const answer = await complete(script({ status, retryAfter: 7 }), owner, await ownSession());
      expect(answer.status).toBe(status);
      if (status === 429) expect(answer.headers.get("retry-after")).toBe("7");
      expect(message(answer)).toMatch(status === 400 ? /^The script asked for this failure\.$/ : words);
    }
    const key = await complete(script({ status: 401 }), owner, await ownSession());
    expect([key.status, message(key)]).toEqual([502, "The model's provider does not accept the platform's key (status 401)."]);
    const long = await complete(script({ status: 429, retryAfter: 86_400 }), owner, await ownSession());
    expect(long.headers.get("retry-after")).toBe("60"); // a day would be no end
  });

  test.each<[string, object, RegExp]>([
    ["an empty answer", { status: 200, body: "" }, /sent text\/html instead of an answer/],
    ["a page", { status: 200, body: "<html>Sign in</html>" }, /sent text\/html instead of an answer/],
    [
      "a refusal that calls itself a success",
      { status: 200, contentType: "application/json", body: '{"error":"Busy."}' },
      /failed: Busy\./,
    ],
    ["an empty stream", { status: 200, body: "", contentType: "text/event-stream" }, /sent no answer at all: connection lost/],
    ["a stream of something else", { status: 200, body: "<html>\n", contentType: "text/event-stream" }, /something that is no answer/],
    ["a connection that is reset", { cut: "before" }, /could not be reached/],
    ["a stream that is reset", { text: "half a sentence", cut: "reset" }, /broke off in the middle of the answer: connection lost/],
    ["a stream that just ends", { text: "half a sentence", cut: "end" }, /broke off in the middle of the answer: connection lost/],
    ["an end without a reason", { text: "half a sentence", finish: null }, /broke off in the middle of the answer/],
    ["calls that are announced and not made", { text: "half a sentence", finish: "tool_calls" }, /something that is no answer/],
    ["a stream that goes quiet", { text: "half a sentence", hang: true }, /said nothing for 2 s: stream timed out/],
    ["an answer that never begins", { delayMs: 20_000 }, /did not begin to answer within 3 s/],
  ])("%s ends as an error with its reason, and costs nothing", async (_what, step, reason) => {
    const member = await newMember();
    await register(member, session);
    const answer = await complete({ ...script(step), stream: true }, member);
    const last = answer.text.split("\n\n").findLast((block) => block.includes('"error"')) ?? "";
    const error = openAi.parse(JSON.parse(last.replace(/^\s*data: /, ""))).error;
    expect(error.message).toMatch(reason);
    expect(answer.status === 200 ? answer.text.trim().endsWith("data: [DONE]") : answer.status >= 500).toBe(true);
    if (answer.text.includes("half")) expect(answer.text.indexOf("half")).toBeLessThan(answer.text.indexOf('"error"'));
    const spent = await sql("select sum(cost_micros) as n from usage where member = ?", [member.actor.member]);
    expect(Number(spent[0]?.n ?? 0)).toBe(0);
  });

  test("what a model refuses with in words is its answer", async () => {
    const answer = await complete({ ...script({ refusal: "I can't help with that." }), stream: true }, owner, await ownSession());
    expect(answer.text).toContain('"content":"I can\'t help with that."');
    expect(answer.text).not.toContain('"error"');
    const whole = await complete(script({ refusal: "I can't help with that." }), owner, await ownSession());
    expect(whole.json).toMatchObject({ choices: [{ message: { content: "I can't help with that." } }] });
  });

  test("a session that calls in a loop while the provider answers nonsense reaches it a few times only, and goes on when it answers again", async () => {
    const session = await ownSession();
    const mark = `loop-${crypto.randomUUID()}`;
    const nonsense = { ...script({ status: 200, body: "" }, { text: mark }), stream: true };
    const messages = [...nonsense.messages, { role: "user", content: mark + nonsense.messages[0]?.content }];
    const statuses: number[] = [];
    for (let tries = 0; tries < 30; tries++) statuses.push((await complete({ ...nonsense, messages }, owner, session)).status);
    expect(new Set(statuses)).toEqual(new Set([502, 429]));
    expect((await seen(mark)).length).toBeLessThan(15);
    const held = await complete(script({ text: "well" }), owner, session);
    expect([held.status, held.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(message(held)).toMatch(/has failed several times\. The next try is in \d+ s\./);
    const well = await eventually("it answers", async () => {
      const answer = await complete(script({ text: "well" }), owner, session);
      return answer.status === 200 ? answer : undefined;
    });
    expect(well.text).toContain("well");
    expect((await complete(script({ text: "well" }), owner, session)).status).toBe(200);
  });

  test("refuses when the budget is used up, in words that the agent's client reads", async () => {
    const member = await newMember();
    await register(member, session);
    const spent =
      "insert into usage (id, member, agent, session, request_id, model, input_tokens, output_tokens, cost_micros, at) values (?, ?, ?, ?, ?, ?, 1, 1, ?, ?)";
    await sql(spent, [`usg_${crypto.randomUUID()}`, member.actor.member, member.actor.id, session, "req", "demo", 5_000_000, Date.now()]);
    const answer = await complete(script({ text: "never" }), member);
    expect([answer.status, code(answer)]).toEqual([402, "budget_exhausted"]);
    expect(answer.text).toContain("The model time of your plan is used up. Your agents go on with a larger plan, or with your own key");
    const billing = await ask("GET", "/billing", { token: await member.token() });
    expect(billing.json).toMatchObject({ model: { usedMicros: 5_000_000, limitMicros: 5_000_000, calls: 1 } });
    const { agents, tokens, limits, periodStart } = billingOut.parse(billing.json);
    expect(agents).toEqual([{ agent: member.actor.id, costMicros: 5_000_000, ownMicros: 0, inputTokens: 1, outputTokens: 1, calls: 1 }]);
    expect([tokens, limits?.agents, (periodStart ?? 0) > 0]).toEqual([{ input: 1, output: 1 }, 4, true]);
  });

  test("takes calls of registered sessions only, a sub-task's by its parent", async () => {
    const body = script({ text: "hi" });
    for (const headers of [
      { "x-session-id": "ses_unknown" },
      { "x-session-id": "", "x-parent-session-id": "ses_unknown" },
      { "x-session-id": "' or 1=1 --" },
    ])
      expect((await complete(body, owner, { headers })).status, JSON.stringify(headers)).toBe(403);
    expect(code(await complete(body, owner, { headers: { "x-session-id": "ses_unknown" } }))).toBe("forbidden");
    expect((await complete(body, owner, { headers: { "x-session-id": "ses_child", "x-parent-session-id": session } })).status).toBe(200);
    const none = await ask("POST", "/ai/v1/chat/completions", { body, token: await agentToken(owner) });
    expect(code(none)).toBe("forbidden");
  });

  test("takes a session of another member's for nobody's", async () => {
    const member = await newMember();
    expect(code(await complete(script({ text: "hi" }), member))).toBe("forbidden");
    expect((await signed(runner, "PUT", `/stacks/${member.actor.member}/sessions/ses_x1`, { agent: owner.actor.id })).status).toBe(404);
  });

  const tokens: [string, () => Promise<string>][] = [
    ["of another epoch", () => agentToken(owner, { epoch: 2 })],
    ["of another agent", async () => agentToken(owner, { agent: (await newMember()).actor.id })],
    ["that has expired", () => agentToken(owner, { at: now() - 120 })],
    [
      "signed by a host that does not hold the stack",
      async () => {
        const other = await joinMachine("host");
        return agentToken(owner, {}, { id: id("hst").parse(other.id), keyPem: other.keyPem });
      },
    ],
    [
      "signed with another key in the host's name",
      async () => agentToken(owner, {}, { id: host.id, keyPem: (await newMachineKey("x")).keyPem }),
    ],
    [
      "signed by a host whose certificate has ended",
      async () => {
        const [member, old] = [await newMember(), await joinMachine("host")];
        await sql("update stack set host = ? where member = ?", [old.id, member.actor.member]);
        const token = await agentToken(member, {}, { id: id("hst").parse(old.id), keyPem: old.keyPem });
        expect((await ask("GET", "/ai/v1/models", { token })).status).toBe(200);
        await sql("update machine set certificate_ends = ? where id = ?", [Date.now() - 1, old.id]);
        return token;
      },
    ],
    ["of a session", () => owner.token()],
    ["that is none", async () => "gqb_box-token-of-the-agent"],
  ];
  test.each(tokens)("refuses a token %s", async (name, make) => {
    const token = await make();
    for (const [method, path] of [
      ["POST", "/ai/v1/chat/completions"],
      ["GET", "/ai/v1/models"],
    ] as const) {
      const answer = await ask(method, path, {
        token,
        headers: { "x-session-id": session },
        ...(method === "POST" ? { body: script({ text: "x" }) } : {}),
      });
      expect(answer.status, path).toBe(401);
      expect(code(answer)).toBe(name === "that has expired" ? "ticket_expired" : "unauthenticated");
    }
    const tool = await ask("POST", "/mcp", { token, body: { jsonrpc: "2.0", id: 1, method: "tools/list" } });
    expect(tool.status).toBe(401);
  });

  test("refuses once the account may not run", async () => {
    const member = await newMember();
    await register(member, session);
    await sql("update subscription set period_end = ? where member = ?", [Date.now() - 1, member.actor.member]);
    expect(code(await complete(script({ text: "x" }), member))).toBe("payment_required");
  });

  const bad: [string, Ask, number][] = [
    ["not JSON", { raw: "{", headers: { "content-type": "application/json" } }, 400],
    ["no messages", { body: { model: "x" } }, 400],
    ["empty messages", { body: { messages: [] } }, 400],
    ["a form", { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415],
    ["too much", { body: { messages: ["x".repeat(limits.modelBodyBytes)] } }, 413],
    ["nothing", {}, 400],
  ];
  test.each(bad)("refuses a body with %s", async (_, how, status) => {
    const answer = await ask("POST", "/ai/v1/chat/completions", {
      token: await agentToken(owner),
      ...how,
      headers: { "x-session-id": session, ...how.headers },
    });
    expect(answer.status).toBe(status);
    openAi.parse(answer.json);
  });

  test("stops the provider when the caller goes, and the ledger has an estimate of what it said until then", async () => {
    const member = await newMember();
    await register(member, session);
    const gone = new AbortController();
    const response = await fetch(`${edge.url}/ai/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${await agentToken(member)}`, "content-type": "application/json", "x-session-id": session },
      body: JSON.stringify({ ...script({ text: "word ".repeat(400), chunks: 400, gapMs: 50 }), stream: true }),
      signal: gone.signal,
    });
    await response.body!.getReader().read();
    gone.abort();
    const [row] = await eventually("the ledger row", async () => ((await rows(member)).length ? rows(member) : undefined));
    expect(row).toMatchObject({ unknown: 1, cost_micros: costMicros("demo", Number(row?.input_tokens), Number(row?.output_tokens)) });
    expect(Number(row?.input_tokens)).toBeGreaterThan(0);
    expect(Number(row?.output_tokens)).toBeGreaterThan(0);
    expect(Number(row?.output_tokens)).toBeLessThan(100_000); // of 200,000, had it gone on
  });

  test("answers each kind of agent by the model its type names, whatever the call says, and the ledger keeps both names", async () => {
    const member = await newMember();
    await register(member, session);
    const calls = { fast: "demo-fast", standard: "demo", deep: "demo-deep" };
    for (const [alias, model] of Object.entries(calls)) {
      const agent = newId("agt");
      const put = { type: "scribe", tools: ["ask"], model: alias };
      expect((await signed(runner, "PUT", `/stacks/${member.actor.member}/agents/${agent}`, put)).status).toBe(200);
      const session = `ses_${alias}`;
      await signed(runner, "PUT", `/stacks/${member.actor.member}/sessions/${session}`, { agent });
      const mark = `alias-${alias}-${crypto.randomUUID()}`;
      const asks = { ...script({ text: mark }), model: "deep" }; // what is dearer than its type's is not had by asking
      const answer = await complete(asks, member, { token: await agentToken(member, { agent }), headers: { "x-session-id": session } });
      expect(answer.status).toBe(200);
      expect((await seen(mark)).map((request) => request.model)).toEqual([model]);
      const [row] = await eventually("the ledger row", async () => {
        const found = (await rows(member)).filter((row) => row.agent === agent);
        return found.length ? found : undefined;
      });
      expect(row).toMatchObject({ model, alias });
      expect(row?.cost_micros).toBe(costMicros(model, Number(row?.input_tokens), Number(row?.output_tokens)));
    }
    const bad = { type: "scribe", tools: [], model: "deepest" };
    expect((await signed(runner, "PUT", `/stacks/${member.actor.member}/agents/${newId("agt")}`, bad)).status).toBe(400);
  });

  test("lists the one model an agent sees", async () => {
    const answer = await ask("GET", "/ai/v1/models", { token: await agentToken(owner) });
    expect(answer.json).toMatchObject({ object: "list", data: [{ id: "grow", object: "model" }] });
  });
});

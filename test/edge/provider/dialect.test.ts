import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { costMicros } from "../../../schema/billing/price.ts";
import { requestsWith } from "../../doubles/model/requests.ts";
import { eventually } from "../../harness/eventually.ts";
import { agentToken, ask, edgeUp, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** The gateway in the providers' own dialects (SPEC 11.1): the bytes of the provider, and what they cost. */
let runner: TestMachine;
let member: TestMember;
const session = "ses_dialects1";
const key = edgeUp.modelKey;
const { origin } = new URL(edgeUp.modelUrl);
const register = (person: TestMember) =>
  signed(runner, "PUT", `/stacks/${person.actor.member}/sessions/${session}`, { agent: person.actor.id });
const mine = async (method: string, where: string, body?: object) =>
  ask(method, where, { token: await member.token(), ...(body ? { body } : {}) });
beforeAll(async () => {
  [runner, member] = [await joinMachine("runner"), await newMember()];
  await register(member);
  for (const provider of ["openai", "anthropic", "google"]) expect((await mine("PUT", `/keys/${provider}`, { key })).status).toBe(200);
});
afterAll(() => mine("DELETE", "/models/grow"));

const usage = { usage: { prompt_tokens: 40, completion_tokens: 25 } };
const script = (step: object) => `SCRIPT:${JSON.stringify([{ ...usage, ...step }])}END`;
const image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const schema = { type: "object", properties: { path: { type: "string" } } };
type Shape = {
  provider: string;
  model: string;
  path: (stream: boolean) => string;
  direct: (stream: boolean) => string;
  body: (text: string, stream: boolean) => object;
  tools: object[];
  theirs: object[];
  image: object;
  refusal: z.ZodType;
};
const openAi = z.object({ error: z.object({ message: z.string(), type: z.string() }) });
const dialects: Record<string, Shape> = {
  responses: {
    ...{ provider: "openai", model: "gpt-5-mini", path: () => "/ai/v1/responses", direct: () => "/v1/responses" },
    body: (text, stream) => ({ input: [{ role: "user", content: [{ type: "input_text", text }] }], stream, max_output_tokens: 500 }),
    tools: [{ type: "function", name: "read", parameters: schema }],
    theirs: [{ type: "web_search" }],
    image: { input: [{ role: "user", content: [{ type: "input_image", image_url: `data:image/png;base64,${image}` }] }] },
    refusal: openAi,
  },
  messages: {
    ...{ provider: "anthropic", model: "claude-haiku-4-5", path: () => "/ai/v1/messages", direct: () => "/v1/messages" },
    body: (text, stream) => ({ messages: [{ role: "user", content: text }], stream, max_tokens: 500 }),
    tools: [{ name: "read", input_schema: schema }],
    theirs: [{ type: "web_search_20250305", name: "web_search" }],
    image: { messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: image } }] }] },
    refusal: z.object({ type: z.literal("error"), error: z.object({ type: z.string(), message: z.string() }) }),
  },
  generate: {
    ...{ provider: "google", model: "gemini-2.5-flash" },
    path: (stream) => `/ai/v1beta/models/any:${stream ? "streamGenerateContent" : "generateContent"}`,
    direct: (stream) => `/v1beta/models/gemini-2.5-flash:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (text) => ({ contents: [{ role: "user", parts: [{ text }] }], generationConfig: { maxOutputTokens: 500 } }),
    tools: [{ functionDeclarations: [{ name: "read", parameters: schema }] }],
    theirs: [{ googleSearch: {} }],
    image: { contents: [{ role: "user", parts: [{ inlineData: { mimeType: "image/png", data: image } }] }] },
    refusal: z.object({ error: z.object({ code: z.number(), message: z.string() }) }),
  },
};
const call = async (path: string, body: object, person = member) =>
  ask("POST", path, { body, token: await agentToken(person), headers: { "x-session-id": session } });
async function direct(path: string, body: object): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return (await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body), redirect: "manual" })).text();
}
const reached = z.object({ model: z.string(), body: z.record(z.string(), z.unknown()), headers: z.record(z.string(), z.unknown()) });
const settledRow = (requestId: string | null) =>
  eventually("the ledger row", async () => (await sql("select * from usage where request_id = ?", [requestId ?? ""]))[0]);

describe.each(Object.entries(dialects))("%s", (_name, shape) => {
  const { provider, model, path, direct: provided, body, tools, theirs, refusal } = shape;
  beforeAll(async () => {
    expect((await mine("PUT", "/models/grow", { paidBy: "member", provider, model })).status).toBe(200);
  });
  const costs = (requestId: string | null) =>
    settledRow(requestId).then((row) => [row?.input_tokens, row?.output_tokens, row?.own_micros, row?.unknown]);

  test.each([true, false])("an answer is the provider's, byte by byte, with its usage in the ledger (stream: %s)", async (stream) => {
    const text = script({ text: "Crumbs, 🥖 and “bread”.\nSecond line", tools: [{ tool: "read", args: { path: "a.txt" } }] });
    const answer = await call(path(stream), body(text, stream));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toBe(await direct(provided(stream), { ...body(text, stream), model }));
    expect(await costs(answer.headers.get("x-request-id"))).toEqual([40, 25, costMicros(model, 40, 25), 0]);
  });
  test("tools and images pass; fields and headers that are not listed, and the model a call names, do not", async () => {
    const more = {
      tools,
      store: true,
      background: true,
      mcp_servers: [{ url: "https://evil.example" }],
      cachedContent: "x",
      metadata: { a: "b" },
    };
    const mark = `seen-${crypto.randomUUID()}`;
    const asked = { ...body(script({ text: mark }), false), ...more, model: "gpt-99-expensive" };
    expect((await call(path(false), asked)).status).toBe(200);
    const [seen] = await requestsWith(edgeUp, mark, reached);
    expect(seen?.model).toBe(model);
    expect(seen?.body).toMatchObject({ tools });
    for (const name of ["background", "mcp_servers", "cachedContent", "metadata"]) expect(seen?.body).not.toHaveProperty(name);
    expect(seen?.body.store ?? false).toBe(false);
    expect(seen?.headers).not.toHaveProperty("x-session-id");
    await call(path(false), { ...body("x", false), ...shape.image });
    expect((await requestsWith(edgeUp, image, reached)).map((request) => request.model)).toContain(model);
  });
  test("a tool that the provider would run itself is refused", async () => {
    const answer = await call(path(false), { ...body(script({ text: "no" }), false), tools: theirs });
    expect(answer.status).toBe(400);
    refusal.parse(answer.json);
  });
  test("a refusal of the provider's is said in our words, in its shape, without its body", async () => {
    for (const [status, told] of [
      [429, 429],
      [503, 503],
      [401, 502],
      [400, 400],
    ] as const) {
      const inner = JSON.stringify({ error: { message: "Overloaded", organization: "org-inner-secret" } });
      const answer = await call(path(true), body(script({ status, body: inner }), true));
      expect(answer.status).toBe(told);
      refusal.parse(answer.json);
      expect(answer.text).not.toContain("org-inner-secret");
    }
  });
  test("a stream that breaks off ends with an error and costs nothing; one that is hung up on is paid for", async () => {
    const cut = await call(path(true), body(script({ text: "half a sentence that", cut: "reset" }), true));
    expect(cut.text).toContain("half");
    expect(cut.text).toContain("connection lost");
    expect((await settledRow(cut.headers.get("x-request-id")))?.own_micros).toBe(0);
    const gone = new AbortController();
    const headers = { authorization: `Bearer ${await agentToken(member)}`, "content-type": "application/json", "x-session-id": session };
    const response = await fetch(edgeUp.url + path(true), {
      method: "POST",
      headers,
      body: JSON.stringify(body(script({ text: "word ".repeat(400), gapMs: 40 }), true)),
      signal: gone.signal,
      redirect: "manual",
    });
    await response.body?.getReader().read();
    gone.abort();
    const row = await settledRow(response.headers.get("x-request-id"));
    expect(row).toMatchObject({ unknown: 1 });
    expect([Number(row?.input_tokens) > 0, Number(row?.own_micros) > 0]).toEqual([true, true]);
  });
  test("is refused without a body that it takes, and to a stranger's session", async () => {
    const empty = await call(path(false), {});
    expect(empty.status).toBe(400);
    refusal.parse(empty.json);
    const other = await newMember();
    expect((await call(path(false), body("x", false), other)).status).toBe(403);
  });
});

test("a dialect whose provider is not chosen is refused in words; the chat route goes by each provider's compatible address", async () => {
  const other = await newMember();
  await register(other);
  for (const name of ["messages", "generate"] as const) {
    const { path, body } = dialects[name]!;
    const answer = await call(path(false), body("x", false), other);
    expect([answer.status, answer.text.includes("is chosen for this kind of agent")]).toEqual([404, true]);
  }
  const { path, body } = dialects.responses!;
  expect((await call(path(false), body(script({ text: "by the platform" }), false), other)).text).toContain("by the platform");
  for (const { provider, model } of Object.values(dialects)) {
    await mine("PUT", "/models/grow", { paidBy: "member", provider, model });
    const answer = await call("/ai/v1/chat/completions", { messages: [{ role: "user", content: script({ text: "hi" }) }] });
    expect(answer.json).toMatchObject({ model });
  }
});

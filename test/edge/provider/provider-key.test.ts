import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { providerKeysOut, providerKeyView, rewrapOut, sealingOut } from "../../../schema/provider/provider-key.ts";
import { ask, edgeUp, newMember, operatorToken, refusal, sql, type TestMember } from "../client.ts";

/** Keys of models' providers (SPEC 11.1), against the model's double in the place of each provider. */
const key = edgeUp.modelKey;
const { origin } = new URL(edgeUp.modelUrl);
let owner: TestMember;
let stranger: TestMember;
beforeAll(async () => {
  [owner, stranger] = [await newMember(), await newMember()];
});
const call = async (member: TestMember, method: string, where: string, body?: object) =>
  ask(method, where, { token: await member.token(), ...(body ? { body } : {}) });
const operate = async (method: string, where: string, body?: object) =>
  ask(method, where, { token: await operatorToken(), ...(body ? { body } : {}) });
const list = async (member: TestMember) => providerKeysOut.parse((await call(member, "GET", "/keys")).json).keys;

describe("a provider's key", () => {
  test.each([
    ["openai", {}, "gpt-5-mini"],
    ["anthropic", {}, "claude-haiku-4-5"],
    ["google", {}, "gemini-2.5-flash"],
    ["compatible", { baseUrl: `${edgeUp.modelUrl}/` }, "demo"],
  ])("of %s is tested when it is saved, kept sealed, and shown by its last four characters only", async (provider, more, model) => {
    const kept = await call(owner, "PUT", `/keys/${provider}`, { key, ...more });
    expect(kept.status, kept.text).toBe(200);
    expect(providerKeyView.parse(kept.json)).toMatchObject({ provider, ending: key.slice(-4), state: "works", from: "kept" });
    expect(providerKeyView.parse(kept.json).models).toContain(model);
    expect(await call(owner, "GET", `/keys/${provider}`)).toMatchObject({ status: 200, json: { ending: key.slice(-4) } });
    const listed = await call(owner, "GET", "/keys");
    for (const { text } of [kept, listed]) expect(text).not.toContain(key);
    expect(JSON.stringify(await sql("select * from provider_key"))).not.toContain(key);
    expect(await list(stranger)).toEqual([]);
    expect((await call(stranger, "GET", `/keys/${provider}`)).status).toBe(404);
    expect((await call(stranger, "DELETE", `/keys/${provider}`)).status).toBe(404);
    expect(await call(owner, "POST", `/keys/${provider}/test`, {})).toMatchObject({ status: 200, json: { state: "works" } });
  });
  test("that the provider does not take is refused in words and changes nothing", async () => {
    await call(owner, "PUT", "/keys/openai", { key });
    const wrong = "sk-wrong-0123456789abcdef";
    const answer = await call(owner, "PUT", "/keys/openai", { key: wrong });
    expect([answer.status, refusal(answer).issues?.[0]?.path]).toEqual([400, "key"]);
    expect(refusal(answer).message).toBe("The provider does not take this key (status 401).");
    expect((await list(owner)).find(({ provider }) => provider === "openai")).toMatchObject({ ending: key.slice(-4), state: "works" });
    expect(readFileSync(edgeUp.log, "utf8")).not.toContain(wrong);
  });
  test("of a provider that does not answer is kept, and says so", async () => {
    const answer = await call(owner, "PUT", "/keys/compatible", { key, baseUrl: `${origin}/nowhere` });
    expect(answer).toMatchObject({ status: 200, json: { state: "unreached", models: [] } });
  });
  test.each([
    ["no base address", "compatible", { key }],
    ["a base address of a provider that has its own", "openai", { key, baseUrl: "https://api.example.org/v1" }],
    ["a private address", "compatible", { key, baseUrl: "https://10.0.0.1/v1" }],
    ["the address of the edge's own machine", "compatible", { key, baseUrl: "http://127.0.0.1:1/v1" }],
    ["the cloud's metadata", "compatible", { key, baseUrl: "https://169.254.169.254/v1" }],
    ["plain http", "compatible", { key, baseUrl: "http://api.example.org/v1" }],
    ["a password in its address", "compatible", { key, baseUrl: "https://me:secret@api.example.org/v1" }],
    ["two lines", "openai", { key: "sk-first-line-is-here\nx-evil: 1" }],
    ["nothing in it", "openai", { key: "" }],
    ["a megabyte", "openai", { key: "k".repeat(1_000_000) }],
    ["a field of its own", "openai", { key, owner: "platform" }],
  ])("with %s is refused, and changes nothing", async (_, provider, body) => {
    const answer = await call(stranger, "PUT", `/keys/${provider}`, body);
    expect([400, 413]).toContain(answer.status);
    expect(await list(stranger)).toEqual([]);
  });
  test("of a provider that nobody knows is nothing", async () => {
    expect((await call(owner, "PUT", "/keys/mistral", { key })).status).toBe(404);
  });
  test("moved in the database to another member does not open", async () => {
    const { actor } = stranger;
    await sql(
      "insert into provider_key select ?, provider, base_url, sealed, ending, state, detail, models, tested_at, updated_at from provider_key where owner = ? and provider = 'openai'",
      [actor.member, owner.actor.member],
    );
    expect((await call(stranger, "POST", "/keys/openai/test", {})).status).toBe(500);
    await sql("delete from provider_key where owner = ?", [actor.member]);
  });
  test("is forgotten when it is removed, once", async () => {
    await call(owner, "PUT", "/keys/google", { key });
    expect((await call(owner, "DELETE", "/keys/google")).status).toBe(200);
    expect((await call(owner, "DELETE", "/keys/google")).status).toBe(404);
    expect((await list(owner)).map(({ provider }) => provider)).not.toContain("google");
  });
});

describe("the platform's keys", () => {
  test("are operators' alone; the key of the settings is one of them", async () => {
    for (const [method, where] of [
      ["GET", "/platform/keys"],
      ["PUT", "/platform/keys/openai"],
      ["DELETE", "/platform/keys/openai"],
      ["GET", "/platform/sealing"],
      ["POST", "/platform/sealing/rewrap"],
    ] as const)
      expect((await call(owner, method, where, method === "GET" ? undefined : { key })).status, where).toBe(403);
    const before = providerKeysOut.parse((await operate("GET", "/platform/keys")).json).keys;
    expect(before).toMatchObject([{ provider: "compatible", from: "settings", baseUrl: edgeUp.modelUrl, ending: key.slice(-4) }]);
    const kept = await operate("PUT", "/platform/keys/anthropic", { key });
    expect(kept).toMatchObject({ status: 200, json: { state: "works" } });
    const listed = await operate("GET", "/platform/keys");
    expect(listed.text).not.toContain(key);
    expect(providerKeysOut.parse(listed.json).keys).toHaveLength(2);
    expect((await operate("DELETE", "/platform/keys/anthropic")).status).toBe(200);
  });
});

describe("sealing", () => {
  test("is told by key, and there is nothing to do while one key wraps all", async () => {
    await call(owner, "PUT", "/keys/openai", { key });
    const { current, wrappedBy } = sealingOut.parse((await operate("GET", "/platform/sealing")).json);
    expect(wrappedBy.map(({ kek }) => kek)).toEqual([current]);
    expect(rewrapOut.parse((await operate("POST", "/platform/sealing/rewrap", {})).json)).toEqual({ rewrapped: 0, left: 0, stuck: 0 });
  });
});

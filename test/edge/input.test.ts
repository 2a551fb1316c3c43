import { describe, expect, test } from "vitest";
import { z } from "zod";
import { limits } from "../../schema/wire/limits.ts";
import { type Ask, ask, edgeUp, joinMachine, newPerson, operatorToken, refusal, signed, sql } from "./client.ts";

const agent = "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const json = { "content-type": "application/json" };

describe("an address", () => {
  test.each([
    ["GET", "/actors"],
    ["GET", "/actors/me/more/still"],
    ["GET", "/hosts/x/y/z"],
    ["POST", "/billing/nothing"],
    ["GET", "/health/none"],
    ["GET", "/.well-known/other"],
    ["DELETE", "/live/anything"],
    ["GET", "/ai/v2/chat"],
    ["GET", "/git/none"],
    ["GET", "/stacks"],
  ])("that is not there answers 404 in the product's shape: %s %s", async (method, path) => {
    const answer = await ask(method, path);
    expect([answer.status, refusal(answer).code]).toEqual([404, "not_found"]);
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  test.each([
    ["POST", "/health", "GET"],
    ["DELETE", "/me", "GET"],
    ["GET", "/billing/trial", "POST"],
    ["PUT", "/actors/provision", "POST"],
    ["GET", "/mcp", "POST"],
    ["DELETE", "/mcp", "POST"],
    ["GET", "/ai/v1/chat/completions", "POST"],
    ["DELETE", "/hosts", "GET"],
    ["GET", "/hosts/join", "POST"],
    ["POST", "/stacks/mem_x/status", "PUT"],
  ])("asked with a method it does not take answers 405 and which it takes: %s %s", async (method, path, allow) => {
    const answer = await ask(method, path);
    expect([answer.status, refusal(answer).code]).toEqual([405, "method_not_allowed"]);
    expect(answer.headers.get("allow")?.split(", ")).toContain(allow);
  });

  test("of the app is answered by the app", async () => {
    for (const path of ["/", "/welcome", "/some/deep/page"]) {
      const answer = await ask("GET", path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
    }
  });
});

describe("a request id", () => {
  test("is echoed when it is one, and made when it is none", async () => {
    const mine = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    expect((await ask("GET", "/health", { headers: { "x-request-id": mine } })).headers.get("x-request-id")).toBe(mine);
    const refused = await ask("GET", "/me", { headers: { "x-request-id": mine } });
    expect(refusal(refused)).toMatchObject({ code: "unauthenticated", requestId: mine });
    expect(refused.headers.get("x-request-id")).toBe(mine);
    for (const bad of ["x", "x\ty", "req_short", `${mine}x`, "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
      expect((await ask("GET", "/health", { headers: { "x-request-id": bad } })).headers.get("x-request-id")).toMatch(/^req_[0-9A-Z]{26}$/);
  });
});

describe("a body", () => {
  const cases: [string, string, string, Ask, number, string][] = [
    ["that is not JSON", "POST", "/billing/trial", { raw: "{", headers: json }, 400, "bad_json"],
    ["that is cut off", "POST", "/hosts/tokens", { raw: '{"role":"host"', headers: json }, 400, "bad_json"],
    [
      "that is text",
      "POST",
      "/hosts/tokens",
      { raw: "role=host", headers: { "content-type": "text/plain" } },
      415,
      "unsupported_media_type",
    ],
    [
      "that is a form",
      "POST",
      "/hosts/tokens",
      { raw: "role=host", headers: { "content-type": "application/x-www-form-urlencoded" } },
      415,
      "unsupported_media_type",
    ],
    [
      "of almost the right type",
      "POST",
      "/hosts/tokens",
      { raw: '{"role":"host"}', headers: { "content-type": "application/jsonx" } },
      415,
      "unsupported_media_type",
    ],
    ["with a field nobody knows", "POST", "/hosts/tokens", { body: { role: "host", admin: true } }, 400, "invalid"],
    ["with a field where none is taken", "POST", "/billing/trial", { body: { plan: "studio" } }, 400, "invalid"],
    ["of the wrong type", "POST", "/hosts/tokens", { body: { role: 7 } }, 400, "invalid"],
    ["that is a list", "POST", "/hosts/tokens", { body: [] }, 400, "invalid"],
    ["that is null", "POST", "/hosts/tokens", { body: null }, 400, "invalid"],
    ["that is missing", "POST", "/hosts/tokens", {}, 400, "invalid"],
    ["that is empty JSON", "POST", "/hosts/tokens", { raw: "", headers: json }, 400, "invalid"],
    ["that is too large", "POST", "/hosts/tokens", { body: { role: "x".repeat(limits.bodyBytes) } }, 413, "too_large"],
    [
      "with a message that is too long",
      "POST",
      `/actors/${agent}/message`,
      { body: { clientId: "12345678", text: "x".repeat(limits.messageText + 1) } },
      400,
      "invalid",
    ],
    ["with an empty message", "POST", `/actors/${agent}/message`, { body: { clientId: "12345678", text: "  " } }, 400, "invalid"],
    [
      "with separators in the client id",
      "POST",
      `/actors/${agent}/message`,
      { body: { clientId: "a,b/c;d:e", text: "hi" } },
      400,
      "invalid",
    ],
    [
      "with a channel that is none",
      "POST",
      `/actors/${agent}/message`,
      { body: { clientId: "12345678", text: "hi", channel: "chn_1" } },
      400,
      "invalid",
    ],
    ["with a scope nobody knows", "POST", `/actors/${agent}/stop`, { body: { scope: "world" } }, 400, "invalid"],
    ["with __proto__", "POST", "/hosts/tokens", { raw: '{"role":"host","__proto__":{"a":1}}', headers: json }, 400, "invalid"],
  ];
  test.each(cases)("%s is refused", async (_, method, path, how, status, code) => {
    const answer = await ask(method, path, { ...how, token: await operatorToken() });
    expect([answer.status, refusal(answer).code]).toEqual([status, code]);
    expect(answer.headers.get("x-request-id")).toBe(refusal(answer).requestId);
  });

  test("that was refused is not repeated in the answer, only where it was wrong", async () => {
    const secret = "hunter2-hunter2-hunter2";
    const answer = await ask("POST", "/hosts/tokens", { body: { role: secret, [secret]: 1 }, token: await operatorToken() });
    expect(answer.status).toBe(400);
    expect(refusal(answer).issues?.map(({ path }) => path)).toContain("role");
    expect(answer.text.replaceAll(`"${secret}"`, "")).not.toContain(`Invalid input: ${secret}`);
  });

  test("sent in pieces past the limit is refused while it comes", async () => {
    const piece = new Uint8Array(64 * 1024).fill(120);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(to) {
        sent += piece.length;
        if (sent > 64 * limits.bodyBytes) to.close();
        else to.enqueue(piece);
      },
    });
    const headers = { ...json, authorization: `Bearer ${await operatorToken()}` };
    const init: RequestInit & { duplex: "half" } = { method: "POST", body, headers, duplex: "half" };
    const response = await fetch(`${edgeUp.url}/hosts/tokens`, init).catch(() => undefined);
    if (response) expect(response.status).toBe(413);
    expect(sent).toBeLessThan(64 * limits.bodyBytes);
  });

  test("of a machine is checked like everyone's", async () => {
    const host = await joinMachine("host");
    const path = `/hosts/${host.id}/heartbeat`;
    expect(refusal(await signed(host, "POST", path, { sequence: -1 })).code).toBe("invalid");
    expect(
      refusal(await signed(host, "POST", path, { sequence: 1, capacity: { cpus: 1, memoryMb: 1, stacks: 1 }, stacks: [], more: 1 })).code,
    ).toBe("invalid");
    expect(await sql("select last_heartbeat from machine where id = ?", [host.id])).toEqual([{ last_heartbeat: null }]);
  });
});

describe("an id", () => {
  const ids = [
    agent,
    "agt_01ARZ3NDEKTSV4RRFFQ69G5FA",
    "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV,mem_x",
    "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV%2Cx",
    "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV%2F..%2Fme",
    "agt_01arz3ndektsv4rrffq69g5fav",
    "..%2f..%2fme",
    "mem_01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "%00",
    "' or 1=1 --",
    "agt_01ARZ3NDEKTSV4RRFFQ69G5FAV%0A",
  ];
  test.each(ids)("of nobody's, or that is none, is 404 and says no more: %s", async (id) => {
    const { token } = await newPerson();
    const shape = z.object({
      error: z.strictObject({ code: z.literal("not_found"), message: z.string(), retryable: z.literal(false), requestId: z.string() }),
    });
    const calls: [string, string, Ask][] = [
      ["GET", `/actors/${id}`, {}],
      ["GET", `/actors/${id}/events`, {}],
      ["POST", `/actors/${id}/start`, {}],
      ["POST", `/actors/${id}/stop`, { body: { scope: "turn" } }],
      ["POST", `/actors/${id}/message`, { body: { clientId: "12345678", text: "hi" } }],
      ["POST", `/actors/${id}/ticket`, {}],
      ["GET", `/opencode/workspaces/${id}/logs`, {}],
    ];
    for (const [method, path, how] of calls) {
      const answer = await ask(method, path, { ...how, token: await token() });
      expect(answer.status, `${method} ${path}`).toBe(404);
      shape.parse(answer.json);
    }
  });
});

const forged = (typ: string) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "ES256", typ, kid: "hst_01ARZ3NDEKTSV4RRFFQ69G5FAV" })}.${part({})}.${"A".repeat(86)}`;
};
const strangers: [string, string, string, Ask, number][] = [
  ["that want to join", "POST", "/hosts/join", { body: {} }, 400],
  ["that ask for health", "GET", "/health", {}, 200],
  ["that ask for the keys of receipts", "GET", "/.well-known/jwks.json", {}, 200],
  ["that forge a machine's call", "GET", "/hosts/mine", { headers: { authorization: `Machine ${forged("machine")}` } }, 401],
  ["that forge an agent's token", "GET", "/ai/v1/models", { headers: { authorization: `Bearer ${forged("agent")}` } }, 401],
];
test.each(strangers)(
  "too many requests %s from one address are told to slow down, and nobody else is",
  async (_, method, path, how, usual) => {
    const known = strangers.findIndex((each) => each[1] === method && each[2] === path);
    const send = (from: string) => ask(method, path, { ...how, headers: { ...how.headers, "cf-connecting-ip": from } });
    const seen = new Set<number>();
    let retry: string | null = null;
    // the window is a fixed minute: twice the limit and some more is enough wherever in it this begins
    for (let round = 0; round < 14 && !seen.has(429); round++) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => send(`203.0.113.${10 + known}`)));
      for (const { status } of answers) seen.add(status);
      retry = answers.find(({ status }) => status === 429)?.headers.get("retry-after") ?? null;
    }
    expect(seen).toEqual(new Set([usual, 429]));
    expect(retry).toBe("10");
    expect((await send(`203.0.113.${110 + known}`)).status).toBe(usual);
  },
);

import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { verifyToken } from "@clerk/backend";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance } from "../harness/suite/test-instance.ts";
import { type Identity, signIn, startIdentity } from "../local/identity.ts";
import { type Model, startModel } from "../local/model.ts";
import { config } from "./identity/config.ts";

const here = testInstance("doubles");
const folder = mkdtempSync(path.join(tmpdir(), "growqr-doubles-"));
const appUrl = `http://localhost:${here.ports.edge}`;
const key = "test-key-0123456789abcdef";
let identity: Identity;
let model: Model;
beforeAll(async () => {
  [identity, model] = await Promise.all([startIdentity(here, folder, { appUrl }), startModel(here, folder, key)]);
});
afterAll(async () => {
  await Promise.all([identity.stop(), model.stop()]);
  rmSync(folder, { recursive: true });
});

describe("identity", () => {
  const check = (jwt: string) => verifyToken(jwt, { jwtKey: identity.jwtKeyPem, authorizedParties: [appUrl] });

  test("its tokens pass Clerk's own check, live a minute and name the same person each time", async () => {
    const [first, second] = [await signIn(identity.url, "ada@example.com"), await signIn(identity.url, "ada@example.com")];
    const claims = decodeJwt(await first.token());
    expect(await check(await first.token())).toMatchObject({
      sub: first.userId,
      sid: first.sessionId,
      iss: identity.issuer,
      v: 2,
      sts: "active",
    });
    expect(claims).toMatchObject({ azp: appUrl, name: "Ada Lind", email: "ada@example.com" });
    expect(claims.exp! - claims.iat!).toBe(60);
    expect(second.userId).toBe(first.userId);
    expect(second.sessionId).not.toBe(first.sessionId);
  });

  test("a token of another key fails", async () => {
    const [head, body, signature] = (await (await signIn(identity.url, "ben@example.com")).token()).split(".");
    await expect(check(`${head}.${body}.${[...signature!].reverse().join("")}`)).rejects.toThrow();
  });

  test("the page signs a browser in by a cookie, and signing out ends it", async () => {
    const form = new URLSearchParams({ email: "chiara@example.com", redirect_url: `${appUrl}/channel` });
    const answer = await fetch(`${identity.url}/sign-in`, { method: "POST", body: form, redirect: "manual" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${appUrl}/channel`]);
    const set = answer.headers.get("set-cookie")!;
    expect(set).toMatch(/HttpOnly; SameSite=Lax/);
    const headers = { cookie: set.split(";")[0]!, origin: appUrl };
    const client = async () => (await fetch(`${identity.url}/v1/client`, { headers })).json();
    expect(await client()).toMatchObject({ session: { user: { name: "Chiara Rossi" } } });
    await fetch(`${identity.url}/sign-out?redirect_url=${appUrl}/`, { headers, redirect: "manual" });
    expect(await client()).toEqual({ session: null });
  });

  test("it sends nobody to an address that is not the app's, and answers no other origin", async () => {
    expect((await fetch(`${identity.url}/sign-in?redirect_url=https://example.org/`)).status).toBe(400);
    const answer = await fetch(`${identity.url}/v1/client`, { headers: { origin: "https://example.org" } });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("it answers under its own names only, and lets nobody sign in from another page", async () => {
    const { port } = new URL(identity.url);
    const send = (headers: Record<string, string>, method = "GET", path = "/sign-in") =>
      new Promise<number>((resolve, reject) => {
        const body = method === "POST" ? "email=ada%40example.com" : "";
        const form = { "content-type": "application/x-www-form-urlencoded", "content-length": String(body.length) };
        const call = request({ host: "127.0.0.1", port, method, path, headers: { ...headers, ...(body ? form : {}) } }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        call.once("error", reject).end(body);
      });
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) expect(await send({ host })).toBe(200);
    for (const host of ["evil.example", `evil.example:${port}`, "localhost", `localhost:${port}.evil.example`, `localhost.:${port}`])
      for (const [method, path] of [
        ["GET", "/sign-in"],
        ["POST", "/sign-in"],
        ["POST", "/v1/dev/sign-in"],
        ["GET", "/v1/client"],
      ] as const)
        expect(await send({ host }, method, path), `${host} ${method} ${path}`).toBe(421);
    const host = `localhost:${port}`;
    expect(await send({ host, origin: `http://localhost:${port}` }, "POST")).toBe(303);
    for (const origin of [`http://evil.example:${port}`, "null", `https://localhost:${port}`])
      expect(await send({ host, origin }, "POST"), origin).toBe(403);
  });

  test("without a session there is no token, and nobody gets a token of another's session", async () => {
    const [ada, ben] = [await signIn(identity.url, "ada@example.com"), await signIn(identity.url, "ben@example.com")];
    const ask = (session: string, authorization: string) =>
      fetch(`${identity.url}/v1/client/sessions/${session}/tokens`, { method: "POST", headers: { authorization } });
    expect((await ask(ada.sessionId, "Bearer nothing")).status).toBe(401);
    const dev = await fetch(`${identity.url}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email: "ada@example.com" }) });
    const { token } = (await dev.json()) as { token: string };
    expect((await ask(ben.sessionId, `Bearer ${token}`)).status).toBe(404);
  });

  test("it refuses to exist in production", () => {
    const env = { INSTANCE: "x", IDENTITY_PORT: "1", IDENTITY_FOLDER: "/x", IDENTITY_URL: "http://localhost:1", APP_ORIGINS: appUrl };
    expect(() => config({ ...env, NODE_ENV: "production" })).toThrow(/refuses to run in production/);
    expect(() => config({ ...env, ENVIRONMENT: "production" })).toThrow(/refuses to run in production/);
    expect(config(env).INSTANCE).toBe("x");
  });
});

describe("model", () => {
  const ask = (body: object, authorization = `Bearer ${key}`) =>
    fetch(`${model.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "demo", ...body }),
      headers: { authorization },
    });
  const tools = [{ type: "function", function: { name: "bash" } }];
  const say = (steps: object[]) => [{ role: "user", content: `SCRIPT:${JSON.stringify(steps)}END` }];

  test("a stream is chunks that add up, a finish, the usage and the end mark", async () => {
    const answer = await ask({ stream: true, stream_options: { include_usage: true }, tools, messages: say([{ text: "one two three" }]) });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const data = (await answer.text())
      .trim()
      .split("\n\n")
      .map((line) => line.slice(6));
    expect(data.at(-1)).toBe("[DONE]");
    const chunks = data.slice(0, -1).map((line) => JSON.parse(line));
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe("one two three");
    expect(chunks.at(-2).choices[0].finish_reason).toBe("stop");
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: expect.any(Number) } });
  });

  test("the arguments of a tool call come in fragments that join to JSON", async () => {
    const args = { command: "echo ".repeat(40) };
    const text = await (await ask({ stream: true, tools, messages: say([{ tool: "bash", args }]) })).text();
    const deltas = [...text.matchAll(/^data: (\{.*)$/gm)].flatMap((line) => JSON.parse(line[1]!).choices[0]?.delta.tool_calls ?? []);
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas[0]).toMatchObject({ id: expect.stringMatching(/^call_/), function: { name: "bash" } });
    expect(JSON.parse(deltas.map((delta: { function: { arguments?: string } }) => delta.function.arguments ?? "").join(""))).toEqual(args);
  });

  test("without streaming the same step is one answer", async () => {
    const answer = await (await ask({ tools, messages: say([{ text: "whole" }]) })).json();
    expect(answer).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "whole" }, finish_reason: "stop" }],
      usage: { total_tokens: expect.any(Number) },
    });
  });

  test("a wrong key is refused as a provider refuses it, and a scripted failure fails", async () => {
    const wrong = await ask({ messages: say([{ text: "x" }]) }, "Bearer sk-wrong");
    expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: { code: "invalid_api_key" } }]);
    const failing = await ask({ tools, messages: say([{ status: 429, retryAfter: 1 }]) });
    expect([failing.status, failing.headers.get("retry-after")]).toEqual([429, "1"]);
    expect((await ask({ messages: [] })).status).toBe(400);
  });
});

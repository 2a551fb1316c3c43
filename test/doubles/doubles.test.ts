import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { verifyToken } from "@clerk/backend";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance } from "../harness/suite/test-instance.ts";
import { type Identity, signIn, signInCode, startIdentity } from "../local/identity.ts";
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

  /** A form of a browser at the app, as Clerk's script sends it. */
  const send = (where: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${identity.url}${where}`, { method: "POST", body: new URLSearchParams(form), headers: { origin: appUrl, ...headers } });

  test("a browser is signed in by a code and a cookie, and signing out ends it", async () => {
    const begun = await send("/v1/client/sign_ups", { email_address: "chiara@example.com" });
    const set = begun.headers.get("set-cookie")!;
    expect(set).toMatch(/HttpOnly; SameSite=Lax/);
    const headers = { cookie: set.split(";")[0]!, origin: appUrl };
    const { response } = (await begun.json()) as { response: { id: string } };
    const enter = (code: string) => send(`/v1/client/sign_ups/${response.id}/attempt_verification`, { code }, headers);
    expect((await enter("000000")).status).toBe(422);
    expect((await enter(signInCode)).status).toBe(200);
    const client = async () => ((await (await fetch(`${identity.url}/v1/client`, { headers })).json()) as { response: unknown }).response;
    expect(await client()).toMatchObject({ sessions: [{ status: "active", user: { first_name: "Chiara", last_name: "Rossi" } }] });
    await send("/v1/client/sessions?_method=DELETE", {}, headers);
    expect(await client()).toMatchObject({ sessions: [] });
  });

  test("it answers under its own names only, and no page but the app's", async () => {
    const { port } = new URL(identity.url);
    const call = (headers: Record<string, string>, method: string, where: string) =>
      new Promise<number>((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port, method, path: where, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        });
        asked.once("error", reject).end();
      });
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) expect(await call({ host }, "GET", "/v1/client")).toBe(200);
    for (const host of ["evil.example", `evil.example:${port}`, "localhost", `localhost:${port}.evil.example`, `localhost.:${port}`])
      for (const [method, where] of [
        ["POST", "/v1/client/sign_ins"],
        ["POST", "/v1/dev/sign-in"],
        ["GET", "/v1/client"],
      ] as const)
        expect(await call({ host }, method, where), `${host} ${method} ${where}`).toBe(421);
    const host = `localhost:${port}`;
    for (const origin of [`http://evil.example:${port}`, "null", `https://localhost:${port}`, "http://x.preview.localhost:1"])
      for (const where of ["/v1/client/sign_ins", "/v1/dev/sign-in"]) expect(await call({ host, origin }, "POST", where), origin).toBe(403);
    expect(await call({ host, origin: appUrl }, "POST", "/v1/dev/sign-in")).toBe(403); // programs only
  });

  test("without a session there is no token, and nobody gets a token of another's session", async () => {
    const [ada, ben] = [await signIn(identity.url, "ada@example.com"), await signIn(identity.url, "ben@example.com")];
    const ask = (session: string, authorization: string) =>
      fetch(`${identity.url}/v1/client/sessions/${session}/tokens`, { method: "POST", headers: { authorization } });
    expect((await ask(ada.sessionId, "Bearer nothing")).status).toBe(401);
    const dev = await fetch(`${identity.url}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email: "ada@example.com" }) });
    const { token } = (await dev.json()) as { token: string };
    expect((await ask(ben.sessionId, `Bearer ${token}`)).status).toBe(401);
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

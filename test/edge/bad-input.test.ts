import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { sendOut } from "../../schema/agent/grow-agent.ts";
import { limits } from "../../schema/wire/limits.ts";
import { limit } from "../harness/suite/limit.ts";
import { ask, edgeUp, liveTicket, newMember, operatorToken, refusal, sql, type TestMember } from "./client.ts";

/**
 * Hostile texts, bodies and headers. The edge refuses each with the right code, changes nothing and slows
 * nobody down.
 */
let member: TestMember;
let neighbour: TestMember;
beforeAll(async () => {
  [member, neighbour] = [await newMember(), await newMember()];
});
const json = { "content-type": "application/json" };
const tokens = async () => Number((await sql("select count(*) as n from join_token"))[0]?.n);

describe("a content type", () => {
  test.each([
    "application/json;",
    "application/json ; ",
    "Application/JSON;charset=UTF-8",
    'application/json; charset="utf-8";',
    "application/json;v=1; x",
  ])("of JSON is taken however it is spelled: %s", async (type) => {
    const headers = { "content-type": type };
    const answer = await ask("POST", "/hosts/tokens", { raw: '{"role":"host"}', headers, token: await operatorToken() });
    expect(answer.status, answer.text).toBe(201);
    expect((await ask("POST", "/billing/trial", { raw: "{}", headers, token: await member.token() })).status).toBe(202);
    expect(refusal(await ask("POST", "/goals", { raw: '{"title":7}', headers, token: await member.token() })).code).toBe("invalid");
  });
  test.each(["application/json; charset=utf-16", "text/json", "application/json, text/plain", ";", "application/jsonp"])(
    "of anything else is 415: %s",
    async (type) => {
      const headers = { "content-type": type };
      const answer = await ask("POST", "/hosts/tokens", { raw: '{"role":"host"}', headers, token: await operatorToken() });
      expect([answer.status, refusal(answer).code]).toEqual([415, "unsupported_media_type"]);
    },
  );
});

describe("a body", () => {
  /** Sends a request as it stands, ends its side, and reads what comes. */
  function sendRaw(text: string): Promise<string> {
    const { hostname, port } = new URL(edgeUp.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      let said = "";
      socket.setEncoding("utf8").on("data", (chunk) => {
        said += chunk;
      });
      socket.once("close", () => resolve(said)).once("error", reject);
      socket.once("end", () => socket.end());
      socket.setTimeout(limit(10_000), () => socket.destroy());
      socket.end(text);
    });
  }
  test.each(["content-length: 400", "transfer-encoding: chunked"])(
    "that is cut off is no fault of ours, and changes nothing: %s",
    async (framing) => {
      const before = await tokens();
      const requestId = `req_01ARZ3NDEKTSV4RRFFQ69G5${framing.length}A`;
      const part = framing.startsWith("content") ? '{"role":"host"' : 'f\r\n{"role":"host"}\r\n';
      const head = [
        "POST /hosts/tokens HTTP/1.1",
        "host: localhost",
        `authorization: Bearer ${await operatorToken()}`,
        `x-request-id: ${requestId}`,
      ];
      const said = await sendRaw([...head, "content-type: application/json", framing, "", part].join("\r\n"));
      expect(said === "" || /^HTTP\/1\.1 400 /.test(said), said).toBe(true);
      const lines = readFileSync(edgeUp.log, "utf8").split("\n");
      for (const line of lines.filter((each) => each.includes(requestId))) expect(line).not.toMatch(/"level":"error"|"status":5/);
      expect(await tokens()).toBe(before);
    },
  );

  const deep = (levels: number) => `${'{"title":'.repeat(1)}${"[".repeat(levels)}${"]".repeat(levels)}}`;
  const bad: [string, string, string, number][] = [
    ["with half of a surrogate pair", "/goals", '{"title":"a\\ud800c"}', 400],
    ["with the other half", "/goals", '{"title":"\\udc00"}', 400],
    ["with one in a name", "/goals", '{"title":"a","\\ud800":1}', 400],
    ["with one deep inside", "/plans", '{"title":"a","tasks":[{"spec":{"id":"x","title":"\\udbff"}}]}', 400],
    ["with U+0000", "/goals", '{"title":"a\\u0000b"}', 400],
    ["of 100,000 levels", "/goals", deep(100_000), 400],
    ["of 101 levels", "/goals", deep(101), 400],
    ["of objects, 30,000 deep", "/goals", `${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}`, 400],
    ["with a number beyond all", "/goals", '{"title":"a","progress":1e999}', 400],
  ];
  test.each(bad)("%s is refused, with nothing changed", async (_, where, raw, status) => {
    const answer = await ask("POST", where, { raw, headers: json, token: await member.token() });
    expect([answer.status, refusal(answer).retryable], answer.text).toEqual([status, false]);
    expect(answer.text).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  });
  test("that names a field twice is refused, and neither of the two counts", async () => {
    const raw = '{"clientId":"double-0001","text":"one","text":"two"}';
    const headers = { "content-type": "application/json" };
    const answer = await ask("POST", `/actors/${member.actor.id}/message`, { raw, headers, token: await member.token() });
    expect([answer.status, refusal(answer).issues]).toEqual([400, [{ path: "", message: "names a field twice" }]]);
  });
  test("that is not UTF-8 is refused", async () => {
    const headers = { ...json, authorization: `Bearer ${await member.token()}` };
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0xff, 0xfe, 0x22, 0],
    ]) {
      const response = await fetch(`${edgeUp.url}/goals`, { method: "POST", headers, body: new Uint8Array(bytes) });
      expect([response.status, (await response.text()).includes("bad_json")]).toEqual([400, true]);
    }
  });

  test("with half of a surrogate pair is refused at every address that takes texts", async () => {
    const [id, agent] = ["01ARZ3NDEKTSV4RRFFQ69G5FAV", member.actor.id];
    const at = [
      ["POST", `/actors/${agent}/message`],
      ...["plans", "tasks", "goals", "quests", "quests/preview", "git/tokens", "reminders/devices", "reminders/webhook"].map((path) => [
        "POST",
        `/${path}`,
      ]),
      ...[`plans/pln_${id}/edits`, `proposals/prp_${id}/decide`, `approvals/apr_${id}/decision`].map((path) => ["POST", `/${path}`]),
      ["PUT", "/memory/file"],
      ["PUT", "/secrets/a-key"],
      ["PATCH", `/goals/gol_${id}`],
    ] as const;
    for (const [method, path] of at) {
      const answer = await ask(method!, path!, { raw: '{"text":"\\ud800"}', headers: json, token: await member.token() });
      expect([answer.status, refusal(answer).issues?.[0]?.message], path).toEqual([400, expect.stringContaining("surrogate")]);
    }
  });
});

describe("a query", () => {
  test("with U+0000 is refused, and one with bytes that are no text finds nothing", async () => {
    for (const [query, status] of [
      ["q=a%00b", 400],
      ["q=%ed%a0%80", 200],
      ["q=%ff", 200],
    ] as const) {
      const answer = await ask("GET", `/memory/search?${query}`, { token: await member.token() });
      expect(answer.status, `${query} ${answer.text}`).toBe(status);
    }
  });
});

describe("headers that are odd and valid", () => {
  test("name the scheme in any case", async () => {
    for (const scheme of ["bearer", "BEARER", "BeArEr", "Bearer "])
      expect((await ask("GET", "/me", { headers: { authorization: `${scheme} ${await member.token()}` } })).status, scheme).toBe(200);
    for (const header of ["Bearer", "Bearer a b", "Basic abc", "Bearerabc"])
      expect((await ask("GET", "/me", { headers: { authorization: header } })).status, header).toBe(401);
  });
});

test("a clientId that was used for another message is a conflict, and the first one stands", async () => {
  const send = async (text: string) =>
    ask("POST", `/actors/${member.actor.id}/message`, { body: { clientId: "twice-0001", text }, token: await member.token() });
  const first = sendOut.parse((await send("one")).json);
  expect(sendOut.parse((await send("one")).json)).toEqual({ ...first, repeated: true });
  const other = await send("two");
  expect([other.status, refusal(other).code]).toEqual([409, "idempotency_mismatch"]);
  expect(sendOut.parse((await send(" one ")).json).messageId).toBe(first.messageId);
});

describe("a method", () => {
  test.each([
    ["GET", "/actors/provision", "POST"],
    ["OPTIONS", "/actors/provision", "POST"],
    ["OPTIONS", "/quests/preview", "POST"],
    ["DELETE", "/actors/me", "GET, HEAD"],
    ["PUT", "/goals/gol_01ARZ3NDEKTSV4RRFFQ69G5FAV", "PATCH"],
    ["TRACE", "/live/gateway/growAgent/connect", "GET"],
    ["GET", "/live/gateway/growAgent/action/snapshot", "POST"],
  ])("that an address does not take is 405, and Allow names those it does, and only those: %s %s", async (method, path, allow) => {
    const { hostname, port } = new URL(edgeUp.url);
    const said = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }); // fetch refuses to send TRACE
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      socket.once("close", () => resolve(text)).once("error", reject);
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
    });
    expect(said).toMatch(/^HTTP\/1\.1 405 /);
    expect(/^allow: (.*)$/im.exec(said)?.[1]?.trim()).toBe(allow);
  });
});

test("HEAD of a stream tells its headers and leaves no stream behind", async () => {
  const told = await ask("HEAD", `/actors/${member.actor.id}/events`, { token: await member.token() });
  expect([told.status, told.headers.get("content-type"), told.text]).toEqual([200, "text/event-stream; charset=utf-8", ""]);
  const { guardAnswers, newApp } = await import(new URL("../../edge/http.ts", import.meta.url).href);
  const left = Promise.withResolvers<string>();
  const app = newApp().use(guardAnswers);
  app.get("/stream", () => new Response(new ReadableStream({ cancel: () => left.resolve("left") })));
  expect((await app.request("/stream", { method: "HEAD" })).body).toBeNull();
  expect(await left.promise).toBe("left");
});

test("a neighbour is answered while a member sends the worst there is", async () => {
  const worst = [
    "[".repeat(limits.bodyBytes - 1),
    `{"title":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    JSON.stringify({ title: "\ud83d".repeat(40_000) }),
    `{"title":"${"\\u0000".repeat(40_000)}"}`,
    `{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":1`).join(",")}}`,
  ];
  const tooLarge = JSON.stringify({ title: "a".repeat(limits.bodyBytes * 3) });
  const bodies = [...worst, tooLarge];
  const token = await neighbour.token();
  const mine = await member.token();
  let over = false;
  /** It ends when the neighbour has every answer and each body was sent, and not before. */
  const storm = (async () => {
    for (let n = 0; !over || n < bodies.length; n++) {
      const raw = bodies[n % bodies.length]!;
      const { status } = await ask("POST", "/goals", { raw, headers: json, token: mine });
      expect([raw.slice(0, 20), status]).toEqual([raw.slice(0, 20), raw === tooLarge ? 413 : 400]);
    }
  })();
  for (let n = 0; n < 15; n++) expect((await ask("GET", "/channels", { token })).status).toBe(200);
  over = true;
  await storm;
});

test("every line of the log is one JSON object, whatever was sent", async () => {
  const { ticket } = await liveTicket(member);
  await ask("GET", "/x%0a%7b%22level%22:%22error%22%7d", { headers: { "x-request-id": "req_x" } });
  await ask("POST", `/actors/${member.actor.id}/stop`, {
    body: { scope: "turn", channel: "chn_01ARZ3NDEKTSV4RRFFQ69G5FAV" },
    token: await member.token(),
  });
  await ask("POST", "/live/gateway/growAgent/action/send", { raw: "{", headers: { "x-rivet-conn-params": JSON.stringify({ ticket }) } });
  const lines = readFileSync(edgeUp.log, "utf8").split("\n").slice(0, -1); // the last one may be half written
  const entry = z.looseObject({ at: z.string(), level: z.string(), part: z.literal("edge"), message: z.string() });
  for (const line of lines) expect(entry.safeParse(JSON.parse(line)).success, line).toBe(true);
});

import { request } from "node:http";
import { createClient } from "rivetkit/client";
import { beforeAll, describe, expect, test } from "vitest";
import type { Registry } from "../../actors/registry.ts";
import { snapshotShape } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { type Ask, ask, edgeUp, liveTicket, newMember, refusal } from "./client.ts";

const edge = edgeUp;
let owner: Awaited<ReturnType<typeof newMember>>;
let other: Awaited<ReturnType<typeof newMember>>;
let ticket: string;

beforeAll(async () => {
  [owner, other] = [await newMember(), await newMember()];
  ({ ticket } = await liveTicket(owner));
});

const good = () => new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": owner.actor.member });
const params = (value: unknown = { ticket }) => ({ "x-rivet-conn-params": JSON.stringify(value), "x-rivet-encoding": "json" });
const envelope = (input: unknown = {}) => ({ requestId: newId("req"), key: crypto.randomUUID(), input });
const action = "/live/gateway/growAgent/action/snapshot";
const call = (path: string, query: URLSearchParams | string = good(), how: Ask = {}) =>
  ask("POST", `${path}?${query}`, { body: { args: [envelope()] }, headers: { ...params(), ...how.headers }, ...how });

describe("the live proxy", () => {
  test("lets a member call and connect to their own Grow Agent with the stock client", async () => {
    const client = createClient<Registry>({
      endpoint: `${edge.url}/live`,
      namespace: "default",
      disableMetadataLookup: true,
      encoding: "json",
    });
    const handle = client.growAgent.get([owner.actor.member], { params: { ticket } });
    expect(snapshotShape.parse(await handle.action({ name: "snapshot", args: [envelope()] })).agent).toBe(owner.actor.id);
    const connection = handle.connect();
    const heard: string[] = [];
    connection.on("event", (event: { kind: string }) => heard.push(event.kind));
    const body = { clientId: crypto.randomUUID(), text: "live" };
    await connection.action({ name: "send", args: [envelope(body)] });
    await eventually("the event", async () => (heard.includes("message.sent") ? true : undefined));
    const renewed = await connection.action({ name: "renew", args: [envelope({ ticket: (await liveTicket(owner)).ticket })] });
    expect(renewed).toMatchObject({ ticketEnds: expect.any(Number) });
    await connection.dispose();
    await client.dispose();
  });

  test("lets a call through in any of the client's encodings", async () => {
    for (const encoding of ["json", "cbor", "bare"] as const) {
      const client = createClient<Registry>({ endpoint: `${edge.url}/live`, namespace: "default", disableMetadataLookup: true, encoding });
      const handle = client.growAgent.get([owner.actor.member], { params: { ticket } });
      const answer = await handle.action({ name: "snapshot", args: [envelope()] });
      expect(answer).toMatchObject({ agent: owner.actor.id });
      await client.dispose();
    }
  });

  test("lets a plain call through", async () => {
    const answer = await call(action);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ output: { agent: owner.actor.id } });
  });

  test("answers refusals with the product's own status and shape, in any encoding, and nothing of the engine's goes out", async () => {
    const task = { taskId: "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV" };
    const text = (input: unknown) => JSON.stringify({ args: [envelope(input)] });
    const cases: [string, string, string, number, string][] = [
      ["task", text(task), "json", 404, "not_found"],
      ["send", text({}), "json", 400, "invalid"],
      ["send", "{{{", "json", 400, "invalid"],
      ["send", '{"args":[]}', "json", 400, "invalid"],
      ["send", '{"args":["\\ud800"]}', "json", 400, "invalid"],
      ["send", "zzz", "cbor", 400, "invalid"],
      ["send", "zzz", "bare", 400, "invalid"],
    ];
    for (const [name, raw, encoding, status, code] of cases) {
      const headers = {
        "x-rivet-conn-params": JSON.stringify({ ticket }),
        "x-rivet-encoding": encoding,
        "content-type": "application/json",
      };
      const answer = await ask("POST", `/live/gateway/growAgent/action/${name}?${good()}`, { raw, headers });
      expect([answer.status, refusal(answer).code], `${name} ${raw} ${answer.text}`).toEqual([status, code]);
      expect([...answer.headers.keys()].filter((header) => /rivet|access-control/.test(header))).toEqual([]);
      expect(answer.text).not.toMatch(/actorId|generation|"actor"|internal_error/);
    }
    const fine = await call(action);
    expect([...fine.headers.keys()].filter((header) => /rivet|access-control/.test(header))).toEqual([]);
  });

  test("gives the stock client the same refusals, in any of its encodings", async () => {
    for (const encoding of ["json", "cbor", "bare"] as const) {
      const client = createClient<Registry>({ endpoint: `${edge.url}/live`, namespace: "default", disableMetadataLookup: true, encoding });
      const handle = client.growAgent.get([owner.actor.member], { params: { ticket } });
      const asked = handle.action({ name: "task", args: [envelope({ taskId: "tsk_01ARZ3NDEKTSV4RRFFQ69G5FAV" })] });
      await expect(asked, encoding).rejects.toMatchObject({ group: "user", code: "not_found" });
      await client.dispose();
    }
  });

  const withQuery = (changes: Record<string, string | undefined>) => {
    const query = good();
    for (const [name, value] of Object.entries(changes)) value === undefined ? query.delete(name) : query.set(name, value);
    return query;
  };
  const refusedCalls: [string, () => Promise<{ status: number }>, number?][] = [
    ["creating", () => call(action, withQuery({ "rvt-method": "getOrCreate", "rvt-runner": "default" }))],
    ["no method", () => call(action, withQuery({ "rvt-method": undefined }))],
    ["two methods", () => call(action, `${good()}&rvt-method=getOrCreate`)],
    ["a method in capitals", () => call(action, withQuery({ "rvt-method": "GET" }))],
    ["someone else's key", () => call(action, withQuery({ "rvt-key": other.actor.member }))],
    ["no key", () => call(action, withQuery({ "rvt-key": undefined }))],
    ["two keys", () => call(action, `${good()}&rvt-key=${other.actor.member}`)],
    ["a longer key", () => call(action, withQuery({ "rvt-key": `${owner.actor.member},x` }))],
    ["another namespace", () => call(action, withQuery({ "rvt-namespace": "other" }))],
    ["two namespaces", () => call(action, `${good()}&rvt-namespace=other`)],
    ["another actor", () => call("/live/gateway/subAgent/action/snapshot")],
    ["the engine's list of actors", () => ask("GET", `/live/actors?name=growAgent&namespace=default`, { headers: params() })],
    ["making an actor", () => ask("PUT", "/live/actors", { body: { name: "growAgent" }, headers: params() })],
    ["the engine's metadata", () => ask("GET", "/live/metadata", { headers: params() })],
    ["the engine's page", () => ask("GET", "/live/ui/", { headers: params() })],
    ["the engine's namespaces", () => ask("GET", "/live/namespaces", { headers: params() })],
    ["runners", () => ask("GET", "/live/runners/connect", { headers: params() })],
    ["the inspector", () => call("/live/gateway/growAgent/inspector/state")],
    ["the inspector's socket", () => call("/live/gateway/growAgent/inspector/connect")],
    ["a queue", () => call("/live/gateway/growAgent/queue/work")],
    ["a raw request", () => call("/live/gateway/growAgent/request/x")],
    ["a raw socket", () => call("/live/gateway/growAgent/websocket/x")],
    ["an actor by id with a token", () => call(`/live/gateway/abc@${edge.rivetToken}/action/snapshot`)],
    ["an actor by id", () => call("/live/gateway/abcdef0123456789/action/snapshot")],
    ["an action for the edge only", () => call("/live/gateway/growAgent/action/provision")],
    ["the agent's tools", () => call("/live/gateway/growAgent/action/tool")],
    ["a scheduled action", () => call("/live/gateway/growAgent/action/alarm")],
    ["destroying", () => call("/live/gateway/growAgent/action/destroy")],
    ["an action below an action", () => call("/live/gateway/growAgent/action/snapshot/x")],
    ["dots in the path", () => call("/live/gateway/growAgent/action/../../../actors")],
    ["encoded dots", () => call("/live/gateway/growAgent/action/%2e%2e/%2e%2e/%2e%2e/actors")],
    ["an encoded slash", () => call("/live/gateway/growAgent%2Faction%2Fsnapshot")],
    ["an encoded name", () => call("/live/gateway/%67rowAgent/action/snapshot")],
    ["two slashes", () => call("/live//gateway/growAgent/action/snapshot")],
    ["a semicolon", () => call("/live/gateway/growAgent;x/action/snapshot")],
    ["a slash at the end", () => call(`${action}/`)],
    ["reading an action", () => ask("GET", `${action}?${good()}`, { headers: params() }), 405],
    ["deleting", () => ask("DELETE", `${action}?${good()}`, { headers: params() }), 405],
    ["connecting without a socket", () => ask("GET", `/live/gateway/growAgent/connect?${good()}`, { headers: params() })],
    ["no ticket", () => call(action, good(), { headers: { "x-rivet-encoding": "json" }, body: { args: [] } }), 401],
  ];
  test.each(refusedCalls)("does not know %s", async (_, attempt, status) => {
    expect((await attempt()).status).toBe(status ?? 404);
  });

  test("takes nothing for the engine from the query or the headers", async () => {
    const smuggled = `${good()}&rvt-token=stolen&rvt-input=AAAA&rvt-runner=x&rvt-skip-ready-wait=true&rvt-crash-policy=destroy&rvt-region=x`;
    const headers = {
      ...params(),
      "x-rivet-token": "stolen",
      "x-rivet-target": "runner",
      "x-rivet-actor": "abc",
      "x-rivet-skip-ready-wait": "1",
      host: "elsewhere",
    };
    const answer = await ask("POST", `${action}?${smuggled}`, { body: { args: [envelope()] }, headers });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ output: { agent: owner.actor.id } });
  });

  const tickets: [string, () => Promise<string> | string][] = [
    ["a session token", () => owner.token()],
    [
      "a ticket whose claims were changed",
      () => ticket.replace(/\.([^.]+)\./, `.${Buffer.from(JSON.stringify({ member: other.actor.member })).toString("base64url")}.`),
    ],
    ["a ticket cut short", () => ticket.slice(0, -4)],
    ["the engine's token", () => edge.rivetToken],
  ];
  test.each(tickets)("refuses %s", async (_, make) => {
    const answer = await call(action, good(), { headers: params({ ticket: await make() }), body: { args: [envelope()] } });
    expect([answer.status, refusal(answer).code]).toEqual([401, "unauthenticated"]);
  });

  test("refuses someone else's ticket for one's own key, and one's own for someone else's", async () => {
    const theirs = (await liveTicket(other)).ticket;
    expect((await call(action, good(), { headers: params({ ticket: theirs }), body: { args: [envelope()] } })).status).toBe(404);
    const query = withQuery({ "rvt-key": other.actor.member });
    expect((await call(action, query)).status).toBe(404);
  });

  test("refuses more conn params than a ticket, and too many", async () => {
    for (const bad of [{ ticket, member: other.actor.member }, { ticket: "x".repeat(5_000) }, [], "x", null])
      expect((await call(action, good(), { headers: params(bad), body: { args: [] } })).status).toBe(401);
  });

  test("refuses a frame that is too large", async () => {
    const body = { args: [envelope({ clientId: "12345678", text: "x".repeat(70_000) })] };
    const answer = await ask("POST", `/live/gateway/growAgent/action/send?${good()}`, { body, headers: params() });
    expect([answer.status, refusal(answer).code]).toEqual([413, "too_large"]);
  });
});

describe("a live socket", () => {
  const url = (query: URLSearchParams | string = good(), path = "connect") => `${edge.url}/live/gateway/growAgent/${path}?${query}`;
  const protocols = (value: unknown = { ticket }) => [
    "rivet",
    "rivet_encoding.json",
    `rivet_conn_params.${encodeURIComponent(JSON.stringify(value))}`,
  ];
  /** The status of the handshake. */
  const open = (address: string, offered: string[]) =>
    new Promise<number>((resolve, reject) => {
      const headers = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
        ...(offered.length ? { "sec-websocket-protocol": offered.join(", ") } : {}),
      };
      const asked = request(address, { headers, agent: false });
      asked.once("upgrade", (_response, socket) => {
        socket.destroy();
        resolve(101);
      });
      asked.once("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.once("error", reject);
      asked.end();
    });

  test("opens for its owner", async () => {
    expect(await open(url(), protocols())).toBe(101);
  });

  test("opens to the owner's agent whatever else is offered", async () => {
    const extra = [...protocols(), "rivet_token.stolen", "rivet_target.runner", "rivet_actor.abc", "rivet_skip_ready_wait"];
    expect(await open(url(`${good()}&rvt-token=x&rvt-input=AAAA`), extra)).toBe(101);
  });

  const refused: [string, () => [string, string[]], number?][] = [
    ["no ticket", () => [url(), ["rivet", "rivet_encoding.json"]]],
    ["two tickets", () => [url(), [...protocols(), protocols({ ticket: "x".repeat(30) })[2]!]]],
    ["no subprotocols", () => [url(), []]],
    ["an encoding nobody knows", () => [url(), ["rivet", "rivet_encoding.xml", protocols()[2]!]]],
    ["a forged ticket", () => [url(), protocols({ ticket: `${ticket.slice(0, -6)}AAAAAA` })], 401],
    ["params that do not decode", () => [url(), ["rivet", "rivet_encoding.json", "rivet_conn_params.%E0%A4%A"]], 401],
    [
      "someone else's key",
      () => [url(new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": other.actor.member })), protocols()],
    ],
    ["creation", () => [url(good().toString().replace("rvt-method=get", "rvt-method=getOrCreate")), protocols()]],
    ["an action's address", () => [url(good(), "action/snapshot"), protocols()], 405],
    ["a raw socket's address", () => [url(good(), "websocket/x"), protocols()]],
    ["the inspector's address", () => [url(good(), "inspector/connect"), protocols()]],
  ];
  test.each(refused)("does not open with %s", async (_, make, status) => {
    const [address, offered] = make();
    expect(await open(address, offered)).toBe(status ?? 404);
  });
});

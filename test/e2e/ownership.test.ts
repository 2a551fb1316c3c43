import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { readInstance } from "../../schema/machine/instance.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { inside, inspect } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/** Whose is what: a second member, and what must not be reachable, accepted or written down. */
const product = inject("product");
const here = readInstance(product.instance);
let ben: Person;
let chiara: Person;
let actor: string;
let member: string;
let workspace: string;
let events: Events;

beforeAll(async () => {
  [ben, chiara] = await Promise.all([person(product, "ben@example.com"), person(product, "chiara@example.com")]);
  const made = await provision(ben);
  ({ events } = made);
  ({ id: actor, member, workspaceId: workspace } = made.actor);
});
afterAll(() => events.close());
const lastSeq = () => events.received.flatMap((each) => ("event" in each ? [each.event.seq] : [])).at(-1);

describe("another member's ids", () => {
  const calls = (agent: string, box: string): [string, string, unknown?][] => [
    ["GET", `/actors/${agent}`],
    ["GET", `/actors/${agent}/events`],
    ["POST", `/actors/${agent}/start`, {}],
    ["POST", `/actors/${agent}/stop`, { scope: "stack" }],
    ["POST", `/actors/${agent}/message`, { clientId: "client-0001", text: "hello" }],
    ["POST", `/actors/${agent}/ticket`, {}],
    ["GET", `/opencode/workspaces/${box}/logs`],
  ];

  test("answer 404 on every address, exactly as ids that do not exist", async () => {
    const before = lastSeq();
    const foreign = calls(actor, workspace);
    const missing = calls(newId("agt"), newId("wsp"));
    for (const [index, [method, where, body]] of foreign.entries()) {
      const [each, two] = [await chiara.call(method, where, body), await chiara.call(method, missing[index]![1], body)];
      expect([where, each.status]).toEqual([where, 404]);
      expect(two.status).toBe(404);
      const said = z.object({ error: z.object({ code: z.literal("not_found"), message: z.string() }) });
      expect(said.parse(each.body)).toEqual(said.parse(two.body));
    }
    expect(lastSeq()).toBe(before);
  });

  test("open nothing to an operator either: hosts are theirs, members' agents are not", async () => {
    const operator = await person(product, "operator@example.com");
    expect((await operator.call("GET", "/hosts")).status).toBe(200);
    expect((await operator.call("GET", `/actors/${actor}`)).status).toBe(404);
    expect((await ben.call("GET", "/hosts")).status).toBe(403);
    expect((await ben.call("POST", "/hosts/tokens", { role: "host" })).status).toBe(403);
  });

  test("a session that expired or was signed by another key is refused", async () => {
    const token = await ben.token();
    const [head, body, signature] = token.split(".");
    const claims = { ...JSON.parse(Buffer.from(body!, "base64url").toString()), exp: 1 };
    const old = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
    for (const bad of [old, `${head}.${body}.${[...signature!].reverse().join("")}`, "x", `${head}.${body}.`]) {
      const answer = await fetch(`${product.edgeUrl}/me`, { headers: { authorization: `Bearer ${bad}` } });
      expect(answer.status).toBe(401);
    }
  });
});

describe("bad input", () => {
  const codeOf = (answer: { status: number; body: unknown }) => [
    answer.status,
    z.object({ error: z.object({ code: z.string(), message: z.string(), requestId: z.string().startsWith("req_") }) }).parse(answer.body)
      .error.code,
  ];
  const message = () => `/actors/${actor}/message`;

  test("is answered with a code and a request id, and changes nothing", async () => {
    const before = lastSeq();
    const good = { clientId: "client-0002", text: "hello" };
    const cases: [unknown, number, string][] = [
      ["{", 400, "bad_json"],
      ["", 400, "invalid"],
      [[], 400, "invalid"],
      [{ ...good, text: 7 }, 400, "invalid"],
      [{ ...good, text: "" }, 400, "invalid"],
      [{ ...good, admin: true }, 400, "invalid"],
      [{ ...good, clientId: "a,b" }, 400, "invalid"],
      [{ ...good, channel: "chn_1" }, 400, "invalid"],
      [{ ...good, text: "x".repeat(limits.messageText + 1) }, 400, "invalid"],
      [{ ...good, text: "x".repeat(limits.bodyBytes) }, 413, "too_large"],
    ];
    for (const [body, status, code] of cases)
      expect([JSON.stringify(body).slice(0, 60), ...codeOf(await ben.call("POST", message(), body))]).toEqual([
        JSON.stringify(body).slice(0, 60),
        status,
        code,
      ]);
    expect(codeOf(await ben.call("POST", message(), "clientId=x", { "content-type": "text/plain" }))).toEqual([
      415,
      "unsupported_media_type",
    ]);
    expect(codeOf(await ben.call("POST", `/actors/${actor}/stop`, { scope: "everything" }))).toEqual([400, "invalid"]);
    for (const id of [`${actor},x`, `${actor}%2Fx`, "agt_1", "..%2f..%2fme", actor.toLowerCase()])
      expect([id, (await ben.call("GET", `/actors/${id}`)).status]).toEqual([id, 404]);
    expect(lastSeq()).toBe(before);
  });

  test("a method that an address does not take and an address that is none say so", async () => {
    expect((await ben.call("DELETE", "/actors/me")).status).toBeGreaterThanOrEqual(404);
    expect(codeOf(await ben.call("POST", "/actors/nothing/here/at/all"))).toEqual([404, "not_found"]);
  });

  test("an idempotency key gives the first answer again, and with another body a conflict", async () => {
    const headers = { "idempotency-key": `key-${crypto.randomUUID()}` };
    const body = { clientId: "client-0003", text: "thanks" };
    const first = await ben.call("POST", message(), body, headers);
    expect(await ben.call("POST", message(), body, headers)).toMatchObject({ status: 202, body: first.body });
    expect(codeOf(await ben.call("POST", message(), { ...body, text: "other" }, headers))).toEqual([409, "idempotency_mismatch"]);
  });

  test("a request id of ours is taken over, any other replaced", async () => {
    const mine = newId("req");
    expect((await ben.call("GET", "/me", undefined, { "x-request-id": mine })).headers.get("x-request-id")).toBe(mine);
    expect((await ben.call("GET", "/me", undefined, { "x-request-id": "me\tmine" })).headers.get("x-request-id")).toMatch(/^req_/);
  });
});

describe("walls", () => {
  test("everything listens on loopback only, the gateway on its own address", async () => {
    const { stdout } = await promisify(execFile)("ss", ["-ltnH"]);
    const ports = new Set<number>([...Object.values(here.ports)]);
    const bound = stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/)[3]!)
      .map((local) => ({ address: local.slice(0, local.lastIndexOf(":")), port: Number(local.slice(local.lastIndexOf(":") + 1)) }));
    const ours = bound.filter((each) => ports.has(each.port));
    expect(ours.length).toBeGreaterThanOrEqual(8);
    for (const item of ours) expect(item.address).toMatch(/^127\.|^\[::ffff:127\.|^\[::1\]/);
    const gateways = bound.filter((each) => each.address.endsWith(here.gateway.address));
    expect(gateways.map((each) => each.port).sort()).toEqual([here.gateway.port, here.gateway.proxyPort]);
  });

  test("from the container only Gitea and the gateway can be reached: not the machine, its loopback parts, the other pair or the internet", async () => {
    const { turnId } = await send(ben, actor, "hello");
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    const all: [string, number, string][] = [
      ["gitea", 3000, "open"],
      ["gateway", here.gateway.port, "open"],
      [here.gateway.address, 22, "shut"],
      ["169.254.169.254", 80, "shut"],
      ["192.0.2.1", 443, "shut"],
      ...Object.values(here.ports).map((port): [string, number, string] => [here.gateway.address, port, "shut"]),
    ];
    const tries = all.map(
      ([address, port, state]) =>
        `(timeout ${state === "open" ? 15 : 2} bash -c '</dev/tcp/${address}/${port}' 2>/dev/null && echo ${address} ${port} open || echo ${address} ${port} shut) &`,
    );
    const answer = await inside(product.instance, "opencode", member, ["bash", "-c", `${tries.join("\n")}\nwait`]);
    expect(answer.trim().split("\n").sort()).toEqual(all.map((each) => each.join(" ")).sort());
  });

  test("the pair is hardened: no root, no capabilities, read-only root", async () => {
    const read = (script: string) => inside(product.instance, "opencode", member, ["sh", "-c", script]);
    expect((await read("id -u")).trim()).not.toBe("0");
    expect(await read("grep CapEff /proc/1/status")).toMatch(/0000000000000000/);
    expect(await read("grep NoNewPrivs /proc/1/status")).toMatch(/1/);
    expect(await read("touch /usr/x 2>&1; echo ended $?")).toMatch(/ended [1-9]/);
  });
});

describe("secrets", () => {
  const secrets = () => {
    const all = z.looseObject({
      engineToken: z.string(),
      modelKey: z.string(),
      keks: z.record(z.string(), z.string()),
      signingKeys: z.array(z.looseObject({ d: z.string() })),
    });
    const { engineToken, modelKey, keks, signingKeys } = all.parse(
      JSON.parse(readFileSync(path.join(product.folder, "secrets.json"), "utf8")),
    );
    return { engineToken, modelKey, kek: Object.values(keks)[0]!, signing: signingKeys[0]!.d };
  };

  test("no key of the platform is in a container: not in its settings, its processes, its files", async () => {
    for (const part of ["opencode", "gitea"] as const) {
      const { Config } = await inspect(product.instance, part, member);
      const text =
        JSON.stringify(Config) +
        (await inside(product.instance, part, member, [
          "sh",
          "-c",
          "cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; true",
        ]));
      for (const [name, value] of Object.entries(secrets())) expect([part, name, text.includes(value)]).toEqual([part, name, false]);
    }
  });

  test("an agent that prints all it can read finds no key of the platform", async () => {
    const command =
      "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; git config --list; cat ~/.gitconfig ~/.git-credentials 2>/dev/null; true";
    const { turnId } = await send(ben, actor, script({ tool: "bash", args: { command, description: "look around" } }, { text: "looked" }));
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    const text = JSON.stringify(events.received);
    for (const [name, value] of Object.entries(secrets())) expect([name, text.includes(value)]).toEqual([name, false]);
  });

  test("planted keys and live tokens are in no log", async () => {
    const planted = "sk-planted0123456789abcdefghijklmnop";
    const session = await ben.token();
    const { body } = await ben.call("POST", `/actors/${actor}/ticket`);
    const { ticket } = z.object({ ticket: z.string() }).parse(body);
    await fetch(`${product.edgeUrl}/me`, { headers: { authorization: `Bearer ${planted}` } });
    await fetch(`${product.edgeUrl}/nothing?token=${planted}`, { headers: { authorization: `Bearer ${session}` } });
    await ben.call("POST", `/actors/${actor}/message`, { clientId: "client-0004", text: 7, apiKey: planted });
    const logs = readdirSync(product.folder).filter((name) => name.endsWith(".log"));
    expect(logs.length).toBeGreaterThanOrEqual(6);
    for (const name of logs) {
      const text = readFileSync(path.join(product.folder, name), "utf8");
      for (const [secretName, value] of Object.entries({ ...secrets(), planted, session, ticket }))
        expect([name, secretName, text.includes(value)]).toEqual([name, secretName, false]);
      expect([name, /gq[bj]_[A-Za-z0-9_-]{16,}/.test(text)]).toEqual([name, false]);
    }
  });

  test("one request id leads through the logs of edge, runner and host", async () => {
    const id = newId("req");
    const body = { clientId: `c-${crypto.randomUUID()}`, text: "hello" };
    const answer = await ben.call("POST", `/actors/${actor}/message`, body, { "x-request-id": id });
    const { turnId } = z.object({ turnId: z.string() }).parse(answer.body);
    await events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    for (const name of ["edge", "runner", "host"])
      expect([name, readFileSync(path.join(product.folder, `${name}.log`), "utf8").includes(id)]).toEqual([name, true]);
  });

  test("the model saw the session of the agent, and the platform's key came from the edge alone", async () => {
    const answer = await fetch(`${product.modelUrl}/dev/requests`, { headers: { authorization: `Bearer ${product.modelKey}` } });
    const { requests } = z
      .object({ requests: z.array(z.object({ headers: z.record(z.string(), z.unknown()) })) })
      .parse(await answer.json());
    expect(requests.length).toBeGreaterThan(0);
    for (const { headers } of requests) expect(Object.keys(headers)).not.toContain("authorization");
  });
});

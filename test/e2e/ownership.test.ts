import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { readInstance } from "../../schema/machine/instance.ts";
import { newId } from "../../schema/wire/id.ts";
import { inside, inspect } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/** What must not be reachable from outside, and the secrets that nobody may read or find written down. */
const product = inject("product");
const here = readInstance(product.instance);
let ben: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  ben = await person(product, "ben@example.com");
  const made = await provision(ben);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
});
afterAll(() => events.close());

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
});

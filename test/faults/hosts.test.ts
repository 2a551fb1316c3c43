import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { readInstance } from "../../schema/machine/instance.ts";
import { goalsOut } from "../../schema/memory/memory-api.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { pidOf } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";
import { hostEnv, hostFolder, hostProgram } from "../local/host.ts";
import { operatorEmail, signIn } from "../local/identity.ts";
import { bin } from "../local/process.ts";
import { product } from "./product.ts";

/**
 * A machine that falls silent, and a machine that is enrolled again under another name: each member is told
 * why they wait.
 */
const minute = 60_000;
let ada: Person;
let actor: string;
let events: Events;
beforeAll(async () => {
  ada = await person(product, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  actor = made.actor.id;
  events = made.events;
});
afterAll(() => events?.close());

const view = async () => z.object({ actor: actorView }).parse((await ada.call("GET", "/actors/me")).body).actor;
const seqNow = () => events.received.reduce((last, message) => ("event" in message ? Math.max(last, message.event.seq) : last), 0);
const noticed = (code: string, after: number) => events.wait("notice", (event) => event.seq > after && event.body.code === code, 90_000);
const done = (turnId: string) =>
  events.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 2 * minute);
async function operate(method: string, where: string, body?: object): Promise<unknown> {
  const operator = await signIn(product.identityUrl, operatorEmail, "Operator");
  const headers = { authorization: `Bearer ${await operator.token()}`, "content-type": "application/json" };
  const response = await fetch(product.edgeUrl + where, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  return response.json();
}

test("a host that falls silent: its member is told, what they write waits, and it goes on with the host's next word", async () => {
  const pid = pidOf(product.folder, "host");
  const before = seqNow();
  process.kill(pid, "SIGSTOP");
  try {
    expect((await noticed("host_lost", before)).body.text).toMatch(/does not answer.*waits.*goes on by itself/s);
    expect(await view()).toMatchObject({ status: "failed", observed: "unreachable", trouble: { code: "host_lost" } });
    const { turnId } = await send(ada, actor, "hello, is anybody there");
    process.kill(pid, "SIGCONT");
    await noticed("stack_goes_on", before);
    await done(turnId);
    expect((await view()).trouble).toBeNull();
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("a machine that is enrolled anew: the stacks of its old name are in trouble, and go on with all they had once they are evicted to it", async () => {
  expect(await ada.call("POST", "/goals", { title: "Outlive the machine" })).toMatchObject({ status: 200 });
  await events.wait("commit", (event) => event.body.title.includes("Outlive the machine"), minute);
  const [before, old] = [seqNow(), (await view()).host?.id];
  const folder = hostFolder(product.folder);
  const { token } = z.object({ token: z.string() }).parse(await operate("POST", "/hosts/tokens", { role: "host" }));
  const kept = ["machine.json", "key.pem", "cert.pem", "ca.pem", "ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"];
  for (const file of kept) rmSync(path.join(folder, file), { force: true });
  const hostInstance = readInstance(product.instance);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...hostEnv(hostInstance, product.folder, { edgeUrl: product.edgeUrl }) };
  const where = ["--name", "anew", "--address", "127.0.0.1", "--port", String(hostInstance.ports.host)];
  const { stdout } = await promisify(execFile)(bin("node"), [...hostProgram, "join", token, ...where], { env, timeout: limit(minute) });
  const anew = /hst_\w+/.exec(stdout)?.[0];
  process.kill(pidOf(product.folder, "host"), "SIGKILL");

  await noticed("host_lost", before);
  const answer = await eventually("the eviction is taken", async () => {
    const said = z.object({ placed: z.number() }).safeParse(await operate("POST", `/hosts/${old}/evict`, { to: anew }));
    return said.success && said.data;
  });
  expect(answer.placed).toBeGreaterThan(0);
  await noticed("stack_goes_on", before);
  await done((await send(ada, actor, "hello on the machine that is enrolled anew")).turnId);
  expect(await view()).toMatchObject({ host: { id: anew }, trouble: null });
  expect(goalsOut.parse((await ada.call("GET", "/goals")).body).goals.map((goal) => goal.title)).toEqual(["Outlive the machine"]);
  expect((await ada.call("POST", "/goals", { title: "And the next" })).status).toBe(200);
  await events.wait("commit", (event) => event.body.title.includes("And the next"), minute);
});

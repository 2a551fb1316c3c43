import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorBody } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { fillDisk } from "../harness/fill-disk.ts";
import { containers, pidOf } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { ensureDocker } from "../local/docker/docker.ts";
import { removeObjects } from "../local/docker/instance-objects.ts";
import { operatorEmail, signIn } from "../local/identity.ts";
import { startOf } from "../local/lock.ts";
import { bin, root } from "../local/process.ts";

/**
 * `npm start` with its state folder and the engine's storage on a disk each. Both are filled to the last byte
 * and emptied again.
 */
const testedInstance = testInstance("doubles"); // its own tests are over, or not begun, while these run
const folder = path.join(root, testedInstance.folder);
const engine = path.join(folder, "engine");
const at = { identityUrl: `http://127.0.0.1:${testedInstance.ports.identity}`, edgeUrl: `http://127.0.0.1:${testedInstance.ports.edge}` };
const minute = 60_000;
let product: ChildProcess;
let said = "";
let ada: Person;
let actor: string;
let events: Events;

beforeAll(async () => {
  await removeObjects(await ensureDocker(() => undefined), testedInstance);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=300m", "tmpfs", folder]);
  mkdirSync(engine);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=100m", "tmpfs", engine]);
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, GROWQR_INSTANCE: testedInstance.name, HOST_STACKS: "10" };
  product = spawn(bin("node"), [path.join(root, "test/local/main.ts")], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [product.stdout, product.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await eventually("the product is ready", async () => said.includes("ready with"), 3 * minute);
  ada = await person(at, `ada.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const made = await provision(ada);
  actor = made.actor.id;
  made.events.close();
  events = await ada.events(actor, 0, { steady: true });
});
afterAll(async () => {
  events?.close();
  if (product.exitCode === null) {
    product.kill("SIGTERM");
    await once(product, "exit");
  }
  await removeObjects(await ensureDocker(() => undefined), testedInstance);
  execFileSync("umount", [engine]);
  execFileSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});
const ended = (turnId: string) => (event: { body: { turnId: string; state: string } }) =>
  event.body.turnId === turnId && ["done", "failed", "interrupted"].includes(event.body.state);

test("below its reserve a host takes no new stack, says why, and the stacks that are there go on", async () => {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(path.join(folder, "fill"), Buffer.alloc(bavail * bsize - 10 * 1024 * 1024, 1)); // of 300 MB it keeps 15
  const newcomer = await person(at, `bo.${newId("req").slice(-6).toLowerCase()}@example.com`);
  const operator = await signIn(at.identityUrl, operatorEmail, "Operator");
  await eventually("the operator sees it", async () => {
    const response = await fetch(`${at.edgeUrl}/hosts`, { headers: { authorization: `Bearer ${await operator.token()}` } });
    return (await response.text()).includes('"full":true');
  });
  const answer = await newcomer.call("POST", "/billing/trial");
  expect([answer.status, errorBody.parse(answer.body).error.code]).toEqual([507, "storage_full"]);
  expect((await ada.call("POST", "/goals", { title: "A small thing" })).status).toBe(200);
  rmSync(path.join(folder, "fill"));
  await eventually("the newcomer has a stack", async () => (await newcomer.call("POST", "/billing/trial")).status === 202, minute);
});

test("with the engine's disk alone full, changes are refused as that, and goals are taken again once there is space", async () => {
  expect(fillDisk(engine)).toBe("ENOSPC");
  const refusals = new Set<string>();
  const from = Date.now();
  // First the actor says that nothing was written; later the engine gives it up, and it says nothing.
  await eventually("twenty seconds are over", async () => {
    const answer = await ada.call("POST", "/goals", { title: "Too much" });
    const { code, message } = errorBody.parse(answer.body).error;
    refusals.add(`${answer.status} ${code} ${Number(answer.headers.get("retry-after")) > 0} ${/disk/.test(message)}`);
    return Date.now() - from > 20_000;
  });
  expect([...refusals]).toEqual(["507 storage_full true true"]);
  await eventually("it is said", async () => said.includes("is full; what is asked for is refused"));
  rmSync(path.join(engine, "fill"));
  await eventually("goals are taken again", async () => (await ada.call("POST", "/goals", { title: "Room" })).status === 200, minute);
});

test("a full disk refuses in words, ends nothing, and is recovered from once there is space; what was begun comes to an end", async () => {
  const { turnId } = await send(ada, actor, "make me a page that says hello");
  await events.wait("tool.call", (event) => event.body.turnId === turnId, minute);
  expect([fillDisk(folder), fillDisk(engine)]).toEqual(["ENOSPC", "ENOSPC"]);
  const host = pidOf(folder, "host");

  expect((await ada.call("GET", "/me")).status).toBe(200);
  for (const [where, body] of [
    ["/goals", { title: "Too much" }],
    [`/actors/${actor}/message`, { clientId: newId("req"), text: "hello" }],
  ] as const) {
    const answer = await ada.call("POST", where, body);
    // Where the database still has room in its own files, the edge can only say that the engine does not
    // answer.
    expect([where, ["storage_full", "unavailable"]]).toEqual([where, expect.arrayContaining([errorBody.parse(answer.body).error.code])]);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  await eventually("it is said once", async () => said.split("is full; what is asked for is refused").length === 3);
  // The parts write, log and renew while there is no room, for longer than the longest pause between two
  // writes.
  const from = Date.now();
  await eventually("fifteen seconds are over", async () => Date.now() - from > 15_000);
  expect(product.exitCode).toBeNull();
  expect([pidOf(folder, "host"), startOf(host) !== undefined]).toEqual([host, true]);

  for (const disk of [folder, engine]) rmSync(path.join(disk, "fill"));
  await eventually("goals are taken again", async () => (await ada.call("POST", "/goals", { title: "Room again" })).status === 200, minute);
  await events.wait("turn.state", ended(turnId), minute);
  const next = await send(ada, actor, "make me a page that says hello again");
  expect((await events.wait("turn.state", ended(next.turnId), 2 * minute)).body.state).toBe("done");
  expect(said).not.toMatch(/keeps ending|gave up/);
});

test("a single SIGINT ends `npm start` with its disk full, its containers too", async () => {
  for (const disk of [folder, engine]) fillDisk(disk);
  await eventually("it is noticed", async () => said.split("is full; what is asked for is refused").length > 3);
  const exited = once(product, "exit");
  product.kill("SIGINT");
  expect((await exited)[0]).toBe(0);
  expect((await containers(testedInstance.name)).filter((line) => line.endsWith(" running"))).toEqual([]);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serviceClient } from "../../actors/service.ts";
import { newTaskOf } from "../../actors/task-act.ts";
import { callTool } from "../../actors/tool.ts";
import { type AgentType, agentType } from "../../schema/agent-type.ts";
import { answer } from "../../schema/answer.table.ts";
import { newId } from "../../schema/id.ts";
import { spec as specShape } from "../../schema/spec.ts";
import { task } from "../../schema/task.table.ts";
import { startTracker, type Tracker } from "../doubles/service/server.ts";
import { type Alone, alone } from "./alone.ts";

/** Calls of a bound service as an agent makes them, against a service on loopback. Only the edge, which keeps the secret, is played. */
const key = "tracker-key-0123456789";
let folder: string;
let tracker: Tracker;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-service-"));
  tracker = await startTracker(0, key);
});
afterAll(async () => {
  await tracker.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  tracker.calls.length = 0;
});

const operations = [
  { name: "list", method: "GET", path: "/items" },
  { name: "mirror", method: "GET", path: "/mirror" },
  { name: "add", path: "/items" },
  { name: "drop", path: "/items" },
];
function kind(): AgentType {
  return agentType.parse({
    ...{ id: "scribe", title: "Scribe", purpose: "Writes", prompt: "Write." },
    tools: { box: ["read"], platform: ["report_progress"] },
    capabilities: ["files:read", "service:tracker/list", "service:tracker/mirror", "service:tracker/add", "secret:tracker-key"],
    budget: { cost_usd: 1, minutes: 5 },
    service: { name: "tracker", kind: "http", url: `${tracker.url}/v1`, operations, secret: { name: "tracker-key" } },
  });
}
/** An agent of that kind with a task. `secret`: what the edge answers for it. */
async function agent(secret: string | undefined = key, local = [tracker.url]) {
  const of = await alone(folder, { types: new Map([["scribe", kind()]]) });
  const asked: string[] = [];
  const edge = { secret: async (_: string, name: string, origin: string) => (asked.push(`${name} ${origin}`) > 0 ? secret : undefined) };
  Object.assign(of.self.vars.world, { edge, services: serviceClient(local) });
  of.self.key = [newId("mem")];
  const spec = specShape.parse({ id: "own", title: "Own", owner: "scribe", outputs: ["a.md"] });
  const { task: made } = await newTaskOf(of.self, { spec }, newId("req"), newId("req"));
  await of.settle();
  const [row] = await of.db.select().from(task).where(eq(task.id, made.id));
  return { of, asked, id: row?.worker ?? "" };
}
const call = (of: Alone, id: string, operation: string, given: object = {}, again = newId("req")) =>
  callTool(of.self, { agent: id as never, tool: "call_service", arguments: { operation, arguments: given } }, again, newId("req"));
const told = async (of: Alone) => (await of.events("service.called")).map(({ operation, state }) => `${operation} ${state}`);

test("an operation of the list is called with the secret for its origin, told in the log, and the secret comes back to nobody", async () => {
  const { of, id, asked } = await agent();
  expect(await call(of, id, "list", { q: "fir" })).toMatchObject({ ok: true, text: expect.stringContaining('{"items":["first"]}') });
  const mirrored = await call(of, id, "mirror");
  expect(mirrored.text).toContain("[redacted]");
  expect(mirrored.text).not.toContain(key);
  expect(asked).toEqual([`tracker-key ${tracker.url}`, `tracker-key ${tracker.url}`]);
  expect(await told(of)).toEqual(["list done", "mirror done"]);
  expect(JSON.stringify(await of.events("service.called"))).not.toContain(key);
  of.close();
});

test("what may change something is sent once for its key, also when its answer was lost", async () => {
  const { of, id } = await agent();
  const once = newId("req");
  const first = await call(of, id, "add", { title: "only once" }, once);
  expect(first).toMatchObject({ ok: true });
  expect(await call(of, id, "add", { title: "only once" }, once)).toEqual(first);
  expect(tracker.calls).toHaveLength(1);
  await of.db.delete(answer).where(eq(answer.key, `tool:-:${once}`)); // the process died between the service's answer and its record
  expect(await call(of, id, "add", { title: "only once" }, once)).toMatchObject({
    ok: false,
    text: expect.stringContaining("may have been done"),
  });
  expect(tracker.calls).toHaveLength(1);
  expect(tracker.items.filter((item) => item === "only once")).toHaveLength(1);
  of.close();
});

test("an operation that is not on the list, or without its capability, or with wrong arguments is refused by path, and nothing is sent", async () => {
  const { of, id } = await agent();
  expect(await call(of, id, "erase")).toMatchObject({
    ok: false,
    text: expect.stringContaining("- operation: is not on the list of tracker"),
  });
  expect(await call(of, id, "drop")).toMatchObject({
    ok: false,
    text: expect.stringContaining("- operation: is more than this work may do"),
  });
  expect(await call(of, id, "list", { q: { deep: 1 } })).toMatchObject({ ok: false, text: expect.stringContaining("- arguments.q") });
  expect(await told(of)).toEqual(["erase refused", "drop refused", "list refused"]);
  expect(await of.events("tool.refused")).toHaveLength(3);
  expect(tracker.calls).toEqual([]);
  expect(await call(of, of.grow, "list")).toMatchObject({ ok: false, text: "No service is bound to you." });
  of.close();
});

test("without its secret, or at an address that is not on the internet, a service is not called, and that is said", async () => {
  const poor = await agent(undefined);
  Object.assign(poor.of.self.vars.world, { edge: { secret: async () => undefined } });
  expect(await call(poor.of, poor.id, "list")).toMatchObject({ ok: false, text: expect.stringContaining("keeps no secret tracker-key") });
  const inside = await agent(key, []);
  expect(await call(inside.of, inside.id, "list")).toMatchObject({ ok: false, text: expect.stringContaining("was not reached") });
  expect(await told(inside.of)).toEqual(["list refused"]);
  expect(tracker.calls).toEqual([]);
  for (const one of [poor, inside]) one.of.close();
});

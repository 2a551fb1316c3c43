import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { agentTypesOut } from "../../schema/agent/agent-type-api.ts";
import { taskOut } from "../../schema/agent/team.ts";
import { printYaml } from "../../schema/wire/yaml.ts";
import { startTracker, type Tracker } from "../doubles/service/server.ts";
import { commitBeside, inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision } from "../harness/person.ts";
import { trackerAt } from "../harness/product-under-test.ts";

/** A member's own kind of agent, from the file in memory to its work. The tests follow one another. */
const product = inject("product");
const minutes = 60_000;
const path = "agents/scribe/agent.yaml";
const scribe = {
  id: "scribe",
  title: "Scribe",
  purpose: "Writes notes about what it is told",
  prompt: "You write short notes.",
  tools: { box: ["read", "write", "bash"], platform: ["report_progress", "ask"] },
  capabilities: ["files:read", "files:write", "shell:workspace", "git:clone", "git:push", "tasks:report", "member:ask"],
  commands: { sets: ["look", "edit", "git"] },
  budget: { cost_usd: 1, minutes: 20 },
  model: "fast",
};
const key = "tracker-key-0123456789";
const origin = trackerAt(product.instance);
/** Bound to a service: two operations, and a secret that its box never holds. */
const bound = {
  ...scribe,
  capabilities: [...scribe.capabilities, "service:tracker/list", "service:tracker/add", "secret:tracker-key"],
  service: {
    name: "tracker",
    kind: "http",
    url: `${origin}/v1`,
    operations: [
      { name: "list", method: "GET", path: "/items" },
      { name: "add", method: "POST", path: "/items" },
    ],
    secret: { name: "tracker-key" },
  },
};
let tracker: Tracker;
let ina: Person;
let member: string;
let events: Events;

beforeAll(async () => {
  ina = await person(product, "ina@example.com");
  const made = await provision(ina, 3 * minutes);
  ({ events } = made);
  member = made.actor.member;
  tracker = await startTracker(Number(new URL(origin).port), key);
});
afterAll(async () => {
  events?.close();
  await tracker?.close();
});

const put = (text: string | null, base: string | null) => ina.call("PUT", "/memory/file", { path, text, base });
const types = async () => agentTypesOut.parse((await ina.call("GET", "/agent-types")).body).types;
const mine = async () => (await types()).find((each) => each.id === "scribe");
const noted = (id: string, description = "A note") => ({
  id,
  description,
  title: `Note ${id}`,
  project: "notes",
  owner: "scribe",
  outputs: [`${id}.md`],
});
/** Gives a task and waits for its end, allowing what is asked. */
async function done(id: string, description?: string): Promise<string> {
  const answer = await ina.call("POST", "/tasks", { spec: noted(id, description) });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  const { task } = taskOut.parse(answer.body);
  await events.wait("task.state", (event) => event.body.taskId === task.id && event.body.facts.state === "verified", 2 * minutes);
  return events.of("agent.state").findLast((event) => event.body.taskId === task.id)?.body.agentId ?? "";
}

test("the twelve are there, and a file that asks for more than the Grow Agent has is refused by path, and nothing is changed", async () => {
  expect((await types()).filter((each) => !each.own)).toHaveLength(12);
  const greedy = {
    ...scribe,
    capabilities: [...scribe.capabilities, "secret:*", "monitor:all"],
    model: "huge",
    budget: { minutes: 9_000 },
  };
  const answer = await put(printYaml(greedy), null);
  expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid" } } });
  const more = await put(printYaml({ ...scribe, budget: { cost_usd: 50, minutes: 20 }, commands: { allow: ["npm publish"] } }), null);
  expect(more).toMatchObject({
    status: 400,
    body: { error: { issues: [{ path: "text.budget.cost_usd" }, { path: "text.commands.allow.0" }] } },
  });
  expect(await mine()).toBeUndefined();
  expect(await ina.call("GET", `/memory/file?path=${path}`)).toMatchObject({ status: 404 });
  expect(await ina.call("POST", "/tasks", { spec: noted("early") })).toMatchObject({
    status: 400,
    body: { error: { issues: [{ path: "spec.owner" }] } },
  });
});

test("a good file is taken up on its commit, and work is given to that kind of agent as to any other", async () => {
  expect((await put(printYaml(scribe), null)).status).toBe(200);
  await events.wait("agent_type.state", (event) => event.body.id === "scribe" && event.body.change === "taken");
  expect(await mine()).toMatchObject({ own: true, usable: true, path, issues: [], title: "Scribe" });
  const worker = await done("first");
  expect(await ina.call("GET", `/agents/${worker}`)).toMatchObject({
    body: { agent: { type: "scribe", title: "Scribe" }, purpose: scribe.purpose, capabilities: scribe.capabilities },
  });
});

test("its service is called with the member's secret, which is in no box and no event; what can't be sent is refused by path, and one off the list waits for a yes", async () => {
  expect((await ina.call("PUT", "/secrets/tracker-key", { value: key, origin })).status).toBe(200);
  const { commit } = (await ina.call("GET", `/memory/file?path=${path}`)).body as { commit: string };
  expect((await put(printYaml(bound), commit)).status).toBe(200);
  await events.wait("agent_type.state", (event) => event.body.change === "changed");
  const words =
    'Call list of your service with {"q":"fir"}. Call add of your service with {"title":"kept"}. Call drop of your service with {"all":true}. Call DELETE /items/{id} of your service with {"id":"second"}';
  const work = done("served", words);
  work.catch(() => undefined); // awaited below
  const { body: asked } = await events.wait("approval.asked", (event) => event.body.subject.kind === "operation", 2 * minutes);
  expect(asked).toMatchObject({
    title: "Call DELETE /items/{id} of tracker",
    reach: new URL(origin).host,
    subject: { detail: `DELETE ${origin}/v1/items/second` },
  });
  expect(tracker.items).toContain("second");
  const answer = { decision: "allow", scope: "always", device: "the test" };
  expect((await ina.call("POST", `/approvals/${asked.id}/decision`, answer)).status).toBe(200);
  const worker = await work;
  const called = events.of("service.called").map(({ body }) => `${body.operation} ${body.state}`);
  expect(called).toEqual(["list done", "add started", "add done", "drop refused", "DELETE /items/{id} started", "DELETE /items/{id} done"]);
  expect(events.of("tool.refused").at(-1)?.body).toMatchObject({ tool: "call_service", text: expect.stringContaining("operation:") });
  expect(tracker.calls.map(({ method, path: at }) => `${method} ${at}`)).toEqual([
    "GET /v1/items?q=fir",
    "POST /v1/items",
    "DELETE /v1/items/second",
  ]);
  expect(tracker.items).toEqual(["first", "kept"]);
  const match = `service:tracker/DELETE /items/{id} at ${origin}`;
  expect((await ina.call("GET", "/policies")).body).toMatchObject({ rules: [{ kind: "operation", match, decision: "allow" }] });
  const uid = (await inside(product.instance, "opencode", member, ["stat", "-c", "%u", `/workspace/agents/${worker}`])).trim();
  // what its server keeps is root's while it runs, but long outputs
  const kept = `/workspace/servers/${worker}`;
  const places = `/workspace/agents/${worker} ${kept}/data/opencode/tool-output /tmp /proc/[0-9]*/environ`;
  for (const [reader, where] of [
    [uid, places],
    ["0", kept],
  ] as const)
    expect(
      (await inside(product.instance, "opencode", member, ["sh", "-c", `grep -rls ${key} ${where} 2>/dev/null || true`], reader)).trim(),
    ).toBe("");
  const mark = `grep -rlsE 'service answered|tracker' ${kept} | head -1`; // that it looked where the agent's words are
  expect(await inside(product.instance, "opencode", member, ["sh", "-c", mark], "0")).toContain(worker);
  expect(JSON.stringify(events.received)).not.toContain(key);
  expect(JSON.stringify((await ina.call("GET", "/secrets")).body)).not.toContain(key);
  expect(await ina.call("GET", `/agents/${worker}`)).toMatchObject({ body: { tools: expect.arrayContaining(["call_service"]) } });
});

test("a commit that breaks the file is refused by path where the member sees it, and the version before goes on", async () => {
  await commitBeside(product.instance, member, path, printYaml({ ...bound, capabilities: [...bound.capabilities, "unknown:thing"] }));
  await ina.call("PUT", "/memory/file", { path: "decisions/other.md", text: "# Another\n\nChange.\n", base: null });
  const { body } = await events.wait("agent_type.state", (event) => event.body.change === "refused", minutes);
  expect(body).toMatchObject({ id: "scribe", kept: true, issues: [{ path: expect.stringMatching(/^capabilities\./) }] });
  expect(await mine()).toMatchObject({ usable: true, issues: [{ path: expect.stringMatching(/^capabilities\./) }] });
  await done("second", "Call list of your service with {}");
  expect(events.of("service.called").at(-1)?.body).toMatchObject({ operation: "list", state: "done" });
});

test("a removed file gives no new work, and its agents and what they said stay", async () => {
  const { commit } = (await ina.call("GET", `/memory/file?path=${path}`)).body as { commit: string };
  expect((await put(null, commit)).status).toBe(200);
  await events.wait("agent_type.state", (event) => event.body.change === "removed", minutes);
  expect(await mine()).toBeUndefined();
  expect(await ina.call("POST", "/tasks", { spec: noted("late") })).toMatchObject({
    status: 400,
    body: { error: { issues: [{ path: "spec.owner" }] } },
  });
  const agents = (await ina.call("GET", "/agents")).body as { agents: { type: string }[] };
  expect(agents.agents.some((each) => each.type === "scribe")).toBe(true);
});

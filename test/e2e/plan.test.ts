import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { readHostMachine } from "../../agent-host/machine/machine.ts";
import { eventPage, sendOut } from "../../schema/agent/grow-agent.ts";
import { planOut, plansOut, taskOut, tasksOut } from "../../schema/agent/team.ts";
import { signAgentToken } from "../../schema/machine/machine.ts";
import { id } from "../../schema/wire/id.ts";
import { inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * Plans and tasks over HTTP: seen, changed, accepted, cancelled, paused; what is bad changes nothing. The
 * whole story is story.test.ts. The tests follow one another.
 */
const product = inject("product");
let eve: Person;
let actor: string;
let member: string;
let events: Events;
const minutes = 60_000;
const body = <T extends z.ZodType>(shape: T, answer: { body: unknown }): z.infer<T> => shape.parse(answer.body);

beforeAll(async () => {
  eve = await person(product, "eve@example.com");
  const made = await provision(eve);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
});
afterAll(() => events?.close());

test("a story becomes a plan that nobody has begun, with testing, review and merge after what is built", async () => {
  await send(eve, actor, "plan a greeting with your team");
  const { body: proposed } = await events.wait("plan.state", (event) => event.body.state === "proposed");
  expect(proposed.tasks.map((each) => each.owner)).toEqual(["coding", "testing", "reviewer", "repo"]);
  const { plan } = body(planOut, await eve.call("GET", `/plans/${proposed.planId}`));
  expect(plan).toMatchObject({ state: "proposed", revision: 1, tasks: [] });
  expect(plan.estimate.costMicros.most).toBeGreaterThan(0);
  expect(body(tasksOut, await eve.call("GET", "/tasks")).tasks).toEqual([]);
});

test("an accepted plan is accepted once, however often it is said, and cancelled with all its tasks", async () => {
  const [plan] = body(plansOut, await eve.call("GET", "/plans")).plans;
  const key = { "idempotency-key": "accept-the-greeting" };
  const accepted = await Promise.all([1, 2].map(() => eve.call("POST", `/plans/${plan!.id}/accept`, { revision: 1 }, key)));
  expect(accepted.map((each) => each.status).filter((status) => status !== 409)).toContain(200);
  const names = plan!.plan.tasks.map((each) => each.id);
  const tasks = async () => body(tasksOut, await eve.call("GET", "/tasks?limit=100")).tasks;
  expect((await tasks()).map((each) => each.name).sort()).toEqual([...names].sort());
  expect(await eve.call("POST", `/plans/${plan!.id}/keep`)).toMatchObject({ status: 409 }); // nothing is proven yet
  expect(await eve.call("POST", `/plans/${plan!.id}/cancel`)).toMatchObject({ status: 200, body: { plan: { state: "cancelled" } } });
  expect(new Set((await tasks()).map((each) => each.facts.state))).toEqual(new Set(["cancelled"]));
});

test(
  "a task is paused in the middle, stays so, goes on, and is cancelled; a stranger finds none of it",
  async () => {
    const spec = { id: "slow", title: "A slow page", owner: "coding", outputs: ["slow.html"], description: script150() };
    const made = body(taskOut, await eve.call("POST", "/tasks", { spec }));
    const id = made.task.id;
    await events.wait("task.state", (event) => event.body.taskId === id && event.body.facts.state === "in_progress", minutes);
    await events.until("its turn runs", () => events.deltas().some((each) => each.delta.channel === channelOf(id)), minutes);
    await onlyItsOwn(id);
    expect(await eve.call("POST", `/tasks/${id}/pause`, { reason: "lunch" })).toMatchObject({
      status: 200,
      body: { task: { facts: { state: "paused", reason: "lunch" } } },
    });
    const stopped = await events.wait("turn.state", (event) => event.channel === channelOf(id) && event.body.state === "stopped");
    expect(stopped.body.state).toBe("stopped");
    expect(await eve.call("POST", `/tasks/${id}/retry`)).toMatchObject({ status: 409 });
    expect(await eve.call("POST", `/tasks/${id}/resume`)).toMatchObject({
      status: 200,
      body: { task: { facts: { state: "in_progress" } } },
    });
    await events.until("it goes on", () => events.of("agent.prompt").filter((event) => event.body.taskId === id).length > 1, minutes);
    const { events: said } = spoken.parse((await eve.call("GET", `/channels/${channelOf(id)}/events?limit=200`)).body);
    for (const kind of ["agent.prompt", "turn.state"]) expect(said.map((event) => event.kind)).toContain(kind);
    expect(await eve.call("POST", `/tasks/${id}/cancel`)).toMatchObject({ status: 200, body: { task: { facts: { state: "cancelled" } } } });
    const mallory = await person(product, "mallory@example.com");
    expect(await mallory.call("GET", `/tasks/${id}`)).toMatchObject({ status: 404 });
    expect(await mallory.call("POST", `/tasks/${id}/cancel`)).toMatchObject({ status: 404 });
  },
  limit(4 * minutes),
);
const spoken = z.object({ events: z.array(z.looseObject({ kind: z.string() })) });
/**
 * A tool call as the task's agent: heard for its own task, not for another agent's. By a thief of its token
 * it is not heard at all.
 */
async function onlyItsOwn(ownFolder: string): Promise<void> {
  const spec = { id: "anothers", title: "Another's", owner: "testing", outputs: ["another.md"] };
  const { task: anothers } = body(taskOut, await eve.call("POST", "/tasks", { spec }));
  const worker = events.of("agent.state").findLast((event) => event.body.taskId === ownFolder)?.body.agentId ?? "";
  const call = (task: string) => {
    const params = { name: "report_progress", arguments: { task, state: "working", text: "half way" } };
    return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  };
  const headers = (token: string) => ({
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  });
  const { boxToken, agentToken, edge } = await tokensOf(worker);
  const report = async (task: string) =>
    (await fetch(`${edge}/mcp`, { method: "POST", headers: headers(agentToken), body: call(task) })).text();
  expect(await report(ownFolder)).toContain("Noted.");
  expect(await report(anothers.id)).toContain("is not a task of yours");
  const stolen = Object.entries(headers(boxToken)).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const curl = ["curl", "-s", "-m", "20", ...stolen, "-d", call(ownFolder), "http://gateway:8080/mcp"];
  expect(await inside(product.instance, "opencode", member, curl)).toContain("unauthenticated");
  expect(events.of("agent.progress").map((event) => event.body.taskId)).not.toContain(anothers.id);
  await eve.call("POST", `/tasks/${anothers.id}/cancel`);
}
/** The agent's token for its host's gateway, and the token by which its host speaks for it at the edge. */
async function tokensOf(agent: string): Promise<{ boxToken: string; agentToken: string; edge: string }> {
  const folder = path.join(product.folder, "host");
  const ledger = new DatabaseSync(path.join(folder, "ledger.sqlite"), { readOnly: true });
  try {
    const query = "SELECT agent, member, box_token, epoch FROM agent JOIN stack USING (member) WHERE agent = ?";
    const shape = z.object({ agent: id("agt"), member: id("mem"), box_token: z.string(), epoch: z.number() });
    const row = shape.parse(ledger.prepare(query).get(agent));
    const machine = readHostMachine(folder);
    if (!machine) throw new Error(`${folder} holds no machine`);
    const claims = { member: row.member, agent: row.agent, epoch: row.epoch };
    const agentToken = await signAgentToken(machine.id, machine.key, claims, Math.floor(Date.now() / 1000));
    return { boxToken: row.box_token, agentToken, edge: machine.edge };
  } finally {
    ledger.close();
  }
}
const channelOf = (taskId: string) => events.of("agent.state").findLast((event) => event.body.taskId === taskId)?.body.channel ?? "";
const script150 = () => `SCRIPT:${JSON.stringify([{ text: "tick", chunks: 400, gapMs: 100 }])}END`;

test("bad specs are refused by path and change nothing", async () => {
  const before = body(tasksOut, await eve.call("GET", "/tasks")).tasks.length;
  const refusedFor = async (spec: object) => (await eve.call("POST", "/tasks", { spec })).body;
  const good = { id: "x", title: "X", owner: "coding", outputs: ["x"] };
  expect(await refusedFor({ ...good, owner: "nobody" })).toMatchObject({ error: { issues: [{ path: "spec.owner" }] } });
  expect(await refusedFor({ ...good, outputs: ["../x"] })).toMatchObject({ error: { issues: [{ path: "spec.outputs.0" }] } });
  expect(await refusedFor({ ...good, outputs: [] })).toMatchObject({ error: { issues: [{ path: "spec.acceptance" }] } });
  expect(await refusedFor({ ...good, wish: 1 })).toMatchObject({ error: { code: "invalid" } });
  for (const wrong of [
    {},
    { story: "a page", spec: good, clientId: "story-0001" },
    { story: "a page" },
    { story: " ", clientId: "story-0001" },
  ])
    expect(await eve.call("POST", "/tasks", wrong)).toMatchObject({ status: 400, body: { error: { code: "invalid" } } });
  expect(await refusedFor({ ...good, depends_on: ["y"] })).toMatchObject({ error: { issues: [{ path: "spec.depends_on" }] } });
  expect(await eve.call("GET", "/tasks/tsk_00000000000000000000000000")).toMatchObject({ status: 404 });
  expect(await eve.call("GET", "/tasks?limit=0")).toMatchObject({ status: 400 });
  expect(body(tasksOut, await eve.call("GET", "/tasks")).tasks).toHaveLength(before);
});

test("a story becomes a plan that waits for the member's word; the same one is told once", async () => {
  const told = { story: "I want to open a bakery. Build me a website for it", clientId: `story-${Date.now()}` };
  const plans = () => events.of("plan.state").filter(({ body }) => body.state === "proposed").length;
  const before = plans();
  const [first, again] = [await eve.call("POST", "/tasks", told), await eve.call("POST", "/tasks", told)];
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(body(sendOut, again)).toEqual({ ...body(sendOut, first), repeated: true });
  await events.until("a plan is proposed", () => plans() > before, 60_000);
  await eve.call("POST", `/plans/${events.of("plan.state").at(-1)?.body.planId}/reject`);
});

test("the timeline and the audit list what happened, page by page, each event once and in order", async () => {
  const walk = async (where: string) => {
    const found: z.infer<typeof eventPage>["events"] = [];
    for (let before = ""; ; before = `&before=${found[0]?.seq}`) {
      const { events: page } = body(eventPage, await eve.call("GET", `${where}?limit=7${before}`));
      if (page.length === 0) return found;
      found.unshift(...page);
    }
  };
  const timeline = await walk("/history/timeline");
  expect(timeline.map(({ seq }) => seq)).toEqual([...new Set(timeline.map(({ seq }) => seq))].sort((a, b) => a - b));
  const states = events.of("task.state").map(({ seq }) => seq);
  expect(timeline.filter(({ kind }) => kind === "task.state").map(({ seq }) => seq)).toEqual(states);
  const audit = await walk("/history/audit");
  expect(audit.filter(({ kind }) => kind === "stack.state").length).toBeGreaterThan(0);
  expect(audit.every(({ kind }) => kind !== "message.text" && kind !== "usage")).toBe(true);
  for (const where of ["/history/timeline", "/history/audit"])
    expect(await eve.call("GET", `${where}?limit=0`)).toMatchObject({ status: 400 });
});

test("pages of tasks follow one another without a gap", async () => {
  const all = body(tasksOut, await eve.call("GET", "/tasks?limit=100")).tasks.map((each) => each.id);
  const paged: string[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page: z.infer<typeof tasksOut> = body(tasksOut, await eve.call("GET", `/tasks?limit=2${next ? `&cursor=${next}` : ""}`));
    paged.push(...page.tasks.map((each) => each.id));
    next = page.next;
  }
  expect(paged).toEqual(all);
});

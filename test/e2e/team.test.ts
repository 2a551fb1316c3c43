import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { z } from "zod";
import { slug } from "../../schema/memory.ts";
import { planOut, plansOut, type TaskView, taskDetail, taskOut, tasksOut } from "../../schema/team.ts";
import { gitIn } from "../local/inside.ts";
import { type Events, type Person, person, provisioned, send } from "../local/person.ts";

/** A team's whole story over HTTP: a plan is seen and accepted, worked on, found wrong, repaired, tested, reviewed, merged and proven. The tests follow one another. */
const product = inject("product");
let eve: Person;
let actor: string;
let member: string;
let events: Events;
const minutes = 60_000;
const body = <T extends z.ZodType>(shape: T, answer: { body: unknown }): z.infer<T> => shape.parse(answer.body);

beforeAll(async () => {
  eve = await person(product, "eve@example.com");
  const made = await provisioned(eve);
  ({ events } = made);
  ({ id: actor, member } = made.actor);
}, 2 * minutes);
afterAll(() => events?.close());

/** Answers what is asked from now on, each once, for the task it is about. */
function allowing(): () => void {
  const answered = new Set<string>();
  const look = async () => {
    for (const { body: asked } of events.of("approval.asked")) {
      if (answered.has(asked.id)) continue;
      answered.add(asked.id);
      const answer = await eve.call("POST", `/approvals/${asked.id}/decision`, { decision: "allow", scope: "task" });
      expect(answer.status).toBe(200);
    }
  };
  const timer = setInterval(() => void look(), 250);
  return () => clearInterval(timer);
}
const states = (taskId: string) =>
  events
    .of("task.state")
    .filter((event) => event.body.taskId === taskId)
    .map((event) => event.body.facts.state);
async function task(name: string): Promise<TaskView> {
  const page = body(tasksOut, await eve.call("GET", "/tasks?limit=100"));
  const found = page.tasks.find((one) => one.name === name);
  if (!found) throw new Error(`no task ${name}`);
  return found;
}

test("a story becomes a plan that nobody has begun, with testing, review and merge after what is built", async () => {
  await send(eve, actor, "plan a greeting with your team");
  const { body: proposed } = await events.wait("plan.state", (event) => event.body.state === "proposed");
  expect(proposed.tasks.map((one) => one.owner)).toEqual(["coding", "testing", "reviewer", "repo"]);
  const { plan } = body(planOut, await eve.call("GET", `/plans/${proposed.planId}`));
  expect(plan).toMatchObject({ state: "proposed", revision: 1, tasks: [] });
  expect(plan.estimate.costMicros.most).toBeGreaterThan(0);
  expect(body(tasksOut, await eve.call("GET", "/tasks")).tasks).toEqual([]);
});

test("the member changes the plan; what was not seen can't be accepted", async () => {
  const [plan] = body(plansOut, await eve.call("GET", "/plans")).plans;
  const old = plan!.plan.tasks[0]!;
  const edits = [{ kind: "change", id: old.id, task: { ...old, title: "Write a greeting that can be trusted" } }];
  const edited = body(planOut, await eve.call("POST", `/plans/${plan!.id}/edits`, { revision: 1, edits })).plan;
  expect(edited).toMatchObject({ revision: 2, plan: { tasks: [{ title: "Write a greeting that can be trusted" }, {}, {}, {}] } });
  expect(await eve.call("POST", `/plans/${plan!.id}/accept`, { revision: 1 })).toMatchObject({ status: 409 });
  const cycle = [{ kind: "change", id: old.id, task: { ...old, depends_on: ["greeting-merge"] } }];
  const refused = await eve.call("POST", `/plans/${plan!.id}/edits`, { revision: 2, edits: cycle });
  expect(refused).toMatchObject({
    status: 400,
    body: { error: { code: "invalid", issues: [{ path: expect.stringMatching(/^edits\.0\./) }] } },
  });
});

test(
  "an accepted plan runs by itself: a failing test is found in a clean room and mended, and each hand-off is an event",
  async () => {
    const [plan] = body(plansOut, await eve.call("GET", "/plans")).plans;
    const key = { "idempotency-key": "accept-the-greeting" };
    const accepted = await Promise.all([1, 2].map(() => eve.call("POST", `/plans/${plan!.id}/accept`, { revision: 2 }, key)));
    expect(accepted.map((one) => one.status).filter((status) => status !== 409)).toContain(200);
    const stop = allowing();
    await events.wait("plan.state", (event) => event.body.state === "done", 5 * minutes).finally(stop);
    const review = await task("greeting-review");
    expect(states(review.id)).toContain("waiting"); // what no rule speaks of was asked
    const coding = await task("greeting");
    expect(states(coding.id)).toEqual(
      expect.arrayContaining(["created", "assigned", "in_progress", "complete", "in_progress", "complete", "verified"]),
    );
    expect(states(coding.id).filter((state) => state === "complete").length).toBeGreaterThan(1);
    const hands = events.of("task.handoff").map(({ body: { fromOwner, toOwner } }) => `${fromOwner} → ${toOwner}`);
    expect(hands).toEqual(["coding → testing", "testing → reviewer", "reviewer → repo"]);
  },
  6 * minutes,
);

test("a plan that worked is kept as a pattern and proposed again from memory; one that did not is refused", async () => {
  const [plan] = body(plansOut, await eve.call("GET", "/plans")).plans;
  const kept = await Promise.all([1, 2].map(() => eve.call("POST", `/plans/${plan!.id}/keep`)));
  expect(kept.map((one) => one.status)).toEqual([200, 200]);
  const path = `patterns/${slug(plan!.plan.title)}-${plan!.id.slice(-6).toLowerCase()}.yaml`;
  await events.wait("commit", (event) => event.body.files.some((file) => file.path === path));
  const again = body(planOut, await eve.call("POST", "/plans", { pattern: path })).plan;
  expect(again).toMatchObject({ state: "proposed", plan: { tasks: plan!.plan.tasks } });
  expect(await eve.call("POST", `/plans/${again.id}/keep`)).toMatchObject({ status: 409 });
  expect(await eve.call("POST", "/plans", { pattern: "patterns/none.yaml" })).toMatchObject({ status: 404 });
  expect(await eve.call("POST", "/plans", { pattern: "../profile.md" })).toMatchObject({ status: 404 });
  expect(await eve.call("POST", `/plans/${again.id}/reject`)).toMatchObject({ status: 200, body: { plan: { state: "rejected" } } });
});

test("what was built is on main, merged by the repository agent, and its tests are there", async () => {
  const files = (await gitIn(product.instance, member, "projects/greeting", "ls-tree", "-r", "--name-only", "main")).split("\n");
  expect(files).toEqual(expect.arrayContaining(["greet.mjs", "greet.test.mjs", "TESTED.md", "docs/reviews/greeting.md"]));
});

test("each sub-agent speaks in its own channel, has its own branch, and the runs of a task are kept", async () => {
  const coding = await task("greeting");
  const detail = body(taskDetail, await eve.call("GET", `/tasks/${coding.id}`));
  expect(detail.task.branch).toBe(`agent/${coding.facts.worker}/greeting`);
  expect(detail.runs.filter((run) => run.kind === "agent")).toHaveLength(2);
  const { events: said } = z
    .object({ events: z.array(z.looseObject({ kind: z.string() })) })
    .parse((await eve.call("GET", `/channels/${detail.channel}/events?limit=200`)).body);
  for (const kind of ["agent.prompt", "turn.state", "tool.call"]) expect(said.map((event) => event.kind)).toContain(kind);
  const agent = await eve.call("GET", `/agents/${coding.facts.worker}`);
  expect(agent).toMatchObject({ status: 200, body: { agent: { type: "coding" }, status: { task: coding.id, phase: "done" } } });
});

test("every change of a task's state is a commit in memory, and its files say how it stands", async () => {
  const coding = await task("greeting");
  const log = await gitIn(product.instance, member, "growqr/memory", "log", "--format=%B", "main");
  for (const event of events.of("task.state").filter((one) => one.body.from !== one.body.facts.state))
    expect(log).toContain(`Task: ${event.body.taskId}`);
  const kept = await gitIn(product.instance, member, "growqr/memory", "show", `main:tasks/${coding.id}/log.md`);
  expect(kept).toMatch(/none → created[\s\S]*created → assigned[\s\S]*complete → verified/);
});

test(
  "a task is paused in the middle, stays so, goes on, and is cancelled; a stranger finds none of it",
  async () => {
    const spec = { id: "slow", title: "A slow page", owner: "coding", outputs: ["slow.html"], description: script150() };
    const made = body(taskOut, await eve.call("POST", "/tasks", { spec }));
    const id = made.task.id;
    await events.wait("task.state", (event) => event.body.taskId === id && event.body.facts.state === "in_progress", minutes);
    await events.until("its turn runs", () => events.deltas().some((one) => one.delta.channel === channelOf(id)), minutes);
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
    expect(await eve.call("POST", `/tasks/${id}/cancel`)).toMatchObject({ status: 200, body: { task: { facts: { state: "cancelled" } } } });
    const mallory = await person(product, "mallory@example.com");
    expect(await mallory.call("GET", `/tasks/${id}`)).toMatchObject({ status: 404 });
    expect(await mallory.call("POST", `/tasks/${id}/cancel`)).toMatchObject({ status: 404 });
  },
  4 * minutes,
);
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
  expect(await refusedFor({ ...good, depends_on: ["y"] })).toMatchObject({ error: { issues: [{ path: "spec.depends_on" }] } });
  expect(await eve.call("GET", "/tasks/tsk_00000000000000000000000000")).toMatchObject({ status: 404 });
  expect(await eve.call("GET", "/tasks?limit=0")).toMatchObject({ status: 400 });
  expect(body(tasksOut, await eve.call("GET", "/tasks")).tasks).toHaveLength(before);
});

test("pages of tasks follow one another without a gap", async () => {
  const all = body(tasksOut, await eve.call("GET", "/tasks?limit=100")).tasks.map((one) => one.id);
  const paged: string[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page: z.infer<typeof tasksOut> = body(tasksOut, await eve.call("GET", `/tasks?limit=2${next ? `&cursor=${next}` : ""}`));
    paged.push(...page.tasks.map((one) => one.id));
    next = page.next;
  }
  expect(paged).toEqual(all);
});

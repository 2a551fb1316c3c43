import { afterAll, beforeAll, expect, test } from "vitest";
import type { InputOf } from "../../../schema/actions.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, type Member, newMember, refused, runnerUp } from "../running-engine.ts";

/**
 * Plans on the real engine, from the proposal to the member's last word on them; no stack is there, so that
 * nothing of them begins.
 */
let engine: Awaited<ReturnType<typeof engineUp>>;
let runner: Started;
beforeAll(async () => {
  engine = await engineUp();
  runner = await runnerUp(engine.endpoint);
});
afterAll(async () => {
  await runner.stop();
  await engine.stop();
});

const planTask = (id: string, more: object = {}) => ({ id, title: `Do ${id}`, owner: "quest", outputs: [`${id}.md`], ...more });
const story = { title: "Two notes", story: "I want two notes", tasks: [planTask("a"), planTask("b", { depends_on: ["a"] })] };
async function proposed(owner: Member) {
  return (await owner.ask("planPropose", { plan: story })).plan;
}
const act = (owner: Member, planId: Id<"pln">, verb: InputOf<"planAct">["act"], revision?: number, key?: string) =>
  owner.ask("planAct", { planId, act: verb, ...(revision === undefined ? {} : { revision }) }, key ? { key } : {});
const names = async (owner: Member) =>
  (await owner.ask("tasks", {})).tasks
    .filter((task) => task.facts.state !== "cancelled")
    .map((task) => task.name)
    .sort();
const states = async (owner: Member, id: string) =>
  (await owner.log()).flatMap((event) =>
    event.kind === "plan.state" && event.body.planId === id ? [`${event.body.state} ${event.body.revision}`] : [],
  );

test("an agent's plan is shown, a second one for the same call is the same, and a wrong one goes back by path", async () => {
  const owner = await newMember(engine);
  const call = { agent: owner.agent, tool: "plan", arguments: story } as const;
  const key = newId("req");
  const answers = await Promise.all([1, 2, 3].map(() => owner.ask("tool", call, { key })));
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
  const { plans } = await owner.ask("plans", {});
  expect(plans.map((plan) => [plan.state, plan.plan.title])).toEqual([["proposed", "Two notes"]]);
  const wrong = { ...call, arguments: { ...story, tasks: [planTask("a", { depends_on: ["b"] }), planTask("b", { depends_on: ["a"] })] } };
  expect((await owner.ask("tool", wrong)).text).toMatch(/tasks\.\d\.depends_on\.0: makes a cycle/);
});

test("one that is turned down stays so: nothing was made, and no later word on it counts", async () => {
  const owner = await newMember(engine);
  const { id } = await proposed(owner);
  expect((await act(owner, id, "reject")).plan.state).toBe("rejected");
  expect((await act(owner, id, "reject")).plan.state).toBe("rejected");
  for (const [mistake, body] of [
    ["planAct", { planId: id, act: "accept", revision: 1 }],
    ["planAct", { planId: id, act: "cancel" }],
    ["planEdit", { planId: id, revision: 1, edits: [{ kind: "remove", id: "b" }] }],
  ] as const)
    expect((await refused(owner.call(mistake, body))).code).toBe("conflict");
  expect([await names(owner), await states(owner, id)]).toEqual([[], ["proposed 1", "rejected 1"]]);
});

test("accepted twice, by two devices and by a repeat that comes late, makes its tasks once", async () => {
  const owner = await newMember(engine);
  const { id } = await proposed(owner);
  const key = newId("req");
  const answers = await Promise.all([
    act(owner, id, "accept", 1, key),
    act(owner, id, "accept", 1, key),
    act(owner, id, "accept", 1),
    act(owner, id, "accept", 1),
  ]);
  for (const { plan } of answers) expect(plan.state).toBe("accepted");
  expect(await names(owner)).toEqual(["a", "b"]);
  expect(await states(owner, id)).toEqual(["proposed 1", "accepted 1"]);
  const { tasks } = await owner.ask("tasks", { state: "open" });
  expect(tasks.map((task) => task.history.map((each) => each.state))).toEqual([["created"], ["created"]]);
  await owner.ask("taskAct", { taskId: tasks[0]!.id, act: "cancel" });
  expect((await owner.ask("tasks", { state: "open" })).tasks.map((task) => task.id)).toEqual([tasks[1]!.id]);
  const [cancelled] = (await owner.ask("tasks", { state: "cancelled" })).tasks;
  expect(cancelled?.history.map((each) => each.state)).toEqual(["created", "cancelled"]);
});

test("what one device changed the other can't accept unseen; of two changes at once one counts", async () => {
  const owner = await newMember(engine);
  const { id } = await proposed(owner);
  const edit = (title: string) =>
    owner.call("planEdit", {
      planId: id,
      revision: 1,
      edits: [{ kind: "change", id: "b", task: planTask("b", { title, depends_on: ["a"] }) }],
    });
  const tries = await Promise.allSettled([edit("Phone"), edit("Laptop"), act(owner, id, "accept", 1)]);
  expect(tries.filter((each) => each.status === "fulfilled").length).toBeLessThanOrEqual(2); // one change, or an acceptance and a change of what was accepted
  const { plan } = await owner.ask("plan", { planId: id });
  const old = owner.call("planAct", { planId: id, act: "accept", revision: plan.revision - 1 });
  if (plan.state === "accepted")
    await old; // it was accepted already, and stays so
  else expect((await refused(old)).code).toBe("conflict");
  expect((await act(owner, id, "accept", plan.revision)).plan.state).toBe("accepted");
  const { tasks } = await owner.ask("tasks", {});
  const open = tasks.filter((task) => task.facts.state !== "cancelled");
  expect(open.map((task) => task.title).sort()).toEqual(plan.plan.tasks.map((task) => task.title).sort());
});

test("an accepted plan follows its edits: what has not begun is replaced, what is added is made, and its commits in memory are its states", async () => {
  const owner = await newMember(engine);
  const { id } = await proposed(owner);
  await act(owner, id, "accept", 1);
  const edits: InputOf<"planEdit">["edits"] = [
    { kind: "change", id: "b", task: planTask("b", { title: "Do b better", depends_on: ["a"] }) },
    { kind: "add", task: planTask("c") },
    { kind: "remove", id: "a" },
  ];
  const key = newId("req");
  const first = await owner.ask("planEdit", { planId: id, revision: 1, edits }, { key });
  expect(await owner.ask("planEdit", { planId: id, revision: 1, edits }, { key })).toEqual(first);
  expect(first.plan).toMatchObject({ revision: 2, state: "accepted", tasks: [{ name: "b" }, { name: "c" }] });
  expect(await names(owner)).toEqual(["b", "c"]);
  const { tasks } = await owner.ask("tasks", { state: "cancelled" });
  expect(tasks.map((task) => task.name).sort()).toEqual(["a", "b"]);
  const cycle = [
    { kind: "change", id: "c", task: planTask("c", { depends_on: ["b"] }) },
    { kind: "change", id: "b", task: planTask("b", { depends_on: ["c"] }) },
  ];
  expect(await refused(owner.call("planEdit", { planId: id, revision: 2, edits: cycle }))).toMatchObject({
    code: "invalid",
    metadata: { issues: [{ path: expect.stringMatching(/^edits\.1\.tasks/) }] },
  });
  expect(await names(owner)).toEqual(["b", "c"]);
  expect((await act(owner, id, "cancel")).plan.state).toBe("cancelled");
  expect(await names(owner)).toEqual([]);
  expect(await states(owner, id)).toEqual(["proposed 1", "accepted 1", "accepted 2", "cancelled 2"]);
});

test("a runner killed after the acceptance: the plan and its tasks are there on the next one, once", async () => {
  const owner = await newMember(engine);
  const { id } = await proposed(owner);
  const key = newId("req");
  await act(owner, id, "accept", 1, key);
  await runner.kill();
  runner = await runnerUp(engine.endpoint);
  await eventually("the same answer", async () => (await act(owner, id, "accept", 1, key)).plan.state === "accepted", 40_000);
  expect(await names(owner)).toEqual(["a", "b"]);
});

test("another member's plan is not there, whatever is asked of it", async () => {
  const [owner, other] = [await newMember(engine), await newMember(engine)];
  const { id } = await proposed(owner);
  for (const [mistake, body] of [
    ["plan", { planId: id }],
    ["planAct", { planId: id, act: "accept", revision: 1 }],
    ["planEdit", { planId: id, revision: 1, edits: [{ kind: "remove", id: "b" }] }],
  ] as const)
    expect((await refused(other.call(mistake, body))).code).toBe("not_found");
  expect(await states(owner, id)).toEqual(["proposed 1"]);
});

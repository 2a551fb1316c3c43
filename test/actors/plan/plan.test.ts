import { afterAll, beforeAll, expect, test } from "vitest";
import type { InputOf } from "../../../schema/actions.ts";
import { type Id, newId } from "../../../schema/wire/id.ts";
import type { Started } from "../../local/process.ts";
import { engineUp, eventually, type Member, newMember, refused, runnerUp } from "../running-engine.ts";

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

const one = (id: string, more: object = {}) => ({ id, title: `Do ${id}`, owner: "quest", outputs: [`${id}.md`], ...more });
const story = { title: "Two notes", story: "I want two notes", tasks: [one("a"), one("b", { depends_on: ["a"] })] };
async function proposed(of: Member) {
  return (await of.ask("planPropose", { plan: story })).plan;
}
const act = (of: Member, planId: Id<"pln">, what: InputOf<"planAct">["act"], revision?: number, key?: string) =>
  of.ask("planAct", { planId, act: what, ...(revision === undefined ? {} : { revision }) }, key ? { key } : {});
const names = async (of: Member) =>
  (await of.ask("tasks", {})).tasks
    .filter((task) => task.facts.state !== "cancelled")
    .map((task) => task.name)
    .sort();
const states = async (of: Member, id: string) =>
  (await of.log()).flatMap((event) =>
    event.kind === "plan.state" && event.body.planId === id ? [`${event.body.state} ${event.body.revision}`] : [],
  );

test("an agent's plan is shown, a second one for the same call is the same, and a wrong one goes back by path", async () => {
  const of = await newMember(engine);
  const call = { agent: of.agent, tool: "plan", arguments: story } as const;
  const key = newId("req");
  const answers = await Promise.all([1, 2, 3].map(() => of.ask("tool", call, { key })));
  expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
  const { plans } = await of.ask("plans", {});
  expect(plans.map((plan) => [plan.state, plan.plan.title])).toEqual([["proposed", "Two notes"]]);
  const wrong = { ...call, arguments: { ...story, tasks: [one("a", { depends_on: ["b"] }), one("b", { depends_on: ["a"] })] } };
  expect((await of.ask("tool", wrong)).text).toMatch(/tasks\.\d\.depends_on\.0: makes a cycle/);
});

test("one that is turned down stays so: nothing was made, and no later word on it counts", async () => {
  const of = await newMember(engine);
  const { id } = await proposed(of);
  expect((await act(of, id, "reject")).plan.state).toBe("rejected");
  expect((await act(of, id, "reject")).plan.state).toBe("rejected");
  for (const [what, body] of [
    ["planAct", { planId: id, act: "accept", revision: 1 }],
    ["planAct", { planId: id, act: "cancel" }],
    ["planEdit", { planId: id, revision: 1, edits: [{ kind: "remove", id: "b" }] }],
  ] as const)
    expect((await refused(of.call(what, body))).code).toBe("conflict");
  expect([await names(of), await states(of, id)]).toEqual([[], ["proposed 1", "rejected 1"]]);
});

test("accepted twice, by two devices and by a repeat that comes late, makes its tasks once", async () => {
  const of = await newMember(engine);
  const { id } = await proposed(of);
  const key = newId("req");
  const answers = await Promise.all([
    act(of, id, "accept", 1, key),
    act(of, id, "accept", 1, key),
    act(of, id, "accept", 1),
    act(of, id, "accept", 1),
  ]);
  for (const { plan } of answers) expect(plan.state).toBe("accepted");
  expect(await names(of)).toEqual(["a", "b"]);
  expect(await states(of, id)).toEqual(["proposed 1", "accepted 1"]);
  const { tasks } = await of.ask("tasks", { state: "open" });
  expect(tasks.map((task) => task.history.map((each) => each.state))).toEqual([["created"], ["created"]]);
  await of.ask("taskAct", { taskId: tasks[0]!.id, act: "cancel" });
  expect((await of.ask("tasks", { state: "open" })).tasks.map((task) => task.id)).toEqual([tasks[1]!.id]);
  const [cancelled] = (await of.ask("tasks", { state: "cancelled" })).tasks;
  expect(cancelled?.history.map((each) => each.state)).toEqual(["created", "cancelled"]);
});

test("what one device changed the other can't accept unseen; of two changes at once one counts", async () => {
  const of = await newMember(engine);
  const { id } = await proposed(of);
  const edit = (title: string) =>
    of.call("planEdit", { planId: id, revision: 1, edits: [{ kind: "change", id: "b", task: one("b", { title, depends_on: ["a"] }) }] });
  const tries = await Promise.allSettled([edit("Phone"), edit("Laptop"), act(of, id, "accept", 1)]);
  expect(tries.filter((each) => each.status === "fulfilled").length).toBeLessThanOrEqual(2); // one change, or an acceptance and a change of what was accepted
  const { plan } = await of.ask("plan", { planId: id });
  const old = of.call("planAct", { planId: id, act: "accept", revision: plan.revision - 1 });
  if (plan.state === "accepted")
    await old; // it was accepted already, and stays so
  else expect((await refused(old)).code).toBe("conflict");
  expect((await act(of, id, "accept", plan.revision)).plan.state).toBe("accepted");
  const { tasks } = await of.ask("tasks", {});
  const open = tasks.filter((task) => task.facts.state !== "cancelled");
  expect(open.map((task) => task.title).sort()).toEqual(plan.plan.tasks.map((task) => task.title).sort());
});

test("an accepted plan follows its edits: what has not begun is replaced, what is added is made, and its commits in memory are its states", async () => {
  const of = await newMember(engine);
  const { id } = await proposed(of);
  await act(of, id, "accept", 1);
  const edits: InputOf<"planEdit">["edits"] = [
    { kind: "change", id: "b", task: one("b", { title: "Do b better", depends_on: ["a"] }) },
    { kind: "add", task: one("c") },
    { kind: "remove", id: "a" },
  ];
  const key = newId("req");
  const first = await of.ask("planEdit", { planId: id, revision: 1, edits }, { key });
  expect(await of.ask("planEdit", { planId: id, revision: 1, edits }, { key })).toEqual(first);
  expect(first.plan).toMatchObject({ revision: 2, state: "accepted", tasks: [{ name: "b" }, { name: "c" }] });
  expect(await names(of)).toEqual(["b", "c"]);
  const { tasks } = await of.ask("tasks", { state: "cancelled" });
  expect(tasks.map((task) => task.name).sort()).toEqual(["a", "b"]);
  const cycle = [
    { kind: "change", id: "c", task: one("c", { depends_on: ["b"] }) },
    { kind: "change", id: "b", task: one("b", { depends_on: ["c"] }) },
  ];
  expect(await refused(of.call("planEdit", { planId: id, revision: 2, edits: cycle }))).toMatchObject({
    code: "invalid",
    metadata: { issues: [{ path: expect.stringMatching(/^edits\.1\.tasks/) }] },
  });
  expect(await names(of)).toEqual(["b", "c"]);
  expect((await act(of, id, "cancel")).plan.state).toBe("cancelled");
  expect(await names(of)).toEqual([]);
  expect(await states(of, id)).toEqual(["proposed 1", "accepted 1", "accepted 2", "cancelled 2"]);
});

test("a runner killed after the acceptance: the plan and its tasks are there on the next one, once", async () => {
  const of = await newMember(engine);
  const { id } = await proposed(of);
  const key = newId("req");
  await act(of, id, "accept", 1, key);
  await runner.kill();
  runner = await runnerUp(engine.endpoint);
  await eventually("the same answer", async () => (await act(of, id, "accept", 1, key)).plan.state === "accepted", 40_000);
  expect(await names(of)).toEqual(["a", "b"]);
});

test("another member's plan is not there, whatever is asked of it", async () => {
  const [of, other] = [await newMember(engine), await newMember(engine)];
  const { id } = await proposed(of);
  for (const [what, body] of [
    ["plan", { planId: id }],
    ["planAct", { planId: id, act: "accept", revision: 1 }],
    ["planEdit", { planId: id, revision: 1, edits: [{ kind: "remove", id: "b" }] }],
  ] as const)
    expect((await refused(other.call(what, body))).code).toBe("not_found");
  expect(await states(of, id)).toEqual(["proposed 1"]);
});

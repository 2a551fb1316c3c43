import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { taskDetail, taskOut } from "../../schema/agent/team.ts";
import type { Approval } from "../../schema/approval/approval.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * Sub-agents at their limits, on the whole product: a budget that is used up, a model that refuses, another
 * worker, a question while the stack is down.
 */
const product = inject("product");
const minute = 60_000;
let bea: Person;
let actor: string;
let events: Events;

beforeAll(async () => {
  bea = await person(product, `bea-${Date.now()}@example.com`);
  const made = await provision(bea, 2 * minute);
  ({ events } = made);
  actor = made.actor.id;
});
afterAll(() => events?.close());

async function made(id: string, more: object): Promise<string> {
  const spec = { id, title: `Page ${id}`, owner: "coding", project: "limits", outputs: [`${id}.html`], ...more };
  return taskOut.parse((await bea.call("POST", "/tasks", { spec })).body).task.id;
}
const detail = async (id: string) => taskDetail.parse((await bea.call("GET", `/tasks/${id}`)).body);
const asked = (id: string, n = 0, ms = 2 * minute) =>
  events
    .until(`question ${n} of ${id}`, () => events.of("approval.asked").filter((event) => event.body.task === id).length > n, ms)
    .then(() => events.of("approval.asked").filter((event) => event.body.task === id)[n]!.body);
const answer = (approval: Pick<Approval, "id">, body: object) => bea.call("POST", `/approvals/${approval.id}/decision`, body);
const state = (id: string, to: string, ms = 2 * minute) =>
  events.wait("task.state", (event) => event.body.taskId === id && event.body.facts.state === to, ms);
const echoes = (count: number) =>
  script(...Array.from({ length: count }, (_, n) => ({ tool: "bash", args: { command: `echo ${n}`, description: "counts" } })), {
    text: "counted",
  });

describe("a sub-agent whose budget is used up", () => {
  test(
    "stops in the middle with one question; nothing runs until it is answered, once; then it goes on",
    async () => {
      const id = await made("raised", { budget: { tokens: 40_000 }, description: echoes(60) });
      const question = await asked(id);
      expect(question).toMatchObject({
        title: expect.stringContaining("Raise the budget"),
        subject: { kind: "budget", of: "task", id, what: "tokens", limit: 40_000 },
      });
      await state(id, "waiting");
      const channel = (await detail(id)).channel;
      await events.until(
        "its turn is stopped",
        () => events.of("turn.state").some((event) => event.channel === channel && event.body.state === "stopped"),
        minute,
      );
      const calls = () => events.of("tool.call").filter((event) => event.channel === channel).length;
      const [before, cost] = [calls(), (await detail(id)).task.costMicros];
      expect(cost).toBeGreaterThan(0);
      expect((await send(bea, actor, "say hello")).turnId).toBeTruthy(); // the Grow Agent is not held up
      expect(calls()).toBe(before);
      const answers = await Promise.all(["phone", "laptop"].map((device) => answer(question, { decision: "allow", device })));
      expect(answers.map((each) => each.status).sort()).toEqual([200, 409]);
      expect(JSON.stringify(answers.find((each) => each.status === 409)?.body)).toMatch(/Already answered on (phone|laptop)/);
      await events.until("it goes on", () => calls() > before, minute);
      await state(id, "in_progress");
      expect(await bea.call("POST", `/tasks/${id}/cancel`)).toMatchObject({ status: 200 });
    },
    limit(5 * minute),
  );
});

test(
  "what a sub-agent was allowed for its task is not asked again in it, and is asked in the next",
  async () => {
    const twice = script(...[1, 2].map(() => ({ tool: "bash", args: { command: "mkfifo pipe; true", description: "makes a pipe" } })), {
      text: "made",
    });
    const id = await made("pipes", { description: twice });
    const question = await asked(id);
    expect(question.scopes).toEqual(expect.arrayContaining(["once", "task", "agent"]));
    expect((await answer(question, { decision: "allow", scope: "task" })).status).toBe(200);
    const channel = (await detail(id)).channel;
    const ran = () =>
      events
        .of("tool.call")
        .filter((event) => event.channel === channel && event.body.call.verb === "Run" && event.body.call.state !== "running");
    await events.until("both ran", () => ran().length >= 2, minute);
    expect(events.of("approval.asked").filter((event) => event.body.task === id)).toHaveLength(1);
    await bea.call("POST", `/tasks/${id}/cancel`);
    const next = await made("pipes-again", { description: twice });
    expect((await asked(next)).subject).toMatchObject({ command: "mkfifo pipe; true" });
    await bea.call("POST", `/tasks/${next}/cancel`);
  },
  limit(4 * minute),
);

import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { taskDetail, taskOut } from "../../schema/agent/team.ts";
import { billingOut } from "../../schema/billing/billing.ts";
import { isTaskOver } from "../../schema/task/task.ts";
import { isTurnOver } from "../../schema/turn.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { limit } from "../harness/suite/limit.ts";

/**
 * A sub-agent whose model misbehaves: its task ends in bounded time and says why, its turn is over, and the
 * Grow Agent goes on.
 */
const minute = 60_000;
let zoe: Person;
let events: Events;
let actor = "";
beforeAll(async () => {
  zoe = await person(inject("product"), "unkind-team@example.com");
  const made = await provision(zoe);
  ({ events } = made);
  actor = made.actor.id;
});
afterAll(() => events?.close());

const data = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
const says = (delta: object, finish: string | null = null) => data({ choices: [{ index: 0, delta, finish_reason: finish }] });
const half = { tool_calls: [{ index: 0, id: "c", function: { name: "bash", arguments: '{"command": "ls' } }] };
const done = "data: [DONE]\n\n";

const proven = /^checks passed in a clean checkout$/;
type Row = [title: string, owner: string, steps: object[], expected: { state: string; reason: RegExp }];
const rows: Row[] = [
  // what it is reminded of is no script: it then does what its task asks
  [
    "calls with half a JSON and stops",
    "coding",
    [{ raw: [says(half, "tool_calls"), done] }, { text: "After." }],
    { state: "verified", reason: proven },
  ],
  ["answers with nothing at all", "testing", [{ text: "" }], { state: "failed", reason: /^The model answered with nothing at all\./ }],
  [
    "fails at each try",
    "reviewer",
    [{ status: 503, retryAfter: 0 }],
    { state: "failed", reason: /^The model's provider failed \(status 503\)/ },
  ],
  [
    "streams text without an end",
    "coding",
    [{ raw: [says({ content: "la ".repeat(1_000) })], repeat: 700 }],
    { state: "failed", reason: /^ended without a word on the task, 3 times$/ },
  ],
  [
    "makes the same call for ever",
    "testing",
    [{ tool: "bash", args: { command: "ls -a", description: "look" } }],
    { state: "waiting", reason: /^asked the member$/ },
  ],
  ["refuses", "reviewer", [{ refusal: "I can't help with that." }], { state: "verified", reason: proven }],
];
async function begin(id: string, owner: string, steps: object[]): Promise<string> {
  const spec = { id, title: `Task ${id}`, owner, project: "unkind", outputs: [`${id}.md`], description: script(...steps) };
  return taskOut.parse((await zoe.call("POST", "/tasks", { spec })).body).task.id;
}
const view = async (id: string) => taskDetail.parse((await zoe.call("GET", `/tasks/${id}`)).body);
/** How a task ended, or that it asks, and what its channel was told meanwhile. */
async function end(id: string, ms: number) {
  const ended = () =>
    events.of("task.state").some(({ body }) => body.taskId === id && (isTaskOver(body.facts.state) || body.facts.state === "waiting"));
  await events.until("the task ends, or asks", ended, ms);
  const { task, channel } = await view(id);
  return { facts: task.facts, channel };
}
/** Turns of a channel that are not over. */
function running(channel: string | null): string[] {
  const states = new Map(
    events.of("turn.state").flatMap((event) => (event.channel === channel ? [[event.body.turnId, event.body.state]] : [])),
  );
  return [...states].flatMap(([turn, state]) => (isTurnOver(state) ? [] : [turn]));
}

describe("a sub-agent whose model", () => {
  let quiet = "";
  beforeAll(async () => {
    const alive = { raw: [": PROCESSING\n\n"], repeat: 1_000, gapMs: 1_000, times: 1, text: "Awake." };
    quiet = await begin("quiet", "migration", [alive]); // beside all others: it lasts minutes
  });
  test.each(rows)("%s", { timeout: limit(5 * minute) }, async (title, owner, steps, expected) => {
    const id = await begin(`t${rows.findIndex(([other]) => other === title)}`, owner, steps);
    const { facts, channel } = await end(id, 4 * minute);
    expect(facts).toMatchObject({ ...expected, reason: expect.stringMatching(expected.reason) });
    if (!isTaskOver(facts.state)) await zoe.call("POST", `/tasks/${id}/cancel`);
    await events.until("its turns are over", () => running(channel).length === 0, minute);
    const { turnId } = await send(zoe, actor, script({ text: "Still here." }));
    await events.wait("turn.state", ({ body }) => body.turnId === turnId && body.state === "done", minute);
  });
  test("costs what its turns say, and a call that was broken off: once", async () => {
    const used = events.of("usage").map(({ body }) => body);
    expect(new Set(used.map(({ turnId }) => turnId)).size).toBe(used.length);
    const told = used.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
    const { input, output } = billingOut.parse((await zoe.call("GET", "/billing")).body).tokens;
    expect(input + output).toBeGreaterThanOrEqual(told);
    expect(input + output).toBeLessThan(told * 1.05); // the provider has a call that a stop broke off; no turn has its end
  });
  test("gives signs of life and never a word is given up after four minutes, and its task begun anew", {
    timeout: limit(8 * minute),
  }, async () => {
    const { facts, channel } = await end(quiet, 7 * minute);
    expect(facts.state).toBe("verified");
    const here = <T extends { channel: string }>(all: T[]) => all.filter((event) => event.channel === channel);
    expect(here(events.of("turn.state")).map(({ body }) => [body.state, body.reason])).toContainEqual(["interrupted", "silent"]);
    const notices = here(events.of("notice")).map(({ body }) => body.text);
    expect(notices).toContainEqual(expect.stringMatching(/^The model said nothing for four minutes/));
    await events.until("its turns are over", () => running(channel).length === 0, minute);
  });
});

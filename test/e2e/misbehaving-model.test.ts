import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { eventually } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";

/**
 * What a member sees of a model that misbehaves, by the real way: the box's OpenCode, the host, the gateway,
 * and a provider that does as it is told.
 */
const product = inject("product");
let ada: Person;
let actor: string;
let events: Events;
beforeAll(async () => {
  ada = await person(product, "nonsense@example.com");
  const made = await provision(ada);
  ({ events } = made);
  actor = made.actor.id;
});
afterAll(() => events?.close());

const over = (state: string) => ["done", "failed", "stopped", "interrupted"].includes(state);
async function ended(turnId: string, ms = 60_000) {
  const { body } = await events.wait("turn.state", (event) => event.body.turnId === turnId && over(event.body.state), ms);
  // the notice that says why is the next event of the same change
  if (body.state === "interrupted" || body.state === "failed")
    await events.wait("notice", (event) => event.body.turnId === turnId && event.body.code === body.state, 10_000);
  const ofTurn = <T extends { body: { turnId?: string | undefined } }>(all: T[]) => all.filter((event) => event.body.turnId === turnId);
  return {
    ...{ state: body.state, reason: body.reason },
    texts: new Map(ofTurn(events.of("message.text")).map((event) => [event.body.partId, event.body.text])),
    calls: ofTurn(events.of("tool.call")).map((event) => event.body.call),
    notices: ofTurn(events.of("notice")).map((event) => event.body.text),
  };
}
const ask = async (...steps: object[]) => (await send(ada, actor, `${crypto.randomUUID()} ${script(...steps)}`)).turnId;
const notice = (turnId: string, text: RegExp, ms = 30_000) =>
  events.wait("notice", (event) => event.body.turnId === turnId && text.test(event.body.text), ms);
const stopped = async (turnId: string) => {
  await ada.call("POST", `/actors/${actor}/stop`, { scope: "turn" });
  await ended(turnId);
};
/** How many calls with this text in their last message reached the provider. */
async function reached(text: string): Promise<number> {
  const answer = await fetch(`${product.modelUrl}/dev/requests`, { headers: { authorization: `Bearer ${product.modelKey}` } });
  const { requests } = z.object({ requests: z.array(z.unknown()) }).parse(await answer.json());
  return requests.filter((request) => JSON.stringify(request).includes(text)).length;
}

test("calls that a provider numbers anew in each answer are all in the log, in the first turn and in the next", async () => {
  for (const mark of ["one", "two"]) {
    const step = (command: string) => ({ numbered: true, tools: [{ tool: "bash", args: { command, description: command } }] });
    const { calls } = await ended(await ask(step(`echo ${mark}-a`), step(`echo ${mark}-b`), { text: "Done." }));
    const done = calls.filter((call) => call.state === "done").map((call) => call.output?.trim());
    expect(done).toEqual([`${mark}-a`, `${mark}-b`]);
    expect(calls.filter((call) => call.state === "running")).toHaveLength(2);
  }
});

describe("an answer that is none", () => {
  test("is tried again with its reason told, and the half that was shown of it stands once", async () => {
    const turnId = await ask({ text: "Half a sentence and its end.", cut: "reset", times: 2 });
    const { state, texts, notices } = await ended(turnId);
    expect([state, [...texts.values()]]).toEqual(["done", ["Half a sentence and its end."]]);
    expect(notices).toEqual([
      expect.stringMatching(/^The model's provider broke off in the middle of the answer: connection lost\. It is tried again/),
    ]);
    const parts = events.deltas().flatMap(({ delta }) => (delta.turnId === turnId ? [delta.partId] : []));
    expect(new Set(parts).size).toBe(1);
  });

  test("at each try ends the turn after a few, with the reason in words", async () => {
    const mark = crypto.randomUUID();
    const { state, notices } = await ended(await ask({ status: 200, body: `<html>${mark}</html>` }), 150_000);
    expect(state).toBe("interrupted");
    expect(notices[0]).toMatch(
      /^The model's provider sent text\/html instead of an answer\. It is tried again a few times, the next time in \d s\.$/,
    );
    expect(notices.at(-1)).toBe("The agent could not finish: The model's provider sent text/html instead of an answer.");
    expect(notices).toHaveLength(2);
    expect(await reached(mark)).toBe(6);
  });

  test.each<[string, object, RegExp]>([
    ["500", { status: 500 }, /^The model's provider failed \(status 500\)/],
    ["401", { status: 401 }, /^The model's provider does not accept the platform's key \(status 401\)/],
    ["429", { status: 429 }, /^The model's provider asks to wait/],
    ["a reset connection", { cut: "before" }, /^The model's provider could not be reached/],
    ["an empty stream", { status: 200, body: "", contentType: "text/event-stream" }, /^The model's provider sent no answer at all/],
  ])("says what it was: %s", async (_what, step, reason) => {
    const turnId = await ask(step);
    await notice(turnId, reason);
    await stopped(turnId);
  });

  test("with nothing in it is no success, and says so", async () => {
    const { state, notices } = await ended(await ask({ text: "" }));
    expect([state, notices]).toEqual(["failed", [expect.stringMatching(/^The model answered with nothing at all\./)]]);
  });

  test("that is a refusal shows the model's words", async () => {
    const { state, texts } = await ended(await ask({ refusal: "I can't help with that." }));
    expect([state, [...texts.values()]]).toEqual(["done", ["I can't help with that."]]);
  });

  test("that the provider's filter held back is no success, and says so", async () => {
    const { state, notices } = await ended(await ask({ text: "", finish: "content_filter" }));
    expect([state, notices]).toEqual(["failed", [expect.stringMatching(/content filter/)]]);
  });
});

test("a model that says nothing more is told of while it is waited for", async () => {
  const turnId = await ask({ text: "So far", hang: true });
  await notice(turnId, /^The model has said nothing for 2\d s\. It is waited for\.$/, 40_000);
  await stopped(turnId);
});

const approvals = z.object({
  approvals: z.array(z.object({ id: z.string(), turn: z.string().optional(), subject: z.looseObject({ kind: z.string() }) })),
});
test("an agent that makes the same call again and again is stopped, and goes on with the member's yes only", async () => {
  const turnId = await ask({ tool: "bash", args: { command: "ls -a", description: "look" } });
  const { state, calls } = await ended(turnId);
  expect(state).toBe("stopped");
  expect(calls.filter((call) => call.state === "done").length).toBeLessThan(13);
  const { body } = await ada.call("GET", "/approvals?state=pending");
  const asked = approvals.parse(body).approvals.find((approval) => approval.turn === turnId);
  expect(asked?.subject).toMatchObject({ kind: "repetition", times: 10, call: "Run ls -a" });
  const answer = await ada.call("POST", `/approvals/${asked?.id}/decision`, { decision: "allow", scope: "once", device: "this test" });
  expect(answer.status).toBe(200);
  const next = await eventually("the next turn", async () =>
    events.of("agent.prompt").find((event) => /same calls 10 times/.test(event.body.text)),
  );
  expect((await ended(next.body.turnId)).state).toBe("done");
});

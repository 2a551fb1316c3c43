import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dockerName, readInstance } from "../../schema/machine/instance.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart } from "../harness/kill-part.ts";
import { containers } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { rounds } from "../harness/suite/long-run.ts";
import { sampled } from "../harness/suite/seed.ts";
import { product } from "./product.ts";

/**
 * Parts are killed at a step that was seen, never by the clock. Afterwards the state is right and nothing
 * acknowledged is lost.
 */
let ada: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  ada = await person(product, "ada@example.com");
  const made = await provision(ada);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await ada.events(actor, 0, { steady: true });
});
afterAll(() => events.close());

const states = ["done", "failed", "stopped", "interrupted"];
const endOf = (turnId: string, ms = 90_000) =>
  events.wait("turn.state", (event) => event.body.turnId === turnId && states.includes(event.body.state), ms);
const deltasOf = (turnId: string) => events.deltas().filter((message) => message.delta.turnId === turnId);
const stream = script({ text: "tick ", chunks: 150, gapMs: 30 });

/** What must hold after every fault: each message once, a log without gaps, an agent that answers. */
async function allIsWell(acknowledged: { clientId: string; messageId: string; turnId: string; seq: number }[]): Promise<void> {
  for (const sent of acknowledged) {
    const kept = events.of("message.sent").filter((event) => event.body.clientId === sent.clientId);
    expect(kept).toMatchObject([{ seq: sent.seq, body: { messageId: sent.messageId, turnId: sent.turnId } }]);
    expect(states).toContain((await endOf(sent.turnId)).body.state);
  }
  const { turnId } = await eventually("a message is taken", () => send(ada, actor, "hello"), 60_000);
  expect((await endOf(turnId)).body.state).toBe("done");
  const seqs = events.received.flatMap((message) => ("event" in message ? [message.event.seq] : []));
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect((await containers(product.instance)).filter((line) => line.includes(member)).sort()).toEqual([
    `${dockerName(readInstance(product.instance), "gitea", member)} running`,
    `${dockerName(readInstance(product.instance), "opencode", member)} running`,
  ]);
}

/** The whole answer, or the reason why it is not whole. */
async function endsHonestly(turnId: string): Promise<void> {
  const end = await endOf(turnId);
  if (end.body.state !== "done") return expect(end.body).toMatchObject({ state: "interrupted", reason: expect.stringMatching(/./) });
  // OpenCode asks the model again by itself: the words before the cut are one block, the whole answer another
  const texts = events.of("message.text").filter((event) => event.body.turnId === turnId);
  expect(texts.map((event) => event.body.text).join("\n")).toContain("tick 149");
}

describe.each(sampled(["runner", "engine", "host", "edge", "libsql"] as const, 3))("kill -9 of the %s", (part) => {
  test.each(rounds)(
    "round %i, while text streams: the turn goes on or says that it was interrupted, and the next message is answered",
    async () => {
      const first = await send(ada, actor, stream);
      await events.until("text streams", () => deltasOf(first.turnId).length > 3);
      const queued = await send(ada, actor, "thanks");
      const back = await killPart(product, part, member);
      await back();
      await endsHonestly(first.turnId);
      await allIsWell([first, queued]);
    },
  );
});

describe("OpenCode", () => {
  test("kill -9 of its server while text streams: the turn says interrupted and the next message is answered", async () => {
    const first = await send(ada, actor, stream);
    await events.until("text streams", () => deltasOf(first.turnId).length > 3);
    await killPart(product, "OpenCode", member);
    expect((await endOf(first.turnId)).body).toMatchObject({ state: "interrupted", reason: expect.any(String) });
    await allIsWell([first]);
  });

  test("kill -9 of its server while a command runs: the turn says interrupted, the command is not left running", async () => {
    const first = await send(
      ada,
      actor,
      script({ tool: "bash", args: { command: "echo begun; sleep 307", description: "wait" } }, { text: "x" }),
    );
    await events.wait("tool.call", (event) => event.body.turnId === first.turnId && event.body.call.state === "running");
    await killPart(product, "OpenCode", member);
    expect((await endOf(first.turnId)).body.state).toBe("interrupted");
    expect(
      events
        .of("tool.call")
        .filter((event) => event.body.turnId === first.turnId)
        .at(-1)?.body.call.state,
    ).toBe("failed");
    await allIsWell([first]);
  });

  test("docker kill of its container: the stack comes back by itself or with the next message", async () => {
    const first = await send(ada, actor, stream);
    await events.until("text streams", () => deltasOf(first.turnId).length > 3);
    await promisify(execFile)("docker", ["kill", dockerName(readInstance(product.instance), "opencode", member)]);
    await endsHonestly(first.turnId);
    await allIsWell([first]);
  });
});

describe("provisioning", () => {
  const cases = [
    { part: "runner", step: "gitea", email: "p1@example.com" },
    { part: "host", step: "opencode", email: "p2@example.com" },
    { part: "engine", step: "memory", email: "p3@example.com" },
  ] as const;
  test.each(sampled(cases, 2))("kill -9 of the $part at the step $step ends ready, with one pair", async ({ part, step, email }) => {
    const owner = await person(product, email);
    const trial = await owner.call("POST", "/billing/trial");
    expect(trial.status).toBe(202);
    const { actor: made } = trial.body as { actor: { id: string; member: string } };
    const ownEvents = await owner.events(made.id, 0, { steady: true });
    await ownEvents.wait("provision.step", (event) => event.body.step === step && event.body.state === "started");
    const back = await killPart(product, part, member);
    await back();
    await ownEvents.wait("provision.step", (event) => event.body.step === "ready" && event.body.state === "done", 90_000);
    const mine = (await containers(product.instance)).filter((line) => line.includes(made.member));
    expect(mine).toHaveLength(2);
    const { turnId } = await send(owner, made.id, "hello");
    await ownEvents.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done", 60_000);
    ownEvents.close();
  });

  test("a stop while it starts ends stopped", async () => {
    const owner = await person(product, "p4@example.com");
    const trial = await owner.call("POST", "/billing/trial");
    const { actor: made } = trial.body as { actor: { id: string; member: string } };
    const ownEvents = await owner.events(made.id, 0, { steady: true });
    await ownEvents.wait("provision.step", (event) => event.body.step === "gitea" && event.body.state === "started");
    expect((await owner.call("POST", `/actors/${made.id}/stop`, { scope: "stack" })).status).toBe(200);
    await ownEvents.wait("stack.state", (event) => event.body.observed === "stopped", 60_000);
    await eventually("its containers are stopped", async () =>
      (await containers(product.instance)).filter((line) => line.includes(made.member)).every((line) => !line.endsWith("running")),
    );
    ownEvents.close();
  });
});

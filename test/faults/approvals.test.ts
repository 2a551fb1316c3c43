import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { approvalsOut } from "../../schema/approval/approval-api.ts";
import { eventually } from "../harness/eventually.ts";
import { killPart, type Part } from "../harness/kill-part.ts";
import { type Events, type Person, person, provision, script, send } from "../harness/person.ts";
import { sampled } from "../harness/suite/seed.ts";
import { product } from "./product.ts";

/**
 * Parts are killed while an agent waits for the member's answer: no question is lost or answered twice, no
 * turn hangs.
 */
let amy: Person;
let actor: string;
let member: string;
let events: Events;

beforeAll(async () => {
  amy = await person(product, `amy-${Date.now()}@example.com`);
  const made = await provision(amy, 180_000);
  ({ id: actor, member } = made.actor);
  made.events.close();
  events = await amy.events(actor, 0, { steady: true });
});
/** A turn that a test left open must not keep the next test waiting. */
afterEach(async () => {
  await eventually(
    "nothing runs any more",
    async () => (await amy.call("POST", `/actors/${actor}/stop`, { scope: "turn" })).status === 200,
    60_000,
  );
});
afterAll(() => events?.close());

const ask = (command: string) =>
  send(amy, actor, script({ tool: "bash", args: { command, description: "as it was told" } }, { text: "went on" }));
const asked = async (turnId: string) => (await events.wait("approval.asked", (event) => event.body.turn === turnId, 90_000)).body;
const decidedOf = (id: string) => events.of("approval.decided").filter((event) => event.body.id === id);
const over = ["done", "failed", "stopped", "interrupted"];
const endOf = (turnId: string) =>
  events.wait("turn.state", (event) => event.body.turnId === turnId && over.includes(event.body.state), 90_000);
const pending = async () => {
  const { status, body } = await amy.call("GET", "/approvals?state=pending");
  return status === 200 ? approvalsOut.parse(body).approvals.map((approval) => approval.id) : undefined;
};
const decide = (id: string, decision: "allow" | "deny", device: string) =>
  amy.call("POST", `/approvals/${id}/decision`, { decision, device }, { "idempotency-key": `${id}-${device}` });

const kill = async (part: Part) => (await killPart(product, part, member))();

describe.each(sampled(["runner", "engine", "host", "edge"] as const, 2))("kill -9 of the %s while an agent waits for an answer", (part) => {
  test("the question is still there, is answered once, and the work goes on", async () => {
    const { turnId } = await ask(`mkfifo ${part}; echo made`);
    const question = await asked(turnId);
    await kill(part);
    await eventually("it still waits", async () => (await pending())?.includes(question.id), 60_000);
    const answers = await Promise.all(
      ["phone", "laptop", "tablet"].map((device) =>
        eventually("an answer", async () => {
          const answer = await decide(question.id, "allow", device);
          return answer.status < 500 && answer.status !== 401 ? answer.status : undefined;
        }),
      ),
    );
    expect(answers.sort()).toEqual([200, 409, 409]);
    expect((await endOf(turnId)).body.state).toBe("done");
    expect(decidedOf(question.id)).toHaveLength(1);
    const calls = events.of("tool.call").filter((event) => event.body.turnId === turnId && event.body.call.state === "done");
    expect(calls.map((event) => event.body.call.output?.trim())).toEqual(["made"]);
  });
});

test("a host that dies three times in a row, and is away for seconds, holds a turn up and ends none", async () => {
  const { turnId } = await ask("mkfifo away; echo made");
  const question = await asked(turnId);
  for (let time = 0; time < 3; time += 1) await kill("host");
  await eventually("an answer", async () => (await decide(question.id, "allow", "phone")).status === 200);
  expect((await endOf(turnId)).body.state).toBe("done");
});

describe("kill -9 of the agent's server while it waits for an answer", () => {
  test("withdraws the question with its reason, ends the turn honestly, and the same need is asked anew", async () => {
    const { turnId } = await ask("mkfifo server; echo made");
    const question = await asked(turnId);
    await killPart(product, "OpenCode", member);
    const end = await endOf(turnId);
    expect([end.body.state, Boolean(end.body.reason)]).toEqual(["interrupted", true]);
    await events.until("it is withdrawn", () => decidedOf(question.id).length === 1, 60_000);
    expect(decidedOf(question.id)[0]?.body).toMatchObject({ state: "withdrawn", decided: { reason: expect.any(String) } });
    const late = await decide(question.id, "allow", "phone");
    expect(late.status).toBe(409);
    const again = await ask("mkfifo server; echo made");
    const second = await asked(again.turnId);
    expect(second.id).not.toBe(question.id);
    expect((await decide(second.id, "allow", "phone")).status).toBe(200);
    expect((await endOf(again.turnId)).body.state).toBe("done");
  });

  test("an answer in the moment of the kill is kept, and the turn ends", async () => {
    const { turnId } = await ask("mkfifo moment; echo made");
    const question = await asked(turnId);
    const [, answer] = await Promise.all([killPart(product, "OpenCode", member), decide(question.id, "allow", "phone")]);
    await endOf(turnId);
    await events.until("it is decided", () => decidedOf(question.id).length === 1, 60_000);
    const counted = decidedOf(question.id)[0]?.body.state === "allowed"; // else the end of the server came first
    expect([answer.status, decidedOf(question.id)[0]?.body.state]).toEqual(counted ? [200, "allowed"] : [409, "withdrawn"]);
    expect(await pending()).toEqual([]);
  });
});

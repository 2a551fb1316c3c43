import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { inside } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send, withActor } from "../harness/person.ts";

/**
 * One member who talks, stops and reads, with nothing but HTTP: what curl could do. The tests follow
 * one another.
 */
const product = inject("product");
const here = product.instance;
let ada: Person;
let actor: string;
let member: string;
let workspace: string;
let events: Events;

beforeAll(async () => {
  ada = await person(product, "ada@example.com");
  const made = await provision(ada);
  ({ events } = made);
  ({ id: actor, member, workspaceId: workspace } = made.actor);
});
afterAll(() => events?.close());

/** The events of one turn, once it has ended as `state`. */
async function ended(turnId: string, state: string, ms = 60_000) {
  const end = await events.wait(
    "turn.state",
    (event) => event.body.turnId === turnId && ["done", "failed", "stopped", "interrupted"].includes(event.body.state),
    ms,
  );
  expect(end.body).toMatchObject({ turnId, state });
  return {
    end,
    texts: events.of("message.text").filter((event) => event.body.turnId === turnId),
    calls: events.of("tool.call").filter((event) => event.body.turnId === turnId),
    deltas: events.deltas().filter((each) => each.delta.turnId === turnId),
  };
}

describe("the registry", () => {
  test("the registry tells the agent with its stack, and /me carries it", async () => {
    const mine = await eventually("the registry says ready", async () => {
      const { body } = await ada.call("GET", "/actors/me");
      return withActor.parse(body).actor.status === "ready" ? withActor.parse(body).actor : undefined;
    });
    expect(mine).toMatchObject({ id: actor, member, observed: "running", epoch: 1, gitRepo: "growqr/memory" });
    expect((await ada.call("GET", "/me")).body).toMatchObject({ entitlement: "trialing", agent: { id: actor } });
    expect((await ada.call("GET", `/actors/${actor}`)).body).toMatchObject({
      actor: { id: actor },
      snapshot: { agent: actor, stack: { ready: true } },
    });
  });
});

describe("talking", () => {
  test("the usage of a turn is told, and the account's ledger counts the calls", async () => {
    const { turnId } = await send(ada, actor, "how are you");
    await ended(turnId, "done");
    const usage = await events.wait("usage", (event) => event.body.turnId === turnId);
    expect(usage.body.inputTokens).toBeGreaterThan(0);
    expect((await ada.call("GET", "/billing")).body).toMatchObject({ entitlement: "trialing", model: { calls: expect.any(Number) } });
  });

  test("a model that fails ends the turn as failed, with words for people, and the next message is answered", async () => {
    const failing = await send(ada, actor, script({ status: 400, body: '{"error":{"message":"scripted refusal"}}' }));
    await ended(failing.turnId, "failed");
    const next = await send(ada, actor, "hello");
    await ended(next.turnId, "done");
  });
});

describe("stopping", () => {
  test("stop ends a streaming turn, and what was said is kept", async () => {
    const { turnId } = await send(ada, actor, "count slowly to 300");
    await events.until("some text", () => events.deltas().filter((each) => each.delta.turnId === turnId).length > 2);
    expect(await ada.call("POST", `/actors/${actor}/stop`, { scope: "turn" })).toMatchObject({
      status: 200,
      body: { scope: "turn", stopped: 1 },
    });
    const { texts } = await ended(turnId, "stopped", 20_000); // before it has counted to its end
    await events.until(
      "the kept text",
      () => texts.length > 0 || events.of("message.text").some((event) => event.body.turnId === turnId),
      20_000,
    );
  });

  test("stop ends a running command with its children, those that ignore TERM or left their session included", async () => {
    const command = "trap '' TERM; setsid sleep 301 & sh -c 'trap \"\" TERM; sleep 302' & echo begun; sleep 303";
    const { turnId } = await send(ada, actor, script({ tool: "bash", args: { command, description: "wait" } }, { text: "waited" }));
    await eventually("the command runs", async () =>
      (await inside(here, "opencode", member, ["sh", "-c", "cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '"])).includes("sleep 303"),
    );
    await ada.call("POST", `/actors/${actor}/stop`, { scope: "turn" });
    await ended(turnId, "stopped", 20_000);
    await eventually(
      "nothing of it runs",
      async () =>
        !/sleep 30[123]/.test(await inside(here, "opencode", member, ["sh", "-c", "cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '"])),
      20_000,
    );
  });

  const stubborn = "trap '' TERM; sh -c 'trap \"\" TERM; sleep 311' & echo begun; sleep 312";
  const many = `${"setsid sleep 313 & ".repeat(60)}echo begun; sleep 312`;
  test.each<[string, object]>([
    ["a model that streams", { text: "on ", chunks: 2_000, gapMs: 20 }],
    ["a model that says nothing", { text: "So", hang: true }],
    ["a provider that is asked again and again", { status: 503 }],
    ["a command that ignores TERM, with its child", { tool: "bash", args: { command: stubborn, description: "wait" } }],
    ["a command with sixty children in sessions of their own", { tool: "bash", args: { command: many, description: "wait" } }],
  ])("%s stops when it is pressed; how soon is measured by the bench `stop`", async (_what, step) => {
    const { turnId } = await send(ada, actor, script(step));
    await events.until("it is under way", () =>
      events.received.some((each) =>
        "delta" in each
          ? each.delta.turnId === turnId
          : "event" in each && ["tool.call", "notice"].includes(each.event.kind) && JSON.stringify(each.event.body).includes(turnId),
      ),
    );
    if ("tool" in step)
      await eventually("the command runs", async () =>
        (await inside(here, "opencode", member, ["sh", "-c", "cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '"])).includes("sleep 312"),
      );
    await ada.call("POST", `/actors/${actor}/stop`, { scope: "turn" });
    await ended(turnId, "stopped", 20_000);
  });
});

describe("events again", () => {
  test("a reader that is cut off in the middle of a turn and comes back misses nothing and sees nothing twice", async () => {
    const first = await ada.events(actor, events.received.flatMap((each) => ("event" in each ? [each.event.seq] : [])).at(-1));
    const { turnId } = await send(ada, actor, script({ text: "tick ", chunks: 400, gapMs: 20 }));
    await first.until("some text", () => first.deltas().length > 5);
    first.close();
    const seen = first.received.flatMap((each) => ("event" in each ? [each.event.seq] : []));
    const second = await ada.events(actor, seen.at(-1) ?? 0);
    await second.wait("turn.state", (event) => event.body.turnId === turnId && event.body.state === "done");
    const snapshot = second.received.find((each) => "snapshot" in each);
    const more = second.received.flatMap((each) => ("event" in each ? [each.event.seq] : []));
    const both = [...seen, ...more];
    expect(both).toEqual(both.map((_, index) => both[0]! + index));
    const text = second.of("message.text").find((event) => event.body.turnId === turnId)!.body;
    const running =
      snapshot && "snapshot" in snapshot ? (snapshot.snapshot.turn?.parts.find((part) => part.partId === text.partId)?.text ?? "") : "";
    expect(running.length).toBeGreaterThan(0);
    expect(text.text.startsWith(running)).toBe(true);
    second.close();
  });

  test("the container's log is readable by its member", async () => {
    const answer = await ada.call("GET", `/opencode/workspaces/${workspace}/logs?tail=5`);
    expect(answer.status).toBe(200);
  });
});

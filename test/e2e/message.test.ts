import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { provisionSteps } from "../../schema/stack/stack.ts";
import { eventually } from "../harness/eventually.ts";
import { containers, gitIn, inside, inspect } from "../harness/member-containers.ts";
import { type Events, type Person, person, provision, script, send, withActor } from "../harness/person.ts";

/**
 * One member, from sign-in to a commit and back, with nothing but HTTP: what curl could do. The tests follow
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
});
afterAll(() => events?.close());

/** The containers of a member; other members of other test files may have theirs. */
const boxes = async (memberId: string) => (await containers(here)).filter((line) => line.includes(memberId)).sort();

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

describe("provisioning", () => {
  test("the trial provisions, and each step is told with its time until the agent is ready", async () => {
    const made = await provision(ada);
    ({ events } = made);
    ({ id: actor, member, workspaceId: workspace } = made.actor);
    const done = events.of("provision.step").filter((event) => event.body.state === "done");
    expect(done.map((event) => event.body.step)).toEqual([...provisionSteps]);
    for (const { body } of done) expect(body.ms).toBeGreaterThanOrEqual(0);
  });

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

  test("the new memory has its first layout, written by the platform in one commit", async () => {
    const files = (await gitIn(here, member, "growqr/memory", "ls-tree", "-r", "--name-only", "main")).trim().split("\n");
    for (const file of ["profile.md", "index.md", "goals/README.md", "decisions/README.md", "policies/README.md"])
      expect(files).toContain(file);
    expect(await gitIn(here, member, "growqr/memory", "show", "main:profile.md")).toContain("Name: Ada Lind");
    expect(await gitIn(here, member, "growqr/memory", "log", "-1", "--format=%B", "main")).toMatch(
      /^memory\(layout\): [\s\S]*^Agent: agt_[\s\S]*^Outbox: out_/m,
    );
  });
});

describe("talking", () => {
  test("a message is answered as a stream whose pieces add up to the beginning of the stored text", async () => {
    const { turnId } = await send(ada, actor, "count slowly to 20");
    const { texts, deltas } = await ended(turnId, "done");
    expect(texts.map((event) => event.body.text).join("")).toMatch(/^1 {2}2 {2}3.*20$/);
    for (const { body } of texts) {
      const partDeltas = deltas.filter((each) => each.delta.partId === body.partId).map((each) => each.delta);
      expect(partDeltas.map((each) => each.index)).toEqual(partDeltas.map((_, index) => index));
      const streamed = partDeltas.map((each) => each.text).join("");
      expect(body.text.startsWith(streamed)).toBe(true); // the stored text replaces what streamed; its last piece may come with it
      expect(partDeltas.length).toBeGreaterThan(1);
    }
  });

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

describe("work", () => {
  test("make me a page that says hello: a project, a pushed commit with the file, and a remembered decision", async () => {
    const { turnId } = await send(ada, actor, "make me a page that says hello");
    const { texts, calls } = await ended(turnId, "done", 90_000);
    const tools = calls.filter((event) => event.body.call.state === "done").map((event) => event.body.call.tool);
    expect(tools).toEqual(["platform_open_project", "bash", "write", "bash", "platform_remember"]);
    const page = await events.wait(
      "commit",
      (event) => event.body.repo === "projects/hello-page" && event.body.branch.startsWith(`agent/${actor}/`),
    );
    expect(page.body.files).toMatchObject([{ path: "index.html", status: "added", patch: expect.stringContaining("+") }]);
    expect(texts.at(-1)?.body.text).toContain(page.body.hash.slice(0, 7));
    expect(await gitIn(here, member, "projects/hello-page", "show", `${page.body.hash}:index.html`)).toContain("<h1>hello</h1>");
    expect((await gitIn(here, member, "projects/hello-page", "rev-parse", page.body.branch)).trim()).toBe(page.body.hash);
    const memory = await events.wait(
      "commit",
      (event) => event.body.repo === "growqr/memory" && event.body.title.startsWith("memory(decision)"),
    );
    const [file] = memory.body.files;
    expect(file?.path).toMatch(/^decisions\/\d{4}-\d\d-\d\d-/);
    expect(await gitIn(here, member, "growqr/memory", "show", `${memory.body.hash}:${file!.path}`)).toContain("index.html");
    expect(await gitIn(here, member, "growqr/memory", "log", "-1", "--format=%B", memory.body.hash)).toMatch(/^Outbox: out_/m);
    expect(events.of("project.created")).toHaveLength(1);
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

  test("a stopped stack has no running container; a new message wakes it and is answered", async () => {
    const { turnId: cut } = await send(ada, actor, script({ text: "on ", chunks: 2_000, gapMs: 20 }));
    await events.until("it answers", () => events.deltas().some(({ delta }) => delta.turnId === cut));
    expect((await ada.call("POST", `/actors/${actor}/stop`, { scope: "stack" })).status).toBe(200);
    await ended(cut, "stopped", 20_000);
    await eventually("both containers are stopped", async () => (await boxes(member)).every((line) => line.endsWith("exited")), 30_000);
    await eventually(
      "the registry says stopped",
      async () => withActor.parse((await ada.call("GET", "/actors/me")).body).actor.status === "stopped",
    );
    const said = () => readFileSync(path.join(product.folder, "runner.log"), "utf8").split("\n");
    await eventually("the stop of the turn is not tried for ever where nothing runs", async () =>
      said().some((line) => line.includes('"work done"') && line.includes(`"stop:${cut}"`)),
    );
    const { turnId } = await send(ada, actor, "hello again");
    await ended(turnId, "done", 60_000);
    expect((await inspect(here, "opencode", member)).State.Status).toBe("running");
    expect(await gitIn(here, member, "projects/hello-page", "log", "--oneline", "--all")).toContain("Page that says");
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

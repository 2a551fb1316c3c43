import { afterEach, describe, expect, test, vi } from "vitest";
import { countUnread, findReadUpTo } from "../../edge/app/conversation/read-position.ts";
import { Live } from "../../edge/app/live/live.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { newId } from "../../schema/wire/id.ts";
import { agent, SampleActor } from "./sample-actor.ts";

vi.stubGlobal("localStorage", { getItem: () => null });

class Memory {
  readonly #values = new Map<string, string>();
  getItem = (key: string) => this.#values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.#values.set(key, value);
  removeItem = (key: string) => void this.#values.delete(key);
}

/** A page that is connected to a sample actor, as the hook of the stock client would connect it. */
function page(actor: SampleActor, storage = new Memory(), early?: { channel: string; page: Promise<unknown> }) {
  const tickets = { given: 0 };
  const live = new Live({
    agent,
    ...(early ? { early } : {}),
    ticket: async () => {
      tickets.given += 1;
      return {
        ticket: `ticket-${tickets.given}`,
        expiresAt: Date.now() / 1000 + 300,
        endpoint: "http://localhost/live",
        key: ["mem_0" as never],
      };
    },
    large: async () => undefined,
    storage,
    frame: (flush) => queueMicrotask(flush),
  });
  const connect = () => {
    const socket = actor.connect();
    live.link.opened(socket);
    live.link.status(socket, "connected");
    return socket;
  };
  const texts = () => live.state().view.rows.flatMap((row) => (row.type === "member" ? [row.body.text] : []));
  return { live, connect, texts, tickets, storage };
}
const ready = () => {
  const actor = new SampleActor();
  actor.provision();
  return actor;
};
const isLive = (live: Live) => vi.waitFor(() => expect(live.state().link.status).toBe("live"));

afterEach(() => void vi.useRealTimers());

describe("the live connection", () => {
  test("after a cut it shows what was missed, nothing lost and nothing twice", async () => {
    const actor = ready();
    const { live, connect } = page(actor);
    const socket = connect();
    await isLive(live);
    socket.cut();
    live.link.status(socket, "disconnected");
    actor.append("notice", { level: "info", code: "a", text: "missed" });
    connect();
    actor.append("notice", { level: "info", code: "b", text: "during the catch-up" });
    await isLive(live);
    actor.append("notice", { level: "info", code: "c", text: "after" });
    const notices = () => live.state().view.rows.flatMap((row) => (row.type === "notice" ? [row.body.text] : []));
    await vi.waitFor(() => expect(notices()).toEqual(["missed", "during the catch-up", "after"]));
  });

  test("being offline is said five seconds after the last word, by a lost socket or by one that does not answer, and not before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const actor = ready();
    const { live, connect } = page(actor);
    connect();
    await isLive(live);
    const offline = () => live.link.state.offline;
    live.link.drop(); // the browser says that it is offline
    await vi.advanceTimersByTimeAsync(4_900);
    expect(offline()).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(offline()).toBe(true);
    connect();
    await isLive(live);
    expect(offline()).toBe(false);
    actor.silent.add("approvals");
    const asked = live.link.call("approvals", {}).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(5_100);
    expect([offline(), live.link.state.status]).toEqual([true, "live"]);
    actor.append("notice", { level: "info", code: "a", text: "there it is" });
    expect(offline()).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    await asked;
    live.link.close();
  });

  test("what was read is told to the actor, and what another device has read is no news here", async () => {
    const actor = ready();
    const channel = newId("chn", 7);
    const of = { id: channel, title: "Coding", agent: newId("agt", 7), type: "coding", presence: "idle", lastSeq: 2, read: 0 } as const;
    actor.channels = [{ ...of, unread: 3, files: 0 }];
    const { live, connect } = page(actor);
    const unread = () => countUnread(live.state().view, channel, [], 0);
    connect();
    await isLive(live);
    await vi.waitFor(() => expect(unread()).toBe(3));
    live.read(channel, live.state().view.last);
    live.read(channel, 1); // never back
    await vi.waitFor(() => expect(actor.inputs.read).toEqual([{ channel, seq: live.state().view.last }]));
    actor.push("read", { channel, read: live.state().view.last });
    await vi.waitFor(() => expect(unread()).toBe(0));
    expect(findReadUpTo(live.state().view, channel, "somebody")).toBe(live.state().view.last);
  });

  test("what is unread does not depend on how much of a channel is loaded", async () => {
    const actor = ready();
    for (let n = 0; n < 450; n++) actor.append("notice", { level: "info", code: "a", text: "later, elsewhere" });
    const channel = newId("chn", 7);
    const of = { id: channel, title: "Coding", agent: newId("agt", 7), type: "coding", presence: "idle", lastSeq: 2, read: 0 } as const;
    actor.channels = [{ ...of, unread: 3, files: 0 }];
    const { live, connect } = page(actor);
    connect();
    await isLive(live);
    expect(live.state().view.channels.get(channel)).toBeUndefined();
    expect(countUnread(live.state().view, channel, [], 0)).toBe(3);
  });

  test("a page that came before the connection is shown at once, and what was said since follows", async () => {
    const actor = ready();
    actor.append("notice", { level: "info", code: "a", text: "early" });
    // as it travels by HTTP: large whole numbers are tagged texts
    const events = actor.events.map((event) => ({ ...event, at: ["$BigInt", String(event.at)] }));
    const output = { events, first: 1, last: events.length };
    const { live, connect } = page(actor, new Memory(), { channel: actor.channel, page: Promise.resolve({ output }) });
    const notices = () => live.state().view.rows.flatMap((row) => (row.type === "notice" ? [row.body.text] : []));
    await vi.waitFor(() => expect(notices()).toEqual(["early"]));
    expect(live.state().link.status).toBe("connecting");
    actor.append("notice", { level: "info", code: "b", text: "meanwhile" });
    connect();
    await isLive(live);
    expect(notices()).toEqual(["early", "meanwhile"]);
    expect(actor.calls).not.toContain("before");
  });

  test("a page that comes after the connection, or is none, changes nothing", async () => {
    const actor = ready();
    const late = Promise.withResolvers<unknown>();
    const { live, connect } = page(actor, new Memory(), { channel: actor.channel, page: late.promise });
    connect();
    await isLive(live);
    const { last } = live.state().view;
    late.resolve({ output: { events: [], first: 0, last: 0 } });
    await late.promise;
    expect(live.state().view.last).toBe(last);
    const broken = page(ready(), new Memory(), { channel: actor.channel, page: Promise.resolve({ error: "no" }) });
    broken.connect();
    await isLive(broken.live);
    expect(broken.live.state().view.last).toBe(last);
  });

  test("what an old connection still says is not heard", async () => {
    const actor = ready();
    const { live, connect } = page(actor);
    const old = connect();
    await isLive(live);
    const before = live.state().view.last;
    connect();
    live.link.status(old, "disconnected");
    await isLive(live);
    expect(live.state().view.last).toBe(before);
  });

  test("reads more events than one page holds", async () => {
    const actor = ready();
    const { live, connect } = page(actor);
    const socket = connect();
    await isLive(live);
    socket.cut();
    live.link.status(socket, "disconnected");
    for (let n = 0; n < 1_234; n++) actor.append("notice", { level: "info", code: "n", text: `${n}` });
    connect();
    await vi.waitFor(() => expect(live.state().view.last).toBe(actor.events.length));
  });

  test("a page opened in the middle of much work knows the tasks that began before what it has read", async () => {
    const actor = ready();
    const [coder, taskId] = [newId("agt", 2), newId("tsk", 3)];
    const facts: TaskFacts = { state: "in_progress", run: 1, asked: [], attempts: {}, repairs: 0, reason: "because", worker: coder };
    actor.append("task.state", { taskId, title: "Booking form", from: "assigned", facts });
    for (let n = 0; n < 400; n++) actor.append("notice", { level: "info", code: "n", text: `${n}` });
    const head = {
      id: taskId,
      plan: null,
      name: "T001",
      title: "Booking form",
      owner: "coding",
      project: "bakery",
      specHash: "0".repeat(64),
    };
    const said = { progress: "Counting places", hold: null, costMicros: 0, history: [] };
    actor.tasks = [{ ...head, ...said, createdAt: actor.at, updatedAt: actor.at, facts }];
    const { live, connect } = page(actor);
    connect();
    await vi.waitFor(() => expect(live.state().view.tasks.get(taskId)?.title).toBe("Booking form"));
    expect(live.state().view.first).toBeGreaterThan(200);
    expect(actor.inputs.tasks).toEqual([{ state: "open", limit: 100 }]);
    actor.append("task.state", { taskId, title: "Booking form", from: "in_progress", facts: { ...facts, state: "paused" } });
    await vi.waitFor(() => expect(live.state().view.tasks.get(taskId)?.facts?.state).toBe("paused"));
  });

  test("fills a gap that it notices while connected", async () => {
    const actor = ready();
    const { live, connect } = page(actor);
    connect();
    await isLive(live);
    const push = actor.push.bind(actor);
    actor.push = () => undefined;
    actor.append("notice", { level: "info", code: "a", text: "not delivered" });
    actor.push = push;
    actor.append("notice", { level: "info", code: "b", text: "delivered" });
    await vi.waitFor(() => expect(live.state().view.last).toBe(actor.events.length));
  });

  test("an action without an answer in 10 s fails as a timeout and the connection is made anew", async () => {
    vi.useFakeTimers();
    const actor = ready();
    const { live, connect } = page(actor);
    connect();
    await vi.advanceTimersByTimeAsync(10);
    actor.silent.add("send");
    live.send("Hello?");
    await vi.advanceTimersByTimeAsync(10_100);
    expect(live.state().outbox).toMatchObject([{ text: "Hello?", unanswered: true }]);
    expect(live.state().link.status).toBe("lost");
    actor.silent.clear();
    connect();
    await vi.advanceTimersByTimeAsync(100);
    expect(live.state()).toMatchObject({ outbox: [], link: { status: "live" } });
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a connection that neither opens nor fails is given up after 15 s", async () => {
    vi.useFakeTimers();
    const { live } = page(ready());
    let given = 0;
    const dispose = async () => {
      given += 1;
    };
    const socket = { action: () => new Promise(() => undefined), on: () => () => true, dispose };
    live.link.opened(socket);
    await live.link.params();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(given).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(given).toBe(1);
  });

  test("each attempt has a fresh ticket, and attempts wait longer and longer", async () => {
    vi.useFakeTimers();
    const { live, tickets } = page(ready());
    const params: { ticket: string }[] = [];
    const again = async () => {
      for (;;) params.push(await live.link.params());
    };
    void again();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(params.length).toBeGreaterThan(2);
    expect(params.length).toBeLessThan(7);
    expect(new Set(params.map(({ ticket }) => ticket)).size).toBe(tickets.given);
  });
});

describe("sending", () => {
  test("a message written while offline goes out once after a reload", async () => {
    const actor = ready();
    const first = page(actor);
    first.live.send("Written offline");
    expect(first.live.state().outbox).toEqual([]); // shown with the next frame
    await vi.waitFor(() => expect(first.live.state().outbox).toHaveLength(1));
    const second = page(actor, first.storage);
    second.connect();
    await vi.waitFor(() => expect(second.texts()).toEqual(["Written offline"]));
    await vi.waitFor(() => expect(second.live.state().outbox).toEqual([]));
  });

  test("a message whose answer was lost is sent again under the same id and shows once", async () => {
    const actor = ready();
    const { live, connect, texts } = page(actor);
    const socket = connect();
    await isLive(live);
    const action = socket.action.bind(socket);
    socket.action = async (call) => {
      if (call.name !== "send") return action(call);
      actor.push = () => undefined; // accepted, but neither the answer nor the event comes back
      await action(call);
      throw Object.assign(new Error("lost"), { code: "connection_lost" });
    };
    live.send("Once only");
    await vi.waitFor(() => expect(actor.events.at(-1)?.kind).toBe("message.sent"));
    Reflect.deleteProperty(actor, "push");
    live.link.status(socket, "disconnected");
    connect();
    await vi.waitFor(() => expect(texts()).toEqual(["Once only"]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a message of two tabs' shared outbox arrives once", async () => {
    const actor = ready();
    const one = page(actor);
    const two = page(actor, one.storage);
    one.live.send("From the first tab");
    two.live.outboxChanged();
    one.connect();
    two.connect();
    await vi.waitFor(() => expect(two.texts()).toEqual(["From the first tab"]));
    await vi.waitFor(() => expect(one.texts()).toEqual(["From the first tab"]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("a message that another tab has sent stays in sight until this page's own log shows it", async () => {
    const actor = ready();
    const one = page(actor);
    const two = page(actor, one.storage);
    two.connect();
    await isLive(two.live);
    one.live.send("From a cut-off tab");
    two.live.outboxChanged();
    await vi.waitFor(() => expect(two.texts()).toEqual(["From a cut-off tab"]));
    one.live.outboxChanged();
    await vi.waitFor(() => expect(one.live.state().outbox).toMatchObject([{ text: "From a cut-off tab" }]));
    one.connect();
    await vi.waitFor(() => expect(one.texts()).toEqual(["From a cut-off tab"]));
    await vi.waitFor(() => expect(one.live.state().outbox).toEqual([]));
    expect(actor.events.filter((event) => event.kind === "message.sent")).toHaveLength(1);
  });

  test("during the first provision a message waits, and goes out when the agent is ready", async () => {
    const actor = new SampleActor();
    actor.stack = { tier: "running", observed: "creating", provisioning: true, ready: false };
    actor.provision("opencode");
    const { live, connect, texts } = page(actor);
    connect();
    await isLive(live);
    live.send("Early");
    await vi.waitFor(() => expect(live.state().outbox).toHaveLength(1));
    expect(actor.calls).not.toContain("send");
    actor.append("provision.step", { run: "run1", step: "opencode", state: "done", ms: 1 });
    actor.append("provision.step", { run: "run1", step: "ready", state: "done", ms: 1 });
    await vi.waitFor(() => expect(texts()).toEqual(["Early"]));
  });

  test("a message that is refused for good is kept and says why", async () => {
    const actor = ready();
    const { live, connect } = page(actor);
    const socket = connect();
    await isLive(live);
    const action = socket.action.bind(socket);
    socket.action = (call) =>
      call.name === "send"
        ? Promise.reject(
            Object.assign(new Error("This needs a running trial or a paid plan."), { group: "user", code: "payment_required" }),
          )
        : action(call);
    live.send("Not allowed");
    await vi.waitFor(() => expect(live.state().outbox).toMatchObject([{ refused: "payment_required" }]));
  });
});

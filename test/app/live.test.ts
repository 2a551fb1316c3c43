import { afterEach, describe, expect, test, vi } from "vitest";
import { countUnread, findReadUpTo } from "../../edge/app/conversation/read-position.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { AppError } from "../../schema/wire/error.ts";
import { newId } from "../../schema/wire/id.ts";
import { MemoryStorage, openPage, readyActor, untilLive, waitFor } from "./sample-page.ts";

afterEach(() => void vi.useRealTimers());

describe("the live connection", () => {
  test("after a cut it shows what was missed, nothing lost and nothing twice", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    const socket = connect();
    await untilLive(live);
    socket.cut();
    live.link.status(socket, "disconnected");
    actor.append("notice", { level: "info", code: "a", text: "missed" });
    connect();
    actor.append("notice", { level: "info", code: "b", text: "during the catch-up" });
    await untilLive(live);
    actor.append("notice", { level: "info", code: "c", text: "after" });
    const notices = () => live.state().view.rows.flatMap((row) => (row.type === "notice" ? [row.body.text] : []));
    await waitFor(() => expect(notices()).toEqual(["missed", "during the catch-up", "after"]));
  });

  test("being offline is said five seconds after the last word, by a lost socket or by one that does not answer, and not before", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    connect();
    await untilLive(live);
    const offline = () => live.link.state.offline;
    live.link.drop(); // the browser says that it is offline
    await vi.advanceTimersByTimeAsync(4_900);
    expect(offline()).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(offline()).toBe(true);
    connect();
    await untilLive(live);
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

  test("a call made while the connection is opened again waits for it, and is refused once that lasts or is refused", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const actor = readyActor();
    const { live, connect, tickets } = openPage(actor);
    connect();
    await untilLive(live);
    const input = { planId: newId("pln", 1), act: "accept", revision: 1 } as const;
    const press = () => live.link.press("planAct", input).catch(({ code }: { code: string }) => code);
    live.link.drop();
    const pressed = press();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(actor.inputs.planAct).toBeUndefined();
    connect();
    await pressed;
    expect(actor.inputs.planAct).toEqual([input]);
    await untilLive(live);
    live.link.drop();
    const late = press();
    await vi.advanceTimersByTimeAsync(5_100);
    expect([await late, await press()]).toEqual(["unavailable", "unavailable"]);
    connect();
    await untilLive(live);
    live.link.drop();
    const refused = press();
    tickets.refusal = new AppError("forbidden");
    void live.link.params().catch(() => undefined);
    expect(await refused).toBe("unavailable");
    tickets.refusal = undefined;
    connect();
    await untilLive(live);
    live.link.drop();
    const closed = press();
    live.link.close();
    expect([await closed, await press()]).toEqual(["unavailable", "unavailable"]);
    expect(actor.inputs.planAct).toEqual([input]);
  });

  test("what was read is told to the actor, and what another device has read is no news here", async () => {
    const actor = readyActor();
    const channel = newId("chn", 7);
    const coding = { id: channel, title: "Coding", agent: newId("agt", 7), type: "coding", presence: "idle", lastSeq: 2, read: 0 } as const;
    actor.channels = [{ ...coding, unread: 3, files: 0 }];
    const { live, connect } = openPage(actor);
    const unread = () => countUnread(live.state().view, channel, [], 0);
    connect();
    await untilLive(live);
    await waitFor(() => expect(unread()).toBe(3));
    live.read(channel, live.state().view.last);
    live.read(channel, 1); // never back
    await waitFor(() => expect(actor.inputs.read).toEqual([{ channel, seq: live.state().view.last }]));
    actor.push("read", { channel, read: live.state().view.last });
    await waitFor(() => expect(unread()).toBe(0));
    expect(findReadUpTo(live.state().view, channel, "somebody")).toBe(live.state().view.last);
  });

  test("what is unread does not depend on how much of a channel is loaded", async () => {
    const actor = readyActor();
    for (let n = 0; n < 450; n++) actor.append("notice", { level: "info", code: "a", text: "later, elsewhere" });
    const channel = newId("chn", 7);
    const coding = { id: channel, title: "Coding", agent: newId("agt", 7), type: "coding", presence: "idle", lastSeq: 2, read: 0 } as const;
    actor.channels = [{ ...coding, unread: 3, files: 0 }];
    const { live, connect } = openPage(actor);
    connect();
    await untilLive(live);
    expect(live.state().view.channels.get(channel)).toBeUndefined();
    expect(countUnread(live.state().view, channel, [], 0)).toBe(3);
  });

  test("a page that came before the connection is shown at once, and what was said since follows", async () => {
    const actor = readyActor();
    actor.append("notice", { level: "info", code: "a", text: "early" });
    // as it travels by HTTP: large whole numbers are tagged texts
    const events = actor.events.map((event) => ({ ...event, at: ["$BigInt", String(event.at)] }));
    const output = { events, first: 1, last: events.length };
    const { live, connect } = openPage(actor, new MemoryStorage(), { channel: actor.channel, page: Promise.resolve({ output }) });
    const notices = () => live.state().view.rows.flatMap((row) => (row.type === "notice" ? [row.body.text] : []));
    await waitFor(() => expect(notices()).toEqual(["early"]));
    expect(live.state().link.status).toBe("connecting");
    actor.append("notice", { level: "info", code: "b", text: "meanwhile" });
    connect();
    await untilLive(live);
    expect(notices()).toEqual(["early", "meanwhile"]);
    expect(actor.calls).not.toContain("before");
  });

  test("a page that comes after the connection, or is none, changes nothing", async () => {
    const actor = readyActor();
    const late = Promise.withResolvers<unknown>();
    const { live, connect } = openPage(actor, new MemoryStorage(), { channel: actor.channel, page: late.promise });
    connect();
    await untilLive(live);
    const { last } = live.state().view;
    late.resolve({ output: { events: [], first: 0, last: 0 } });
    await late.promise;
    expect(live.state().view.last).toBe(last);
    const broken = openPage(readyActor(), new MemoryStorage(), { channel: actor.channel, page: Promise.resolve({ error: "no" }) });
    broken.connect();
    await untilLive(broken.live);
    expect(broken.live.state().view.last).toBe(last);
  });

  test("what an old connection still says is not heard", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    const old = connect();
    await untilLive(live);
    const before = live.state().view.last;
    connect();
    live.link.status(old, "disconnected");
    await untilLive(live);
    expect(live.state().view.last).toBe(before);
  });

  test("reads more events than one page holds", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    const socket = connect();
    await untilLive(live);
    socket.cut();
    live.link.status(socket, "disconnected");
    for (let n = 0; n < 1_234; n++) actor.append("notice", { level: "info", code: "n", text: `${n}` });
    connect();
    await waitFor(() => expect(live.state().view.last).toBe(actor.events.length));
  });

  test("reads on after a page with few events, as an actor gives where they are large", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    const socket = connect();
    await untilLive(live);
    socket.cut();
    live.link.status(socket, "disconnected");
    for (let n = 0; n < 7; n++) actor.append("notice", { level: "info", code: "n", text: `${n}` });
    actor.shortPages = 2;
    connect();
    await waitFor(() => expect(live.state().view.last).toBe(actor.events.length));
  });

  test("a page opened in the middle of much work knows the tasks that began before what it has read", async () => {
    const actor = readyActor();
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
    const { live, connect } = openPage(actor);
    connect();
    await waitFor(() => expect(live.state().view.tasks.get(taskId)?.title).toBe("Booking form"));
    expect(live.state().view.first).toBeGreaterThan(200);
    expect(actor.inputs.tasks).toEqual([{ state: "open", limit: 100 }]);
    actor.append("task.state", { taskId, title: "Booking form", from: "in_progress", facts: { ...facts, state: "paused" } });
    await waitFor(() => expect(live.state().view.tasks.get(taskId)?.facts?.state).toBe("paused"));
  });

  test("fills a gap that it notices while connected", async () => {
    const actor = readyActor();
    const { live, connect } = openPage(actor);
    connect();
    await untilLive(live);
    const push = actor.push.bind(actor);
    actor.push = () => undefined;
    actor.append("notice", { level: "info", code: "a", text: "not delivered" });
    actor.push = push;
    actor.append("notice", { level: "info", code: "b", text: "delivered" });
    await waitFor(() => expect(live.state().view.last).toBe(actor.events.length));
  });

  test("an action without an answer in 10 s fails as a timeout and the connection is made anew", async () => {
    vi.useFakeTimers();
    const actor = readyActor();
    const { live, connect } = openPage(actor);
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
    const { live } = openPage(readyActor());
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
    const { live, tickets } = openPage(readyActor());
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

  test("lasts while no ticket can be had, asks for one again, and comes back by itself after its ticket has ended", async () => {
    vi.useFakeTimers();
    const actor = readyActor();
    const { live, connect, tickets } = openPage(actor);
    await live.link.params();
    const socket = connect();
    await untilLive(live);
    tickets.refusal = new AppError("unavailable"); // nobody can be asked for a session token
    await vi.advanceTimersByTimeAsync(200_000);
    const before = tickets.given;
    await vi.advanceTimersByTimeAsync(30_000);
    expect([live.link.live, tickets.given - before]).toEqual([true, 3]);
    socket.cut(); // the actor ends what has no ticket any more
    live.link.status(socket, "disconnected");
    const params = live.link.params();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(live.link.state).toMatchObject({ offline: true, refused: undefined });
    tickets.refusal = undefined;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await params).toEqual({ ticket: `ticket-${tickets.given}` });
    connect();
    await untilLive(live);
    live.link.close();
  });
});

import { describe, expect, test } from "vitest";
import { agentStatus, conversationStatus, hasConversation, stackStatus, stoppedBy } from "../../edge/app/agent/agent-status.ts";
import { type ChannelLine, findNeighbour } from "../../edge/app/conversation/channel-list.ts";
import { EventLog } from "../../edge/app/live/event-log.ts";
import { describePlan, planStanding, summarizePlan } from "../../edge/app/plan/plans-at-work.ts";
import type { Snapshot } from "../../schema/agent/grow-agent.ts";
import { storedEvent } from "../../schema/event.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { newId } from "../../schema/wire/id.ts";
import { agentState, asked, facts, grow, home, knownTask, Story, task, turn } from "./team-story.ts";

describe("how things stand", () => {
  const stack: Snapshot["stack"] = { tier: "running", observed: "running", provisioning: false, ready: true };
  const link = { status: "live" as const, lostAt: undefined, offline: false, retryAt: undefined, refused: undefined };
  const snapshot = (log: EventLog, change: Partial<Snapshot> = {}): Snapshot => ({
    ...{ agent: grow, channel: home, name: "Grow Agent", lastSeq: log.last ?? 0, stack, queued: 0, waiting: 0, turn: null },
    ...{ now: 1, ticketEnds: 1, ...change },
  });
  const read = (log: EventLog, change: { offline?: boolean; outbox?: { clientId: string; text: string; at: number }[] } = {}) => {
    const now = { view: log.view(), outbox: change.outbox ?? [], link: { ...link, offline: change.offline ?? false } };
    return [agentStatus(now, true).text, stackStatus(now, true).text];
  };
  test("tasks at work are never “Ready”, whoever works on them and however long ago they were told", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log), 1);
    expect(read(log)[0]).toBe("Ready");
    log.open([knownTask(task, "in_progress"), knownTask(newId("tsk", 8), "complete"), knownTask(newId("tsk", 9), "created")]);
    expect(read(log)[0]).toBe("2 tasks at work");
    log.open([knownTask(task, "waiting", { facts: facts("waiting", { asked: [asked] }) })]);
    expect(agentStatus({ view: log.view(), outbox: [], link }, true)).toEqual({ ring: "waiting", text: "1 task waits for you" });
  });
  test("a message is said to start the stack only where the account lets it run", () => {
    const texts = (change: Partial<Snapshot["stack"]>) => {
      const log = new Story().log();
      log.snapshot(snapshot(log, { stack: { ...stack, tier: "stopped", observed: "stopped", ...change } }), 1);
      return [true, false].map((mayStart) => agentStatus({ view: log.view(), outbox: [], link }, mayStart).text);
    };
    expect(texts({})).toEqual(["Stopped, a message starts it", "Stopped until your plan is active"]);
    expect(texts({ asleep: true })).toEqual(["Asleep, a message wakes it", "Stopped until your plan is active"]);
  });
  test("while the plan does not let the stack run it is stopped, whatever the actor said last", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log, { queued: 2 }), 1);
    log.open([knownTask(task, "in_progress")]);
    const now = { view: log.view(), outbox: [], link };
    const helper = { home: false, agent: { ...log.view().agents.get(grow)!, state: "working" as const } };
    const stopped = { ring: "cancelled", text: "Stopped until your plan is active" };
    expect([agentStatus(now, false), stackStatus(now, false), conversationStatus(now, helper, false)]).toEqual([stopped, stopped, stopped]);
    const offline = { ...now, link: { ...link, offline: true } };
    expect([agentStatus(offline, false).text, stackStatus(offline, false).text]).toEqual(["Offline", "Not connected"]);
  });
  test("a plan that came without a message begins the conversation: it is not hidden behind the first page", () => {
    const none = { expected: 1, most: 2 };
    const plan = {
      planId: newId("pln"),
      title: "A page",
      state: "proposed" as const,
      revision: 1,
      tasks: [],
      costMicros: none,
      minutes: none,
    };
    const begun = (story: Story) => hasConversation({ view: { ...story.log().view(), first: 1 }, outbox: [], link });
    expect([begun(new Story()), begun(new Story().add(home, "plan.state", plan))]).toEqual([false, true]);
  });
  test("what a plan's card says first: what waits before what works, and failed only when nothing goes on by itself", () => {
    const standing = (...states: TaskFacts["state"][]) =>
      planStanding(
        "accepted",
        summarizePlan(
          "pln",
          "A plan",
          states.length,
          states.map((state) => ({ state, asked: state === "waiting" ? [asked] : [] })),
        ),
      );
    expect(standing("waiting", "in_progress", "failed")).toBe("waiting");
    expect(standing("in_progress", "failed")).toBe("working");
    expect(standing("verified", "failed", "created")).toBe("failed");
    expect(standing("verified", "paused", "created")).toBe("stopped");
    expect(standing("created")).toBe("working");
    const over = summarizePlan("pln", "A plan", 1, [{ state: "verified", asked: [] }]);
    expect([planStanding("done", over), planStanding("cancelled", over)]).toEqual(["done", "cancelled"]);
  });
  test("messages that wait in line are counted from the snapshot on, as turns join the line and leave it", () => {
    const log = new Story().add(home, "agent.state", agentState("idle")).log();
    log.snapshot(snapshot(log, { queued: 28 }), 1);
    expect(read(log)[0]).toBe("28 messages wait");
    const next = (seq: number, state: "queued" | "running" | "stopped" | "done", turnId = turn) =>
      log.event(storedEvent.parse({ seq, at: 1, channel: home, kind: "turn.state", body: { turnId, state } }));
    next(2, "running");
    expect(read(log)[0]).toBe("Writing, 27 messages wait");
    next(3, "done");
    next(4, "queued", newId("trn", 41));
    expect(read(log)[0]).toBe("28 messages wait"); // though this event brings no row
    next(5, "stopped", newId("trn", 41));
    expect(read(log)[0]).toBe("27 messages wait");
    log.snapshot(snapshot(log, { queued: 0, lastSeq: 5 }), 1);
    expect(read(log)[0]).toBe("Ready");
  });
  test("before anything was heard nothing is said to be ready", () => {
    const log = new EventLog();
    expect(read(log)).toEqual(["Opening", "Stack"]);
    log.snapshot(snapshot(log), 1);
    expect(read(log)).toEqual(["Ready", "Stack running"]);
  });
  test("without a connection nothing is said to be ready or running, and what waits here is counted", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log), 1);
    expect(read(log, { offline: true })).toEqual(["Offline", "Not connected"]);
    expect(read(log, { offline: true, outbox: [{ clientId: "a", text: "a", at: 1 }] })[0]).toBe("Offline, 1 message waits here");
  });
  test("a host that is gone is said before what the agent would do", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log, { queued: 2, stack: { ...stack, observed: "unreachable" } }), 1);
    expect(read(log)[0]).toBe("Host not reachable, 2 messages wait");
  });
  test("a stack that sleeps is called neither stopped nor failed, and one that is woken neither", () => {
    const log = new Story().add(home, "provision.step", { run: "run1", step: "ready", state: "done" }).log();
    const standing = (change: Partial<Snapshot["stack"]>) => {
      log.snapshot(snapshot(log, { stack: { ...stack, ready: false, ...change } }), 1);
      return read(log);
    };
    const asleep = { tier: "stopped", asleep: true } as const;
    expect(standing({ ...asleep, observed: "running" })[1]).toBe("Stack falls asleep");
    expect(standing({ ...asleep, observed: "stopped" })).toEqual(["Asleep, a message wakes it", "Stack asleep"]);
    expect(standing({ observed: "stopped" })).toEqual(["Waking up", "Stack starting"]);
    expect(standing({ tier: "stopped", observed: "stopped" })[1]).toBe("Stack stopped");
  });
  test("a place in line is said in the same words everywhere, and trouble that is told meanwhile does not take it", () => {
    const log = new Story().log();
    const place = { observed: "stopped", provisioning: true, ready: false, place: 3 } as const;
    log.snapshot(snapshot(log, { stack: { ...stack, ...place } }), 1);
    expect(read(log)).toEqual(["3rd in line for a machine", "3rd in line for a machine"]);
    const tell = (seq: number, body: object) =>
      log.event(
        storedEvent.parse({ seq, at: 1, channel: home, kind: "stack.state", body: { tier: "running", observed: "stopped", ...body } }),
      );
    tell(1, { trouble: "host_lost" });
    tell(2, { trouble: null });
    expect(log.view().stack?.place).toBe(3);
    tell(3, { tier: "stopped", reason: "stop" });
    expect(log.view().stack?.place).toBeUndefined();
  });
  test("a plan is as far as its tasks, and what is not told counts as to come", () => {
    const planOf = (...states: TaskFacts["state"][]) =>
      summarizePlan(
        "pln",
        "A",
        5,
        states.map((state) => ({ state, asked: [] })),
      );
    expect(describePlan(planOf("verified", "in_progress", "complete"))).toBe("1 of 5 done · 2 at work · 2 to come");
    expect(describePlan(planOf("verified", "verified", "deployed", "verified", "failed"))).toBe("4 of 5 done · 1 ended without it");
  });
});

test("a stack is stopped by its member, unless it could not start or has not yet", () => {
  const now = (stack: object, reason?: string) => {
    const log = new EventLog();
    const channel = newId("chn", 1);
    const body = { tier: "stopped", observed: "stopped", ...(reason === undefined ? {} : { reason }) };
    log.begin([storedEvent.parse({ seq: 1, at: 1, channel, kind: "stack.state", body })], 1);
    const view = log.view();
    return { view: { ...view, stack: { ...view.stack!, ...stack } } };
  };
  expect(stoppedBy(now({}))).toBe("member");
  expect(stoppedBy(now({}, "stop"))).toBe("member");
  expect(stoppedBy(now({}, "the plan does not allow it"))).toBe("other");
  expect(stoppedBy(now({ observed: "absent" }))).toBe("other");
  expect(stoppedBy(now({ tier: "running" }))).toBeUndefined();
});

test("channels are walked in the order of the rail, around its end, past those that ended", () => {
  const line = (id: string, ended = false): ChannelLine => ({
    id,
    name: id,
    home: id === "a",
    ring: "idle",
    text: "",
    unread: 0,
    rests: ended,
    ended,
  });
  const lines = [line("a"), line("b"), line("c", true)];
  expect([
    findNeighbour(lines, "a", 1)?.id,
    findNeighbour(lines, "b", 1)?.id,
    findNeighbour(lines, "a", -1)?.id,
    findNeighbour(lines, "c", 1)?.id,
  ]).toEqual(["b", "a", "b", "a"]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventLog } from "../../edge/app/live/event-log.ts";
import type { LogEntry } from "../../edge/app/live/log-view.ts";
import type { Turn } from "../../edge/app/turn/turn.ts";
import { storedEvent } from "../../schema/event.ts";
import { newId } from "../../schema/wire/id.ts";
import { SampleActor } from "./sample-actor.ts";

const turnId = newId("trn", 5);
/** An agent's day: provision, a message, text, tools, a commit, a second turn that was stopped. */
function story(): SampleActor {
  const actor = new SampleActor();
  actor.provision();
  actor.append("message.sent", { messageId: newId("msg", 6), clientId: "client-1", text: "Hello", turnId });
  actor.append("turn.state", { turnId, state: "queued" });
  actor.append("turn.state", { turnId, state: "running" });
  actor.append("message.text", { turnId, partId: "a", text: "One." });
  const call = { callId: "c", tool: "bash", verb: "Run", target: "npm test" };
  actor.append("tool.call", { turnId, call: { ...call, state: "running" } });
  actor.append("tool.call", { turnId, call: { ...call, state: "done", ms: 20 } });
  actor.append("commit", {
    repo: "projects/a",
    branch: "b",
    hash: "41d9e07",
    title: "t",
    author: "x",
    files: [],
    truncated: false,
    turnId,
  });
  actor.append("message.text", { turnId, partId: "b", text: "Two." });
  actor.append("usage", { turnId, model: "demo", inputTokens: 5, outputTokens: 6, costMicros: 7 });
  actor.append("usage", { turnId, model: "demo", inputTokens: 1, outputTokens: 1, costMicros: 1 });
  actor.append("turn.state", { turnId, state: "done", ms: 900 });
  const second = newId("trn", 7);
  actor.append("message.sent", { messageId: newId("msg", 8), clientId: "client-2", text: "More", turnId: second });
  actor.append("turn.state", { turnId: second, state: "running" });
  actor.append("message.text", { turnId: second, partId: "s", text: "Half" });
  actor.append("turn.state", { turnId: second, state: "stopped", reason: "stopped", kept: "nothing" });
  actor.append("stack.state", { tier: "stopped", observed: "stopped", reason: "stop" });
  return actor;
}
const entries = (actor: SampleActor): LogEntry[] => actor.events.map((event) => storedEvent.parse(event));
const whole = (actor: SampleActor) => {
  const log = new EventLog();
  log.begin(entries(actor), actor.events.length);
  return log;
};
const turnOf = (log: EventLog, id: string = turnId): Turn => {
  const row = log.view().rows.find((shown) => shown.key === id);
  if (row?.type !== "turn") throw new Error(`no turn ${id}`);
  return row.turn;
};

describe("the log", () => {
  test("shows a turn's text, tool calls and commit in the order they began, each once", () => {
    const turn = turnOf(whole(story()));
    expect(turn.parts.map((part) => part.type)).toEqual(["text", "tool", "commit", "text"]);
    expect(turn).toMatchObject({ state: "done", ms: 900, usage: { inputTokens: 6, outputTokens: 7, costMicros: 8, models: ["demo"] } });
  });

  test("tells of a person's own change by its task, not by its commit as well", () => {
    const actor = story();
    const usual = { repo: "projects/a", title: "Change a", author: "x", files: [], truncated: false };
    actor.append("commit", { ...usual, branch: "edit/0123456789abcdef", hash: "52d9e07" });
    actor.append("commit", { ...usual, branch: "own", hash: "63d9e07" });
    const commits = whole(actor)
      .view()
      .rows.flatMap((row) => (row.type === "commit" ? [row.body.hash] : []));
    expect(commits).toEqual(["63d9e07"]);
  });

  test("is the same whatever the order and however often events come", () => {
    const actor = story();
    const expected = whole(actor).view();
    const all = entries(actor);
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), fc.array(fc.constantFrom(...all)), (shuffled, again) => {
        const log = new EventLog();
        log.begin([], 0);
        for (const event of [...again, ...shuffled, ...again]) log.event(event);
        expect(log.view().rows).toEqual(expected.rows);
        expect(log.gap).toBe(false);
      }),
    );
  });

  test("is the same when it was read backwards in pages", () => {
    const actor = story();
    const expected = whole(actor).view();
    const all = entries(actor);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: all.length }), (size) => {
        const log = new EventLog();
        log.begin(all.slice(-size), all.length);
        while (log.first > 1) log.prepend(all.filter((event) => event.seq < log.first).slice(-size));
        expect(log.view().rows).toEqual(expected.rows);
        expect(log.view().commits).toEqual(expected.commits);
      }),
    );
  });

  test("holds what comes after a gap until the gap is filled", () => {
    const all = entries(story());
    const log = new EventLog();
    log.begin(all.slice(0, 10), 10);
    log.event(all[11]!);
    expect([log.gap, log.last]).toEqual([true, 10]);
    log.event(all[10]!);
    expect([log.gap, log.last]).toEqual([false, 12]);
  });

  test("that its actor has lost is forgotten, and the new one is read from its beginning as if nothing had been there", () => {
    const all = entries(story());
    const log = new EventLog();
    log.begin(all, all.length);
    log.forget();
    expect([log.last, log.gap, log.view().rows]).toEqual([undefined, false, []]);
    log.begin(all.slice(0, 5), 5);
    const fresh = new EventLog();
    fresh.begin(all.slice(0, 5), 5);
    expect(log.view().rows).toEqual(fresh.view().rows);
  });

  test("passes over kinds it does not know without losing its place", () => {
    const log = new EventLog();
    log.begin([], 0);
    log.event({ seq: 1, kind: "unknown" });
    const actor = new SampleActor();
    actor.appendRaw("future", {});
    actor.append("notice", { level: "info", code: "x", text: "later" });
    log.event(storedEvent.parse(actor.events[1]));
    expect(log.view()).toMatchObject({ last: 2, rows: [{ type: "notice" }] });
  });
});

describe("running text", () => {
  const running = () => {
    const actor = new SampleActor();
    actor.append("message.sent", { messageId: newId("msg", 6), clientId: "client-1", text: "Hello", turnId });
    actor.append("turn.state", { turnId, state: "running" });
    return { actor, log: whole(actor) };
  };
  const delta = (index: number, text: string, partId = "p") => ({ turnId, partId, index, text });
  const text = (log: EventLog) => turnOf(log).live.map((part) => part.text);

  test("grows by each delta once, in order", () => {
    const { log } = running();
    expect(["Hel", "lo"].map((word, index) => log.delta(delta(index, word)))).toEqual([false, false]);
    expect(log.delta(delta(1, "lo"))).toBe(false);
    expect(text(log)).toEqual(["Hello"]);
  });

  test("asks for the whole when a delta is missing, and goes on from there", () => {
    const { actor, log } = running();
    log.delta(delta(0, "Hel"));
    expect(log.delta(delta(3, "!"))).toBe(true);
    actor.running = { turnId, state: "running", startedAt: actor.at, parts: [delta(3, "Hello you!")] };
    log.snapshot(actor.snapshot(), 0);
    expect(log.delta(delta(3, "!"))).toBe(false);
    expect(log.delta(delta(4, " Bye"))).toBe(false);
    expect(text(log)).toEqual(["Hello you! Bye"]);
  });

  test("leaves everything else of the view the same object", () => {
    const { log } = running();
    log.delta(delta(0, "Hel"));
    const before = log.view();
    log.delta(delta(1, "lo"));
    const after = log.view();
    expect(after.rows).not.toBe(before.rows);
    for (const part of ["agents", "tasks", "asked", "commits", "from", "counts", "threads", "stack", "run", "snapshot"] as const)
      expect(after[part], part).toBe(before[part]);
    expect(after.rows.filter((row, at) => row !== before.rows[at])).toHaveLength(1);
  });

  test("begins anew with index 0", () => {
    const { log } = running();
    log.delta(delta(0, "Old"));
    log.delta(delta(1, " text"));
    log.delta(delta(0, "New"));
    expect(text(log)).toEqual(["New"]);
  });

  test("gives way to the stored text, and late deltas change nothing", () => {
    const { actor, log } = running();
    log.delta(delta(0, "Hel"));
    log.event(storedEvent.parse(actor.append("message.text", { turnId, partId: "p", text: "Hello." })));
    log.delta(delta(1, "lo"));
    expect(turnOf(log)).toMatchObject({ live: [], parts: [{ type: "text", text: "Hello." }] });
  });

  test("of a turn that ended and was not stored is not shown: a reload would not show it either", () => {
    const { actor, log } = running();
    log.delta(delta(0, "Half"));
    log.event(storedEvent.parse(actor.append("turn.state", { turnId, state: "interrupted" })));
    expect(turnOf(log).live).toEqual([]);
  });

  test("of a turn that the log has not reached waits, so that rows stand in order", () => {
    const { actor } = running();
    actor.running = { turnId, state: "running", startedAt: actor.at, parts: [delta(2, "Hello")] };
    const log = new EventLog();
    log.begin([], 0);
    log.snapshot(actor.snapshot(), 0);
    expect(log.delta(delta(3, "!"))).toBe(true);
    expect(log.view().rows).toEqual([]);
    for (const event of entries(actor)) log.event(event);
    log.snapshot(actor.snapshot(), 0);
    expect(log.view().rows.map((row) => row.type)).toEqual(["member", "turn"]);
    expect(text(log)).toEqual(["Hello"]);
  });

  test("stays when an older page is put in front", () => {
    const actor = story();
    const third = newId("trn", 9);
    actor.append("turn.state", { turnId: third, state: "running" });
    const all = entries(actor);
    const log = new EventLog();
    log.begin(all.slice(-3), all.length);
    log.delta({ turnId: third, partId: "p", index: 0, text: "Now" });
    log.prepend(all.slice(0, -3));
    expect(turnOf(log, third).live).toEqual([{ partId: "p", text: "Now", index: 0 }]);
  });
});

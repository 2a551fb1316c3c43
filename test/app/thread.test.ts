import { expect, test } from "vitest";
import { buildThread, countUnreadOfThread } from "../../edge/app/conversation/thread-rows.ts";
import { EventLog } from "../../edge/app/live/event-log.ts";
import type { LogEntry } from "../../edge/app/live/log-view.ts";
import { isSameList } from "../../edge/app/live/use-live.ts";
import { type EventBody, type EventKind, storedEvent } from "../../schema/event.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { newId, siblingId } from "../../schema/wire/id.ts";

const [grow, coder] = [newId("agt", 1), newId("agt", 2)];
const [home, other] = [siblingId("chn", grow), siblingId("chn", coder)];
const [first, second] = [newId("tsk", 3), newId("tsk", 4)];
const [made, answered, later] = [newId("trn", 5), newId("trn", 6), newId("trn", 7)];
const facts = (state: TaskFacts["state"]): TaskFacts => ({
  state,
  run: 1,
  asked: [],
  attempts: {},
  repairs: 0,
  reason: "why",
  worker: coder,
});

function log(): EventLog {
  const events: LogEntry[] = [];
  const add = <K extends EventKind>(channel: string, kind: K, body: EventBody<K>) => {
    const seq = events.length + 1;
    events.push(storedEvent.parse({ seq, at: seq * 1_000, channel, kind, body }));
  };
  const said = (channel: string, turnId: typeof made, text: string, taskId?: typeof first) =>
    add(channel, "message.sent", {
      messageId: newId("msg"),
      clientId: `client-${events.length}`,
      text,
      turnId,
      ...(taskId ? { taskId } : {}),
    });
  add(home, "agent.state", { agentId: coder, type: "coding", title: "Coding", channel: other, state: "working", taskId: first });
  add(home, "task.state", { taskId: first, title: "One", from: "none", facts: facts("assigned") });
  add(home, "task.state", { taskId: first, title: "One", from: "assigned", facts: facts("in_progress") });
  add(other, "agent.prompt", { agentId: coder, turnId: made, text: "Task: one", taskId: first });
  add(other, "message.text", { turnId: made, partId: "part", text: "So." });
  said(other, answered, "In German too");
  add(other, "message.text", { turnId: answered, partId: "part", text: "So." });
  add(home, "task.state", { taskId: first, title: "One", from: "in_progress", facts: facts("verified") });
  add(other, "agent.prompt", { agentId: coder, turnId: newId("trn", 8), text: "Task: two", taskId: second });
  said(home, later, "Was one hard?", first);
  add(home, "message.text", { turnId: later, partId: "part", text: "So." });
  said(home, newId("trn", 9), "Something else");
  const log = new EventLog();
  log.homeIs(home);
  log.begin(events, events.length);
  return log;
}
const words = (task: string) =>
  buildThread(log().view(), task).map(({ row, agent }) => {
    const text = row.type === "said" ? row.said.text : row.type === "member" || row.type === "prompt" ? row.body.text : row.type;
    return `${agent === undefined ? "grow" : "coding"}: ${text}`;
  });

test("a task's thread holds its states, what its agent was told and answered, and what was said of it in any channel", () => {
  expect(words(first)).toEqual([
    "grow: Given out to Coding",
    "grow: Working",
    "coding: Task: one",
    "coding: turn",
    "coding: In German too",
    "coding: turn",
    "grow: Verified",
    "grow: Was one hard?",
    "grow: turn",
  ]);
});

test("what the agent is told of its next task begins the next thread", () => {
  expect(words(second)).toEqual(["coding: Task: two"]);
});

test("the same view gives the same lines, so that a thread is drawn anew only when something of it changed", () => {
  const view = log().view();
  const [before, after] = [buildThread(view, first), buildThread(view, first)];
  expect(before.some(({ row }) => row.type === "said")).toBe(true);
  expect(isSameList(before, after)).toBe(true);
});

test("turns that came after the last look are new", () => {
  const view = log().view();
  const rows = buildThread(view, first);
  expect([0, 6, 99].map((read) => countUnreadOfThread(view, first, rows, read))).toEqual([3, 2, 0]);
});

test("what the actor counted stays counted when none of the thread is loaded, and what came since is added", () => {
  const counts = new Map([["chn", {} as never]]);
  const counted = { counts, countedAt: 500, threads: new Map([[first, { task: first, read: 40, unread: 7 }]]) };
  expect(countUnreadOfThread(counted, first, [], 0)).toBe(7);
  const rows = buildThread(log().view(), first);
  expect(countUnreadOfThread(counted, first, rows, 0)).toBe(7); // counted already
  expect(countUnreadOfThread({ ...counted, countedAt: 6 }, first, rows, 0)).toBe(9);
  expect(countUnreadOfThread(counted, first, rows, 600)).toBe(0); // read here since
  expect(countUnreadOfThread({ ...counted, threads: new Map() }, first, rows, 0)).toBe(0);
});

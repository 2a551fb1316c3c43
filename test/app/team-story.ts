import { EventLog } from "../../edge/app/live/event-log.ts";
import type { LogEntry } from "../../edge/app/live/log-view.ts";
import { type TaskView, taskOut } from "../../schema/agent/team.ts";
import type { ApprovalView } from "../../schema/approval/approval-api.ts";
import { type EventBody, type EventKind, storedEvent } from "../../schema/event.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { newId, siblingId } from "../../schema/wire/id.ts";

export const [grow, coder] = [newId("agt", 1), newId("agt", 2)];
export const [home, other] = [siblingId("chn", grow), siblingId("chn", coder)];
export const [task, turn, asked] = [newId("tsk", 3), newId("trn", 4), newId("apr", 5)];
export const commit = "a".repeat(40);
export const facts = (state: TaskFacts["state"], change: Partial<TaskFacts> = {}): TaskFacts => ({
  state,
  run: 1,
  asked: [],
  attempts: {},
  repairs: 0,
  reason: "because",
  worker: coder,
  ...change,
});
export const question = (change: Partial<ApprovalView> = {}): ApprovalView => ({
  id: asked,
  member: newId("mem", 1),
  agent: coder,
  task,
  title: "Install a package",
  why: "The form needs it.",
  subject: { kind: "command", command: "npm install stripe" },
  reach: "the npm registry",
  scopes: ["once", "task"],
  goesOn: false,
  state: "pending",
  createdAt: 1_000,
  expiresAt: 90_000_000,
  ...change,
});

/** Events in two channels, as the actor writes them. */
export class Story {
  readonly events: LogEntry[] = [];
  add<K extends EventKind>(channel: string, kind: K, body: EventBody<K>): this {
    const seq = this.events.length + 1;
    this.events.push(storedEvent.parse({ seq, at: seq * 1_000, channel, kind, body }));
    return this;
  }
  log(from = 0): EventLog {
    const log = new EventLog();
    log.homeIs(home);
    log.begin(this.events.slice(from), this.events.length);
    return log;
  }
}
export const agentState = (now: "idle" | "working" | "waiting" | "retired", taskId?: typeof task): EventBody<"agent.state"> => ({
  agentId: coder,
  type: "coding",
  title: "Coding",
  channel: other,
  state: now,
  ...(taskId ? { taskId } : {}),
});
export function knownTask(id: typeof task, state: TaskFacts["state"], change: Partial<TaskView> = {}): TaskView {
  const { data } = taskOut.safeParse({
    task: {
      ...{ id, plan: null, name: "T001", title: "Booking form", owner: "coding", project: "bakery", specHash: "0".repeat(64) },
      ...{ createdAt: 1_000, updatedAt: 2_000, facts: facts(state), progress: "", hold: null, costMicros: 0 },
      history: [
        { at: 1_000, state: "created" },
        { at: 2_000, state: "in_progress" },
      ],
      ...change,
    },
  });
  if (!data) throw new Error("no task");
  return data.task;
}
export function story(): Story {
  return new Story()
    .add(home, "task.state", { taskId: task, title: "Booking form", from: "none", facts: facts("created"), owner: "coding" })
    .add(home, "agent.state", agentState("working", task))
    .add(home, "task.state", { taskId: task, title: "Booking form", from: "created", facts: facts("in_progress") })
    .add(other, "agent.prompt", { agentId: coder, turnId: turn, text: "Task: booking form", taskId: task })
    .add(other, "turn.state", { turnId: turn, state: "running" })
    .add(home, "agent.progress", { agentId: coder, taskId: task, state: "working", text: "Counting places", step: 2, of: 4 })
    .add(other, "approval.asked", question())
    .add(other, "message.text", { turnId: turn, partId: "p", text: "Done." })
    .add(other, "turn.state", { turnId: turn, state: "done", ms: 900 })
    .add(other, "task.check", { taskId: task, commit, name: "tests.0", state: "passed", ms: 5 })
    .add(other, "receipt", {
      receiptId: newId("rct", 6),
      taskId: task,
      repo: "projects/a",
      commit,
      checks: 1,
      state: "current",
      reason: "",
      strength: { caught: 7, tried: 8 },
    });
}

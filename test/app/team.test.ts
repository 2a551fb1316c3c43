import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceName } from "../../edge/app/account/device.ts";
import { agentStatus, doing, stackStatus, stoppedBy } from "../../edge/app/agent/agent-status.ts";
import { endText, pendingOf } from "../../edge/app/approval/approval-words.ts";
import { type ConflictOf, sideLines, sideTitle } from "../../edge/app/approval/conflict-sides.ts";
import { type Armed, armedFor, press, stillArmed } from "../../edge/app/approval/two-step-key.ts";
import { type ChannelLine, neighbour } from "../../edge/app/conversation/channel-list.ts";
import { narrowed } from "../../edge/app/conversation/conversation.ts";
import { itemsOf } from "../../edge/app/conversation/feed-item.ts";
import { unreadIn } from "../../edge/app/conversation/read-position.ts";
import { Log } from "../../edge/app/live/event-log.ts";
import type { Entry } from "../../edge/app/live/log-view.ts";
import { agentRing, taskRing, taskText } from "../../edge/app/live/team-log.ts";
import { freshCheck } from "../../edge/app/plan/plan-check-form.ts";
import { besides, formOf, freshId, moved, specOf } from "../../edge/app/plan/plan-edit.ts";
import { planAtWork, planWords } from "../../edge/app/plan/plans-at-work.ts";
import { phasesOf, share, span } from "../../edge/app/task/task-phases.ts";
import type { Snapshot } from "../../schema/agent/grow-agent.ts";
import { type TaskView, taskOut } from "../../schema/agent/team.ts";
import type { ApprovalView } from "../../schema/approval/approval.ts";
import { type EventBody, type EventKind, storedEvent } from "../../schema/event.ts";
import { planShape } from "../../schema/plan/plan.ts";
import { specShape } from "../../schema/task/spec.ts";
import type { TaskFacts } from "../../schema/task/task.ts";
import { newId, siblingId } from "../../schema/wire/id.ts";

const [grow, coder] = [newId("agt", 1), newId("agt", 2)];
const [home, other] = [siblingId("chn", grow), siblingId("chn", coder)];
const [task, turn, asked] = [newId("tsk", 3), newId("trn", 4), newId("apr", 5)];
const commit = "a".repeat(40);
const facts = (state: TaskFacts["state"], change: Partial<TaskFacts> = {}): TaskFacts => ({
  state,
  run: 1,
  asked: [],
  attempts: {},
  repairs: 0,
  reason: "because",
  worker: coder,
  ...change,
});
const question = (change: Partial<ApprovalView> = {}): ApprovalView => ({
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
class Story {
  readonly events: Entry[] = [];
  add<K extends EventKind>(channel: string, kind: K, body: EventBody<K>): this {
    const seq = this.events.length + 1;
    this.events.push(storedEvent.parse({ seq, at: seq * 1_000, channel, kind, body }));
    return this;
  }
  log(from = 0): Log {
    const log = new Log();
    log.homeIs(home);
    log.begin(this.events.slice(from), this.events.length);
    return log;
  }
}
const state = (of: "idle" | "working" | "waiting" | "retired", taskId?: typeof task): EventBody<"agent.state"> => ({
  agentId: coder,
  type: "coding",
  title: "Coding",
  channel: other,
  state: of,
  ...(taskId ? { taskId } : {}),
});
function known(id: typeof task, of: TaskFacts["state"], change: Partial<TaskView> = {}): TaskView {
  const { data } = taskOut.safeParse({
    task: {
      ...{ id, plan: null, name: "T001", title: "Booking form", owner: "coding", project: "bakery", specHash: "0".repeat(64) },
      ...{ createdAt: 1_000, updatedAt: 2_000, facts: facts(of), progress: "", hold: null, costMicros: 0 },
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
function story(): Story {
  return new Story()
    .add(home, "task.state", { taskId: task, title: "Booking form", from: "none", facts: facts("created"), owner: "coding" })
    .add(home, "agent.state", state("working", task))
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
    });
}

describe("the log of a team", () => {
  test("keeps each agent's turns in its own channel and tells its task in the Grow Agent's", () => {
    const view = story().log().view();
    expect(view.rows.map((row) => row.type)).toEqual(["task"]);
    expect(view.channels.get(other)?.map((row) => row.type)).toEqual(["prompt", "turn", "approval", "proof"]);
    expect(view.agents.get(coder)).toMatchObject({ title: "Coding", state: "working", taskId: task });
  });
  test("shows a task in one place that changes, with progress, checks and receipt", () => {
    const line = story().log().view().tasks.get(task)!;
    expect(line.history.map((one) => one.state)).toEqual(["created", "in_progress"]);
    expect(line).toMatchObject({ title: "Booking form", owner: "coding", progress: { text: "Counting places", step: 2, of: 4 } });
    expect(line.checks).toMatchObject([{ name: "tests.0", state: "passed" }]);
    expect(line.receipt).toMatchObject({ commit, state: "current" });
  });
  test("says in one line what became of a file that makes a kind of agent, with what is wrong by path", () => {
    const of = { id: "scribe", path: "agents/scribe/agent.yaml", title: "Scribe", issues: [], kept: false };
    const issues = [{ path: "capabilities.2", message: "deploy:* is more than your Grow Agent has" }];
    const log = new Story()
      .add(home, "agent_type.state", { ...of, change: "taken" })
      .add(home, "agent_type.state", { ...of, change: "refused", issues, kept: true })
      .log();
    const view = log.view();
    const said = view.rows.flatMap((row) => (row.type === "said" ? [row.said] : []));
    expect(said.map((one) => one.text)).toEqual([
      "The agent kind Scribe can be given work",
      "agents/scribe/agent.yaml is not in force, its last good version is: capabilities.2 deploy:* is more than your Grow Agent has",
    ]);
    expect(said[1]).toMatchObject({ ring: "stale", to: { path: "/memories", file: of.path } });
    expect([...log.takeNews()]).toContain("agentType");
    expect([...log.takeNews()]).toEqual([]);
  });
  test("a task whose events are older than the page is known as the actor told it; what comes later has the last word", () => {
    const held: TaskView["hold"] = { why: "limit", on: [], text: "three work already" };
    const waits = newId("tsk", 9);
    const open = [
      known(waits, "created", { hold: held, title: "Menu page" }),
      known(task, "in_progress", { updatedAt: 3_000, progress: "Counting places" }),
    ];
    const log = new Story().add(home, "agent.state", state("working", task)).log();
    log.open(open);
    const told = log.view();
    expect([...told.tasks.values()].map((one) => [one.title, one.facts?.state, one.hold])).toEqual([
      ["Menu page", "created", held.text],
      ["Booking form", "in_progress", undefined],
    ]);
    expect(told.rows).toEqual([]);
    expect(doing(told.agents.get(coder)!, told).text).toBe("Counting places");
    expect(told.tasks.get(task)?.began).toBe(2_000);
    const later = story().add(home, "task.state", { taskId: task, title: "Booking form", from: "in_progress", facts: facts("verified") });
    const after = later.log(11);
    after.open(open);
    expect(after.view().tasks.get(task)?.facts?.state).toBe("verified");
    const stale = new Story().add(home, "task.state", { taskId: task, title: "Booking form", from: "none", facts: facts("created") }).log();
    stale.open(open);
    expect(stale.view().tasks.get(task)?.facts?.state).toBe("in_progress");
  });
  test("an older page of one channel stands before what was there, and counts once", () => {
    const all = story();
    const log = all.log(7);
    expect(
      log
        .view()
        .channels.get(other)
        ?.some((row) => row.type === "prompt"),
    ).toBe(false);
    const older = all.events.slice(0, 7).filter((event) => event.kind !== "unknown" && event.channel === other);
    log.prependChannel(other, older, 8);
    log.prependChannel(other, older.slice(-1), 8); // asked for at the same time, and late
    expect(log.view().from.get(other)).toBe(older[0]?.seq);
    log.prependChannel(other, older, 8);
    expect(
      log
        .view()
        .channels.get(other)
        ?.map((row) => row.type),
    ).toEqual(["prompt", "turn", "approval", "proof"]);
    expect(log.view().from.get(other)).toBe(4);
    log.prependChannel(other, [], 4);
    expect(log.view().from.get(other)).toBe(0);
    log.prepend(all.events.slice(0, 7));
    expect(log.view().rows).toEqual(all.log().view().rows);
  });
  test("an answer that comes later changes the question where it stands", () => {
    const of = story().add(other, "approval.decided", {
      id: asked,
      agent: coder,
      title: "Install a package",
      state: "denied",
      decided: { device: "your phone", at: 5_000, note: "Not yet" },
    });
    const row = of
      .log()
      .view()
      .channels.get(other)
      ?.find((one) => one.type === "approval");
    expect(row).toMatchObject({ seq: 7, asked: { state: "denied", decided: { device: "your phone" } } });
  });
  test("what waits to be sent shows in the channel it was written in", () => {
    const view = story().log().view();
    const outbox = [
      { clientId: "client-1", text: "to the Grow Agent", at: 1 },
      { clientId: "client-2", text: "to Coding", at: 2, channel: other },
    ];
    const now = {
      view,
      outbox,
      link: { status: "live" as const, lostAt: undefined, offline: false, retryAt: undefined, refused: undefined },
    };
    expect(narrowed(now, { home: true, channel: home }).outbox.map((one) => one.clientId)).toEqual(["client-1"]);
    const sub = narrowed(now, { home: false, channel: other });
    expect([sub.outbox.map((one) => one.clientId), sub.view.rows.length]).toEqual([["client-2"], 4]);
  });
  test("unread counts what others said after the mark, and no question that was answered", () => {
    const rows = story().log().view().channels.get(other)!;
    expect([0, 5, 8, 99].map((read) => unreadIn(rows, read))).toEqual([3, 3, 1, 0]); // the turn began before 5 and spoke after it
  });
  test("a ring says verified only while the receipt speaks of the last commit", () => {
    expect(taskRing({ facts: facts("verified", { commit, proven: commit }) })).toBe("done");
    expect(taskRing({ facts: facts("complete", { commit, proven: "b".repeat(40) }) })).toBe("stale");
    expect(taskText(facts("waiting", { asked: [asked] }))).toBe("Needs you");
    const view = story()
      .add(home, "task.state", { taskId: task, title: "Booking form", from: "in_progress", facts: facts("failed") })
      .add(home, "agent.state", state("idle"))
      .log()
      .view();
    expect(agentRing(view.agents.get(coder)!, view.tasks)).toBe("failed");
  });
  test("an agent that has nothing to do is a dot, however well its last task ended; one that is gone shows that end", () => {
    const shown = (now: "idle" | "retired") => {
      const proven = facts("verified", { commit, proven: commit });
      const done = { taskId: task, title: "Booking form", from: "complete", facts: proven } as const;
      const view = story().add(home, "task.state", done).add(home, "agent.state", state(now)).log().view();
      return agentRing(view.agents.get(coder)!, view.tasks);
    };
    expect([shown("idle"), shown("retired")]).toEqual(["idle", "done"]);
  });
});

describe("answering", () => {
  test("one press only arms, the second of the same key decides, and another question arms anew", () => {
    const first = press(undefined, "a", "allow", 0);
    expect(first).toMatchObject({ decide: false, armed: { id: "a", choice: "allow" } });
    expect(press(first.armed, "a", "allow", 500)).toEqual({ armed: undefined, decide: true });
    expect(press(first.armed, "b", "allow", 500).decide).toBe(false);
    expect(press(first.armed, "a", "deny", 500)).toMatchObject({ decide: false, armed: { choice: "deny" } });
  });
  test("an arm that was left alone is forgotten", () => {
    const armed: Armed = { id: "a", choice: "allow", at: 0 };
    expect(stillArmed(armed, "a", armedFor)).toBeUndefined();
    expect(press(armed, "a", "allow", armedFor).decide).toBe(false);
  });
  test("the list of what waits follows the log, which has the last word", () => {
    const log = story().log().view().asked;
    expect(pendingOf([], log).map((one) => one.id)).toEqual([asked]);
    expect(pendingOf([], log, grow)).toEqual([]);
    const decided = new Map([[asked as string, { ...log.get(asked)!, state: "denied" as const }]]);
    expect(pendingOf([question()], decided)).toEqual([]);
  });
  test("an ended question says how, on which device and with which note", () => {
    expect(endText({ state: "denied", decided: { device: "your phone", at: 1, note: "Not yet" } })).toBe(
      "Denied, on your phone, “Not yet”",
    );
    expect(endText({ state: "allowed", decided: { device: "your Mac", at: 1, scope: "task" } })).toBe("Allowed in this task, on your Mac");
  });
  test("a device has a name that another one can show", () => {
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", false)).toBe("your computer");
    expect(deviceName("Mozilla/5.0 (X11; Linux x86_64)", true)).toBe("your phone");
    expect(deviceName("Mozilla/5.0 (iPhone; CPU)", true)).toBe("your iPhone");
  });
});

describe("the timeline", () => {
  const of = { facts: facts("verified"), createdAt: 0, updatedAt: 90_000 };
  test("a task's states become phases; waiting that has ended differs from waiting now", () => {
    const states = ["created", "in_progress", "waiting", "in_progress", "complete", "verified"] as const;
    const history = states.map((one, index) => ({ at: index * 10_000, state: one }));
    expect(phasesOf(of, history, 99_000).map((phase) => phase.kind)).toEqual(["plan", "build", "you", "build", "check"]);
    expect(phasesOf(of, history.slice(0, 3), 99_000).at(-1)).toEqual({ kind: "now", from: 20_000, to: 99_000 });
  });
  test("without its events a task shows from when it was made until it last changed", () => {
    expect(phasesOf(of, [], 99_000)).toEqual([{ kind: "build", from: 0, to: 90_000 }]);
  });
  test("the window holds what is shown, at most eight marks or so, and now is inside", () => {
    const now = Date.parse("2026-11-20T09:32:00");
    for (const back of [1, 60, 500, 1_440, 10_000, 60_000]) {
      const window = span([now - back * 60_000], now, 31);
      expect(window.marks.length).toBeLessThanOrEqual(10);
      expect(share(now, window)).toBeGreaterThan(50);
      expect(share(now, window)).toBeLessThan(100);
    }
  });
});

describe("editing a plan", () => {
  const first = specShape.parse({ id: "T001", title: "Build", owner: "coding", outputs: ["a.js"], scenarios: ["Given a, then b"] });
  const plan = planShape.parse({ title: "Plan", tasks: [first, { ...first, id: "T002", outputs: ["b.js"] }] });
  test("what the form does not show of a task stays as it was", () => {
    const form = {
      id: "T001",
      title: "Build it",
      description: "",
      owner: "coding",
      project: "",
      priority: "normal" as const,
      depends: [],
      inputs: "",
      scenarios: "Given a, then b",
      outputs: "a.js\n",
      tests: "npm test",
      acceptance: [],
      constraints: "",
      cost: "0.5",
      minutes: "",
    };
    const next = specOf(form, first);
    expect(next).toMatchObject({
      ok: true,
      value: { title: "Build it", scenarios: ["Given a, then b"], tests: ["npm test"], budget: { cost_usd: 0.5 } },
    });
  });
  test("each kind of check is shown, changed, removed and added; one left as it was stays so", () => {
    const acceptance = [
      { url: "http://localhost:8080/", should_respond: { status: 200, contains: "Sourdough" }, serve: "node serve.mjs" },
      { url: "http://localhost:8080/no", should_respond: 404 },
      { file: "menu.html", contains: "Rye", timeout: 5 },
      { command: "node check.mjs", exit_code: 3 },
    ];
    const before = specShape.parse({ ...first, acceptance, constraints: ["No tracking"] });
    const form = formOf(before);
    expect(specOf(form, before)).toEqual({ ok: true, value: before });
    const [page, , file] = form.acceptance;
    const changes = [{ ...page!, contains: "Bread" }, file!, { ...freshCheck(form.acceptance), what: "http://localhost:9000/" }];
    expect(specOf({ ...form, acceptance: changes, constraints: "No tracking\nNo fonts from elsewhere" }, before)).toMatchObject({
      ok: true,
      value: {
        acceptance: [
          { should_respond: { status: 200, contains: "Bread" }, serve: "node serve.mjs" },
          { file: "menu.html", contains: "Rye", timeout: 5 },
          { url: "http://localhost:9000/", should_respond: 200 },
        ],
        constraints: ["No tracking", "No fonts from elsewhere"],
      },
    });
    const away = { ...form, acceptance: [{ ...page!, what: "https://example.com/" }] };
    expect(specOf(away, before)).toMatchObject({
      ok: false,
      issues: [{ path: "acceptance.0.url", message: expect.stringMatching(/^must be http:/) }],
    });
  });
  test("a task that is saved as it was read stays as it was, whatever its named inputs are", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/);
    const value = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom("", " x ", "1.10", "007", "a\nb\n", "true"),
      fc.boolean(),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 5 }), (inputs) => {
        const before = specShape.parse({ ...first, inputs });
        expect(specOf(formOf(before), before)).toEqual({ ok: true, value: before });
      }),
    );
    const before = specShape.parse({ ...first, inputs: { language: "en" } });
    const after = specOf({ ...formOf(before), inputs: "version = 1.10\nphone = 0171\nposts = 4" }, before);
    expect(after).toMatchObject({ value: { inputs: { version: "1.10", phone: "0171", posts: 4 } } });
  });
  test("scenarios, inputs and priority are changed line by line; a line left as it was keeps its text and its kind", () => {
    const scenarios = ["Given a phone,\nwhen it opens,\nthen it fits", "Given a, then b"];
    const before = specShape.parse({
      ...first,
      scenarios,
      priority: "high",
      inputs: { language: "en", posts: 3, port: "8080", feed: true },
    });
    const form = formOf(before);
    expect(form.inputs).toBe("language = en\nposts = 3\nport = 8080\nfeed = true");
    expect(specOf(form, before)).toEqual({ ok: true, value: before });
    const changed = {
      scenarios: form.scenarios.replace("then b", "then c"),
      priority: "low" as const,
      inputs: "port = 9090\nposts = 4\nfeed = true\ntitle = a = b",
    };
    expect(specOf({ ...form, ...changed }, before)).toMatchObject({
      ok: true,
      value: {
        scenarios: [scenarios[0], "Given a, then c"],
        priority: "low",
        inputs: { port: "9090", posts: 4, feed: true, title: "a = b" },
      },
    });
    expect(specOf({ ...form, inputs: "src/posts\nlanguage = en" }, before)).toMatchObject({
      value: { inputs: ["src/posts", "language = en"] },
    });
    const list = specShape.parse({ ...first, inputs: ["x = 3"] });
    expect(specOf(formOf(list), list)).toEqual({ ok: true, value: list });
  });
  test("what is wrong is said beside its field, with the line it is about; the rest is said together", () => {
    const form = {
      ...formOf(first),
      scenarios: `Given a, then b\n${"x".repeat(1_001)}`,
      inputs: `text = ${"y".repeat(4_001)}`,
      cost: "much",
    };
    const read = specOf(form, first);
    const said = besides(read.ok ? [] : read.issues, form);
    expect(said.other).toEqual([]);
    expect(Object.keys(said.at).sort()).toEqual(["cost", "inputs", "scenarios"]);
    expect(said.at.scenarios).toMatch(/^“x{39}…”: /);
    expect(said.at.inputs).toMatch(/^“text”: /);
    const bare = { ...formOf(first), outputs: "", tests: "", acceptance: [] };
    const none = specOf(bare, first);
    expect(besides(none.ok ? [] : none.issues, bare)).toEqual({ at: {}, other: [expect.stringMatching(/^give an output/)] });
  });
  test("a task that nothing can prove is refused before it is sent", () => {
    const form = {
      id: "T003",
      title: "Think",
      description: "",
      owner: "coding",
      project: "",
      priority: "normal" as const,
      depends: [],
      inputs: "",
      scenarios: "",
      outputs: "",
      tests: "",
      acceptance: [],
      constraints: "",
      cost: "",
      minutes: "",
    };
    expect(specOf(form, undefined)).toMatchObject({ ok: false });
    expect(specOf({ ...form, outputs: "../up.js" }, undefined)).toMatchObject({ ok: false });
    expect(specOf({ ...form, outputs: "a.js", cost: "much" }, undefined)).toMatchObject({ ok: false });
  });
  test("moving a task swaps it with its neighbour, and the ends stay", () => {
    expect(moved(plan, "T002", -1)).toEqual(["T002", "T001"]);
    expect(moved(plan, "T001", -1)).toBeUndefined();
    expect(freshId(plan)).toBe("T003");
  });
});

describe("how things stand", () => {
  const stack: Snapshot["stack"] = { tier: "running", observed: "running", provisioning: false, ready: true };
  const link = { status: "live" as const, lostAt: undefined, offline: false, retryAt: undefined, refused: undefined };
  const snapshot = (log: Log, change: Partial<Snapshot> = {}): Snapshot => ({
    ...{ agent: grow, channel: home, name: "Grow Agent", lastSeq: log.last ?? 0, stack, queued: 0, waiting: 0, turn: null },
    ...{ now: 1, ticketEnds: 1, ...change },
  });
  const read = (log: Log, change: { offline?: boolean; outbox?: { clientId: string; text: string; at: number }[] } = {}) => {
    const now = { view: log.view(), outbox: change.outbox ?? [], link: { ...link, offline: change.offline ?? false } };
    return [agentStatus(now).text, stackStatus(now).text];
  };
  test("tasks at work are never “Ready”, whoever works on them and however long ago they were told", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log), 1);
    expect(read(log)[0]).toBe("Ready");
    log.open([known(task, "in_progress"), known(newId("tsk", 8), "complete"), known(newId("tsk", 9), "created")]);
    expect(read(log)[0]).toBe("2 tasks at work");
    log.open([known(task, "waiting", { facts: facts("waiting", { asked: [asked] }) })]);
    expect(agentStatus({ view: log.view(), outbox: [], link })).toEqual({ ring: "waiting", text: "1 task waits for you" });
  });
  test("messages that wait in line are counted from the snapshot on, as turns join the line and leave it", () => {
    const log = new Story().add(home, "agent.state", state("idle")).log();
    log.snapshot(snapshot(log, { queued: 28 }), 1);
    expect(read(log)[0]).toBe("28 messages wait");
    const next = (seq: number, state: "queued" | "running" | "stopped" | "done", turnId = turn) =>
      log.event(storedEvent.parse({ seq, at: 1, channel: home, kind: "turn.state", body: { turnId, state } }));
    next(2, "running");
    expect(read(log)[0]).toBe("Writing, 27 messages wait");
    next(3, "done");
    next(4, "queued", newId("trn", 41));
    next(5, "stopped", newId("trn", 41));
    expect(read(log)[0]).toBe("27 messages wait");
    log.snapshot(snapshot(log, { queued: 0, lastSeq: 5 }), 1);
    expect(read(log)[0]).toBe("Ready");
  });
  test("without a connection nothing is said to be ready or running, and what waits here is counted", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log), 1);
    expect(read(log, { offline: true })).toEqual(["Offline", "Stack not seen now"]);
    expect(read(log, { offline: true, outbox: [{ clientId: "a", text: "a", at: 1 }] })[0]).toBe("Offline, 1 message waits here");
  });
  test("a host that is gone is said before what the agent would do", () => {
    const log = new Story().log();
    log.snapshot(snapshot(log, { queued: 2, stack: { ...stack, observed: "unreachable" } }), 1);
    expect(read(log)[0]).toBe("Host not reachable, 2 messages wait");
  });
  test("a plan is as far as its tasks, and what is not told counts as to come", () => {
    const of = (...states: TaskFacts["state"][]) =>
      planAtWork(
        "pln",
        "A",
        5,
        states.map((one) => ({ state: one, asked: [] })),
      );
    expect(planWords(of("verified", "in_progress", "complete"))).toBe("1 of 5 done · 2 at work · 2 to come");
    expect(planWords(of("verified", "verified", "deployed", "verified", "failed"))).toBe("4 of 5 done · 1 ended without it");
  });
});
test("a task of a plan stands in the plan's card and nowhere else in the conversation", () => {
  const planId = newId("pln", 12);
  const made = { taskId: task, title: "Booking form", from: "none" as const, facts: facts("created"), owner: "coding" };
  const plan = { planId, title: "A website", state: "accepted" as const, revision: 1, tasks: [], ...{ minutes: { expected: 1, most: 2 } } };
  const shown = (story: Story) =>
    itemsOf(story.log().view(), [], { read: 99, until: 99 }).flatMap((item) => (item.type === "row" ? [item.row.type] : []));
  const alone = new Story().add(home, "task.state", made);
  expect(shown(alone)).toEqual(["task"]);
  const both = new Story()
    .add(home, "plan.state", { ...plan, costMicros: { expected: 1, most: 2 } })
    .add(home, "task.state", { ...made, planId });
  expect(shown(both)).toEqual(["plan"]);
});
test("a stack is stopped by its member, unless it could not start or has not yet", () => {
  const now = (stack: object, reason?: string) => {
    const log = new Log();
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
  const line = (id: string, ended = false): ChannelLine => ({ id, name: id, home: id === "a", ring: "idle", text: "", unread: 0, ended });
  const lines = [line("a"), line("b"), line("c", true)];
  expect([neighbour(lines, "a", 1)?.id, neighbour(lines, "b", 1)?.id, neighbour(lines, "a", -1)?.id, neighbour(lines, "c", 1)?.id]).toEqual(
    ["b", "a", "b", "a"],
  );
});

test("each side of a conflict is shown as it would stand, with its lines numbered as in main's file and those around it", () => {
  const of: ConflictOf = {
    ...{ kind: "conflict", path: "page.html", place: 1, places: 2, line: 3, before: "<p>\n", after: "</p>\n" },
    ours: { branch: "main", content: "blue\nsky\n", by: "Coding for “Sky”" },
    theirs: { branch: "agent/agt_1/sea", content: "" },
  };
  expect(sideLines(of, "ours")).toEqual([
    { kind: "n", number: 2, text: "<p>" },
    { kind: "a", number: 3, text: "blue" },
    { kind: "a", number: 4, text: "sky" },
    { kind: "n", number: 5, text: "</p>" },
  ]);
  expect(sideLines(of, "theirs").map((line) => line.text)).toEqual(["<p>", "</p>"]);
  expect([sideTitle(of, "ours"), sideTitle(of, "theirs")]).toEqual(["main", "the branch"]);
  const decided = { at: 1, device: "your phone" };
  expect(endText({ state: "allowed", decided: { ...decided, side: "theirs" } })).toBe("Took the branch, on your phone");
});

import { describe, expect, test } from "vitest";
import { describeAgentWork } from "../../edge/app/agent/agent-status.ts";
import { narrowToConversation } from "../../edge/app/conversation/conversation.ts";
import { countUnreadIn } from "../../edge/app/conversation/read-position.ts";
import { agentRing, taskRing, taskText } from "../../edge/app/live/team-log.ts";
import type { TaskView } from "../../schema/agent/team.ts";
import { newId } from "../../schema/wire/id.ts";
import { agentState, asked, coder, commit, facts, home, knownTask, other, Story, story, task, turn } from "./team-story.ts";

describe("the log of a team", () => {
  test("keeps each agent's turns in its own channel and tells its task in the Grow Agent's", () => {
    const view = story().log().view();
    expect(view.rows.map((row) => row.type)).toEqual(["task"]);
    expect(view.channels.get(other)?.map((row) => row.type)).toEqual(["prompt", "turn", "approval", "proof"]);
    expect(view.agents.get(coder)).toMatchObject({ title: "Coding", state: "working", taskId: task });
  });
  test("shows a task in one place that changes, with progress, checks and receipt", () => {
    const line = story().log().view().tasks.get(task)!;
    expect(line.history.map((change) => change.state)).toEqual(["created", "in_progress"]);
    expect(line).toMatchObject({ title: "Booking form", owner: "coding", progress: { text: "Counting places", step: 2, of: 4 } });
    expect(line.checks).toMatchObject([{ name: "tests.0", state: "passed" }]);
    expect(line.receipt).toMatchObject({ commit, state: "current", strength: { caught: 7, tried: 8 } });
  });
  test("says in one line what became of a file that makes a kind of agent, with what is wrong by path", () => {
    const scribe = { id: "scribe", path: "agents/scribe/agent.yaml", title: "Scribe", issues: [], kept: false };
    const issues = [{ path: "capabilities.2", message: "deploy:* is more than your Grow Agent has" }];
    const log = new Story()
      .add(home, "agent_type.state", { ...scribe, change: "taken" })
      .add(home, "agent_type.state", { ...scribe, change: "refused", issues, kept: true })
      .log();
    const view = log.view();
    const said = view.rows.flatMap((row) => (row.type === "said" ? [row.said] : []));
    expect(said.map((line) => line.text)).toEqual([
      "The agent kind Scribe can be given work",
      "agents/scribe/agent.yaml is not in force, its last good version is: capabilities.2 deploy:* is more than your Grow Agent has",
    ]);
    expect(said[1]).toMatchObject({ ring: "stale", to: { path: "/memories", file: scribe.path } });
    expect([...log.takeNews()]).toContain("agentType");
    expect([...log.takeNews()]).toEqual([]);
  });
  test("says that what was merged goes online, and that it is watched there", () => {
    const view = new Story()
      .add(home, "release.handoff", { project: "bakery", from: "merge", to: "deployment", taskId: task })
      .add(home, "release.handoff", { project: "bakery", from: "deployment", to: "monitoring" })
      .log()
      .view();
    expect(view.rows.flatMap((row) => (row.type === "said" ? [row.said] : []))).toMatchObject([
      { text: "What was merged into bakery goes on to be put online", project: "bakery" },
      { text: "bakery is online, and is watched from now on", ring: "deployed", project: "bakery" },
    ]);
  });
  test("says what an agent does now without its command, whatever the call", () => {
    const call = { callId: "c", tool: "bash", verb: "Run", state: "running" } as const;
    const at = (view: Partial<typeof call> & { target: string; command?: string }) => {
      const log = new Story()
        .add(home, "agent.state", agentState("working", task))
        .add(other, "turn.state", { turnId: turn, state: "running" })
        .add(other, "tool.call", { turnId: turn, call: { ...call, ...view } })
        .log()
        .view();
      return describeAgentWork(log.agents.get(coder)!, log).text;
    };
    expect(at({ target: "cd bakery-website && git add -A" })).toBe("Runs a command");
    expect(at({ target: "Keep the new pages", command: "cd bakery-website && git add -A" })).toBe("Keep the new pages");
  });
  test("a task whose events are older than the page is known as the actor told it; what comes later has the last word", () => {
    const held: TaskView["hold"] = { why: "limit", on: [], text: "three work already" };
    const waits = newId("tsk", 9);
    const open = [
      knownTask(waits, "created", { hold: held, title: "Menu page" }),
      knownTask(task, "in_progress", { updatedAt: 3_000, progress: "Counting places" }),
    ];
    const log = new Story().add(home, "agent.state", agentState("working", task)).log();
    log.open(open);
    const told = log.view();
    expect([...told.tasks.values()].map((line) => [line.title, line.facts?.state, line.hold])).toEqual([
      ["Menu page", "created", held.text],
      ["Booking form", "in_progress", undefined],
    ]);
    expect(told.rows).toEqual([]);
    expect(describeAgentWork(told.agents.get(coder)!, told).text).toBe("Counting places");
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
    const answered = story().add(other, "approval.decided", {
      id: asked,
      agent: coder,
      title: "Install a package",
      state: "denied",
      decided: { device: "your phone", at: 5_000, note: "Not yet" },
    });
    const row = answered
      .log()
      .view()
      .channels.get(other)
      ?.find((row) => row.type === "approval");
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
    expect(narrowToConversation(now, { home: true, channel: home }).outbox.map((entry) => entry.clientId)).toEqual(["client-1"]);
    const sub = narrowToConversation(now, { home: false, channel: other });
    expect([sub.outbox.map((entry) => entry.clientId), sub.view.rows.length]).toEqual([["client-2"], 4]);
  });
  test("unread counts what others said after the mark, and no question that was answered", () => {
    const rows = story().log().view().channels.get(other)!;
    expect([0, 5, 8, 99].map((read) => countUnreadIn(rows, read))).toEqual([3, 3, 1, 0]); // the turn began before 5 and spoke after it
  });
  test("a ring says verified only while the receipt speaks of the last commit", () => {
    expect(taskRing({ facts: facts("verified", { commit, proven: commit }) })).toBe("done");
    expect(taskRing({ facts: facts("complete", { commit, proven: "b".repeat(40) }) })).toBe("stale");
    expect(taskText(facts("waiting", { asked: [asked] }))).toBe("Needs you");
    const covered = (checked: number) => taskText(facts("verified", { commit, proven: commit, covered: { checked, asked: 4 } }));
    expect([covered(4), covered(3)]).toEqual(["Verified", "3 of 4 checked"]);
    const view = story()
      .add(home, "task.state", { taskId: task, title: "Booking form", from: "in_progress", facts: facts("failed") })
      .add(home, "agent.state", agentState("idle"))
      .log()
      .view();
    expect(agentRing(view.agents.get(coder)!, view.tasks)).toBe("failed");
  });
  test("an agent that has nothing to do is a dot, however well its last task ended; one that is gone shows that end", () => {
    const shown = (now: "idle" | "retired") => {
      const proven = facts("verified", { commit, proven: commit });
      const done = { taskId: task, title: "Booking form", from: "complete", facts: proven } as const;
      const view = story().add(home, "task.state", done).add(home, "agent.state", agentState(now)).log().view();
      return agentRing(view.agents.get(coder)!, view.tasks);
    };
    expect([shown("idle"), shown("retired")]).toEqual(["idle", "done"]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { specShape } from "../../../schema/task/spec.ts";
import {
  acceptedCommands,
  awaitsMachine,
  awaitsRoom,
  backStates,
  isStaleTask,
  isTaskOver,
  maxRepairs,
  newTask,
  nextTask,
  releaseWorker,
  type TaskFacts,
  taskFacts,
  taskStates,
} from "../../../schema/task/task.ts";
import { type TaskCommand, taskCommand } from "../../../schema/task/task-command.ts";
import { readTask, readTaskLog, recordOfChange, taskFiles, taskLogLine, taskRingState } from "../../../schema/task/task-file.ts";
import { newId } from "../../../schema/wire/id.ts";
import { errorClasses, retryDelay } from "../../../schema/work.ts";

const [ann, bob] = [newId("agt"), newId("agt")];
const [a1, a2] = [newId("apr"), newId("apr")];
const [c1, c2] = ["a".repeat(40), "b".repeat(40)];
const now = 1_800_000_000_000;

function play(commands: TaskCommand[], from: TaskFacts = newTask): TaskFacts {
  return commands.reduce((task, command) => {
    const next = nextTask(task, command, now);
    if (!next.ok) throw new Error(`${task.state} ${command.kind}: ${next.reason}`);
    return next.task;
  }, from);
}
const refusal = (task: TaskFacts, command: TaskCommand, at = now) => {
  const next = nextTask(task, command, at);
  return next.ok ? undefined : next.code;
};
const by = { worker: ann, run: 1 };
const working = play([
  { kind: "assign", worker: ann },
  { kind: "start", ...by },
]);
const complete = play([{ kind: "complete", ...by, commit: c1 }], working);
const verified = play([{ kind: "verify_passed", commit: c1 }], complete);

describe("a task", () => {
  test("goes from created to deployed, each step with its reason", () => {
    expect(working).toMatchObject({ state: "in_progress", worker: ann, run: 1 });
    expect(complete).toMatchObject({ state: "complete", commit: c1 });
    expect(verified).toMatchObject({ state: "verified", proven: c1 });
    expect(play([{ kind: "deploy", commit: c1 }], verified).state).toBe("deployed");
  });
  test("keeps how much of what was asked for its receipt shows, and nothing of a receipt of before", () => {
    const covered = { checked: 3, asked: 4 };
    const part = play([{ kind: "verify_passed", commit: c1, covered }], complete);
    expect(part).toMatchObject({ state: "verified", proven: c1, covered });
    const moved = play([{ kind: "commit", commit: c2 }], part);
    expect(play([{ kind: "verify_passed", commit: c2 }], { ...moved, state: "complete" }).covered).toBeUndefined();
    expect(play([{ kind: "verify_failed", commit: c2, reason: "no" }], { ...moved, state: "complete" }).covered).toBeUndefined();
    expect(play([{ kind: "send_back", reason: "a test fails" }], part).covered).toBeUndefined();
  });
  test("of the member's own hand is proven as it is, comes to main once proven, and is never given to an agent", () => {
    const handIn = { kind: "hand_in", commit: c1, base: c2 } as const;
    const made = play([handIn]);
    expect(made).toMatchObject({ state: "complete", by: "member", commit: c1, base: { main: c2 } });
    const failed = play([{ kind: "verify_failed", commit: c1, reason: "checks: no" }], made);
    expect(failed).toMatchObject({ state: "failed", repairs: 1 }); // at once: nobody mends it
    expect(play([{ kind: "retry" }], failed)).toMatchObject({ state: "complete", by: "member", commit: c1 });
    expect(refusal(made, { kind: "assign", worker: ann })).toBe("illegal");
    const proven = play([{ kind: "verify_passed", commit: c1 }], made);
    expect(play([{ kind: "adopt", commit: c1 }], proven)).toMatchObject({ state: "verified", adopted: c1 });
    expect(play([{ kind: "conflict", reason: "main moved" }], proven)).toMatchObject({ state: "failed", reason: "main moved" });
    expect(play([{ ...handIn, commit: c2 }], proven)).toMatchObject({ state: "complete", commit: c2 }); // main was brought in
    for (const command of [handIn, { kind: "adopt", commit: c1 } as const, { kind: "conflict", reason: "x" } as const])
      expect(refusal(verified, command)).toBe("illegal"); // an agent's
  });
  test("its log tells when it came into each state, and passes over what is no change of one", () => {
    const log = [
      taskLogLine(now, "none", newTask),
      taskLogLine(now + 1_000, "created", { ...working, reason: "given to →\n- 2026 none → failed: no" }),
      taskLogLine(now + 2_000, "in_progress", { ...working, reason: "goes on" }),
      taskLogLine(now + 3_000, "in_progress", complete),
    ].join("");
    expect(readTaskLog(`# A title\n\n${log}by hand: nothing\n- yesterday none → failed: no\n`)).toEqual([
      { at: now, state: "created" },
      { at: now + 1_000, state: "in_progress" },
      { at: now + 3_000, state: "complete" },
    ]);
    expect(readTaskLog("")).toEqual([]);
  });
  test("is verified only by a clean checkout of its last commit", () => {
    expect(refusal(complete, { kind: "verify_passed", commit: c2 })).toBe("stale");
    expect(refusal(working, { kind: "verify_passed", commit: c1 })).toBe("illegal");
    expect(refusal(play([{ kind: "commit", commit: c2 }], complete), { kind: "verify_passed", commit: c1 })).toBe("stale");
  });
  test("that was verified is stale after a new commit and must be verified again before it is deployed", () => {
    const changed = play([{ kind: "commit", commit: c2 }], verified);
    expect(changed).toMatchObject({ state: "complete", proven: c1, commit: c2 });
    expect(isStaleTask(changed)).toBe(true);
    expect(taskRingState(changed)).toBe("stale");
    expect(refusal(changed, { kind: "deploy", commit: c1 })).toBe("illegal");
    expect(
      play(
        [
          { kind: "verify_passed", commit: c2 },
          { kind: "deploy", commit: c2 },
        ],
        changed,
      ).state,
    ).toBe("deployed");
    expect(refusal(verified, { kind: "deploy", commit: c2 })).toBe("stale");
  });
  test("that is deployed stays deployed while newer commits wait for their proof", () => {
    const ahead = play(
      [
        { kind: "deploy", commit: c1 },
        { kind: "commit", commit: c2 },
      ],
      verified,
    );
    expect(ahead.state).toBe("deployed");
    expect(isStaleTask(ahead)).toBe(true);
    expect(refusal(ahead, { kind: "deploy", commit: c2 })).toBe("stale");
    expect(play([{ kind: "roll_back", reason: "health check failed" }], ahead).state).toBe("complete");
  });
  test("waits for its proof as long as the machine is away, says so once, and nothing of it is held against the work", () => {
    const away = play([{ kind: "machine", away: true }], complete);
    expect(away).toMatchObject({ state: "complete", attempts: {}, repairs: 0, reason: expect.stringMatching(/wait for your machine/) });
    expect([awaitsMachine(complete), awaitsMachine(away), recordOfChange(complete, away)]).toEqual([
      false,
      true,
      { event: true, commit: false },
    ]);
    expect(play([{ kind: "machine", away: true }], away)).toEqual(away);
    const back = play([{ kind: "machine", away: false }], away);
    expect([awaitsMachine(back), recordOfChange(away, back)]).toEqual([false, { event: true, commit: false }]);
    expect(play([{ kind: "verify_passed", commit: c1 }], away)).toEqual({ ...verified });
    for (const task of [working, verified]) expect(refusal(task, { kind: "machine", away: true })).toBe("illegal");
    for (const attempts of [1, 40, 10_000]) {
      expect(retryDelay("unreachable", attempts, true)).toBeLessThanOrEqual(30_000);
      expect(retryDelay("unreachable", attempts) === undefined).toBe(attempts > 1);
    }
  });
  test("waits for room for its agent as long as there is none, says so once, and nothing of it is held against the work", () => {
    const lacks = "there is no room";
    const waits = play([{ kind: "room", lacks }], working);
    expect(waits).toMatchObject({ state: "in_progress", attempts: working.attempts, reason: lacks });
    expect([awaitsRoom(working), awaitsRoom(waits), recordOfChange(working, waits)]).toEqual([false, true, { event: true, commit: false }]);
    expect(play([{ kind: "room", lacks }], waits)).toEqual(waits);
    expect(awaitsRoom(play([{ kind: "room" }], waits))).toBe(false);
    const spent = play([{ kind: "error", class: "exhausted", reason: "busy" }], working); // of money, not of room
    const { dueAt: _due, ...untried } = spent;
    expect([spent, untried].map(awaitsRoom)).toEqual([false, false]);
    const both = play([{ kind: "room", lacks }], spent);
    expect([awaitsRoom(both), play([{ kind: "room" }], both).errorClass]).toEqual([true, "exhausted"]);
    expect(play([{ kind: "ask", ...by, approval: a1 }], waits).lacks).toBeUndefined(); // it works, so it has room
    expect(play([{ kind: "pause", reason: "later" }, { kind: "resume" }], waits).lacks).toBeUndefined();
    for (const task of [complete, verified]) expect(refusal(task, { kind: "room", lacks })).toBe("illegal");
  });
  test("goes back to work when a verification fails, three times, then fails", () => {
    const fail: TaskCommand = { kind: "verify_failed", commit: c1, reason: "tests.0 failed" };
    let task = complete;
    for (let n = 1; n <= maxRepairs; n++) {
      task = play([fail], task);
      expect(task).toMatchObject({ state: "in_progress", reason: `tests.0 failed; repair ${n} of ${maxRepairs}` });
      task = play([{ kind: "complete", ...by, commit: c1 }], task);
    }
    expect(play([fail], task)).toMatchObject({ state: "failed", errorClass: "bug" });
  });
  test("waits until all it asked is answered, and each answer counts once", () => {
    const waiting = play(
      [
        { kind: "ask", ...by, approval: a1 },
        { kind: "ask", ...by, approval: a2 },
      ],
      working,
    );
    const played = play([{ kind: "answer", approval: a2, outcome: "allowed", goesOn: true }], waiting);
    expect(played).toMatchObject({ state: "waiting", asked: [a1] });
    expect(refusal(played, { kind: "answer", approval: a2, outcome: "denied", goesOn: true })).toBe("not_asked");
    expect(play([{ kind: "answer", approval: a1, outcome: "expired", goesOn: true }], played)).toMatchObject({
      state: "in_progress",
      asked: [],
    });
    const stopped = play([{ kind: "answer", approval: a1, outcome: "denied", goesOn: false }], waiting);
    expect(stopped).toMatchObject({ state: "failed", asked: [] });
    const answered = play([{ kind: "answer", approval: a2, outcome: "allowed", goesOn: false }], waiting);
    expect(answered).toMatchObject({ state: "waiting", asked: [a1] }); // a yes never ends it, whatever a no would do
    expect(play([{ kind: "answer", approval: a1, outcome: "allowed", goesOn: false }], answered)).toMatchObject({ state: "in_progress" });
  });
  test("that is paused keeps what comes late and goes on where it was", () => {
    const paused = play([{ kind: "pause", reason: "the member paused it" }], working);
    expect(paused).toMatchObject({ state: "paused", back: "in_progress" });
    expect(play([{ kind: "resume" }], paused)).toMatchObject({ state: "in_progress", worker: ann });
    const late = play([{ kind: "complete", ...by, commit: c1 }], paused);
    expect(late).toMatchObject({ state: "paused", back: "complete" });
    expect(play([{ kind: "resume" }], late)).toMatchObject({ state: "complete", commit: c1 });
    const asked = play(
      [
        { kind: "ask", ...by, approval: a1 },
        { kind: "pause", reason: "x" },
        { kind: "answer", approval: a1, outcome: "allowed", goesOn: true },
      ],
      working,
    );
    expect(asked).toMatchObject({ state: "paused", back: "in_progress", asked: [], reason: "x" });
    expect(late.reason).toBe("the member paused it"); // whoever ends the pause goes by it
  });
  test("that was under way when its actor lost its state goes to another agent, also while it is paused; what nobody worked on stays", () => {
    const waiting = play([{ kind: "ask", ...by, approval: a1 }], working);
    const assigned = play([{ kind: "assign", worker: ann }]);
    for (const facts of [assigned, working, waiting]) {
      const back = releaseWorker(facts, now);
      expect(back).toMatchObject({ state: "created", asked: [] });
      expect([back.worker, back.dueAt]).toEqual([undefined, undefined]);
      const paused = releaseWorker(play([{ kind: "pause", reason: "by hand" }], facts), now);
      expect(paused).toMatchObject({ state: "paused", back: "created", reason: "by hand", asked: [] });
      expect(paused.worker).toBeUndefined();
      expect(play([{ kind: "resume" }, { kind: "assign", worker: bob }], paused)).toMatchObject({ state: "assigned", worker: bob, run: 2 });
    }
    const held = play([{ kind: "pause", reason: "by hand" }], complete);
    for (const facts of [newTask, complete, verified, held]) expect(releaseWorker(facts, now)).toEqual(facts);
  });
  test("of a lost worker goes to another, and what the lost one still says is refused", () => {
    const lost = play([{ kind: "error", class: "stale_worker", reason: "no answer" }], working);
    expect(lost).toMatchObject({ state: "created", attempts: { stale_worker: 1 } });
    expect(lost.worker).toBeUndefined();
    const again = play(
      [
        { kind: "assign", worker: bob },
        { kind: "start", worker: bob, run: 2 },
      ],
      lost,
    );
    expect(refusal(again, { kind: "complete", ...by, commit: c1 })).toBe("other_worker");
    const same = play(
      [
        { kind: "assign", worker: ann },
        { kind: "start", worker: ann, run: 2 },
      ],
      lost,
    );
    expect(refusal(same, { kind: "complete", ...by, commit: c1 })).toBe("old_run");
  });
  test("follows the class of each error", () => {
    const error = (errorClass: (typeof errorClasses)[number], from = working) =>
      play([{ kind: "error", class: errorClass, reason: "why" }], from);
    expect(error("rate_limited")).toMatchObject({ state: "in_progress", dueAt: now + 2_000 });
    expect(error("timeout")).toMatchObject({ state: "in_progress", dueAt: now + 1_000 });
    expect(error("timeout", error("timeout"))).toMatchObject({ dueAt: now + 2_000 });
    expect(error("auth")).toMatchObject({ state: "failed", errorClass: "auth", reason: "why" });
    expect(error("exhausted")).toMatchObject({ state: "waiting", dueAt: now + 10_000 });
    expect(error("bug")).toMatchObject({ state: "in_progress", attempts: { bug: 1 } });
  });
  test("does nothing before its time and goes on when due", () => {
    const waiting = play([{ kind: "error", class: "exhausted", reason: "budget" }], working);
    expect(refusal(waiting, { kind: "due" }, now + 9_999)).toBe("not_due");
    expect(nextTask(waiting, { kind: "due" }, now + 10_000)).toMatchObject({ ok: true, task: { state: "in_progress" } });
    const late = play([{ kind: "error", class: "timeout", reason: "slow" }], newTask);
    expect(refusal(late, { kind: "assign", worker: ann })).toBe("not_due");
  });
  test("that failed can be tried again by the member; one that was cancelled can't", () => {
    const failed = play([{ kind: "give_up", ...by, reason: "cannot" }], working);
    expect(play([{ kind: "retry" }], failed)).toEqual({ ...newTask, run: 1, reason: "tried again" });
    expect(acceptedCommands("cancelled")).toEqual([]);
  });
});

const some = <const T>(value: T) => fc.constant(value);
const workers = fc.constantFrom(ann, bob);
const runs = fc.integer({ min: 1, max: 3 });
const approvals = fc.constantFrom(a1, a2);
const commits = fc.constantFrom(c1, c2);
const why = some("why");
const command: fc.Arbitrary<TaskCommand> = fc.oneof<fc.MaybeWeightedArbitrary<TaskCommand>[]>(
  { arbitrary: fc.record({ kind: some("assign"), worker: workers } as const), weight: 4 },
  { arbitrary: fc.record({ kind: some("start"), worker: workers, run: runs } as const), weight: 6 },
  { arbitrary: fc.record({ kind: some("complete"), worker: workers, run: runs, commit: commits } as const), weight: 6 },
  fc.record({ kind: some("ask"), worker: workers, run: runs, approval: approvals } as const),
  fc.record({ kind: some("give_up"), worker: workers, run: runs, reason: why } as const),
  fc.record({
    kind: some("answer"),
    approval: approvals,
    outcome: fc.constantFrom("allowed", "denied", "expired", "withdrawn"),
    goesOn: fc.boolean(),
  } as const),
  fc.record({ kind: some("verify_passed"), commit: commits } as const),
  fc.record({ kind: some("verify_failed"), commit: commits, reason: why } as const),
  fc.record({ kind: some("commit"), commit: commits } as const),
  fc.record({ kind: some("deploy"), commit: commits } as const),
  fc.record({ kind: some("error"), class: fc.constantFrom(...errorClasses), reason: why } as const),
  fc.record({ kind: some("machine"), away: fc.boolean() } as const),
  fc.record({ kind: fc.constantFrom("pause", "roll_back", "reassign"), reason: why } as const),
  fc.record({ kind: fc.constantFrom("resume", "due", "retry") } as const),
);
const commands = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 30_000 })), { maxLength: 60 });
/** Every task on the way, refused commands left out. */
function walk(list: [TaskCommand, number][]): { before: TaskFacts; command: TaskCommand; task: TaskFacts }[] {
  let [task, at] = [newTask, now];
  return list.flatMap(([command, wait]) => {
    at += wait;
    const [before, next] = [task, nextTask(task, command, at)];
    if (!next.ok) return [];
    task = next.task;
    return [{ before, command, task }];
  });
}

describe("whatever happens to a task", () => {
  test("its facts stay whole", () => {
    fc.assert(
      fc.property(commands, (list) => {
        for (const { before, command, task } of walk(list)) {
          expect(taskCommand.safeParse(command).success).toBe(true);
          expect(taskFacts.safeParse(task).success).toBe(true);
          expect(task.back !== undefined).toBe(task.state === "paused");
          if (task.asked.length > 0) expect(task.back ?? task.state).toBe("waiting");
          if (task.state === "verified") expect(task.proven).toBe(task.commit);
          if (task.state === "deployed") expect(task.proven).toBeDefined();
          if (["assigned", "in_progress", "complete"].includes(task.state)) expect(task.worker).toBeDefined();
          expect(task.run).toBeGreaterThanOrEqual(before.run);
          expect(task.repairs).toBeLessThanOrEqual(maxRepairs + 1);
        }
      }),
      { numRuns: 500 },
    );
  });
  test("it is never verified without a passed verification nor deployed without a current receipt", () => {
    fc.assert(
      fc.property(commands, (list) => {
        for (const { before, command, task } of walk(list)) {
          if (task.state === "verified" && before.state !== "verified") expect(["verify_passed", "roll_back"]).toContain(command.kind);
          if (task.state === "deployed" && before.state !== "deployed")
            expect(before).toMatchObject({ state: "verified", proven: before.commit });
          if (task.proven !== before.proven) expect(command).toEqual({ kind: "verify_passed", commit: task.proven });
        }
      }),
      { numRuns: 500 },
    );
  });
  test("only its own worker's present run speaks for it", () => {
    fc.assert(
      fc.property(commands, (list) => {
        for (const { before, command } of walk(list))
          if ("run" in command) expect(command).toMatchObject({ worker: before.worker, run: before.run });
      }),
    );
  });
  test("every change of state is an event and a commit, and a repeat without change is neither", () => {
    fc.assert(
      fc.property(commands, (list) => {
        for (const { before, task } of walk(list))
          if (before.state !== task.state) expect(recordOfChange(before, task)).toEqual({ event: true, commit: true });
      }),
    );
    expect(recordOfChange(verified, play([{ kind: "commit", commit: c1 }], verified))).toEqual({ event: false, commit: false });
  });
  test("an error that always comes again ends it as failed, and the member can try again", () => {
    for (const errorClass of errorClasses) {
      let [task, at] = [working, now];
      for (let n = 0; n < 200 && task.state !== "failed"; n++) {
        at = Math.max(at, task.dueAt ?? at);
        const steps: TaskCommand[] = [
          { kind: "due" },
          { kind: "assign", worker: ann },
          { kind: "start", worker: ann, run: task.run + 1 },
          { kind: "error", class: errorClass, reason: "again" },
        ];
        for (const step of steps) {
          const next = nextTask(task, step, at);
          if (next.ok) task = next.task;
        }
      }
      expect(task.state, errorClass).toBe("failed");
    }
  });
  test("cancel is taken in every state that is not an end", () => {
    for (const state of taskStates) {
      const open = !["verified", "deployed", "cancelled"].includes(state);
      expect(acceptedCommands(state).includes("cancel"), state).toBe(open);
      if ((backStates as readonly string[]).includes(state)) expect(acceptedCommands(state)).toContain("pause");
    }
    expect(taskStates.filter(isTaskOver)).toEqual(["verified", "deployed", "failed", "cancelled"]);
  });
  test("Git's two files bring the same task back", () => {
    const base = { id: newId("tsk"), specHash: "0".repeat(64), createdAt: now, updatedAt: now, project: "blog" };
    const made = specShape.parse({ id: "T1", title: "a\tb\nOutbox: out_01KABCDEFGHJKMNPQRSTVWXYZ1", owner: "coding", tests: ["true"] });
    fc.assert(
      fc.property(commands, (list) => {
        const task = { ...base, facts: walk(list).at(-1)?.task ?? newTask, spec: made };
        const [specFile, headFile] = taskFiles(task);
        expect(readTask(specFile!.content, headFile!.content)).toEqual({ ok: true, value: task });
      }),
    );
  });
});

import { describe, expect, test } from "vitest";
import {
  nextQuestState,
  type QuestRun,
  type QuestTaskStanding,
  questFile,
  questProgress,
  questStates,
  readQuestRun,
  type StepOnline,
} from "../../../schema/quest/quest-run.ts";
import type { TaskState } from "../../../schema/task/task.ts";
import { newId } from "../../../schema/wire/id.ts";

describe("a quest that runs", () => {
  const run = (over: Partial<QuestRun> = {}): QuestRun => ({
    id: newId("qst"),
    quest: "create-blog",
    version: "1.0.0",
    source: { library: "create-blog" },
    title: "Notes",
    values: { title: "Notes" },
    state: "running",
    startedAt: 1,
    since: {},
    skipped: {},
    steps: [],
    ...over,
  });
  test("ends once, can be paused and resumed, and goes on after a failed step is tried again", () => {
    expect(questStates.filter((to) => nextQuestState("running", to))).toEqual(["paused", "done", "failed", "cancelled"]);
    for (const end of ["done", "cancelled"] as const) expect(questStates.filter((to) => nextQuestState(end, to))).toEqual([]);
    expect(nextQuestState("failed", "running")).toBe("running");
    expect(nextQuestState("paused", "done")).toBeUndefined();
  });
  test("is done when every step is proven or skipped, and failed when nothing can go on", () => {
    const [a, b] = [newId("tsk"), newId("tsk")];
    const begun = run({
      steps: [
        { step: "build", task: a },
        { step: "test", task: b },
      ],
    });
    const at = (first: TaskState, two: TaskState, total = 2) =>
      questProgress(
        begun,
        total,
        new Map([
          [a, { state: first }],
          [b, { state: two }],
        ]),
      );
    expect(at("verified", "in_progress")).toEqual({ proven: 1, of: 2, state: "running", current: ["test"] });
    expect(at("verified", "deployed").state).toBe("done");
    expect(at("verified", "verified", 3).state).toBe("running");
    expect(at("failed", "in_progress").state).toBe("running");
    expect(at("failed", "created").state).toBe("failed");
    expect(
      questProgress(
        { ...begun, skipped: { test: [1] } },
        3,
        new Map([
          [a, { state: "verified" }],
          [b, { state: "verified" }],
        ]),
      ).state,
    ).toBe("done");
    expect(
      questProgress(
        { ...begun, state: "paused" },
        2,
        new Map([
          [a, { state: "verified" }],
          [b, { state: "verified" }],
        ]),
      ).state,
    ).toBe("paused");
  });
  test("has a step that goes online proven by its address; what waits for that holds up no second try, and a no ends it unproven", () => {
    const [build, merge] = [newId("tsk"), newId("tsk")];
    const at = (online: StepOnline, built: QuestTaskStanding = { state: "verified" }, state: QuestRun["state"] = "running") =>
      questProgress(
        run({
          state,
          steps: [
            { step: "build", task: build },
            { step: "merge", task: merge, online },
          ],
        }),
        2,
        new Map<string, QuestTaskStanding>([
          [build, built],
          [merge, { state: "verified" }],
        ]),
      );
    for (const waits of ["asked", "waits"] as const) {
      expect(at(waits)).toEqual({ proven: 1, of: 2, state: "running", current: ["merge"] });
      expect(at(waits, { state: "failed" })).toMatchObject({ proven: 0, state: "failed" });
    }
    expect(at("serves")).toEqual({ proven: 2, of: 2, state: "done", current: [] });
    expect(at("declined")).toEqual({ proven: 1, of: 2, state: "done", current: [] });
    expect(at("waits", { state: "verified" }, "done").current).toEqual([]);
  });
  test("has no step that goes online proven between its receipt and the quest's next look; one that ended stays as it was", () => {
    const task = newId("tsk");
    const at = (goesOnline: boolean, state: QuestRun["state"] = "running") =>
      questProgress(run({ state, steps: [{ step: "merge", task }] }), 1, new Map([[task, { state: "verified", goesOnline } as const]]));
    expect(at(true)).toEqual({ proven: 0, of: 1, state: "running", current: ["merge"] });
    expect(at(false)).toMatchObject({ proven: 1, state: "done" });
    expect(at(true, "done")).toMatchObject({ proven: 1, current: [] });
  });
  test("counts no step as proven of which not all was checked", () => {
    const task = newId("tsk");
    const at = (checked: number) =>
      questProgress(
        run({ steps: [{ step: "build", task }] }),
        1,
        new Map([[task, { state: "verified", covered: { checked, asked: 2 } } as const]]),
      );
    expect([at(1), at(2)]).toMatchObject([
      { proven: 0, state: "done" },
      { proven: 1, state: "done" },
    ]);
  });
  test("is remembered by Git whole", () => {
    const quest = run({
      skipped: { review: [1, 2] },
      steps: [{ step: "build", task: newId("tsk"), receipt: { id: newId("rct"), commit: "a".repeat(40) } }],
    });
    expect(questFile(quest).path).toBe(`quests/${quest.id}/quest.yaml`);
    expect(readQuestRun(questFile(quest).content)).toEqual({ ok: true, value: quest });
  });
});

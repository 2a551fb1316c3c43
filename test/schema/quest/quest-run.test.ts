import { describe, expect, test } from "vitest";
import { nextQuestState, type QuestRun, questFile, questProgress, questStates, readQuestRun } from "../../../schema/quest/quest-run.ts";
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
          [a, first],
          [b, two],
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
          [a, "verified"],
          [b, "verified"],
        ]),
      ).state,
    ).toBe("done");
    expect(
      questProgress(
        { ...begun, state: "paused" },
        2,
        new Map([
          [a, "verified"],
          [b, "verified"],
        ]),
      ).state,
    ).toBe("paused");
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

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Quest, readQuest, readQuestSource } from "../../../schema/quest/quest.ts";
import { nextQuestRun, type QuestTask, questMemoryTexts, questTaskOccurrence, questTaskSteps } from "../../../schema/quest/quest-next.ts";
import type { QuestRun } from "../../../schema/quest/quest-run.ts";
import { newId } from "../../../schema/wire/id.ts";

const day = 86_400_000;
const root = path.join(import.meta.dirname, "../../../schema/quests");
function libraryQuest(name: string): { quest: Quest; texts: Map<string, string> } {
  const files = readdirSync(path.join(root, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = new Map(
    files.map((file) => {
      const full = path.join(file.parentPath, file.name);
      return [path.relative(path.join(root, name), full), readFileSync(full, "utf8")] as const;
    }),
  );
  const read = readQuest(texts);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  return { quest: read.value, texts };
}
const values = { goal: "Run", why: "To breathe", weeks: 3 };
function started(quest: Quest, given: Record<string, unknown>) {
  const filled = questTaskSteps(quest, given);
  if (!filled.ok) throw new Error(JSON.stringify(filled.issues));
  const steps = filled.value.steps;
  const run: QuestRun = {
    id: newId("qst"),
    quest: quest.id,
    version: quest.version,
    source: { library: quest.id },
    title: quest.title,
    values: filled.value.values,
    state: "running",
    startedAt: 0,
    since: {},
    skipped: {},
    steps: steps.filter((step) => step.repeat === undefined).map((step) => ({ step: step.spec.id, task: newId("tsk") })),
  };
  return { run, steps };
}
const receipt = () => ({ id: newId("rct"), commit: "a".repeat(40) });

describe("a quest goes on", () => {
  test("one time of a step that repeats, when it is cancelled, is left out, and the others come", () => {
    const { quest } = libraryQuest("weekly-goal");
    const { run, steps } = started(quest, values);
    const tasks = new Map<string, QuestTask>(run.steps.map((step) => [step.task, { state: "verified", receipt: receipt() }]));
    const ready = nextQuestRun(run, steps, tasks, 100 * day);
    const task = newId("tsk");
    tasks.set(task, { state: "cancelled" });
    const next = nextQuestRun({ ...ready.run, steps: [...ready.run.steps, { step: "review", task, n: 1 }] }, steps, tasks, 108 * day);
    expect([next.run.state, next.run.skipped, next.make]).toEqual(["running", { review: [1] }, []]);
    expect(next.run.steps.some((step) => step.task === task)).toBe(false);
    expect(nextQuestRun(next.run, steps, tasks, 114 * day).make).toEqual([{ step: "review", n: 2 }]);
  });

  test("a step that repeats begins to count when what it builds on is proven, and comes one time after another", () => {
    const { quest } = libraryQuest("weekly-goal");
    const { run, steps } = started(quest, values);
    const tasks = new Map<string, QuestTask>(run.steps.map((step) => [step.task, { state: "in_progress" }]));
    const early = nextQuestRun(run, steps, tasks, 99 * day);
    expect([early.make, early.nextAt, early.run.since]).toEqual([[], undefined, {}]);
    for (const step of run.steps) tasks.set(step.task, { state: "verified", receipt: receipt() });
    const ready = nextQuestRun(run, steps, tasks, 100 * day);
    expect([ready.make, ready.nextAt, ready.progress.proven]).toEqual([[], 107 * day, 2]);
    expect(ready.run.steps.every((step) => step.receipt)).toBe(true);
    const first = nextQuestRun(ready.run, steps, tasks, 107 * day);
    expect([first.make, first.nextAt]).toEqual([[{ step: "review", n: 1 }], 114 * day]);
    const task = newId("tsk");
    const under: QuestRun = { ...first.run, steps: [...first.run.steps, { step: "review", task, n: 1 }] };
    tasks.set(task, { state: "in_progress" });
    expect(nextQuestRun(under, steps, tasks, 122 * day).make).toEqual([]);
    tasks.set(task, { state: "verified", receipt: receipt() });
    const late = nextQuestRun(under, steps, tasks, 120 * day);
    expect(late.make).toEqual([{ step: "review", n: 2 }]);
    const missed = nextQuestRun(under, steps, tasks, 122 * day);
    expect([missed.make, missed.run.skipped]).toEqual([[{ step: "review", n: 3 }], { review: [2] }]);
  });

  test("paused it makes nothing; after a failure it goes on once the step is tried again", () => {
    const { quest } = libraryQuest("weekly-goal");
    const { run, steps } = started(quest, values);
    const [build, review] = run.steps;
    const tasks = (first: QuestTask["state"], second: QuestTask["state"]) =>
      new Map<string, QuestTask>([
        [build!.task, { state: first }],
        [review!.task, { state: second }],
      ]);
    expect(nextQuestRun(run, steps, tasks("failed", "created"), 1).run.state).toBe("failed");
    const failed: QuestRun = { ...run, state: "failed" };
    expect(nextQuestRun(failed, steps, tasks("failed", "created"), 1).run.state).toBe("failed");
    expect(nextQuestRun(failed, steps, tasks("created", "created"), 1).run.state).toBe("running");
    const paused = nextQuestRun({ ...run, state: "paused" }, steps, tasks("verified", "verified"), 99 * day);
    expect([paused.run.state, paused.make, paused.nextAt]).toEqual(["paused", [], undefined]);
  });

  test("every time of a step is made or skipped once and then it is done, whenever one looks", () => {
    const { quest } = libraryQuest("learn-subject");
    const given = { subject: "Bread", aim: "Bake" };
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 30 }), (waits) => {
        const { run, steps } = started(quest, given);
        const tasks = new Map<string, QuestTask>(run.steps.map((step) => [step.task, { state: "verified", receipt: receipt() }]));
        let now = 0;
        let at = nextQuestRun(run, steps, tasks, now).run;
        const made: number[] = [];
        for (const wait of [...waits, 40, 40]) {
          now += wait * day;
          const next = nextQuestRun(at, steps, tasks, now);
          at = next.run;
          for (const { step, n } of next.make) {
            const task = newId("tsk");
            made.push(n);
            tasks.set(task, { state: "verified", receipt: receipt() });
            at = { ...at, steps: [...at.steps, { step, task, n }] };
          }
        }
        at = nextQuestRun(at, steps, tasks, now).run;
        expect([...made, ...(at.skipped.session ?? [])].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
        expect(at.state).toBe("done");
      }),
      { numRuns: 60 },
    );
  });

  test("looking twice changes nothing", () => {
    const { quest } = libraryQuest("weekly-goal");
    const { run, steps } = started(quest, values);
    const tasks = new Map<string, QuestTask>(run.steps.map((step) => [step.task, { state: "verified", receipt: receipt() }]));
    const once = nextQuestRun(run, steps, tasks, 5).run;
    expect(nextQuestRun(once, steps, tasks, 5).run).toEqual(once);
  });
});

describe("a step", () => {
  test("is given with the words of the package's prompts, its later times built on the last proven one", () => {
    const { quest, texts } = libraryQuest("weekly-goal");
    const { run, steps } = started(quest, values);
    expect(steps[0]?.spec.description).toContain("It is their goal");
    const time = questTaskOccurrence(quest, "review", run.values, 2, "review-1");
    expect(time.ok && [time.value.id, time.value.depends_on]).toEqual(["review-2", ["review-1"]]);
    expect(time.ok && time.value.description).toContain("At most five questions");
    expect(Object.keys(questMemoryTexts(quest, texts)).sort()).toEqual(["prompts/lead.md", "prompts/review.md", "quest.yaml"]);
  });

  test("whose prompts are too long for a task is refused by its path", () => {
    const { texts } = libraryQuest("weekly-goal");
    const long = readQuest(new Map([...texts, ["prompts/lead.md", "x".repeat(17_000)]]));
    expect(long.ok && questTaskSteps(long.value, values)).toMatchObject({ ok: false, issues: [{ path: "steps.0.prompt" }, {}, {}] });
  });
});

test("a quest is named by its id, by a project of the member's or by an https address, the last two at a full commit", () => {
  const commit = "a".repeat(40);
  const source = (text: string) => {
    const read = readQuestSource(text);
    return read.ok ? read.value : undefined;
  };
  expect(source("create-blog")).toEqual({ library: "create-blog" });
  expect(source(`projects/mine@${commit}`)).toEqual({ project: "mine", commit });
  expect(source(`projects/mine/a/b@${commit}`)).toEqual({ project: "mine", commit, folder: "a/b" });
  expect(source(`http://gitea:3000/projects/mine.git@${commit}`)).toEqual({ project: "mine", commit });
  expect(source(`https://example.com/q.git@${commit}`)).toEqual({ git: "https://example.com/q.git", commit });
  for (const text of [
    `projects/../x@${commit}`,
    `projects/mine/../../x@${commit}`,
    "projects/mine@main",
    `file:///etc@${commit}`,
    "../x",
    "",
  ])
    expect(source(text), text).toBeUndefined();
});

import { eq, like } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import type { Self } from "../../actors/kernel/self.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { advanceQuests, listQuests, questBound, questDetailOf, requireQuest } from "../../actors/quest/quest.ts";
import { actOnQuest, startQuest } from "../../actors/quest/quest-control.ts";
import { readQuestRows, restoreQuests } from "../../actors/quest/quest-memory.ts";
import { eventTable } from "../../schema/event.table.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { questTable } from "../../schema/quest/quest.table.ts";
import { taskTable } from "../../schema/task/task.table.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { workTable } from "../../schema/work.table.ts";
import { startActor } from "../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../harness/fixtures.ts";

/** Quests in an actor's own tables, with weeks that pass in a moment; the clock is the test's. */
const day = 86_400_000;
const begin = Date.parse("2026-01-05T09:00:00Z");
const folder = ownFolder();

/** An actor in which no work is done: what the test looks at is what would be. */
const actor = async (): Promise<Self> => (await startActor(folder, { runs: [] })).self;
const look = (self: Self) => record(self, newId("req"), (writer) => advanceQuests(writer));
async function prove(self: Self, taskId: Id<"tsk">): Promise<void> {
  const [row] = await self.db.select().from(taskTable).where(eq(taskTable.id, taskId));
  await self.db
    .update(taskTable)
    .set({ state: "verified", facts: { ...row!.facts, state: "verified" } })
    .where(eq(taskTable.id, taskId));
  const about = { task: taskId, repo: "projects/goal", branch: "b", commit: "a".repeat(40), checks: 3, receipt: "jws" };
  await self.db.insert(proofTable).values({ id: newId("rct"), ...about, at: Date.now() });
}
const open = async (self: Self, id: Id<"qst">) =>
  (await questDetailOf(self.db, id)).steps.flatMap((step) => step.tasks).filter((each) => each.state === "created");
const weekly = { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } };

ownClock(begin);

describe("a quest with a step that repeats", () => {
  test("has its reviews made by work that is due, one after another, each built on the last, until it is done", async () => {
    const self = await actor();
    const { quest } = await startQuest(self, { ...weekly }, "k", newId("req"));
    for (const each of await open(self, quest.id)) await prove(self, each.task);
    await look(self);
    for (const week of [1, 2, 3]) {
      const [due] = await self.db
        .select()
        .from(workTable)
        .where(like(workTable.key, `team:${quest.id}`));
      expect(due?.dueAt).toBe(begin + week * 7 * day);
      vi.setSystemTime(begin + week * 7 * day);
      await look(self);
      await look(self);
      const made = await open(self, quest.id);
      expect(made.map((each) => each.n)).toEqual([week]);
      const [row] = await self.db.select().from(taskTable).where(eq(taskTable.id, made[0]!.task));
      expect([row?.specId, row?.plan, row?.spec.depends_on]).toEqual([
        `review-${week}`,
        null,
        [week === 1 ? "first-steps" : `review-${week - 1}`],
      ]);
      await prove(self, made[0]!.task);
      await look(self);
    }
    expect((await requireQuest(self.db, quest.id)).state).toBe("done");
    const told = await self.db.select({ body: eventTable.body }).from(eventTable).where(eq(eventTable.kind, "quest.state"));
    expect(told.at(-1)?.body).toMatchObject({ state: "done", proven: 5, of: 5, nextAt: null });
  });

  test("makes up for the newest of those missed, nothing while it is paused, and goes on when it is resumed", async () => {
    const self = await actor();
    const { quest } = await startQuest(self, { ...weekly }, "k", newId("req"));
    for (const each of await open(self, quest.id)) await prove(self, each.task);
    await look(self);
    await actOnQuest(self, { questId: quest.id, act: "pause" }, "p", newId("req"));
    vi.setSystemTime(begin + 15 * day);
    await look(self);
    expect(await open(self, quest.id)).toEqual([]);
    await actOnQuest(self, { questId: quest.id, act: "resume" }, "r", newId("req"));
    expect((await open(self, quest.id)).map((each) => each.n)).toEqual([2]);
    expect((await questDetailOf(self.db, quest.id)).quest.skipped).toEqual({ review: [1] });
  });

  test("comes back from the files of memory alone, and goes on where it was", async () => {
    const self = await actor();
    const { quest } = await startQuest(self, { ...weekly }, "k", newId("req"));
    for (const item of await open(self, quest.id)) await prove(self, item.task);
    await look(self);
    const texts = new Map<string, string>();
    for (const { files } of await self.db.select({ files: outboxTable.files }).from(outboxTable))
      for (const file of files as { path: string; content?: string }[]) texts.set(file.path, file.content ?? "");
    const unread: string[] = [];
    const rows = readQuestRows(texts, unread);
    expect([rows.length, unread]).toEqual([1, []]);
    const other = await actor();
    await other.db.insert(taskTable).values(await self.db.select().from(taskTable));
    await record(other, newId("req"), (writer) => restoreQuests(writer, rows));
    expect((await questDetailOf(other.db, quest.id)).steps.flatMap((step) => step.tasks).every((each) => each.receipt)).toBe(true);
    vi.setSystemTime(begin + 7 * day);
    await look(other);
    expect((await open(other, quest.id)).map((each) => each.n)).toEqual([1]);
    expect(readQuestRows(new Map([[`quests/${quest.id}/quest.yaml`, "state: done"]]), unread)).toEqual([]);
    expect(unread).toEqual([`quests/${quest.id}`]);
  });
});

test("a package that can't be read any more holds up nothing else, and allows nothing", async () => {
  const self = await actor();
  const { quest } = await startQuest(self, { ...weekly }, "k", newId("req"));
  const [each] = await open(self, quest.id);
  await self.db
    .update(questTable)
    .set({ files: { "quest.yaml": "id: [" } })
    .where(eq(questTable.id, quest.id));
  await look(self);
  await look(self);
  const told = await self.db.select({ body: eventTable.body }).from(eventTable).where(eq(eventTable.kind, "notice"));
  expect(told).toMatchObject([{ body: { code: "quest_unreadable" } }]);
  expect(await questBound(self.db, each!.task, ["files:write"])).toEqual([]);
  expect((await listQuests(self.db, { limit: 5 })).quests).toMatchObject([{ id: quest.id, state: "running" }]);
  await expect(actOnQuest(self, { questId: quest.id, act: "start" }, "s", newId("req"))).rejects.toMatchObject({ code: "conflict" });
});

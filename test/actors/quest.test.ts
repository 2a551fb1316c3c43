import { eq } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { requireGrowAgent } from "../../actors/agent/agent.ts";
import { askMember, decideApproval } from "../../actors/approval/approval.ts";
import type { Self } from "../../actors/kernel/self.ts";
import { record } from "../../actors/kernel/transaction.ts";
import { advanceQuests, listQuests, questBound, questDetailOf, requireQuest } from "../../actors/quest/quest.ts";
import { actOnQuest, startQuest } from "../../actors/quest/quest-control.ts";
import { readQuestRows, restoreQuests } from "../../actors/quest/quest-memory.ts";
import { handOffRef } from "../../actors/release/release-row.ts";
import { approvalTable } from "../../schema/approval/approval.table.ts";
import { approvalDecideIn } from "../../schema/approval/approval-api.ts";
import { eventTable } from "../../schema/event.table.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";
import { projectTable } from "../../schema/project/project.table.ts";
import { proofTable } from "../../schema/proof/proof.table.ts";
import { questTable } from "../../schema/quest/quest.table.ts";
import { releaseTable } from "../../schema/release/release.table.ts";
import { likeSealed } from "../../schema/seal/sealed-column.ts";
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
        .where(likeSealed(workTable.key, `team:${quest.id}`));
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

describe("a quest with a step that goes online", () => {
  const blog = { quest: "create-blog", inputs: { title: "Notes", topic: "For me" } };
  const commit = "a".repeat(40);
  /** Its steps are proven, and its merge was handed on. */
  const proven = async () => {
    const self = await actor();
    const { quest } = await startQuest(self, blog, "k", newId("req"));
    await self.db.insert(projectTable).values({ name: "blog", id: newId("prj"), repo: "projects/blog", createdAt: 1, readyAt: 1 });
    for (const each of await open(self, quest.id)) await prove(self, each.task);
    for (const step of ["merge", "publish-post"]) {
      const [merge] = await self.db.select().from(taskTable).where(eq(taskTable.specId, step));
      await self.db
        .update(taskTable)
        .set({ branch: "main", facts: { ...merge!.facts, commit } })
        .where(eq(taskTable.id, merge!.id));
      const body = { project: "blog", from: "merge", to: "deployment", taskId: merge!.id } as const;
      await record(self, newId("req"), (writer) => writer.append("release.handoff", { ref: handOffRef(merge!.id, commit), body }));
    }
    await look(self);
    return { self, id: quest.id };
  };
  const stands = async (self: Self, id: Id<"qst">) => {
    const { quest, steps } = await questDetailOf(self.db, id);
    return [quest.state, quest.proven, quest.of, quest.current, steps.flatMap(({ tasks }) => tasks.flatMap(({ online }) => online ?? []))];
  };
  const told = async (self: Self) => (await listQuests(self.db, { limit: 1 })).quests[0]?.state;
  async function ask(self: Self): Promise<Id<"apr">> {
    const asked = record(self, newId("req"), async (writer) => {
      const agent = await requireGrowAgent(writer.db);
      const subject = { kind: "operation", operation: "deploy:blog", detail: commit } as const;
      const more = { why: "It is done.", reach: "an address", scopes: ["once" as const], goesOn: true };
      return askMember(writer, { key: `deploy:blog:${commit}`, agent, subject, title: "Put blog online?", ...more });
    });
    return (await asked).id;
  }
  const decide = (self: Self, approvalId: Id<"apr">, decision: "allow" | "deny") =>
    decideApproval(self, approvalDecideIn.parse({ approvalId, decision }), newId("req"), newId("req"));
  const merges = {
    running: ["running", 5, 7, ["merge", "publish-post"]],
    done: ["done", 7, 7, []],
    without: ["done", 5, 7, []],
  };

  test("goes on until its address answers; what was taken back before that is not online", async () => {
    const { self, id } = await proven();
    expect(await stands(self, id)).toEqual([...merges.running, ["waits", "waits"]]);
    await ask(self);
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.running, ["asked", "asked"]]);
    const about = { project: "blog", commit, receipt: newId("rct"), task: newId("tsk"), by: "member" } as const;
    const release = { id: newId("rel"), ...about, state: "rolled_back" as const, createdAt: Date.now(), servedAt: Date.now() };
    await self.db.insert(releaseTable).values(release);
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.running, ["asked", "asked"]]);
    await self.db.update(releaseTable).set({ state: "serving" }).where(eq(releaseTable.id, release.id));
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.done, ["serves", "serves"]]);
    await self.db.update(releaseTable).set({ state: "rolled_back" }).where(eq(releaseTable.id, release.id));
    expect([await stands(self, id), await told(self)]).toEqual([[...merges.done, ["serves", "serves"]], "done"]); // it was there, and the quest is over
  });
  test("counts a newer version that was released since, and not one of before", async () => {
    const { self, id } = await proven();
    const about = {
      project: "blog",
      commit: "b".repeat(40),
      receipt: newId("rct"),
      task: newId("tsk"),
      by: "member",
      state: "serving",
    } as const;
    const release = { id: newId("rel"), ...about, createdAt: Date.now() - 1, servedAt: Date.now() };
    await self.db.insert(releaseTable).values(release);
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.running, ["waits", "waits"]]);
    await self.db.update(releaseTable).set({ createdAt: Date.now() }).where(eq(releaseTable.id, release.id));
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.done, ["serves", "serves"]]);
  });
  test("is over, and says that this was not proven, once the member does not let it online", async () => {
    const { self, id } = await proven();
    await decide(self, await ask(self), "deny");
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.without, ["declined", "declined"]]);
  });
  test("waits on where nobody answered in time, and ends where the project was removed", async () => {
    const { self, id } = await proven();
    await ask(self);
    await self.db.update(approvalTable).set({ state: "expired" });
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.running, ["waits", "waits"]]);
    await self.db.delete(projectTable);
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.without, ["declined", "declined"]]);
  });
  test("is restored as it was known: neither events nor answers come back", async () => {
    const { self, id } = await proven();
    await ask(self);
    await look(self);
    await self.db.delete(eventTable);
    await self.db.delete(approvalTable);
    await look(self);
    expect(await stands(self, id)).toEqual([...merges.running, ["asked", "asked"]]);
  });
});

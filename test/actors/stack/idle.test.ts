import { eq, notInArray } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { queueAppWatch, queueCommand, queueTeam } from "../../../actors/kernel/queue.ts";
import { me } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { tellGrow } from "../../../actors/plan/plan-end.ts";
import { startQuest } from "../../../actors/quest/quest-control.ts";
import { noteTrouble } from "../../../actors/stack/trouble.ts";
import { likeSealed } from "../../../schema/seal/sealed-column.ts";
import type { StackSeen } from "../../../schema/stack/stack.ts";
import { taskTable } from "../../../schema/task/task.table.ts";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";

/** A stack that nobody uses is stopped, and wakes for whatever is to be done; a member's own stop holds. */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));
const minute = 60_000;

/** An actor whose host answers a look at the stack; `used` is what the member does past their agents. */
async function awake(used: () => StackSeen["used"] | undefined = () => ({})): Promise<TestActor> {
  const actor: TestActor = await startActor(folder, {
    runs: [...withoutOutside, "idle"],
    host: ({ method, path }) => {
      const now = used();
      return method === "GET" && path === "" && now ? { status: 200, body: { ...actor.host.stack, used: now } } : undefined;
    },
  });
  return actor;
}
const pass = (actor: TestActor, minutes: number) => {
  vi.setSystemTime(Date.now() + minutes * minute);
  return actor.settle();
};
const stack = async (actor: TestActor) => {
  const { tier, asleep } = await me(actor.db);
  return asleep ? "asleep" : tier;
};
const write = (actor: TestActor, change: Parameters<typeof record>[2]) => record(actor.self, newId("req"), change);

describe("a stack that nobody uses", () => {
  test("is stopped after a quarter of an hour, on its host too, and says why", async () => {
    const actor = await awake();
    await pass(actor, 14);
    expect(await stack(actor)).toBe("running");
    await pass(actor, 2);
    expect([await stack(actor), actor.host.stack.tier]).toEqual(["asleep", "stopped"]);
    expect(await actor.events("stack.state")).toMatchObject([
      { tier: "stopped", reason: "idle", asleep: true },
      { tier: "stopped", observed: "stopped", asleep: true },
    ]);
    expect(await actor.queued("idle")).toEqual([]); // nothing looks again before the next start
  });
  test("is stopped though a page of the app lies open, and reads what such a page reads", async () => {
    const actor = await awake();
    actor.connectDevice();
    for (let passed = 0; passed < 16; passed++) {
      await actor.act("snapshot", {});
      await actor.act("channels", {});
      await pass(actor, 1);
    }
    expect(await stack(actor)).toBe("asleep");
  });
  test("goes on being looked after where its app serves: that is another container's work", async () => {
    const actor = await awake();
    await write(actor, (writer) => queueAppWatch(writer, "shop", writer.now));
    await pass(actor, 16);
    expect([await stack(actor), await actor.queued("watch:%")]).toEqual(["asleep", [expect.anything()]]);
  });
  test("is found idle by an actor that slept since before there was such a look", async () => {
    const actor = await awake();
    await actor.db.delete(workTable).where(eq(workTable.kind, "idle"));
    await actor.close();
    vi.setSystemTime(Date.now() + 99 * minute);
    const later = await startActor(folder, {
      file: actor.file,
      runs: [...withoutOutside, "idle"],
      host: () => ({ status: 404, body: {} }),
    });
    expect(await later.queued("idle")).toMatchObject([{ dueAt: Date.now() }]);
  });
});

describe("a stack is not idle", () => {
  test("while an agent works, and for a quarter of an hour after it", async () => {
    const actor = await awake();
    await write(actor, (writer) => tellGrow(writer, "Look at this."));
    const turn = await actor.beginTurn(actor.grow);
    await pass(actor, 60);
    expect(await stack(actor)).toBe("running");
    await actor.endTurn(turn!, { to: "done" });
    await actor.db.delete(workTable).where(likeSealed(workTable.key, "turn:%")); // as the queue does with a row that is done
    await pass(actor, 14);
    expect(await stack(actor)).toBe("running");
    await pass(actor, 2);
    expect(await stack(actor)).toBe("asleep");
  });
  test("while something is queued that needs it", async () => {
    const actor = await awake();
    await write(actor, (writer) => queueCommand(writer, { id: newId("cmd") }));
    await pass(actor, 30);
    expect(await stack(actor)).toBe("running");
    await actor.db.delete(workTable).where(likeSealed(workTable.key, "command:%"));
    await pass(actor, 6);
    await pass(actor, 16);
    expect(await stack(actor)).toBe("asleep");
  });
  test("after its member has asked for something", async () => {
    const actor = await awake();
    await pass(actor, 10);
    await actor.act("stop", { scope: "turn" });
    await pass(actor, 10);
    expect(await stack(actor)).toBe("running");
  });
  test("while its member uses Git, a terminal or a preview, as its host says", async () => {
    const used: StackSeen["used"] = { asked: 5 * minute };
    const actor = await awake(() => used);
    await pass(actor, 40);
    expect(await stack(actor)).toBe("running");
    delete used.asked;
    used.looked = minute;
    await pass(actor, 20);
    expect(await stack(actor)).toBe("running");
    for (let hours = 0; hours < 3; hours++) await pass(actor, 60); // a preview's page asks by itself
    expect(await stack(actor)).toBe("asleep");
  });
  test("as long as its host can't be asked, or something keeps it from going on", async () => {
    let answers = false;
    const actor = await awake(() => (answers ? {} : undefined));
    await pass(actor, 30);
    expect(await stack(actor)).toBe("running");
    answers = true;
    await write(actor, (writer) => noteTrouble(writer, "host_lost"));
    await pass(actor, 30);
    expect(await stack(actor)).toBe("running");
  });
  test("for what was tried again and again in vain: that is tried at the next wake too", async () => {
    const actor = await awake();
    await write(actor, (writer) => queueCommand(writer, { id: newId("cmd") }));
    await actor.db.update(workTable).set({ attempts: 30 }).where(likeSealed(workTable.key, "command:%"));
    await pass(actor, 16);
    expect(await stack(actor)).toBe("asleep");
  });
});

describe("a stack that sleeps", () => {
  async function asleep(): Promise<TestActor> {
    const actor = await awake();
    await pass(actor, 16);
    expect(await stack(actor)).toBe("asleep");
    return actor;
  }
  test("wakes for a message, and for what the platform has to tell an agent", async () => {
    const told = await asleep();
    await write(told, (writer) => tellGrow(writer, "Something has ended."));
    expect([await stack(told), (await told.queued("provision:%")).length]).toEqual(["running", 1]);
    const written = await asleep();
    await written.act("send", { clientId: crypto.randomUUID(), text: "Good morning" });
    expect(await stack(written)).toBe("running");
  });
  test("wakes for a step of a quest that falls due, which an idle stop leaves where it is", async () => {
    const actor = await awake();
    const weekly = { quest: "weekly-goal", inputs: { goal: "Run", why: "To breathe", weeks: 3 } };
    await startQuest(actor.self, weekly, newId("req"), newId("req"));
    await actor.settle();
    for (const row of await actor.db.select().from(taskTable))
      await actor.db
        .update(taskTable)
        .set({ state: "verified", worker: null, facts: { ...row.facts, state: "verified" } })
        .where(eq(taskTable.id, row.id));
    await write(actor, (writer) => queueTeam(writer));
    await actor.settle();
    await actor.db.delete(workTable).where(notInArray(workTable.kind, ["team", "idle"])); // done, as far as there is a machine
    await actor.db.run("update turn set state = 'done'");
    const due = (await actor.db.select().from(workTable).where(eq(workTable.kind, "team"))).filter(({ dueAt }) => dueAt > Date.now());
    expect(due.length).toBeGreaterThan(0);
    await pass(actor, 6); // the change above was work
    await pass(actor, 16);
    expect(await stack(actor)).toBe("asleep");
    const before = (await actor.db.select().from(taskTable)).length;
    vi.setSystemTime(Math.max(...due.map(({ dueAt }) => dueAt)) + minute);
    await actor.settle();
    expect([(await actor.db.select().from(taskTable)).length, await stack(actor)]).toEqual([before, "running"]);
    await actor.stackIsUp();
    expect((await actor.db.select().from(taskTable)).length).toBe(before + 1);
  });
  test("wakes for who wants what is in it, and one that was stopped does not", async () => {
    const actor = await asleep();
    expect([await actor.act("wake", {}), await stack(actor)]).toEqual([{ wakes: true }, "running"]);
    await actor.stopStack();
    expect([await actor.act("wake", {}), await stack(actor)]).toEqual([{ wakes: false }, "stopped"]);
  });
  test("without its memory gives its machine back, and wakes when the memory is there again", async () => {
    const actor = await awake();
    await write(actor, (writer) => noteTrouble(writer, "memory_missing"));
    await pass(actor, 16);
    expect([await stack(actor), actor.host.stack.tier]).toEqual(["asleep", "stopped"]);
    await write(actor, (writer) => queueTeam(writer));
    await actor.settle();
    expect([await actor.act("wake", {}), await stack(actor)]).toEqual([{ wakes: false }, "asleep"]);
    expect([await actor.act("trouble", { trouble: null }), await stack(actor)]).toEqual([{ changed: true }, "running"]);
  });
  test("is held by a stop of its member: then only what they ask wakes it", async () => {
    const actor = await asleep();
    await actor.act("stop", { scope: "stack" });
    expect(await stack(actor)).toBe("stopped");
    await write(actor, (writer) => tellGrow(writer, "Something has ended."));
    expect(await stack(actor)).toBe("stopped");
    await actor.act("start", {});
    expect(await stack(actor)).toBe("running");
  });
});

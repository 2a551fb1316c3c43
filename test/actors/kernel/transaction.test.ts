import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { queueTeam } from "../../../actors/kernel/queue.ts";
import type { Self } from "../../../actors/kernel/self.ts";
import { record, recordQuietly } from "../../../actors/kernel/transaction.ts";
import { type Handlers, listLaneHeads, readWork, setAlarm } from "../../../actors/kernel/work.ts";
import type { SubWorkKind } from "../../../actors/kernel/work-kinds.ts";
import type { Reactions } from "../../../actors/kernel/writer.ts";
import { tellTask } from "../../../actors/task/task.ts";
import { newTaskOf } from "../../../actors/task/task-control.ts";
import { requireTask } from "../../../actors/task/task-row.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

const folder = ownFolder();
const rows = (self: Self) => self.db.select().from(workTable);
const queueNothing = async () => undefined;
const notice = (text: string) => ({ body: { level: "info", code: "test", text } }) as const;
/** An actor whose watchdog is not set and whose queue stands still, and what becomes of both. */
async function unwatched() {
  const { self } = await startActor(folder, { runs: [] });
  const seen: string[] = [];
  self.vars.watched = false;
  self.vars.kick = () => seen.push("begun");
  self.cron = { every: async () => void seen.push(`watched with ${(await rows(self)).length} rows`), delete: async () => true };
  return { self, seen };
}

describe("a change", () => {
  test("that queues work has the watchdog set before its commit, and the work is begun after it with the request's id", async () => {
    const { self, seen } = await unwatched();
    await record(self, "req_1", queueTeam);
    expect(seen).toEqual(["watched with 0 rows", "begun"]);
    expect(await rows(self)).toMatchObject([{ kind: "team", key: "team", lane: "team", payload: {}, requestId: "req_1" }]);
  });
  test("that fails begins what waits all the same, and leaves nothing of its own", async () => {
    const { self, seen } = await unwatched();
    const failing = record(self, newId("req"), async (writer) => {
      await queueTeam(writer);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect([seen, await rows(self)]).toEqual([["watched with 0 rows", "begun"], []]);
  });
  test("that only notes how far something was read wakes nobody", async () => {
    const { self, seen } = await unwatched();
    expect(await recordQuietly(self, async () => 1)).toBe(1);
    expect(seen).toEqual([]);
  });
  test("that begins while the watchdog is taken away has it set again before its commit", async () => {
    const { self, seen } = await unwatched();
    const asked = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<boolean>();
    self.vars.watched = true;
    self.cron.delete = (name) => {
      if (name === "work") asked.resolve();
      return name === "work" ? taken.promise.finally(() => seen.push("taken away")) : Promise.resolve(true);
    };
    const away = setAlarm(self);
    await asked.promise;
    const done = record(self, newId("req"), queueTeam);
    taken.resolve(true);
    await Promise.all([away, done]);
    expect(seen).toEqual(["taken away", "watched with 0 rows", "begun"]);
  });
  test("while it is made keeps the watchdog", async () => {
    const { self } = await unwatched();
    await record(self, newId("req"), async () => expect(self.vars.changing).toBe(1));
    expect(self.vars.changing).toBe(0);
  });
});

test("a crowd beside an open transaction waits for its turn: Rivet Kit refuses more than 128", async () => {
  const { self } = await unwatched();
  const crowd: Promise<unknown>[] = [];
  await recordQuietly(self, async (db) => {
    for (let n = 0; n < 500; n++) crowd.push(rows(self), ...(n % 5 === 0 ? [recordQuietly(self, queueNothing)] : []));
    await new Promise(setImmediate); // they are asked now, and wait
    await db
      .insert(workTable)
      .values({ id: newId("wrk"), kind: "team", lane: "team", key: "team", payload: {}, requestId: "req_1", dueAt: 0 });
  });
  const found = await Promise.all(crowd);
  expect(found.filter((each) => Array.isArray(each) && each.length === 1)).toHaveLength(500);
});

test("a lane that is ordered does next what came first, another what is due first, and of two what came first", async () => {
  const { self } = await unwatched();
  const row = (key: string, lane: string, dueAt: number, kind = "team") => ({
    id: newId("wrk"),
    kind,
    lane,
    key,
    payload: {},
    requestId: "req_1",
    dueAt,
  });
  const ordered = [row("a", "turn:agt_1", 9), row("b", "turn:agt_1", 1)];
  const others = [row("c", "team", 5), row("d", "team", 2, "peer"), row("e", "team", 2)];
  await self.db.insert(workTable).values([...ordered, ...others]);
  const heads = (await listLaneHeads(self.db)).sort((a, b) => b.dueAt - a.dueAt);
  expect(heads).toMatchObject([
    { lane: "turn:agt_1", dueAt: 9 },
    { lane: "team", dueAt: 2, kind: "peer" },
  ]);
});

describe("what follows from an event", () => {
  test("runs in its transaction, in the order of the table, once for an event that is told once", async () => {
    const { self } = await startActor(folder, { runs: [] });
    const log: string[] = [];
    const reactions: Reactions = {
      notice: [
        async (writer, { text }) => {
          log.push(`first: ${text}`);
          await writer.queue("status", { key: "status" });
        },
        async () => void log.push("second"),
      ],
    };
    self.vars.reactions = reactions;
    for (const text of ["a", "b"]) await record(self, newId("req"), (writer) => writer.append("notice", { ref: "same", ...notice(text) }));
    expect(log).toEqual(["first: a", "second"]);
    expect((await rows(self)).map(({ key }) => key)).toEqual(["status"]);
    self.vars.reactions = { notice: [() => Promise.reject(new Error("refused"))] };
    await expect(record(self, newId("req"), (writer) => writer.append("notice", notice("c")))).rejects.toThrow("refused");
    expect((await self.db.select().from(eventTable).where(eq(eventTable.kind, "notice"))).length).toBe(1);
  });
  test("does not follow from the past: a task that is told of a restored log sets nothing in motion", async () => {
    const { self, db } = await startActor(folder, { runs: [] });
    const spec = specShape.parse({ id: "a", title: "A", owner: "coding", outputs: ["a.md"] });
    const { task } = await newTaskOf(self, { spec }, newId("req"), newId("req"));
    expect((await rows(self)).map(({ kind }) => kind)).toContain("team");
    await db.delete(workTable);
    const row = await requireTask(db, task.id);
    await record(self, newId("req"), (writer) => tellTask(writer, { ...row, state: "complete" }, "none", undefined, 1));
    expect(await rows(self)).toEqual([]);
  });
});

test("a kind of work names its payload, and needs a handler", () => {
  const never = async (self: Self) =>
    record(self, "", async (writer) => {
      // @ts-expect-error a proof names its task and commit
      await writer.queue("verify", { key: "k", payload: { name: "x" } });
      // @ts-expect-error a turn is named
      await writer.queue("turn", { key: "k" });
      // @ts-expect-error there is no such kind
      await writer.queue("nothing", { key: "k" });
      await writer.queue("team", { key: "k" });
    });
  const handler = { run: async () => undefined, gaveUp: async () => undefined };
  // @ts-expect-error `report` has none
  const handlers: Handlers<SubWorkKind> = { execute: handler };
  expect([typeof never, typeof handlers]).toEqual(["function", "object"]);
  const row = { position: 1, id: newId("wrk"), lane: "remind", key: "k", requestId: "", attempts: 0, dueAt: 0, errorClass: null };
  const approvalId = newId("apr");
  expect(readWork("remind", { ...row, kind: "remind", payload: { approvalId } }).payload).toEqual({ question: approvalId, sent: 0 });
});

test("a call whose actor's database is closed under it, as when that moves, is unavailable and may be asked again", async () => {
  const { db, act } = await startActor(folder);
  await act("snapshot", {});
  await db.close();
  await expect(act("snapshot", {})).rejects.toMatchObject({ group: "user", code: "unavailable" });
  await expect(act("send", { clientId: newId("evt"), text: "hello" })).rejects.toMatchObject({ code: "unavailable" });
});

import { eq } from "drizzle-orm";
import { expect, test, vi } from "vitest";
import { me } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readWork } from "../../../actors/kernel/work.ts";
import { tellGrow } from "../../../actors/plan/plan-end.ts";
import { turnWork } from "../../../actors/turn/turn.ts";
import { findTurn } from "../../../actors/turn/turn-row.ts";
import { growAgentTable } from "../../../schema/agent/grow-agent.table.ts";
import { likeSealed } from "../../../schema/seal/sealed-column.ts";
import { type StackTicketOut, type StackWait, stackPut } from "../../../schema/stack/stack.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { workTable } from "../../../schema/work.table.ts";
import { startActor, type TestActor, withoutOutside } from "../../harness/actor-fixture.ts";
import { type AnswerHost, TestEdge, testRunner } from "../../harness/actor-world.ts";
import { ownClock, ownFolder } from "../../harness/fixtures.ts";
import { limit } from "../../harness/suite/limit.ts";

/** A stack that no machine has a slot for waits in line; its actor asks again until it has one. */
const folder = ownFolder();
ownClock(Date.parse("2026-03-02T08:00:00Z"));

/** What the edge answers to a start: a place in line, or a ticket. */
type Line = { place: number | undefined; asked: number[]; left: number; fails?: AppError; paid?: boolean };
async function waiting(line: Line, host?: AnswerHost): Promise<TestActor> {
  const since = Date.now();
  const plain = new TestEdge(await testRunner(), 4);
  const actor = await startActor(folder, {
    runs: [...withoutOutside, "provision"],
    ...(host ? { host } : {}),
    edge: {
      startTicket: async (_member, generation): Promise<StackTicketOut | StackWait> => {
        line.asked.push(generation);
        if (line.fails) throw line.fails;
        return line.place === undefined ? plain.stackTicket() : { waiting: { place: line.place, since } };
      },
      stackTicket: async (_member, _request, wants) => {
        if (wants === "stopped") line.left += 1;
        return { ...(await plain.stackTicket()), ceiling: line.fails && !line.paid ? "stopped" : "running" };
      },
    },
  });
  await actor.stopStack();
  await actor.act("start", {});
  await actor.settle();
  return actor;
}
const places = async (actor: TestActor) =>
  (await actor.events("provision.step"))
    .filter(({ step }) => step === "placement")
    .map(({ state, place, detail }) => ({ state, place, detail }));
const ask = (actor: TestActor) => actor.settle(Date.now() + 26_000);

test("the place is told once for each change, and asked for again by the clock", async () => {
  const line: Line = { place: 3, asked: [], left: 0 };
  const actor = await waiting(line);
  const before = line.asked.length;
  expect([(await me(actor.db)).place, (await actor.act("snapshot", {})).stack.place]).toEqual([3, 3]);
  await ask(actor);
  line.place = 2;
  await ask(actor);
  expect(line.asked.length).toBeGreaterThan(before + 1);
  expect(await places(actor)).toEqual([
    { state: "started", place: 3, detail: "3rd in line for a machine" },
    { state: "started", place: 2, detail: "2nd in line for a machine" },
  ]);
  expect(await actor.events("notice")).toEqual([]); // it has not failed
});

test("what is queued begins when the machine is there, and not before", async () => {
  const line: Line = { place: 1, asked: [], left: 0 };
  const actor = await waiting(line);
  const turn = await record(actor.self, newId("req"), (writer) => tellGrow(writer, "Something has ended."));
  const [row] = await actor.queued(`turn:${turn}`);
  await turnWork.run(actor.self, readWork("turn", row!));
  await actor.db.delete(workTable).where(eq(workTable.key, row!.key));
  expect((await findTurn(actor.db, turn))?.state).toBe("queued");
  line.place = undefined;
  vi.setSystemTime(Date.now() + 26_000);
  actor.self.vars.kick();
  await vi.waitFor(async () => expect((await me(actor.db)).place).toBeNull(), { timeout: limit(20_000) });
  expect([await actor.queued(`turn:${turn}`), actor.host.stack.tier]).toEqual([[expect.anything()], "running"]);
  expect((await places(actor)).at(-1)).toMatchObject({ state: "done" });
});

test("word that the line has moved makes it ask at once; who waits for nothing says so", async () => {
  const line: Line = { place: 2, asked: [], left: 0 };
  const actor = await waiting(line);
  const before = line.asked.length;
  line.place = 1;
  expect(await actor.act("lineMoved", {})).toEqual({ waits: true });
  await actor.settle();
  expect([line.asked.length > before, (await me(actor.db)).place]).toEqual([true, 1]);
  await actor.stopStack();
  expect(await actor.act("lineMoved", {})).toEqual({ waits: false });
});

test("word to an actor that has never heard of its stack starts it", async () => {
  const actor = await startActor(folder);
  await actor.db.update(growAgentTable).set({ tier: "stopped", generation: 0, ready: false });
  expect(await actor.act("lineMoved", {})).toEqual({ waits: true });
  expect(await me(actor.db)).toMatchObject({ tier: "running", generation: 1 });
});

test("a stop leaves the line, and what asked for the slot asks no more", async () => {
  const line: Line = { place: 2, asked: [], left: 0 };
  const actor = await waiting(line);
  const left = line.left;
  await actor.stopStack();
  expect([(await me(actor.db)).place, line.left > left]).toEqual([null, true]);
  const asked = line.asked.length;
  await ask(actor);
  expect([line.asked.length, await actor.db.select().from(workTable).where(likeSealed(workTable.key, "provision:%"))]).toEqual([asked, []]);
});

test("a start that fails once it has its machine is tried again", async () => {
  const line: Line = { place: 1, asked: [], left: 0 };
  let starts = 0;
  const actor = await waiting(line, ({ method, path, body }) => {
    if (method !== "PUT" || path !== "" || stackPut.parse(JSON.parse(String(body))).tier !== "running") return undefined;
    starts += 1;
    return { status: 503, body: {} };
  });
  line.place = undefined;
  await ask(actor);
  expect([(await me(actor.db)).place, starts > 1]).toEqual([null, true]);
});

test("who can't ask for a while stays in line", async () => {
  const line: Line = { place: 4, asked: [], left: 0 };
  const actor = await waiting(line);
  line.fails = new AppError("unavailable", { what: "edge" });
  for (let tries = 0; tries < 60; tries++) await ask(actor);
  delete line.fails;
  line.place = 1;
  await ask(actor);
  expect(await me(actor.db)).toMatchObject({ place: 1, failed: false, tier: "running" });
});

test("a stack whose machine was taken out asks for another, at once and when the line moves", async () => {
  const line: Line = { place: undefined, asked: [], left: 0 };
  const actor = await waiting(line);
  await actor.db.update(growAgentTable).set({ ready: true, observed: "running" });
  await actor.db.delete(workTable).where(likeSealed(workTable.key, "provision:%"));
  line.place = 1;
  const before = line.asked.length;
  await actor.act("trouble", { trouble: "host_removed" });
  await actor.settle();
  expect([line.asked.length > before, (await me(actor.db)).place]).toEqual([true, 1]);
  await actor.db.update(growAgentTable).set({ ready: true, place: null }); // as one of before it did so
  expect(await actor.act("lineMoved", {})).toEqual({ waits: true });
});

test("a start that the account does not allow is a stop, on its host too", async () => {
  const line: Line = { place: undefined, asked: [], left: 0, fails: new AppError("ceiling", { ceiling: "stopped" }) };
  const actor = await waiting(line);
  expect(await me(actor.db)).toMatchObject({ tier: "stopped", asleep: false, observed: "stopped" });
  expect(actor.host.stack).toMatchObject({ tier: "stopped", generation: (await me(actor.db)).generation });
});

test("a start that was refused before its member paid is asked for again", async () => {
  const line: Line = { place: undefined, asked: [], left: 0, fails: new AppError("ceiling", { ceiling: "stopped" }), paid: true };
  const actor = await waiting(line);
  expect([(await me(actor.db)).tier, line.asked.length]).toEqual(["running", 1]);
  await actor.settle(Date.now() + 1_500);
  expect([(await me(actor.db)).tier, line.asked.length]).toEqual(["running", 2]);
});

test("the box of a stack that stands in line is not restarted: it has none", async () => {
  const actor = await waiting({ place: 2, asked: [], left: 0 });
  await expect(actor.act("stop", { scope: "stack", again: true })).rejects.toMatchObject({ code: "conflict" });
  expect((await me(actor.db)).place).toBe(2);
});

import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../schema/account/account.ts";
import { lineTimes } from "../../schema/stack/slot-line.ts";
import { stackTicketOut, stackWaitOut } from "../../schema/stack/stack.ts";
import { dayMs } from "../../schema/wire/duration.ts";
import type { EdgeUp } from "../harness/edge-parts.ts";
import { eventually } from "../harness/eventually.ts";
import {
  ask,
  capacity,
  eraseAccount,
  heartbeat,
  joinMachine,
  newPerson,
  operatorToken,
  refusal,
  signed,
  sql,
  startEdgeWithoutEngine,
  type TestMachine,
  type TestPerson,
} from "./client.ts";

/**
 * A slot of a host: taken by a start, given back when the host says that a later stop is carried out. The
 * engine is away: what an actor would ask is asked by its runner here.
 */
let edge: EdgeUp;
let runner: TestMachine;
beforeAll(async () => {
  const started = await startEdgeWithoutEngine(40, "slots");
  edge = started.edge;
  runner = await joinMachine("runner", 0, edge);
  return started.stop;
});
beforeEach(async () => {
  await sql("update stack set waiting_since = null", [], edge);
  await sql("update machine set stacks = 0", [], edge);
});

async function newHost(slots: number): Promise<TestMachine> {
  const host = await joinMachine("host", slots, edge);
  await heartbeat(host, slots, edge);
  return host;
}
const memberRow = z.object({ member: z.string(), id: z.string() });
type Owner = { person: TestPerson; member: string };
async function newOwner(): Promise<Owner> {
  const person = await newPerson(edge);
  await ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
  const statement = "select stack.member, stack.id from stack join member on member.id = stack.member where subject = ?";
  return { person, member: memberRow.parse((await sql(statement, [person.subject], edge))[0]).member };
}
const me = async ({ person }: Owner) => meOut.parse((await ask("GET", "/me", { token: await person.token(), edge })).json);
const askTicket = ({ member }: Owner, body: object) => signed(runner, "POST", `/stacks/${member}/ticket`, body, edge);
/** Of a start: the host where it got a slot, or its place in line. */
async function start(owner: Owner, generation: number): Promise<string | number> {
  const { json } = await askTicket(owner, { wants: "running", generation });
  return z.union([stackWaitOut.transform(({ waiting }) => waiting.place), stackTicketOut.transform(({ host }) => host.id)]).parse(json);
}
type Line = { generation: number; tier?: "running" | "stopped"; observed: string; epoch?: number };
let beats = 100_000;
const beat = (host: TestMachine, slots: number, lines: [Owner, Line][]) =>
  signed(
    host,
    "POST",
    `/hosts/${host.id}/heartbeat`,
    {
      ...{ sequence: ++beats, capacity: { ...capacity, stacks: slots } },
      stacks: lines.map(([{ member }, line]) => ({ member, epoch: 1, since: 1, ...line })),
    },
    edge,
  );
const held = async (host: TestMachine) =>
  Number((await sql("select count(slot_since) as n from stack where host = ?", [host.id], edge))[0]?.n);
const stoppedAt = (generation: number): Line => ({ generation, tier: "stopped", observed: "stopped" });

describe("a slot", () => {
  test("is held by a stack that runs, given back once its host says that it stopped, and taken again where its volumes are", async () => {
    const host = await newHost(1);
    const [ada, ben] = [await newOwner(), await newOwner()];
    expect([(await me(ada)).agent?.host?.id, (await me(ben)).agent?.waiting?.place]).toEqual([host.id, 1]);
    expect(await start(ada, 1)).toBe(host.id);
    await beat(host, 1, [[ada, { generation: 1, tier: "running", observed: "running" }]]);
    expect(await held(host)).toBe(1);
    await beat(host, 1, [[ada, { generation: 2, tier: "stopped", observed: "running" }]]); // it is still on its way down
    expect(await held(host)).toBe(1);
    await beat(host, 1, [[ada, stoppedAt(2)]]);
    expect(await held(host)).toBe(0);
    expect((await me(ada)).agent).toMatchObject({ host: { id: host.id }, epoch: 1 });
    expect(await start(ben, 1)).toBe(host.id);
    expect(await start(ada, 3)).toBe(1); // full, and only this host has its volumes
    await newHost(5);
    expect(await start(ada, 3)).toBe(1);
    await beat(host, 1, [[ben, stoppedAt(2)]]);
    expect([await start(ada, 3), (await me(ada)).agent?.epoch]).toEqual([host.id, 1]);
  });

  test("stays with a start that comes between the host's word of the stop and the slot's return", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await start(ada, 1);
    expect(await start(ada, 3)).toBe(host.id); // the stop was 2
    await beat(host, 1, [[ada, stoppedAt(2)]]); // older than the start
    expect(await held(host)).toBe(1);
    await beat(host, 1, [[ada, { ...stoppedAt(9), epoch: 7 }]]); // of another place
    await beat(host, 1, [[ada, { generation: 9, observed: "stopped" }]]); // of a host that does not say what is wanted
    await beat(host, 1, [[ada, { generation: 9, tier: "running", observed: "stopped" }]]); // it starts it again itself
    expect(await held(host)).toBe(1);
    await Promise.all([beat(host, 1, [[ada, stoppedAt(4)]]), start(ada, 5), beat(host, 1, [[ada, stoppedAt(4)]]), start(ada, 5)]);
    expect(await held(host)).toBe(1);
  });

  test("is not taken by a look, by a stop, or by an account that allows no work", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await start(ada, 1);
    await beat(host, 1, [[ada, stoppedAt(2)]]);
    expect((await askTicket(ada, {})).status).toBe(200);
    expect((await askTicket(ada, { wants: "stopped" })).status).toBe(200);
    expect(await held(host)).toBe(0);
    await sql("update subscription set begun_at = 1, period_end = 1 where member = ?", [ada.member], edge);
    expect(refusal(await askTicket(ada, { wants: "running", generation: 3 })).code).toBe("ceiling");
    expect([await held(host), (await me(ada)).agent?.waiting]).toEqual([0, null]);
    for (const body of [{ wants: "paused" }, { generation: -1 }, { wants: "running", generation: 1.5 }, { more: 1 }])
      expect(refusal(await askTicket(ada, body)).code).toBe("invalid");
  });

  test("is counted where a stack runs that nobody took one for, and an older word of it changes nothing", async () => {
    const host = await newHost(2);
    const ada = await newOwner();
    await start(ada, 1);
    await beat(host, 2, [[ada, stoppedAt(2)]]);
    await beat(host, 2, [[ada, { generation: 1, tier: "running", observed: "running" }]]); // it was on its way
    expect(await held(host)).toBe(0);
    await beat(host, 2, [[ada, { generation: 3, tier: "running", observed: "running" }]]); // an older runner asks for none
    expect(await held(host)).toBe(1);
  });

  test("of which its host has never heard is given back when nobody asks for it any more", async () => {
    const host = await newHost(1);
    const [ada, ben] = [await newOwner(), await newOwner()];
    const quiet = ({ member }: Owner) =>
      sql("update stack set slot_asked_at = ? where member = ?", [Date.now() - lineTimes.keptFor - 1, member], edge);
    await beat(host, 1, []); // it has just been asked for
    expect(await held(host)).toBe(1);
    await quiet(ada);
    expect(await start(ada, 1)).toBe(host.id); // it asks again
    await beat(host, 1, []);
    expect(await held(host)).toBe(1);
    await quiet(ada);
    await beat(host, 1, [[ada, { generation: 1, tier: "running", observed: "creating" }]]); // its host has
    expect(await held(host)).toBe(1);
    await beat(host, 1, []);
    expect([await held(host), await start(ben, 1), await start(ada, 2)]).toEqual([0, host.id, 1]);
  });

  test("is not kept without a host, as an edge of before there were slots leaves it", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await sql("update stack set host = null where member = ?", [ada.member], edge);
    expect([await start(ada, 1), (await me(ada)).agent?.epoch]).toEqual([host.id, 2]);
  });

  test("of a stack that is there already is given where the host drains or takes no new ones", async () => {
    const host = await newHost(2);
    const [ada, ben] = [await newOwner(), await newOwner()];
    for (const owner of [ada, ben]) await start(owner, 1);
    await beat(host, 2, [
      [ada, stoppedAt(2)],
      [ben, stoppedAt(2)],
    ]);
    await ask("POST", `/hosts/${host.id}/drain`, { token: await operatorToken(edge), edge });
    expect(await start(ada, 3)).toBe(host.id);
    await ask("POST", `/hosts/${host.id}/undrain`, { token: await operatorToken(edge), edge });
    await signed(
      host,
      "POST",
      `/hosts/${host.id}/heartbeat`,
      { sequence: ++beats, capacity: { ...capacity, stacks: 2 }, stacks: [], closed: true },
      edge,
    );
    expect([await start(ben, 3), (await me(await newOwner())).agent?.host]).toEqual([host.id, null]);
  });

  test("is never given twice, whoever starts, stops and wakes at the same time", async () => {
    const slots = 2;
    const hosts = [await newHost(slots), await newHost(slots)];
    const owners = await Promise.all(Array.from({ length: 7 }, newOwner));
    const generations = owners.map(() => 1);
    let most = 0;
    const act = fc.record({ owner: fc.nat(owners.length - 1), stops: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 8, maxLength: 8 }), async (acts) => {
        const once = acts.filter(({ owner }, index) => acts.findIndex((each) => each.owner === owner) === index);
        await Promise.all(
          once.map(async ({ owner, stops }) => {
            const generation = (generations[owner] ?? 0) + 1;
            generations[owner] = generation;
            if (!stops) return start(owners[owner]!, generation);
            await askTicket(owners[owner]!, { wants: "stopped" });
            for (const host of hosts) await beat(host, slots, [[owners[owner]!, stoppedAt(generation)]]);
            return undefined;
          }),
        );
        const taken = await Promise.all(hosts.map(held));
        for (const each of taken) expect(each).toBeLessThanOrEqual(slots);
        most = Math.max(most, ...taken);
      }),
      { numRuns: 40 },
    );
    expect(most).toBe(slots); // they were taken at all
  });
});

describe("the line", () => {
  test("serves the longest waiting first, and who comes later does not pass", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await start(ada, 1);
    const [ben, eve] = [await newOwner(), await newOwner()];
    expect([await start(ben, 1), await start(eve, 1)]).toEqual([1, 2]);
    await beat(host, 1, [[ada, stoppedAt(2)]]);
    const late = await newOwner();
    expect([await start(eve, 1), await start(late, 1)]).toEqual([2, 3]); // the slot is Ben's
    expect(await start(ben, 1)).toBe(host.id);
    expect([await start(eve, 1), await start(late, 1)]).toEqual([1, 2]);
    await newHost(2);
    expect([typeof (await start(eve, 1)), typeof (await start(late, 1))]).toEqual(["string", "string"]);
  });

  test("is left by who is stopped or erased, and passed by who asks no more", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await start(ada, 1);
    const [ben, eve, gone, last] = [await newOwner(), await newOwner(), await newOwner(), await newOwner()];
    for (const owner of [ben, eve, gone, last]) await start(owner, 1);
    expect((await askTicket(ben, { wants: "stopped" })).status).toBe(404); // there is no host that could stop it
    expect((await me(ben)).agent?.waiting).toBeNull();
    expect((await eraseAccount(await eve.person.token(), edge)).status).toBe(202);
    expect(await start(last, 1)).toBe(2);
    await sql("update stack set slot_asked_at = ? where member = ?", [Date.now() - lineTimes.keptFor - 1, gone.member], edge);
    expect(await start(last, 1)).toBe(1);
    await beat(host, 1, [[ada, stoppedAt(2)]]);
    expect([await start(last, 1), await start(gone, 1)]).toEqual([host.id, 1]);
  });

  test("of a lost host has those first who ran there; those who had stopped wait until they wake", async () => {
    const host = await newHost(2);
    const [ada, ben] = [await newOwner(), await newOwner()];
    for (const owner of [ada, ben]) await start(owner, 1);
    await beat(host, 2, [[ben, stoppedAt(2)]]);
    await sql("update machine set last_heartbeat = ?, last_probe = null where id = ?", [Date.now() - 60_000, host.id], edge);
    const eve = await newOwner();
    expect(await start(eve, 1)).toBe(1);
    const evicted = await ask("POST", `/hosts/${host.id}/evict`, { body: {}, token: await operatorToken(edge), edge });
    expect(evicted.json).toEqual({ placed: 0, homeless: 1, stopped: 1 });
    expect([await start(ada, 1), await start(eve, 1)]).toEqual([1, 2]);
    expect((await askTicket(ben, {})).status).toBe(404); // a look places nothing
    for (const owner of [ada, eve]) expect((await askTicket(owner, {})).status).toBe(404); // nor does one of who waits
    const next = await newHost(3);
    expect([await start(ada, 1), await start(eve, 1), await start(ben, 3)]).toEqual([next.id, next.id, next.id]);
    expect((await me(ben)).agent?.epoch).toBe(2);
  });
});

describe("a trial", () => {
  const status = (owner: Owner, word: string, seq: number) =>
    signed(runner, "PUT", `/stacks/${owner.member}/status`, { seq, status: word, observed: "running", lastActivity: 1 }, edge);
  const end = async (owner: Owner) => (await me(owner)).subscription?.periodEnd ?? null;

  test("begins when its stack is ready for the first time, once", async () => {
    await newHost(1);
    const ada = await newOwner();
    await sql("update subscription set period_start = 1, period_end = 2 where member = ?", [ada.member], edge); // a long wait
    await status(ada, "provisioning", 1);
    expect([(await me(ada)).entitlement, await end(ada)]).toEqual(["trialing", null]);
    const before = Date.now();
    await Promise.all([2, 3, 4, 5].map((seq) => status(ada, seq % 2 ? "ready" : "working", seq)));
    const ends = await end(ada);
    expect(ends).toBeGreaterThanOrEqual(before + 14 * dayMs);
    await status(ada, "ready", 9);
    expect(await end(ada)).toBe(ends);
    const billing = z
      .looseObject({ periodStart: z.number() })
      .parse((await ask("GET", "/billing", { token: await ada.person.token(), edge })).json);
    expect(billing.periodStart).toBeGreaterThanOrEqual(before);
  });
  test("begins when its stack has run for a quarter of an hour, whatever its agent says", async () => {
    const host = await newHost(1);
    const ada = await newOwner();
    await start(ada, 1);
    await status(ada, "failed", 1);
    const ran = (ms: number) =>
      sql("insert or replace into stack_time (member, day, active_ms, idle_ms, dead_ms) values (?, 1, 0, ?, 0)", [ada.member, ms], edge);
    await ran(14 * 60_000);
    const look = () => beat(host, 1, [[ada, { generation: 1, tier: "running", observed: "creating" }]]);
    for (let beats = 0; beats < 6; beats++) await look();
    expect(await end(ada)).toBeNull();
    await ran(15 * 60_000);
    await eventually("its trial has begun", async () => {
      await look();
      return (await end(ada)) !== null;
    });
  });
  test("that was paid for or has ended is not begun anew", async () => {
    await newHost(2);
    const [paid, over] = [await newOwner(), await newOwner()];
    await sql(
      "update subscription set plan = 'studio', status = 'active', period_end = 5, begun_at = 4 where member = ?",
      [paid.member],
      edge,
    );
    await sql("update subscription set status = 'canceled', period_end = 5 where member = ?", [over.member], edge);
    for (const owner of [paid, over]) await status(owner, "ready", 1);
    expect([await end(paid), await end(over)]).toEqual([5, 5]);
  });
});

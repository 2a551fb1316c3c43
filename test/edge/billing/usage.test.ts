import { beforeAll, expect, test } from "vitest";
import { allowedBy } from "../../../schema/billing/subscription-plan.ts";
import { usageOut } from "../../../schema/billing/usage.ts";
import { stackSessionOut } from "../../../schema/stack/stack.ts";
import { dayMs } from "../../../schema/wire/duration.ts";
import { newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { ask, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";
import { openHost, spend } from "./paid-member.ts";

/** What was used by day, quest and project, and how long the stack ran as its host confirmed (SPEC 12.3). */
let host: TestMachine;
let beat: (stacks?: object[]) => Promise<void>;
beforeAll(async () => {
  ({ host, beat } = await openHost());
});
const capacity = { cpus: 4, memoryMb: 8192, stacks: 0 };
const read = async ({ token }: TestMember, query = "") =>
  usageOut.parse((await ask("GET", `/billing/usage${query}`, { token: await token() })).json);
/** The member's stack lies on this file's host, and its time is known until so long ago. */
async function place({ actor }: TestMember, ago: number, status = "ready"): Promise<void> {
  await sql("update stack set host = ?, timed_until = ? where member = ?", [host.id, Date.now() - ago, actor.member]);
  await sql("update agent set status = ?, status_seq = 1000000 where member = ?", [status, actor.member]); // no word of its actor is newer
}
const said = ({ actor: { member } }: TestMember, observed: string, epoch = 1) => ({ member, epoch, generation: 1, observed, since: 1 });
const timed = async ({ actor }: TestMember, after: number) =>
  eventually("the time being noted", async () => {
    const [row] = await sql("select timed_until from stack where member = ?", [actor.member]);
    return Number(row?.timed_until) >= after ? true : undefined;
  });

test("what its host found running is active or idle, what failed is dead, and a silent host's time is in none", async () => {
  const member = await newMember();
  const began = Date.now();
  expect((await read(member)).time).toEqual([]);
  const look = async (ago: number, observed: string, status?: string) => {
    await place(member, ago, status);
    const placed = Date.now();
    await beat([said(member, observed)]);
    await timed(member, placed);
  };
  await look(30_000, "running", "working");
  await look(20_000, "running", "ready");
  await look(10_000, "failed");
  await look(600_000, "running"); // nobody knows of these ten minutes
  await look(40_000, "stopped");
  await look(50_000, "paused");
  await look(30_000, "creating");
  const { time } = await read(member);
  for (const [name, wanted] of [
    ["activeMs", 30_000],
    ["idleMs", 20_000],
    ["deadMs", 10_000],
    ["stoppedMs", 40_000],
    ["pausedMs", 50_000],
  ] as const) {
    const sum = time.reduce((all, row) => all + row[name], 0);
    expect(sum, name).toBeGreaterThanOrEqual(wanted);
    expect(sum, name).toBeLessThanOrEqual(wanted + (Date.now() - began)); // the test's own time may be among it
  }
});

test("of each agent that is there it is counted how long it was at work, waited, and could not run", async () => {
  const member = await newMember();
  const { actor } = member;
  const runner = await joinMachine("runner");
  const began = Date.now();
  const [worker, gone] = [newId("agt"), newId("agt")];
  const seq = 2_000_000; // who works changes without an event of its own, too
  const look = async (ago: number, observed: string, agents?: { id: string; working: boolean }[]) => {
    await place(member, ago);
    const status = { seq, status: "working", observed: "running", lastActivity: 1, ...(agents ? { agents } : {}) };
    const told = await signed(runner, "PUT", `/stacks/${actor.member}/status`, status);
    expect(told.status, told.text).toBe(200);
    const placed = Date.now();
    await beat([said(member, observed)]);
    await timed(member, placed);
  };
  const there = (busy: string) => [actor.id, worker].map((id) => ({ id, working: id === busy }));
  await look(30_000, "running", [...there(worker), { id: gone, working: false }]);
  await look(20_000, "running", there(actor.id));
  await look(10_000, "failed", there(worker));
  await look(80_000, "stopped", there(worker));
  await look(50_000, "running"); // a runner of before says nothing of agents
  const spent = Date.now() - began;
  const { agents } = await read(member);
  expect(agents.map(({ agent }) => agent)).toEqual([worker, actor.id, gone]);
  const wanted = [
    { activeMs: 30_000, idleMs: 20_000, deadMs: 10_000 },
    { activeMs: 20_000, idleMs: 30_000, deadMs: 10_000 },
    { activeMs: 0, idleMs: 30_000, deadMs: 0 },
  ];
  for (const [n, want] of wanted.entries())
    for (const [name, ms] of Object.entries(want)) {
      const has = agents[n]?.[name as keyof typeof want];
      expect([n, name, has! >= ms && has! <= ms + (ms > 0 ? spent : 0)], String(has)).toEqual([n, name, true]);
    }
  expect((await read(await newMember())).agents).toEqual([]);
  const twice = [1, 2].map(() => ({ id: worker, working: true }));
  for (const wrong of [
    twice,
    [{ id: "agt_1", working: true }],
    [{ id: worker }],
    Array.from({ length: 201 }, () => ({ id: worker, working: true })),
  ]) {
    const status = { seq, status: "working", observed: "running", lastActivity: 1, agents: wrong };
    expect((await signed(runner, "PUT", `/stacks/${actor.member}/status`, status)).status).toBe(400);
  }
});

test("no moment counts twice, however many heartbeats come, nor by a host that the stack has left", async () => {
  const member = await newMember();
  const began = Date.now();
  await place(member, 30_000);
  const placed = Date.now();
  await Promise.all(Array.from({ length: 5 }, () => beat([said(member, "running")]).catch(() => undefined)));
  await timed(member, placed);
  await beat([said(member, "running", 7)]); // another epoch
  const other = await joinMachine("host");
  await signed(other, "POST", `/hosts/${other.id}/heartbeat`, { sequence: 6, capacity, stacks: [said(member, "running")] });
  const ran = (await read(member)).time.reduce((sum, { idleMs }) => sum + idleMs, 0);
  expect(ran).toBeGreaterThanOrEqual(30_000);
  expect(ran).toBeLessThanOrEqual(30_000 + (Date.now() - began));
});

test("what a host counted of its stacks counts once, however often, late or out of order it is told", async () => {
  const [member, other] = [await newMember(), await newMember()];
  await place(member, 10_000);
  const today = Math.floor(Date.now() / dayMs);
  const tell = (egress: object[], disk?: object, by = host) => {
    const stacks = [{ ...said(member, "running"), egress, ...(disk ? { disk } : {}) }];
    return signed(by, "POST", `/hosts/${by.id}/heartbeat`, { sequence: 1, capacity, stacks });
  };
  const now = Date.now();
  expect((await tell([{ day: today, bytes: 700 }], { bytes: 5_000, at: now })).json).toMatchObject({ useTaken: true });
  await tell([{ day: today, bytes: 700 }], { bytes: 5_000, at: now });
  await tell([{ day: today, bytes: 900 }], { bytes: 4_000, at: now });
  await tell([{ day: today, bytes: 300 }]);
  const seen = async () => (await read(member)).machine;
  expect(await seen()).toEqual([{ day: today, egressBytes: 900, diskBytes: 5_000 }]);
  // Days that are no more, or not yet; and a host on which the stack is not.
  await tell([
    { day: today - 400, bytes: 1 },
    { day: today + 30, bytes: 1 },
  ]);
  const elsewhere = await joinMachine("host");
  await tell([{ day: today, bytes: 8_000 }], undefined, elsewhere);
  expect(await sql("select day from stack_use where member = ?", [member.actor.member])).toEqual([{ day: today }]);
  // It moves within the day: both hosts counted.
  await sql("update stack set host = ? where member = ?", [elsewhere.id, member.actor.member]);
  await tell([{ day: today, bytes: 50 }], { bytes: 6_000, at: now }, elsewhere);
  expect(await seen()).toEqual([{ day: today, egressBytes: 950, diskBytes: 6_000 }]);
  await sql("update subscription set period_start = ? where member = ?", [now + 2 * dayMs, member.actor.member]);
  expect(await seen()).toEqual([]);
  expect((await read(other)).machine).toEqual([]);
  for (const wrong of [{ egress: [{ day: today, bytes: -1 }] }, { egress: [{ day: 0.5, bytes: 1 }] }, { disk: { bytes: "9", at: now } }]) {
    const stacks = [{ ...said(member, "running"), ...wrong }];
    expect((await signed(host, "POST", `/hosts/${host.id}/heartbeat`, { sequence: 1, capacity, stacks })).status).toBe(400);
  }
});

/** A row of the ledger, as of one call. */
const add = ({ actor }: TestMember, cost: number, work: { quest?: string; project?: string; model?: string }, at = Date.now()) =>
  sql(
    `insert into usage (id, member, agent, session, request_id, model, alias, input_tokens, output_tokens, cost_micros, quest, project, at)
     values (?, ?, ?, 's', 'r', ?, 'standard', 10, 5, ?, nullif(?, ''), nullif(?, ''), ?)`,
    [newId("usg"), actor.member, actor.id, work.model ?? "demo", cost, work.quest ?? "", work.project ?? "", at],
  );

test("the ledger is shown by day, agent, quest, project and model from the period's beginning, a member's own alone", async () => {
  const [member, other] = [await newMember(), await newMember()];
  const quest = newId("qst");
  await add(member, 700, { quest, project: "bakery" });
  await add(member, 200, { project: "bakery" });
  await add(member, 50, { model: "gpt-5-mini" });
  await sql("update usage set own_micros = 2000 where member = ? and model = 'gpt-5-mini'", [member.actor.member]);
  await add(member, 9_999, { quest }, Date.now() - 3_600_000); // before the plan began
  await add(other, 8_888, { project: "theirs" });
  const used = await read(member);
  const [once, twice] = [1, 2].map((n) => ({ inputTokens: 10 * n, outputTokens: 5 * n, calls: n }));
  // The dearest first, whoever has paid it.
  expect(used.quests).toEqual([
    { quest: null, costMicros: 250, ownMicros: 2_000, ...twice },
    { quest, costMicros: 700, ownMicros: 0, ...once },
  ]);
  expect(used.projects).toEqual([
    { project: null, costMicros: 50, ownMicros: 2_000, ...once },
    { project: "bakery", costMicros: 900, ownMicros: 0, ...twice },
  ]);
  expect(used.models).toEqual([
    { model: "gpt-5-mini", costMicros: 50, ownMicros: 2_000, ...once },
    { model: "demo", costMicros: 900, ownMicros: 0, ...twice },
  ]);
  expect(used.agentCosts).toEqual([
    { agent: member.actor.id, costMicros: 950, ownMicros: 2_000, inputTokens: 30, outputTokens: 15, calls: 3 },
  ]);
  expect(used.days.reduce((sum, { costMicros }) => sum + costMicros, 0)).toBe(950);
  expect((await ask("GET", "/billing/usage")).status).toBe(401);
});

test("a month has what was used in it by the days of UTC, and nothing of the months beside it; what is no month is refused", async () => {
  const member = await newMember();
  const { member: owner, id: agent } = member.actor;
  const [from, to] = [Date.UTC(2025, 1, 1), Date.UTC(2025, 2, 1)];
  for (const [cost, at] of [[1, from - 1], [20, from], [300, to - 1], [4_000, to]] as const) await add(member, cost, { project: "bakery" }, at); // biome-ignore format: one line
  const [first, after] = [from / dayMs, to / dayMs];
  for (const day of [first - 1, first, after - 1, after]) {
    await sql("insert into stack_time (member, day, active_ms, idle_ms, dead_ms) values (?, ?, 1, 2, 0)", [owner, day]);
    await sql("insert into agent_time (member, agent, day, active_ms, idle_ms, dead_ms) values (?, ?, ?, 1, 2, 0)", [owner, agent, day]);
    await sql("insert into stack_use (member, host, day, egress_bytes) values (?, ?, ?, 7)", [owner, host.id, day]);
  }
  const used = await read(member, "?month=2025-02");
  expect([used.from, used.days.map(({ day, costMicros }) => [day, costMicros])]).toEqual([from, [[first, 20], [after - 1, 300]]]); // biome-ignore format: one line
  const sums = [used.agentCosts, used.projects, used.models].map((rows) => rows.map(({ costMicros }) => costMicros));
  expect([...sums, used.agents]).toEqual([[320], [320], [320], [{ agent, activeMs: 2, idleMs: 4, deadMs: 0 }]]);
  expect([used.time, used.machine].map((rows) => rows.map(({ day }) => day))).toEqual([[first, after - 1], [first, after - 1]]); // biome-ignore format: one line
  const empty = await read(member, "?month=2031-12");
  expect([empty.days, empty.agentCosts, empty.time, empty.agents, empty.machine]).toEqual([[], [], [], [], []]);
  const running = await read(member);
  expect([running.days, running.began <= running.from, running.began]).toEqual([[], true, used.began]);
  const token = await member.token();
  for (const wrong of ["month=2025-13", "month=2025-00", "month=2025-1", "month=", "month=x", "month=2025-02&month=x", "from=2025-02"])
    expect([wrong, (await ask("GET", `/billing/usage?${wrong}`, { token })).status]).toEqual([wrong, 400]);
});

test("the gateway is told which project a session works for, and the ledger's row is by it", async () => {
  const member = await newMember();
  const runner = await joinMachine("runner");
  const where = `/stacks/${member.actor.member}/sessions/ses_1`;
  const put = (project: string) =>
    signed(runner, "PUT", where, { agent: member.actor.id, budgets: { task: { id: "tsk_1", limitMicros: null }, project } });
  expect((await put("bakery")).status).toBe(200);
  expect((await put("Not a name")).status).toBe(400);
  expect(await sql("select project from model_session where member = ?", [member.actor.member])).toMatchObject([{ project: "bakery" }]);
  // A call that no Worker settled: its reservation has the session's project, and so has the row that is made
  // of it.
  const names =
    "id, member, agent, session, request_id, project, model, alias, own, micros, input_tokens, input_micros, began, created_at, expires_at";
  const values = [newId("usg"), member.actor.member, member.actor.id, "ses_1", "r", "bakery", "demo", "standard", 0, 90, 10, 30, 1, 1, 1];
  await sql(`insert into model_reservation (${names}) values (${values.map(() => "?").join(",")})`, values);
  await eventually("its being settled", async () => {
    await beat();
    return (await read(member)).projects.length > 0 ? true : undefined;
  });
  expect((await read(member)).projects).toEqual([
    { project: "bakery", costMicros: 30, ownMicros: 0, inputTokens: 10, outputTokens: 0, calls: 1 },
  ]);
});

test("an actor hears whether the plan has model time for an agent, which a period, a plan or a key of one's own brings", async () => {
  const member = await newMember();
  const { actor } = member;
  const runner = await joinMachine("runner");
  const coder = newId("agt");
  const made = await signed(runner, "PUT", `/stacks/${actor.member}/agents/${coder}`, { type: "coding", tools: [], model: "standard" });
  expect(made.status, made.text).toBe(200);
  const has = async (agent: string = coder) => {
    const answer = await signed(runner, "PUT", `/stacks/${actor.member}/sessions/ses_${agent.slice(4)}`, { agent });
    return stackSessionOut.parse(answer.json).modelTime;
  };
  expect(await has()).toBe(true);
  await spend(member, [allowedBy({ plan: "trial", quantity: 1 }).modelMicros - 1]);
  expect(await has()).toBe(true);
  await spend(member, [1]);
  expect([await has(), await has(actor.id)]).toEqual([false, false]);
  const change = (set: string, ...args: number[]) => sql(`update subscription set ${set} where member = ?`, [...args, actor.member]);
  await change("plan = 'studio'");
  expect(await has()).toBe(true);
  await change("plan = 'trial'");
  expect(await has()).toBe(false);
  await sql(
    "insert into model_choice (member, type, paid_by, provider, model, updated_at) values (?, 'coding', 'member', 'openai', 'gpt-5', 1)",
    [actor.member],
  );
  expect(await has()).toBe(false); // its key is gone: the platform's models answer
  const key = "(owner, provider, sealed, ending, state, detail, models, tested_at, updated_at)";
  await sql(`insert into provider_key ${key} values (?, 'openai', '{}', 'cdef', 'works', '', '[]', 1, 1)`, [actor.member]);
  expect([await has(), await has(actor.id)]).toEqual([true, false]); // theirs pays for this type of agent
  await sql("delete from provider_key where owner = ?", [actor.member]);
  await change("period_start = ?", Date.now() + 1);
  expect(await has()).toBe(true);
});

import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { subscriptionPlans } from "../../schema/billing/subscription-plan.ts";
import type { EdgeUp } from "../harness/edge-parts.ts";
import {
  ask,
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

let edge: EdgeUp;
beforeAll(async () => {
  const started = await startEdgeWithoutEngine(40, "alone");
  edge = started.edge;
  return started.stop;
});

const trial = async (person: TestPerson) => ask("POST", "/billing/trial", { body: {}, token: await person.token(), edge });
beforeEach(async () => {
  await sql("update stack set waiting_since = null", [], edge); // a line of its own for each test
});
const placed = (host: TestMachine) =>
  sql("select count(*) as n from stack where host = ?", [host.id], edge).then(([row]) => Number(row?.n));

describe("placement", () => {
  test("without any host stands in line, and its trial does not run", async () => {
    const person = await newPerson(edge);
    await trial(person);
    const me = await ask("GET", "/me", { token: await person.token(), edge });
    expect(me.json).toMatchObject({
      ...{ entitlement: "trialing", subscription: { plan: "trial", periodEnd: null } },
      agent: { host: null, epoch: 0, waiting: { place: 1, since: expect.any(Number) } },
    });
    await sql("update subscription set period_end = 1", [], edge); // the day on which it would have ended
    expect((await ask("GET", "/me", { token: await person.token(), edge })).json).toMatchObject({ entitlement: "trialing" });
  });

  test("of twenty members at once on a host with room for five places five, and never one more", async () => {
    const host = await joinMachine("host", 5, edge);
    await heartbeat(host, 5, edge);
    const people = await Promise.all(Array.from({ length: 20 }, () => newPerson(edge)));
    await Promise.all(people.map(trial)); // the engine is away
    expect(await placed(host)).toBe(5);
    const rows = await sql("select count(*) as n from stack where waiting_since is not null and host is null", [], edge);
    expect(rows).toEqual([{ n: 15 }]);
  });

  test("of one member twenty times at once makes one agent, one stack and one epoch", async () => {
    const host = await joinMachine("host", 3, edge);
    await heartbeat(host, 3, edge);
    const person = await newPerson(edge);
    const answers = await Promise.all(Array.from({ length: 20 }, () => trial(person)));
    expect(new Set(answers.map((answer) => refusal(answer).code))).toEqual(new Set(["unavailable"]));
    const mine = "select count(*) as n from %t join member on member.id = %t.member where member.subject = ?";
    for (const table of ["agent", "stack", "subscription"])
      expect(await sql(mine.replaceAll("%t", table), [person.subject], edge), table).toEqual([{ n: 1 }]);
    const rows = await sql(
      "select epoch, host from stack join member on member.id = stack.member where member.subject = ?",
      [person.subject],
      edge,
    );
    expect(rows).toEqual([{ epoch: 1, host: host.id }]);
  });

  test("leaves out hosts that are full, silent, draining, joining or gone", async () => {
    await sql("update machine set stacks = 0", [], edge);
    const hosts = await Promise.all(["silent", "draining", "joining", "left"].map(() => joinMachine("host", 9, edge)));
    const [silent, draining, , left] = hosts as [TestMachine, TestMachine, TestMachine, TestMachine];
    for (const host of [silent, draining, left]) await heartbeat(host, 9, edge);
    await sql("update machine set last_heartbeat = ? where id = ?", [Date.now() - 46_000, silent.id], edge);
    await sql("update machine set state = 'left' where id = ?", [left.id], edge);
    const drain = await ask("POST", `/hosts/${draining.id}/drain`, { token: await operatorToken(edge), edge });
    expect(drain.status).toBe(200);
    const person = await newPerson(edge);
    await trial(person);
    expect((await ask("GET", "/me", { token: await person.token(), edge })).json).toMatchObject({ agent: { host: null } });
    await heartbeat(silent, 9, edge);
    await trial(person);
    expect(await placed(silent)).toBe(1);
  });

  test("of a stack whose host left for good moves it, one epoch up; a lost race changes nothing", async () => {
    const [old, next] = [await joinMachine("host", 9, edge), await joinMachine("host", 9, edge)];
    await sql("update machine set stacks = 0", [], edge);
    await heartbeat(old, 9, edge);
    const person = await newPerson(edge);
    await trial(person);
    expect(await placed(old)).toBe(1);
    await sql("update machine set state = 'left' where id = ?", [old.id], edge);
    await heartbeat(next, 9, edge);
    await Promise.all(Array.from({ length: 8 }, () => trial(person)));
    const rows = await sql(
      "select epoch, host from stack join member on member.id = stack.member where member.subject = ?",
      [person.subject],
      edge,
    );
    expect(rows).toEqual([{ epoch: 2, host: next.id }]);
  });

  test("is told to the host with its heartbeat, the ceiling following the account", async () => {
    const host = await joinMachine("host", 9, edge);
    await sql("update machine set stacks = 0", [], edge);
    await heartbeat(host, 9, edge);
    const person = await newPerson(edge);
    await trial(person);
    const beat = () => heartbeat(host, 9, edge);
    expect((await beat()).json).toMatchObject({ stacks: [{ epoch: 1, ceiling: "running", ceilingRev: 1 }] });
    const mine = "where member = (select id from member where subject = ?)";
    await sql(`update subscription set begun_at = period_start ${mine}`, [person.subject], edge);
    await sql(`update subscription set period_end = ? ${mine}`, [Date.now() - 1, person.subject], edge);
    expect((await beat()).json).toMatchObject({ stacks: [{ ceiling: "stopped", ceilingRev: 2 }] });
    expect((await beat()).json).toMatchObject({ stacks: [{ ceiling: "stopped", ceilingRev: 2 }] });
    expect(refusal(await trial(person)).code).toBe("payment_required");
    await sql(`update subscription set period_end = ? ${mine}`, [Date.now() + 60_000, person.subject], edge);
    expect((await beat()).json).toMatchObject({ stacks: [{ ceiling: "running", ceilingRev: 3 }] });
  });

  test("gives a runner the stack ticket of any member that is placed, and of nobody else", async () => {
    const [host, runner] = [await joinMachine("host", 9, edge), await joinMachine("runner", 0, edge)];
    await sql("update machine set stacks = 0", [], edge);
    await heartbeat(host, 9, edge);
    const person = await newPerson(edge);
    await trial(person);
    const [row] = await sql("select member.id as id from member where subject = ?", [person.subject], edge);
    const answer = await signed(runner, "POST", `/stacks/${row?.id}/ticket`, {}, edge);
    expect(answer.json).toMatchObject({
      host: { id: host.id },
      epoch: 1,
      ceiling: "running",
      limits: { agents: subscriptionPlans.trial.agents },
    });
    for (const member of ["mem_01ARZ3NDEKTSV4RRFFQ69G5FAV", "mem_x", `${row?.id},x`])
      expect((await signed(runner, "POST", `/stacks/${member}/ticket`, {}, edge)).status).toBe(404);
  });
});

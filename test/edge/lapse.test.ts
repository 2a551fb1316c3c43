import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { ask, heartbeat, joinMachine, newPerson, sql, startEdgeWithoutEngine, type TestMachine } from "./client.ts";

/** An engine whose actors answer as they are told to; what they were asked. */
const asked: string[] = [];
type Reply = { status: number; body: object } | "away" | "silent";
const stops = { status: 200, body: { output: { stopped: true } } };
let reply: (member: string) => Reply = () => stops;
const engine = createServer(({ url = "" }, response) => {
  const { pathname, searchParams } = new URL(url, "http://engine");
  if (!pathname.endsWith("/action/lapse")) return response.writeHead(404).end();
  const member = searchParams.get("rvt-key") ?? "";
  asked.push(member);
  const answer = reply(member);
  if (answer === "silent") return;
  if (answer === "away") return response.destroy();
  response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
});
let up: Awaited<ReturnType<typeof startEdgeWithoutEngine>>;
let host: TestMachine;
beforeAll(async () => {
  await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
  const bindings = { RIVET_URL: `http://127.0.0.1:${(engine.address() as AddressInfo).port}` };
  up = await startEdgeWithoutEngine(60, "lapses", { bindings, clock: 250 });
  host = await joinMachine("host", 99, up.edge);
});
afterAll(async () => {
  await up?.stop();
  engine.closeAllConnections();
  engine.close();
});
beforeEach(async () => {
  await sql("update stack set ceiling = 'erased'", [], up.edge); // those of the tests before
  asked.length = 0;
  reply = () => stops;
});
const beat = async () => expect((await heartbeat(host, 99, up.edge)).status).toBe(200);

/** Members whose stack is placed and whose plan runs. */
const members = (n: number, status = "working") =>
  Promise.all(
    Array.from({ length: n }, async () => {
      const { edge } = up;
      const { json } = await ask("GET", "/me", { token: await (await newPerson(edge)).token(), edge });
      const { id } = (json as { member: { id: string } }).member;
      const agent = [newId("agt"), id, newId("chn"), status];
      await sql("insert into agent (id, member, name, channel, status, created_at) values (?, ?, 'Grow Agent', ?, ?, 1)", agent, edge);
      const stack = [newId("stk"), id, newId("wsp"), host.id];
      await sql(
        "insert into stack (id, member, workspace, host, epoch, ceiling, created_at) values (?, ?, ?, ?, 1, 'running', 1)",
        stack,
        edge,
      );
      const plan = [id, Date.now() + 60_000];
      await sql(
        "insert into subscription (member, plan, status, begun_at, period_start, period_end, created_at) values (?, 'trial', 'trialing', 1, 1, ?, 1)",
        plan,
        edge,
      );
      return id;
    }),
  );
const end = (member: string, at = Date.now() - 1) => sql("update subscription set period_end = ? where member = ?", [at, member], up.edge);
const rowOf = async (member: string) =>
  (await sql("select ceiling, ceiling_rev, lapse_told, telling_until from stack where member = ?", [member], up.edge))[0]!;
const isTold = (member: string) =>
  eventually("it is told", async () => {
    await beat();
    const { ceiling_rev: rev, lapse_told: told } = await rowOf(member);
    return rev === told || undefined;
  });

test("who is placed and works is told once when the plan ends, however many look, and again after it was paid and ended again", async () => {
  const [member] = (await members(1)) as [string];
  await Promise.all(Array.from({ length: 5 }, beat));
  expect(asked).toEqual([]);
  await end(member);
  await Promise.all(Array.from({ length: 20 }, beat));
  await isTold(member);
  await Promise.all(Array.from({ length: 5 }, beat));
  expect([asked, await rowOf(member)]).toMatchObject([[member], { ceiling: "stopped", ceiling_rev: 2, lapse_told: 2 }]);
  await end(member, Date.now() + 60_000);
  await beat();
  expect(await rowOf(member)).toMatchObject({ ceiling: "running", ceiling_rev: 3 });
  await end(member);
  await isTold(member);
  expect([asked, await rowOf(member)]).toMatchObject([[member, member], { ceiling: "stopped", ceiling_rev: 4, lapse_told: 4 }]);
});

test("an actor that was away, one whose runner does not know the action, and one that says it was paid for are asked again later", async () => {
  const [away, older, unsure] = (await members(3)) as [string, string, string];
  const unknown = { group: "actor", code: "action_not_found", message: "Action 'lapse' not found.", metadata: null };
  reply = (member) => {
    if (member === away) return "away";
    return member === older ? { status: 404, body: unknown } : { status: 200, body: { output: { stopped: false } } };
  };
  for (const member of [away, older, unsure]) await end(member);
  await eventually("each is asked", async () => {
    await beat();
    return new Set(asked).size === 3 || undefined;
  });
  await beat();
  for (const member of [away, older, unsure]) expect((await rowOf(member)).lapse_told).toBeNull();
  reply = () => stops;
  await eventually("each is told", async () => {
    await sql("update stack set telling_until = 1 where telling_until > 0", [], up.edge); // as if that time were over
    for (const member of [away, older, unsure]) if ((await rowOf(member)).lapse_told !== 2) return undefined;
    return true;
  });
});

test("who is stopped is not asked, and who sleeps is", async () => {
  const [stopped, asleep] = [...(await members(1, "stopped")), ...(await members(1, "stopped"))] as [string, string];
  await sql("update agent set asleep = 1 where member = ?", [asleep], up.edge);
  for (const member of [stopped, asleep]) await end(member);
  await isTold(asleep);
  expect([asked, (await rowOf(stopped)).lapse_told]).toEqual([[asleep], null]);
});

test("of many whose plans end at once twenty are asked at a time, and in the end all are told", async () => {
  const all = await members(25);
  reply = () => "silent"; // as actors that all wake at once
  for (const member of all) await end(member);
  await Promise.all(Array.from({ length: 10 }, beat));
  await eventually("twenty are asked", async () => asked.length >= 20 || undefined);
  const held = async () => {
    const [row] = await sql("select count(*) as n from stack where telling_until > ?", [Date.now()], up.edge);
    return Number(row?.n);
  };
  // On a slow machine the time to answer is over soon, and others are asked then: here it goes on.
  const later = "update stack set telling_until = telling_until + 3600000 where telling_until > ?";
  await eventually("twenty have the time to answer", async () => {
    await beat();
    await sql(later, [Date.now()], up.edge);
    return (await held()) >= 20 || undefined;
  });
  await beat();
  expect(await held()).toBe(20);
  reply = () => stops;
  await eventually("all are told", async () => {
    await sql("update stack set telling_until = 1 where telling_until > 0", [], up.edge);
    await beat();
    const [row] = await sql("select count(*) as n from stack where lapse_told = 2", [], up.edge);
    return Number(row?.n) >= 25 || undefined;
  });
  expect(new Set(asked)).toEqual(new Set(all));
});

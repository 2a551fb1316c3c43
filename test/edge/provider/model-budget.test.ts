import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { billingOut } from "../../../schema/billing/billing.ts";
import { limitReached } from "../../../schema/billing/limit-reached.ts";
import { costMicros } from "../../../schema/billing/price.ts";
import { modelChoicesOut } from "../../../schema/provider/model-choice.ts";
import { id, newId } from "../../../schema/wire/id.ts";
import { eventually } from "../../harness/eventually.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long, times } from "../../harness/suite/long-run.ts";
import {
  agentToken,
  ask,
  edgeUp,
  heartbeat,
  joinMachine,
  newMember,
  operatorToken,
  signed,
  sql,
  type TestMachine,
  type TestMember,
} from "../client.ts";

/** Budgets at the model's gateway (SPEC 11.2, 11.3), and whose key and which model answers. */
let runner: TestMachine;
beforeAll(async () => {
  runner = await joinMachine("runner");
});
const session = "ses_budgets1";
const [task, quest] = ["tsk_one", "qst_one"];
const register = (member: TestMember, budgets?: object, name = session) =>
  signed(runner, "PUT", `/stacks/${member.actor.member}/sessions/${name}`, { agent: member.actor.id, ...(budgets ? { budgets } : {}) });
const script = (step: object, more: object = {}) => ({
  messages: [{ role: "user", content: `SCRIPT:${JSON.stringify([step])}END` }],
  max_tokens: 100,
  tools: [{ type: "function", function: { name: "remember", parameters: { type: "object" } } }],
  ...more,
});
const call = async (member: TestMember, body: object, token?: string) =>
  ask("POST", "/ai/v1/chat/completions", { body, token: token ?? (await agentToken(member)), headers: { "x-session-id": session } });
const count = z.number();
async function ledger(member: TestMember) {
  const [row] = await sql("select count(*) as n, sum(cost_micros) as cost, sum(own_micros) as own from usage where member = ?", [
    member.actor.member,
  ]);
  return { n: Number(row?.n ?? 0), cost: Number(row?.cost ?? 0), own: Number(row?.own ?? 0) };
}
const reserved = async (member: TestMember) =>
  count.parse((await sql("select count(*) as n from model_reservation where member = ?", [member.actor.member]))[0]?.n);
const settled = (member: TestMember) =>
  eventually("all is settled", async () => ((await reserved(member)) === 0 ? true : undefined)).then(() => ledger(member));
const code = (text: string) => z.object({ error: z.object({ code: z.string(), message: z.string() }) }).parse(JSON.parse(text)).error;
const used = (prompt: number, completion: number) => ({ usage: { prompt_tokens: prompt, completion_tokens: completion } });

describe("200 calls at the same time", () => {
  test.each(long ? ["task", "quest", "plan"] : ["task", "plan"])(
    "spend no more of a %s than it may, but for what one of them cost more than was left",
    async (level) => {
      const member = await newMember();
      const step = { text: "words", ...used(40, 110), delayMs: 150 };
      const price = costMicros("demo", 40, 110);
      const limit = 30 * price + 5;
      const id = { task, quest }[level];
      await register(member, id ? { [level]: { id, limitMicros: limit } } : undefined);
      const plan = 5_000_000;
      if (level === "plan") {
        const earlier =
          "insert into usage (id, member, agent, session, request_id, model, input_tokens, output_tokens, cost_micros, at) values (?, ?, ?, ?, 'r', 'demo', 1, 1, ?, ?)";
        await sql(earlier, [newId("usg"), member.actor.member, member.actor.id, session, plan - limit, Date.now()]);
      }
      const statuses = new Set<number>();
      for (let round = 0; round < 6; round++) {
        const token = await agentToken(member); // it lives for a minute
        const answers = await Promise.all(Array.from({ length: round === 0 ? 200 : 20 }, () => call(member, script(step), token)));
        for (const { status, text } of answers) {
          statuses.add(status);
          if (status === 402) expect(code(text).code).toBe("budget_exhausted");
        }
        const { cost } = await settled(member);
        const spent = level === "plan" ? cost - (plan - limit) : cost;
        expect(spent).toBeLessThanOrEqual(limit + price);
        if (spent >= limit) break;
      }
      const { cost } = await ledger(member);
      expect(level === "plan" ? cost - (plan - limit) : cost).toBeGreaterThan(limit - price);
      expect([...statuses].every((status) => [200, 402, 429, 503].includes(status))).toBe(true); // 503: the database takes no more at once
      const last = await call(member, script(step));
      expect([last.status, code(last.text).message]).toEqual([402, expect.stringContaining(level)]);
      expect(await reserved(member)).toBe(0);
    },
  );
});

describe("a session's budgets", () => {
  test("are what its actor said last, and it hears what they have cost", async () => {
    const member = await newMember();
    await register(member, { task: { id: task, limitMicros: 1 }, quest: { id: quest, limitMicros: null } });
    expect((await call(member, script({ text: "a", ...used(10, 10) }))).status).toBe(200); // there was one millionth left
    const spent = (await settled(member)).cost;
    expect((await call(member, script({ text: "b" }))).status).toBe(402);
    const raised = await register(member, { task: { id: task, limitMicros: 1_000_000 }, quest: { id: quest, limitMicros: null } });
    expect(raised.json).toEqual({ ok: true, changed: false, spent: { task: spent, quest: spent }, modelTime: true });
    expect((await call(member, script({ text: "c" }))).status).toBe(200);
    const [row] = await sql("select task, quest from usage where member = ? limit 1", [member.actor.member]);
    expect(row).toMatchObject({ task, quest });
    for (const budgets of [
      { task: { id: task, limitMicros: -1 } },
      { task: { id: "x y", limitMicros: 1 } },
      { plan: { id: "p", limitMicros: 1 } },
    ])
      expect((await register(member, budgets)).status).toBe(400);
  });
});

describe("a reservation that no Worker has settled", () => {
  const add = (member: TestMember, began: number, expires: number) =>
    sql(
      "insert into model_reservation (id, member, agent, session, request_id, model, alias, own, micros, input_tokens, input_micros, began, created_at, expires_at) values (?, ?, ?, ?, 'r', 'demo', 'standard', 0, 4999999, 70, 7, ?, 1, ?)",
      [newId("usg"), member.actor.member, member.actor.id, session, began, expires],
    );
  test("holds its share until it expires, then costs its prompt if the call had begun, and nothing if not", async () => {
    const member = await newMember();
    await register(member);
    await add(member, 0, Date.now() + 60_000);
    const held = await call(member, script({ text: "a", ...used(1, 1) }, { max_tokens: 100_000 }));
    expect(held.status).toBe(200); // it takes the one millionth that is left
    await eventually("it is settled", async () => ((await reserved(member)) === 1 ? true : undefined));
    const wait = await call(member, script({ text: "b" }));
    expect([wait.status, wait.headers.get("retry-after")]).toEqual([429, "3"]);
    await sql("update model_reservation set expires_at = 1 where member = ?", [member.actor.member]);
    await add(member, 1, 1);
    const before = (await ledger(member)).n;
    expect((await call(member, script({ text: "c" }))).status).toBe(200);
    const { n } = await settled(member);
    expect(n).toBe(before + 2); // the call, and the one that had begun
    const [row] = await sql("select * from usage where member = ? and input_tokens = 70", [member.actor.member]);
    expect(row).toMatchObject({ cost_micros: 7, unknown: 1 });
  });
  test("is settled within a minute of a host's heartbeats too, when its member calls no more", async () => {
    const member = await newMember();
    await register(member);
    await add(member, 1, 1);
    const host = { id: id("hst").parse(edgeUp.host?.id), keyPem: edgeUp.host?.keyPem ?? "", certificate: "", ca: "" };
    for (let beat = 0; beat < 6; beat++) expect((await heartbeat(host, 4_000)).status).toBe(200); // one each five seconds
    expect((await settled(member)).n).toBe(1);
  });
});

test("a body that stops half-way takes nothing from a budget and reaches no provider", async () => {
  const member = await newMember();
  await register(member);
  const { hostname, port } = new URL(edgeUp.url);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify(script({ text: "never" }));
  const head = ["POST /ai/v1/chat/completions HTTP/1.1", `host: ${hostname}`, `authorization: Bearer ${await agentToken(member)}`];
  const more = [`x-session-id: ${session}`, "content-type: application/json", `content-length: ${body.length}`, "", body.slice(0, 40)];
  await new Promise<void>((resolve) => socket.write([...head, ...more].join("\r\n"), () => resolve()));
  socket.destroy();
  expect((await call(member, script({ text: "whole", ...used(2, 2) }))).status).toBe(200);
  expect(await settled(member)).toMatchObject({ n: 1, cost: costMicros("demo", 2, 2) });
});

describe("the ledger", () => {
  const calls = times({ few: 30, all: 60, long: 10_000 });
  test(`of ${calls} calls sums up to what is told of them, to the cent and below`, { timeout: limit(900_000) }, async () => {
    const member = await newMember();
    await register(member);
    await sql("update subscription set plan = 'studio' where member = ?", [member.actor.member]);
    let [sent, expected] = [0, 0];
    const work = async () => {
      for (;;) {
        const n = sent++;
        if (n >= calls) return;
        const [input, output] = [1 + (n % 37), 1 + (n % 53)];
        for (;;) {
          const answer = await call(member, { ...script({ text: "w", gapMs: 0, ...used(input, output) }), stream: n % 2 === 0 });
          if (answer.status === 429) continue; // a member's calls are counted by the minute
          expect(answer.status, answer.text).toBe(200);
          break;
        }
        expected += costMicros("demo", input, output);
      }
    };
    await Promise.all(Array.from({ length: 10 }, work));
    const { n, cost } = await settled(member);
    expect([n, cost]).toEqual([calls, expected]);
    const { model, agents } = billingOut.parse((await ask("GET", "/billing", { token: await member.token() })).json);
    expect([model.usedMicros, model.calls, agents[0]?.costMicros]).toEqual([expected, calls, expected]);
  });
});

describe("which key and model answers", () => {
  const key = edgeUp.modelKey;
  const mine = async (member: TestMember, method: string, where: string, body?: object) =>
    ask(method, where, { token: await member.token(), ...(body ? { body } : {}) });
  const operate = async (method: string, where: string, body?: object) =>
    ask(method, where, { token: await operatorToken(), ...(body ? { body } : {}) });
  const model = (text: string) => z.object({ model: z.string() }).parse(JSON.parse(text)).model;

  test("is the member's to choose: their own key costs the plan nothing, and without it the platform answers again", async () => {
    const member = await newMember();
    await register(member);
    const choice = { paidBy: "member", provider: "openai", model: "gpt-5-pro" };
    expect((await mine(member, "PUT", "/models/grow", choice)).status).toBe(400); // there is no such key
    await mine(member, "PUT", "/keys/openai", { key });
    expect(await mine(member, "PUT", "/models/grow", choice)).toMatchObject({ status: 200, json: { type: "grow", ...choice } });
    expect((await mine(member, "PUT", "/models/grow", { ...choice, model: "gpt-99" })).status).toBe(400);
    expect((await mine(member, "PUT", "/models/Grow%20", choice)).status).toBe(404);
    const { choices, offered } = modelChoicesOut.parse((await mine(member, "GET", "/models")).json);
    expect(choices).toEqual([{ type: "grow", ...choice }]);
    expect(offered.map(({ paidBy, provider }) => `${paidBy} ${provider}`).sort()).toEqual(["member openai", "platform compatible"]);
    expect(model((await call(member, script({ text: "a", ...used(10, 10) }))).text)).toBe("gpt-5-pro");
    expect(await settled(member)).toEqual({ n: 1, cost: 0, own: costMicros("gpt-5-pro", 10, 10) });
    expect((await mine(member, "DELETE", "/keys/openai")).status).toBe(200);
    expect(modelChoicesOut.parse((await mine(member, "GET", "/models")).json).choices).toEqual([]);
    expect(model((await call(member, script({ text: "b" }))).text)).toBe("demo");
    expect((await mine(await newMember(), "GET", "/models")).text).not.toContain("gpt-5-pro");
  });

  test("is of what the plan allows, by the platform's keys; one that fails gives way to another before the first byte", async () => {
    const member = await newMember();
    await register(member);
    expect((await operate("PUT", "/platform/keys/openai", { key })).status).toBe(200);
    try {
      const { offered } = modelChoicesOut.parse((await mine(member, "GET", "/models")).json);
      expect(offered.find(({ provider }) => provider === "openai")?.models).toEqual(["demo", "gpt-5-mini"]); // a trial has no gpt-5-pro
      const choice = { paidBy: "platform", provider: "openai", model: "gpt-5-mini" };
      const large = await mine(member, "PUT", "/models/grow", { ...choice, model: "gpt-5-pro" });
      expect([large.status, large.text]).toEqual([400, expect.stringContaining(limitReached.models)]);
      const nobodys = await mine(member, "PUT", "/models/grow", { ...choice, model: "gpt-99" });
      expect([nobodys.status, nobodys.text]).toEqual([400, expect.not.stringContaining(limitReached.models)]); // no plan brings it
      expect((await mine(member, "PUT", "/models/grow", choice)).status).toBe(200);
      for (const stream of [false, true]) {
        expect((await call(member, { ...script({ text: "first" }), stream })).text).toContain("gpt-5-mini");
        const other = await call(member, { ...script({ text: "other", failsAs: "gpt-5-mini" }), stream });
        expect([other.status, other.text.includes("gpt-5-mini"), other.text.includes("other")]).toEqual([200, false, true]);
      }
      await settled(member);
      const models = await sql("select model, count(*) as n from usage where member = ? group by model order by model", [
        member.actor.member,
      ]);
      expect(models.map((row) => [row.model, Number(row.n)])).toEqual([
        ["demo", 2],
        ["gpt-5-mini", 2],
      ]);
      const broken = await call(member, script({ text: "half a word", cut: "reset" }, { stream: true }));
      expect(broken.text).toContain('"error"'); // after its first byte no other begins
      expect(await mine(member, "DELETE", "/models/grow")).toMatchObject({ status: 200 });
      expect((await mine(member, "DELETE", "/models/grow")).status).toBe(404);
    } finally {
      await operate("DELETE", "/platform/keys/openai");
    }
  });

  test("a member's own key that the provider has taken back is said to be theirs, and nobody else pays", async () => {
    const member = await newMember();
    await register(member);
    await mine(member, "PUT", "/keys/openai", { key });
    await mine(member, "PUT", "/models/grow", { paidBy: "member", provider: "openai", model: "gpt-5-mini" });
    const answer = await call(member, script({ status: 401 }));
    expect([answer.status, code(answer.text).message]).toEqual([502, "The model's provider does not accept your key (status 401)."]);
    expect(await settled(member)).toEqual({ n: 0, cost: 0, own: 0 });
  });
});

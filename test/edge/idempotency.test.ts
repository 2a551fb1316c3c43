import { describe, expect, test } from "vitest";
import { z } from "zod";
import { taskOut, tasksOut } from "../../schema/agent/team.ts";
import { ask, newMember, newPerson, operatorToken, refusal, sql } from "./client.ts";

const key = () => crypto.randomUUID();
const made = z.object({ token: z.string() });
const make = async (headers: Record<string, string>, body: unknown = { role: "host" }) =>
  ask("POST", "/hosts/tokens", { body, headers, token: await operatorToken() });

describe("an idempotency key", () => {
  test("makes every repeat get the first answer, and does the work once", async () => {
    const headers = { "idempotency-key": key() };
    const first = await make(headers);
    const again = await make(headers);
    expect(made.parse(first.json).token).toMatch(/^gqj_/);
    expect([again.status, again.json, again.headers.get("idempotent-replay")]).toEqual([first.status, first.json, "true"]);
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  });

  test("with another body is refused and changes nothing", async () => {
    const headers = { "idempotency-key": key() };
    const first = await make(headers);
    const other = await make(headers, { role: "runner" });
    expect([other.status, refusal(other).code]).toEqual([409, "idempotency_mismatch"]);
    expect((await make(headers)).json).toEqual(first.json);
  });

  test("used by many calls at once lets one work; the others hear that it runs, or its answer", async () => {
    const headers = { "idempotency-key": key() };
    const [{ n: before } = { n: 0 }] = await sql("select count(*) as n from join_token");
    const answers = await Promise.all(Array.from({ length: 12 }, () => make(headers)));
    const done = answers.filter(({ status }) => status === 201).map(({ json }) => made.parse(json).token);
    expect(new Set(done).size).toBe(1);
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      expect([answer.status, refusal(answer).code, refusal(answer).retryable]).toEqual([409, "in_progress", true]);
    }
    const mine = await sql("select count(*) as n from idempotency where key = ?", [headers["idempotency-key"]]);
    expect(mine).toEqual([{ n: 1 }]);
    const [{ n: after } = { n: 0 }] = await sql("select count(*) as n from join_token");
    expect(Number(after)).toBeGreaterThan(Number(before));
  });

  test("is another one for another member and for another address", async () => {
    const headers = { "idempotency-key": key() };
    const [first, second] = [await newPerson(), await newPerson()];
    const trial = async (person: typeof first) => ask("POST", "/actors/provision", { body: {}, headers, token: await person.token() });
    expect(refusal(await trial(first)).code).toBe("payment_required");
    expect((await make(headers)).status).toBe(201);
    expect(refusal(await trial(second)).code).toBe("payment_required");
    expect(await sql("select count(*) as n from idempotency where key = ?", [headers["idempotency-key"]])).toEqual([{ n: 3 }]);
  });

  test("keeps a refusal that will not change, word for word", async () => {
    const headers = { "idempotency-key": key() };
    const first = await make(headers, { role: "king" });
    expect(first.status).toBe(400);
    expect((await make(headers, { role: "king" })).json).toEqual(first.json);
  });

  test("of a call that died while it ran can be taken over after a minute", async () => {
    const headers = { "idempotency-key": key() };
    await make(headers);
    await sql("update idempotency set answer = null where key = ?", [headers["idempotency-key"]]);
    expect(refusal(await make(headers)).code).toBe("in_progress");
    await sql("update idempotency set started_at = ? where key = ?", [Date.now() - 61_000, headers["idempotency-key"]]);
    expect((await make(headers)).status).toBe(201);
  });

  test("of a change in the actor is the actor's too: a repeat after the answer was lost makes no second task", async () => {
    const member = await newMember();
    const headers = { "idempotency-key": key() };
    const body = { spec: { id: "once", title: "Once", owner: "coding", outputs: ["once.md"] } };
    const create = async () => ask("POST", "/tasks", { body, headers, token: await member.token() });
    const first = await create();
    expect(first.status, first.text).toBe(202);
    await sql("delete from idempotency where key = ?", [headers["idempotency-key"]]); // as after an answer that came too late
    const again = await create();
    expect(taskOut.parse(again.json).task.id).toBe(taskOut.parse(first.json).task.id);
    headers["idempotency-key"] = key();
    expect(taskOut.parse((await create()).json).task.id).not.toBe(taskOut.parse(first.json).task.id);
    const { tasks } = tasksOut.parse((await ask("GET", "/tasks", { token: await member.token() })).json);
    expect(tasks).toHaveLength(2);
  });

  test("is forgotten after a day", async () => {
    const headers = { "idempotency-key": key() };
    const first = made.parse((await make(headers)).json);
    await sql("update idempotency set started_at = ? where key = ?", [Date.now() - 25 * 3_600_000, headers["idempotency-key"]]);
    expect(made.parse((await make(headers)).json).token).not.toBe(first.token);
  });

  test.each(["a b", "x".repeat(201), "a\tb", "\u00fc"])("that is none is refused: %s", async (bad) => {
    const answer = await make({ "idempotency-key": bad });
    expect([answer.status, refusal(answer).issues?.[0]?.path]).toEqual([400, "idempotency-key"]);
  });

  test("does not let a member read what another one was answered", async () => {
    const headers = { "idempotency-key": key() };
    await make(headers);
    const { token } = await newPerson();
    expect(refusal(await ask("POST", "/hosts/tokens", { body: { role: "host" }, headers, token: await token() })).code).toBe("forbidden");
  });

  test("keeps answers sealed: the token it made is not in the database", async () => {
    const headers = { "idempotency-key": key() };
    const { token } = made.parse((await make(headers)).json);
    const rows = JSON.stringify(await sql("select * from idempotency where key = ?", [headers["idempotency-key"]]));
    expect(rows).not.toContain(token);
    expect(rows).not.toContain(token.slice(4, 60));
  });
});

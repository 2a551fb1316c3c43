import { describe, expect, test } from "vitest";
import { z } from "zod";
import { taskOut, tasksOut } from "../../schema/agent/team.ts";
import { ask, newMember, newPerson, operatorToken, refusal, sql } from "./client.ts";

const key = () => crypto.randomUUID();
const made = z.object({ token: z.string() });
const shown = z.object({ token: z.string(), gitToken: z.object({ id: z.string() }) });
const laptop = { name: "Laptop", repositories: ["projects/bakery"] };
const make = async (headers: Record<string, string>, body: unknown = { role: "host" }) =>
  ask("POST", "/hosts/tokens", { body, headers, token: await operatorToken() });

describe("an idempotency key", () => {
  test("makes every repeat get the first answer, and does the work once, whatever the method", async () => {
    const { token } = await newMember();
    const mine = key();
    const body = { spec: { id: "once", title: "Once", owner: "coding", outputs: ["once.md"] } };
    const create = async () => ask("POST", "/tasks", { body, headers: { "idempotency-key": mine }, token: await token() });
    const [first, again] = [await create(), await create()];
    expect([again.status, again.json, again.headers.get("idempotent-replay")]).toEqual([202, first.json, "true"]);
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
    expect(tasksOut.parse((await ask("GET", "/tasks", { token: await token() })).json).tasks).toHaveLength(1);
    const gone = await ask("POST", "/git/tokens", { body: laptop, token: await token() });
    const address = `/git/tokens/${shown.parse(gone.json).gitToken.id}`;
    const remove = async (query = "") => ask("DELETE", address + query, { headers: { "idempotency-key": mine }, token: await token() });
    expect([(await remove()).json, (await remove()).json]).toEqual([{ removed: true }, { removed: true }]);
    expect(refusal(await remove("?another=1")).code).toBe("idempotency_mismatch");
    expect((await ask("DELETE", address, { token: await token() })).status).toBe(404);
  });

  test("of what makes a secret that is shown once is refused the second time, and the secret is kept nowhere", async () => {
    const { token } = await newPerson();
    const headers = { "idempotency-key": key() };
    const make = async () => ask("POST", "/git/tokens", { body: laptop, headers, token: await token() });
    const first = shown.parse((await make()).json);
    const again = await make();
    expect([again.status, refusal(again).code, refusal(again).retryable]).toEqual([409, "shown_once", false]);
    expect((await ask("GET", "/git/tokens", { token: await token() })).json).toMatchObject({ tokens: [{ id: first.gitToken.id }] });
    const [row] = await sql("select answer from idempotency where key = ?", [headers["idempotency-key"]]);
    const { c: sealed } = z.object({ c: z.string() }).parse(JSON.parse(String(row?.answer)));
    const kept = { status: 201, type: "application/json", body: null };
    expect(Buffer.from(sealed, "base64url")).toHaveLength(12 + JSON.stringify(kept).length + 16); // iv, text, tag
  });

  test("with another body is refused and changes nothing", async () => {
    const headers = { "idempotency-key": key() };
    expect((await make(headers)).status).toBe(201);
    const other = await make(headers, { role: "runner" });
    expect([other.status, refusal(other).code]).toEqual([409, "idempotency_mismatch"]);
    expect(refusal(await make(headers)).code).toBe("shown_once");
  });

  test("used by many calls at once lets one work; the others hear that it runs, or that it did", async () => {
    const headers = { "idempotency-key": key() };
    const answers = await Promise.all(Array.from({ length: 12 }, () => make(headers)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect([409, ["in_progress", "shown_once"]]).toEqual([answer.status, expect.arrayContaining([refusal(answer).code])]);
    const mine = await sql("select count(*) as n from idempotency where key = ?", [headers["idempotency-key"]]);
    expect(mine).toEqual([{ n: 1 }]);
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
});

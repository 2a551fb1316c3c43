import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { meOut } from "../../schema/account/account.ts";
import { type AuditEntry, auditHeadOut, auditPage, auditRoot, auditRow, hashAuditRow } from "../../schema/audit/audit.ts";
import { gitTokenMade } from "../../schema/git/git-token.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { eventually } from "../harness/eventually.ts";
import { ask, joinMachine, liveTicket, newMember, newPerson, operatorToken, refusal, signed, sql, type TestPerson } from "./client.ts";

const keep = async (person: TestPerson, name: string, headers: Record<string, string> = {}) =>
  ask("PUT", `/secrets/${name}`, {
    body: { value: "canary-in-a-secret", origin: "https://api.example.org" },
    headers,
    token: await person.token(),
  });
/** Again with its key while the database is busy, as every client of ours does. */
async function keepSurely(person: TestPerson, name: string): Promise<void> {
  const key = crypto.randomUUID();
  const answer = await eventually(`${name} is kept`, async () => {
    const now = await keep(person, name, { "idempotency-key": key });
    return now.status === 503 ? undefined : now;
  });
  expect(answer.status, answer.text).toBe(200);
}
const read = async (person: TestPerson, query = "") =>
  auditPage.parse((await ask("GET", `/audit${query}`, { token: await person.token() })).json);
/** The page, once it has so many rows. */
const rowsOf = (person: TestPerson, n: number, query = "") =>
  eventually(`${n} rows`, async () => {
    const { rows } = await read(person, query);
    return rows.length >= n ? rows : undefined;
  });
const exported = async (person: TestPerson) => {
  const { text } = await ask("GET", "/audit/export", { token: await person.token() });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => auditRow.parse(JSON.parse(line)));
};
const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ at: 1_800_000_000_000, by: { kind: "member", id: newId("mem") }, kind: "task", action: "taskAct:pause", target: newId("tsk") },
  ...{ request: newId("req"), result: "ok", ms: 12, steps: [{ name: "admitted", ms: 2 }] },
  ...more,
});
const handed = (...entries: AuditEntry[]) => ({ rows: entries.map((each) => ({ id: newId("adt"), entry: each })) });

describe("a change by REST (SPEC 9.9)", () => {
  test("has one row with who, what, result and duration, and nothing of what was written", async () => {
    const person = await newPerson();
    expect((await keep(person, "weather")).status).toBe(200);
    const [row] = await rowsOf(person, 1);
    expect(row).toMatchObject({ seq: 1, prev: auditRoot, kind: "secret", action: "PUT /secrets/{name}", target: "weather", result: "ok" });
    expect(row?.by).toEqual({ kind: "member", id: row?.member });
    expect(row?.steps.map(({ name }) => name)).toEqual(["admitted", "done"]);
    expect(JSON.stringify(await sql("select * from audit where member = ?", [row?.member ?? ""]))).not.toContain("canary");
  });

  test("has its request's id, and a replay of its key is no second row", async () => {
    const person = await newMember();
    const body = { name: "for a stranger", repositories: ["growqr/memory"] };
    const headers = { "idempotency-key": crypto.randomUUID() };
    const make = async () => ask("POST", "/git/tokens", { body, headers, token: await person.token() });
    const first = await make();
    expect((await make()).status).toBe(409); // its token is shown once
    const { gitToken } = gitTokenMade.parse(first.json);
    const remove = async () => ask("DELETE", `/git/tokens/${gitToken.id}`, { headers, token: await person.token() });
    const removed = await remove();
    expect((await remove()).headers.get("idempotent-replay")).toBe("true");
    await keep(person, "last");
    const rows = await eventually("the last row", async () => {
      const all = (await read(person)).rows;
      return all.some(({ target }) => target === "last") ? all : undefined;
    });
    const ofTokens = rows.filter(({ action }) => action.includes("/git/tokens"));
    expect(ofTokens.map(({ request }) => request)).toEqual([removed, first].map(({ headers }) => headers.get("x-request-id")));
    expect(rows.map(({ action }) => action)).toContain("POST /billing/trial");
  });

  test("that was refused says why; what was no call yet has none", async () => {
    const person = await newPerson();
    const token = await person.token();
    expect((await ask("DELETE", "/secrets/nobody", { token })).status).toBe(404);
    expect((await ask("PUT", "/secrets/wrong", { body: { value: 1 }, token })).status).toBe(400);
    expect((await ask("POST", "/hosts/tokens", { body: { role: "host" }, token })).status).toBe(403);
    const rows = await rowsOf(person, 2);
    expect(rows.map(({ action, result }) => `${action} ${result}`).sort()).toEqual([
      "DELETE /secrets/{name} not_found",
      "POST /hosts/tokens forbidden",
    ]);
  });

  test("has a row of its own where a caller gives the same request id again", async () => {
    const person = await newPerson();
    const headers = { "x-request-id": newId("req") };
    for (const name of ["one", "two", "three"]) await keep(person, name, headers);
    const rows = await rowsOf(person, 3);
    expect(rows.map(({ target }) => target).sort()).toEqual(["one", "three", "two"]);
    expect(new Set(rows.map(({ request }) => request))).toEqual(new Set([headers["x-request-id"]]));
  });

  test("of an operator's says so", async () => {
    const answer = await ask("POST", "/hosts/tokens", { body: { role: "host" }, token: await operatorToken() });
    const request = answer.headers.get("x-request-id") ?? "";
    const rows = await eventually("the row", async () => {
      const page = auditPage.parse((await ask("GET", "/audit?kind=host&by=operator", { token: await operatorToken() })).json);
      return page.rows.find((row) => row.request === request);
    });
    expect(rows).toMatchObject({ by: { kind: "operator" }, action: "POST /hosts/tokens", result: "ok" });
  });

  test("that died half-way has a row that says that its end is not known", async () => {
    const person = await newPerson();
    await keep(person, "before");
    const [before] = await rowsOf(person, 1);
    const member = before?.member ?? "";
    const unknown = JSON.stringify({ ...entry(), result: "unknown" });
    const insert = "insert into audit_pending (member, key, entry, started_at, done) values (?, ?, ?, ?, 0)";
    await sql(insert, [member, newId("adt"), unknown, Date.now() - 500_000]);
    await sql(insert, [member, newId("adt"), unknown, Date.now()]); // one that goes on
    expect((await read(person)).rows.map(({ result }) => result).sort()).toEqual(["ok", "unknown"]);
  });
});

describe("a change by an actor", () => {
  test("has one row, the actor's, with the request of the edge, by REST and by the live connection alike", async () => {
    const member = await newMember();
    const token = await member.token();
    const body = { clientId: crypto.randomUUID(), text: "canary-in-a-message" };
    const sent = await ask("POST", `/actors/${member.actor.id}/message`, { body, token });
    expect(sent.status, sent.text).toBeLessThan(300);
    const { ticket } = await liveTicket(member);
    const odd = { requestId: "canary ü".padEnd(60, "."), key: newId("req"), input: { scope: "stack" } }; // a browser names its requests itself
    const call = { requestId: newId("req"), key: newId("req"), input: { scope: "turn" } };
    const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": member.actor.member });
    const headers = { "x-rivet-conn-params": JSON.stringify({ ticket }), "x-rivet-encoding": "json" };
    for (const each of [odd, call]) {
      const stopped = await ask("POST", `/live/gateway/growAgent/action/stop?${query}`, { body: { args: [each] }, headers });
      expect(stopped.status, stopped.text).toBe(200);
    }
    const rows = await eventually("both rows", async () => {
      const all = (await read(member)).rows;
      return all.some(({ action }) => action === "stop:turn") ? all : undefined;
    });
    const [stop, send] = ["stop:turn", "send"].map((action) => rows.filter((row) => row.action === action));
    expect(stop).toMatchObject([{ request: call.requestId, result: "ok", by: { kind: "member", id: member.actor.member } }]);
    expect(rows.filter(({ action }) => action === "stop:stack")).toMatchObject([{ request: "", result: "ok" }]);
    expect(send).toMatchObject([{ request: sent.headers.get("x-request-id"), kind: "message" }]);
    expect(rows.filter(({ action }) => action.includes("/message"))).toEqual([]);
    expect(rows.filter(({ action }) => action === "provision")).toMatchObject([{ by: { kind: "platform" } }]);
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect(await sql("select count(*) as n from audit_pending where member = ?", [member.actor.member])).toEqual([{ n: 0 }]);
  });
});

describe("the chain", () => {
  test("has no gap and no fork after many changes at once, and is found broken where a row is touched", async () => {
    const person = await newPerson();
    await Promise.all(Array.from({ length: 30 }, (_, i) => keepSurely(person, `secret-${i % 7}`)));
    await rowsOf(person, 30, "?limit=100");
    const rows = await exported(person);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1));
    let prev = auditRoot;
    for (const { v: _, hash, ...row } of rows) {
      const { member, seq, prev: said, ...told } = row;
      expect(said).toBe(prev);
      expect(hash).toBe(await hashAuditRow(told, { member, seq, prev }));
      prev = hash;
    }
    expect(await sql("select count(*) as n from audit_pending where member = ?", [rows[0]?.member ?? ""])).toEqual([{ n: 0 }]);
  });

  test("has every look of an operator's when that is answered, however many are written at once", async () => {
    const person = await newPerson();
    const { member } = meOut.parse((await ask("GET", "/me", { token: await person.token() })).json);
    const token = await operatorToken();
    const body = { account: member.id, reason: "They asked what they pay." };
    const looks = Array.from({ length: 8 }, () =>
      eventually("a look", async () => {
        const answer = await ask("POST", "/payments/looks", { body, token });
        return answer.status === 503 ? undefined : answer; // of many writers the database puts off some
      }),
    );
    const answers = await Promise.all(looks);
    expect(answers.map(({ status }) => status)).toEqual(looks.map(() => 200));
    const { rows } = await read(person, "?by=operator");
    const written = new Set(rows.map(({ request }) => String(request)));
    for (const { headers } of answers) expect(written).toContain(headers.get("x-request-id"));
  });

  test("is read by its member alone, in pages that miss nothing, by who, kind and time", async () => {
    const [runner, member, other] = [await joinMachine("runner"), await newMember(), await newPerson()];
    const at = (n: number) => 1_700_000_000_000 + n * 1_000;
    const rows = handed(
      ...Array.from({ length: 7 }, (_, n) =>
        entry({ at: at(n), kind: n % 2 ? "task" : "goal", by: n === 3 ? { kind: "agent" } : { kind: "member" } }),
      ),
    );
    expect((await signed(runner, "POST", `/stacks/${member.actor.member}/audit`, rows)).status).toBe(200);
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: z.infer<typeof auditPage> = await read(member, `?to=${at(7)}&limit=3${cursor === undefined ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.rows.map((row) => row.at));
      cursor = page.next;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map(at));
    const times = async (query: string) => (await read(member, query)).rows.map((row) => row.at);
    expect(await times(`?kind=task&to=${at(7)}`)).toEqual([5, 3, 1].map(at));
    expect(await times("?by=agent")).toEqual([at(3)]);
    expect(await times(`?from=${at(2)}&to=${at(4)}`)).toEqual([at(3), at(2)]);
    expect((await read(other)).rows).toEqual([]);
    expect(await exported(other)).toEqual([]);
    expect((await ask("GET", "/audit?kind=nothing", { token: await member.token() })).status).toBe(400);
    expect((await ask("GET", "/audit")).status).toBe(401);
  });

  test("takes an actor's row once, however often it is handed over, and from a runner alone", async () => {
    const [runner, host, member] = [await joinMachine("runner"), await joinMachine("host"), await newMember()];
    const where = `/stacks/${member.actor.member}/audit`;
    const rows = handed(entry(), entry());
    for (let i = 0; i < 3; i++) expect((await signed(runner, "POST", where, rows)).json).toEqual({ taken: 2 });
    expect((await read(member, "?kind=task")).rows).toHaveLength(2);
    expect((await signed(host, "POST", where, rows)).status).toBe(403);
    expect((await ask("POST", where, { body: rows, token: await member.token() })).status).toBe(401);
    expect(refusal(await signed(runner, "POST", `/stacks/${newId("mem")}/audit`, rows)).code).toBe("not_found");
    const text = { rows: [{ id: newId("adt"), entry: { ...entry(), text: "what was written" } }] };
    expect((await signed(runner, "POST", where, text)).status).toBe(400);
  });

  test("has a head that is signed by a published key", async () => {
    const [runner, member] = [await joinMachine("runner"), await newMember()];
    const where = (id: Id<"mem">) => `/stacks/${id}/audit/head`;
    expect((await signed(runner, "GET", where(newId("mem")))).status).toBe(404); // nobody of its cell
    await rowsOf(member, 1);
    const { seq, head } = auditHeadOut.parse((await signed(runner, "GET", where(member.actor.member))).json);
    const newest = (await exported(member)).find((row) => row.seq === seq);
    expect(decodeJwt(head ?? "")).toMatchObject({ member: member.actor.member, seq, hash: newest?.hash });
  });
});

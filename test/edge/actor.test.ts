import { describe, expect, test } from "vitest";
import { z } from "zod";
import { actorView } from "../../schema/account/account.ts";
import { sendOut, snapshotShape, stopOut } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { type Ask, ask, liveTicket, newMember, newPerson, operatorToken, refusal, sql } from "./client.ts";
import { listen, type Said } from "./event/sse-reader.ts";

const started = z.object({ actor: actorView });
const clientId = () => crypto.randomUUID();

describe("a trial", () => {
  test("starts once however often it is asked for, and makes one Grow Agent", async () => {
    const member = await newMember();
    const again = async (where: string) => ask("POST", where, { body: {}, token: await member.token() });
    const answers = await Promise.all(["/billing/trial", "/billing/trial", "/actors/provision", "/actors/provision"].map(again));
    for (const { status, json } of answers) expect([status, json]).toMatchObject([202, { actor: { id: member.actor.id, epoch: 1 } }]);
    const rows = await sql("select count(distinct period_end) as ends, count(*) as n from subscription where member = ?", [
      member.actor.member,
    ]);
    expect(rows).toEqual([{ ends: 1, n: 1 }]);
  });

  test("that has ended starts nothing any more", async () => {
    const member = await newMember();
    await sql("update subscription set period_end = ? where member = ?", [Date.now() - 1, member.actor.member]);
    const calls: [string, Ask][] = [
      ["/billing/trial", {}],
      ["/actors/provision", {}],
      [`/actors/${member.actor.id}/start`, {}],
      [`/actors/${member.actor.id}/message`, { body: { clientId: clientId(), text: "hi" } }],
    ];
    for (const [path, how] of calls) {
      const answer = await ask("POST", path, { ...how, token: await member.token() });
      expect([answer.status, refusal(answer).code], path).toEqual([402, "payment_required"]);
    }
    const still = await ask("GET", `/actors/${member.actor.id}`, { token: await member.token() });
    expect(still.json).toMatchObject({ actor: { entitlement: "suspended" } });
  });
});

describe("a Grow Agent", () => {
  test("is found by its owner under `me` and its id, with what it says of itself", async () => {
    const member = await newMember();
    const mine = started.parse((await ask("GET", "/actors/me", { token: await member.token() })).json);
    const answer = await ask("GET", `/actors/${member.actor.id}`, { token: await member.token() });
    const detail = z.object({ actor: actorView, snapshot: snapshotShape }).parse(answer.json);
    expect(detail.actor.id).toBe(mine.actor.id);
    expect(detail.snapshot).toMatchObject({ agent: member.actor.id, channel: member.actor.channel, stack: { tier: "running" } });
    expect(detail.actor).toMatchObject({ epoch: 1, gitRepo: "growqr/memory", host: { name: "empty" }, subAgents: [] });
  });

  test("names its type and its sub-agents, the oldest first, each with its type and what it does (SPEC 4.1)", async () => {
    const member = await newMember();
    const [first, second] = [newId("agt"), newId("agt")];
    const add = "insert into sub_agent (id, member, type, tools, created_at) values (?, ?, ?, '[]', ?)";
    await sql(add, [second, member.actor.member, "testing", 2]);
    await sql(add, [first, member.actor.member, "coding", 1]);
    const said = JSON.stringify([{ id: first, working: true }]);
    // Whatever its actor still says is older.
    await sql("update agent set agents = ?, status_seq = 1000000 where member = ?", [said, member.actor.member]);
    const { actor } = started.parse((await ask("GET", "/actors/me", { token: await member.token() })).json);
    expect(actor.type).toBe("grow");
    expect(actor.agents).toEqual([
      { id: first, type: "coding", status: "working" },
      { id: second, type: "testing", status: "idle" },
    ]);
  });

  test("takes nothing that adds to it once it holds as much as it may, with 507 and the reason, and is read and stopped all the same", async () => {
    const member = await newMember();
    const token = await member.token();
    const text = "ä".repeat(limits.messageText);
    const say = () => ask("POST", `/actors/${member.actor.id}/message`, { body: { clientId: clientId(), text }, token });
    let last = await say();
    for (let n = 1; n < limits.queuedTurns && last.status === 202; n++) last = await say();
    const reason = /^All the room that your agents have for their log \(12 MB\) is used\./;
    const full = { code: "quota_full", retryable: false, message: expect.stringMatching(reason) };
    expect([last.status, refusal(last)]).toMatchObject([507, full]);
    const goal = await ask("POST", "/goals", { body: { title: "One more" }, token });
    expect([goal.status, refusal(goal)]).toMatchObject([507, full]);
    expect((await ask("GET", `/actors/${member.actor.id}`, { token })).status).toBe(200);
    expect((await ask("GET", "/goals", { token })).status).toBe(200);
    const stop = async () => {
      const answer = await ask("POST", `/actors/${member.actor.id}/stop`, { body: { scope: "turn" }, token });
      return [answer.status, stopOut.parse(answer.json).stopped] as const;
    };
    expect(await stop()).toEqual([200, expect.any(Number)]); // how many wait by then is a matter of time: a full actor's turns end with the reason
    expect(await stop()).toEqual([200, 0]);
  });

  test("refuses a message when too many wait to be read, in words and with a time to come back, and takes a stop", async () => {
    const member = await newMember();
    const token = await member.token();
    const say = () => ask("POST", `/actors/${member.actor.id}/message`, { body: { clientId: clientId(), text: "hi" }, token });
    let last = await say();
    for (let n = 1; n <= limits.queuedTurns + 1 && last.status === 202; n++) last = await say();
    expect([last.status, refusal(last)]).toMatchObject([
      429,
      { code: "rate_limited", retryable: true, message: expect.stringMatching(/^100 messages wait for .+ already\. Let it read some/) },
    ]);
    expect(last.headers.get("retry-after")).toBe("30");
    const stopped = await ask("POST", `/actors/${member.actor.id}/stop`, { body: { scope: "turn" }, token: await member.token() });
    expect(stopOut.parse(stopped.json).stopped).toBeGreaterThanOrEqual(100);
  });

  test("keeps a message once per client id, however it is sent", async () => {
    const member = await newMember();
    const body = { clientId: clientId(), text: "hello" };
    const say = async () => ask("POST", `/actors/${member.actor.id}/message`, { body, token: await member.token() });
    const first = sendOut.parse((await say()).json);
    const again = sendOut.parse((await say()).json);
    expect([first.repeated, again]).toEqual([false, { ...first, repeated: true }]);
  });

  test("is stopped and started by its owner", async () => {
    const member = await newMember();
    const stop = await ask("POST", `/actors/${member.actor.id}/stop`, { body: { scope: "stack" }, token: await member.token() });
    expect(stopOut.parse(stop.json).scope).toBe("stack");
    const start = await ask("POST", `/actors/${member.actor.id}/start`, { token: await member.token() });
    expect([start.status, started.parse(start.json).actor.id]).toEqual([202, member.actor.id]);
  });

  test("is not there for a member who has none yet", async () => {
    const person = await newPerson();
    const calls: [string, string, Ask][] = [
      ["GET", "/actors/me", {}],
      ["GET", "/tasks", {}],
      ["GET", "/memory", {}],
      ["GET", "/approvals", {}],
      ["GET", "/policies", {}],
      ["DELETE", "/policies/some-rule", {}],
      ["POST", "/goals", { body: { title: "Run far" } }],
    ];
    for (const [method, path, how] of calls) {
      const answer = await ask(method, path, { ...how, token: await person.token() });
      expect([answer.status, refusal(answer).code], path).toEqual([404, "not_found"]);
    }
  });

  test("of someone else is not there, whatever a member or an operator asks of it, and nothing comes into its log", async () => {
    const [owner, stranger] = [await newMember(), await newMember()];
    const calls: [string, string, Ask][] = [
      ["GET", `/actors/${owner.actor.id}`, {}],
      ["GET", `/actors/${owner.actor.id}/events`, {}],
      ["POST", `/actors/${owner.actor.id}/start`, {}],
      ["POST", `/actors/${owner.actor.id}/stop`, { body: { scope: "stack" } }],
      ["POST", `/actors/${owner.actor.id}/message`, { body: { clientId: clientId(), text: "hi" } }],
      ["POST", `/actors/${owner.actor.id}/ticket`, {}],
      ["GET", `/opencode/workspaces/${owner.actor.workspaceId}/logs`, {}],
    ];
    const nobodys = (path: string) => path.replace(owner.actor.id, newId("agt")).replace(owner.actor.workspaceId, newId("wsp"));
    for (const token of [stranger.token, operatorToken])
      for (const [method, path, how] of calls) {
        const theirs = await ask(method, path, { ...how, token: await token() });
        const missing = await ask(method, nobodys(path), { ...how, token: await token() });
        expect([theirs.status, refusal(theirs).code], path).toEqual([404, "not_found"]);
        const { requestId: _one, ...first } = refusal(theirs);
        const { requestId: _two, ...second } = refusal(missing);
        expect(first).toEqual(second);
      }
    const message = { body: { clientId: clientId(), text: "by its owner" }, token: await owner.token() };
    expect((await ask("POST", `/actors/${owner.actor.id}/message`, message)).status).toBe(202);
    const enough = (all: Said[]) => all.some(({ event }) => event === "message.sent");
    const log = await listen(`/actors/${owner.actor.id}/events`, { token: message.token, enough });
    expect(log.filter(({ event }) => event === "message.sent")).toMatchObject([{ data: { body: { text: "by its owner" } } }]);
    expect(log[0]).toMatchObject({ event: "snapshot", data: { stack: { tier: "running" } } });
  });

  test("gives its owner a ticket for the live connection, good for five minutes", async () => {
    const member = await newMember();
    const began = Math.floor(Date.now() / 1_000);
    const { ticket, expiresAt, endpoint, key } = await liveTicket(member);
    expect(key).toEqual([member.actor.member]);
    expect(endpoint).toMatch(/^http:\/\/localhost:\d+\/live$/);
    expect(expiresAt).toBeGreaterThanOrEqual(began + 300);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() / 1_000 + 300);
    expect(ticket.split(".")).toHaveLength(3);
  });
});

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { meOut } from "../../../schema/account/account.ts";
import { erasureOut, erasureSteps } from "../../../schema/account/erasure.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { openPayments } from "../billing/paid-member.ts";
import {
  agentToken,
  ask,
  beatOfHost,
  edgeUp,
  eraseAccount,
  liveTicket,
  newMember,
  newPerson,
  refusal,
  sql,
  type TestMember,
} from "../client.ts";

/** SPEC 3.6: an account is erased, whatever dies or is pressed twice, and nothing of it is left. */
let payments: Payments;
beforeAll(async () => {
  payments = await openPayments(); // an account's end is known once Stripe says that nothing of it is there
});
afterAll(() => payments.close());
const erase = (token: string, confirm: string) => ask("POST", "/account/erasure", { body: { confirm }, token });
/** Makes the next step due, unless a look is at it, which has it for a minute. */
const makeDue = (member: string) => sql("update erasure set due_at = 0 where member = ? and due_at < ?", [member, Date.now() + 30_000]);
const look = async (token: string) => erasureOut.parse((await ask("GET", "/account/erasure", { token })).json);
const ended = (member: string, between?: () => Promise<void>) =>
  eventually("the account is erased", async () => {
    const [row] = await sql("select ended_at from erasure where member = ?", [member]);
    if (row?.ended_at) return true;
    await between?.();
    return undefined;
  });

/** Every text of every row of the database. */
async function everything(): Promise<string> {
  const tables = await sql("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
  const rows = await Promise.all(tables.map(({ name }) => sql(`select * from "${String(name)}"`)));
  return JSON.stringify(rows);
}
/**
 * Nothing of an erased person stands in any row. The provider's own word that their sign-in account is gone
 * may still be under way: it names them while it is acted on.
 */
const nothingLeft = ({ actor, email, subject }: TestMember, canary: string) =>
  eventually("nothing of the person is left", async () => {
    const left = (await everything()).replaceAll(`"member":"${actor.member}"`, ""); // the erasure's own row
    const traces = [canary, email, subject, actor.id, actor.stackId, actor.member];
    expect(traces.filter((trace) => left.includes(trace))).toEqual([]);
    return true;
  });

describe("erasing an account", () => {
  test("needs the name written by hand, and refuses any other without doing anything", async () => {
    const person = await newPerson();
    const token = await person.token();
    const { member } = meOut.parse((await ask("GET", "/me", { token })).json);
    expect(await look(token)).toMatchObject({ state: "none", confirmBy: member.name, deletesSignIn: true });
    for (const confirm of ["yes", person.email, " "]) {
      const answer = await erase(token, confirm);
      expect([answer.status, refusal(answer).code]).toEqual([400, "invalid"]);
    }
    expect(await look(token)).toMatchObject({ state: "none" });
    expect((await ask("GET", "/me", { token })).status).toBe(200);
  });

  test("closes every door at once, waits for the stack's host, and leaves no canary of the member anywhere", async () => {
    const member: TestMember = await newMember();
    const { token: sign, actor } = member;
    const token = await sign();
    const canary = `canary-${crypto.randomUUID()}`;

    const kept: [string, string, object][] = [
      ["PUT", "/secrets/tracker-key", { value: canary, origin: `https://${canary}.example.com` }],
      ["POST", "/git/tokens", { name: canary.slice(0, 40), repositories: ["growqr/memory"] }],
      ["POST", `/actors/${actor.id}/message`, { clientId: crypto.randomUUID(), text: canary }],
    ];
    for (const [method, path, body] of kept) {
      const answer = await ask(method, path, { token, body });
      expect([path, answer.status < 300], answer.text).toEqual([path, true]);
    }
    const ticket = await liveTicket(member);
    const before = await everything();
    for (const trace of [canary, member.email, member.subject, actor.id, actor.stackId])
      expect([trace, before.includes(trace)]).toEqual([trace, true]);

    expect((await eraseAccount(token)).status).toBe(202);
    const again = await erase(token, "whatever");
    expect([again.status, erasureOut.parse(again.json).state]).toEqual([202, "erasing"]);
    for (const [method, path, body] of [
      ["GET", "/me", undefined],
      ["POST", `/actors/${actor.id}/start`, {}],
      ["POST", "/billing/trial", {}],
      ["POST", `/actors/${actor.id}/ticket`, {}],
    ] as const) {
      const answer = await ask(method, path, { token, ...(body ? { body } : {}) });
      expect([path, answer.status, refusal(answer).code]).toEqual([path, 410, "erased"]);
    }
    const model = { model: "standard", messages: [{ role: "user", content: "hi" }] };
    const agent = await agentToken(member);
    const call = await ask("POST", "/ai/v1/chat/completions", {
      body: model,
      headers: { authorization: `Bearer ${agent}`, "x-session-affinity": "none" },
    });
    expect(call.status).toBeGreaterThanOrEqual(400);
    expect(call.status).toBeLessThan(500);
    expect(await look(token)).toMatchObject({ state: "erasing", step: "stack" }); // its host has said nothing

    const told = await beatOfHost({});
    expect(z.object({ stacks: z.array(z.looseObject({})) }).parse(told.json).stacks).toContainEqual(
      expect.objectContaining({ member: actor.member, ceiling: "erased" }),
    );
    const stranger = newId("mem");
    await beatOfHost({ erased: [actor.member, stranger] });
    await ended(actor.member);
    await nothingLeft(member, canary);
    expect((await ask("GET", "/me", { token })).status).toBe(410);
    expect(await look(token)).toMatchObject({ state: "erased", step: null });
    // An old ticket reaches no actor any more, and none is made anew for it.
    const query = new URLSearchParams({ "rvt-namespace": "default", "rvt-method": "get", "rvt-key": actor.member });
    const headers = { "x-rivet-conn-params": JSON.stringify({ ticket: ticket.ticket }), "x-rivet-encoding": "json" };
    const live = await ask("POST", `/live/gateway/growAgent/action/snapshot?${query}`, {
      headers,
      body: { args: [{ requestId: newId("req"), key: crypto.randomUUID(), input: {} }] },
    });
    expect(live.status).toBeGreaterThanOrEqual(400);
    expect(live.text).not.toContain(canary);
    // Another machine that still has an old place of the stack is told to erase it, for good.
    const old = await beatOfHost({ stacks: [{ member: actor.member, epoch: 1, generation: 1, observed: "stopped", since: 1 }] });
    expect(z.object({ stacks: z.array(z.looseObject({})) }).parse(old.json).stacks).toContainEqual(
      expect.objectContaining({ member: actor.member, epoch: 1, ceiling: "erased" }),
    );
    expect(readFileSync(edgeUp.log, "utf8")).not.toContain(canary);
  });

  test("closes a stack too that a call under way made or opened after it had begun", async () => {
    const member = await newMember();
    const token = await member.token();
    await eraseAccount(token);
    await sql("update stack set ceiling = 'running', ceiling_rev = ceiling_rev + 1 where member = ?", [member.actor.member]);
    await eventually("the stack is closed", async () => {
      await makeDue(member.actor.member);
      expect(await look(token)).toMatchObject({ state: "erasing", step: "stack" });
      return (await sql("select ceiling from stack where member = ?", [member.actor.member]))[0]?.ceiling === "erased" ? true : undefined;
    });
    await beatOfHost({ erased: [member.actor.member] });
    await ended(member.actor.member);
  });

  test("goes on where it was broken off, and two looks at once do it once", async () => {
    const member = await newMember();
    const token = await member.token();
    await eraseAccount(token);
    await sql("update erasure set step = 'actor', due_at = 0, attempts = 3, error = 'unavailable' where member = ?", [member.actor.member]);
    await Promise.all([look(token), look(token), look(token)]);
    await ended(member.actor.member);
    expect(await sql("select id from member where id = ?", [member.actor.member])).toEqual([]);
  });

  test("comes to its end though each step's work is done, its writer dies, and it is done again", async () => {
    const member = await newMember();
    const { actor } = member;
    const token = await member.token();
    const canary = `canary-${crypto.randomUUID()}`;
    await ask("POST", `/actors/${actor.id}/message`, { token, body: { clientId: crypto.randomUUID(), text: canary } });
    const dies = (step: string) =>
      `create trigger dies_${step} before update on erasure when old.member = '${actor.member}' and old.step = '${step}'
       and (new.step <> old.step or new.ended_at is not null) begin select raise(abort, 'it dies'); end`;
    for (const step of erasureSteps) await sql(dies(step));
    await eraseAccount(token);
    const drive = async () => {
      await makeDue(actor.member);
      await beatOfHost({ erased: [actor.member] }); // a look drives it on only for who can still sign in
    };
    for (const step of erasureSteps) {
      await eventually(`${step} is done twice`, async () => {
        await drive();
        const [row] = await sql("select step, attempts from erasure where member = ?", [actor.member]);
        return row?.step === step && Number(row.attempts) >= 2 ? true : undefined;
      });
      await sql(`drop trigger dies_${step}`);
    }
    await ended(actor.member, drive);
    await nothingLeft(member, canary);
  });

  test("knows every table that has a member's rows", async () => {
    const file = new URL("../../../edge/account/member-rows.ts", import.meta.url).href;
    const { memberTables } = z.object({ memberTables: z.array(z.unknown()) }).parse(await import(file));
    const columns = await sql(
      "select m.name as name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'member' where m.type = 'table' and m.name <> 'erasure'",
    );
    const { getTableName } = await import("drizzle-orm");
    const known = memberTables.map((table) => getTableName(table as Parameters<typeof getTableName>[0]));
    expect(columns.map(({ name }) => String(name)).sort()).toEqual([...known].sort());
  });
});

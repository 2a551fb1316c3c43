import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { meOut } from "../../../schema/account/account.ts";
import { erasureOut } from "../../../schema/account/erasure.ts";
import { memberKeyOut } from "../../../schema/account/member-key.ts";
import { newId } from "../../../schema/wire/id.ts";
import type { Payments } from "../../doubles/payments/server.ts";
import { eventually } from "../../harness/eventually.ts";
import { openPayments } from "../billing/paid-member.ts";
import { ask, eraseAccount, joinMachine, newMember, newPerson, newSleeper, refusal, signed, sql, type TestMachine } from "../client.ts";

/** The key that seals what a member's actors keep, as runners ask for it. */
let runner: TestMachine;
let payments: Payments;
beforeAll(async () => {
  [runner, payments] = await Promise.all([joinMachine("runner"), openPayments()]);
});
afterAll(() => payments.close());
const askKey = (member: string, by = runner) => signed(by, "POST", `/stacks/${member}/key`, {});
async function keyOf(member: string, by = runner): Promise<string> {
  const answer = await askKey(member, by);
  expect(answer.status, answer.text).toBe(200);
  return memberKeyOut.parse(answer.json).key;
}
const rowsOf = (member: string) => sql("select * from member_key where member = ?", [member]);

describe("a member's key", () => {
  test("is made once, also by first asks at once, is kept sealed, and is no other member's", async () => {
    const [member, other] = [await newSleeper(), await newSleeper()];
    const second = await joinMachine("runner");
    expect(await rowsOf(member)).toEqual([]);
    const keys = await Promise.all(Array.from({ length: 8 }, (_, at) => keyOf(member, at % 2 === 0 ? runner : second)));
    expect(new Set([...keys, await keyOf(member, second)]).size).toBe(1);
    expect(await keyOf(other)).not.toBe(keys[0]);

    const bytes = Buffer.from(keys[0]!, "base64url");
    const row = JSON.stringify(await rowsOf(member));
    expect(row).toContain(member);
    for (const text of [keys[0]!, bytes.toString("hex"), bytes.toString("base64").slice(0, -1)]) expect(row).not.toContain(text);
  });

  test("is told to a runner alone: not to a host, a revoked runner or a person, and of nobody who has no stack", async () => {
    const { actor, token } = await newMember();
    expect(await keyOf(actor.member)).toHaveLength(43);
    const [host, revoked] = [await joinMachine("host"), await joinMachine("runner")];
    await sql("update machine set state = 'revoked' where id = ?", [revoked.id]);
    expect(refusal(await askKey(actor.member, host)).code).toBe("forbidden");
    expect(refusal(await askKey(actor.member, revoked)).code).toBe("unauthenticated");
    const where = `/stacks/${actor.member}/key`;
    expect((await ask("POST", where, { token: await token(), body: {} })).status).toBe(401);
    expect((await ask("POST", where, { body: {} })).status).toBe(401);
    const newcomer = meOut.parse((await ask("GET", "/me", { token: await (await newPerson()).token() })).json).member.id;
    for (const nobody of [newId("mem"), newcomer, "bakery"]) {
      expect((await askKey(nobody)).status).toBe(404);
      expect(await rowsOf(nobody)).toEqual([]);
    }
  });

  test("that does not open is a failure of ours, and no other one takes its place", async () => {
    const member = await newSleeper();
    const key = await keyOf(member);
    const [kept] = await rowsOf(member);
    await sql("update member_key set sealed = json_set(sealed, '$.k', 'lost') where member = ?", [member]);
    const lost = await rowsOf(member);
    for (let tries = 0; tries < 2; tries++) {
      const { code, message } = refusal(await askKey(member));
      expect([code, message]).toEqual(["conflict", "This member's key is there, and no key of KEKS opens it."]);
    }
    expect(await rowsOf(member)).toEqual(lost);
    await sql("update member_key set sealed = ? where member = ?", [String(kept?.sealed), member]);
    expect(await keyOf(member)).toBe(key);
  });

  test("is told while the account is being erased, and is written over and gone with its rows", async () => {
    const member = await newMember();
    const { actor } = member;
    const key = await keyOf(actor.member);
    const late = await newSleeper();
    await sql("update member set erasing_since = 1 where id = ?", [late]);
    expect(await keyOf(late)).toHaveLength(43); // a runner that has its first word of them then

    const token = await member.token(); // their sign-in ends with the account
    expect((await eraseAccount(token)).status).toBe(202);
    const look = async () => erasureOut.parse((await ask("GET", "/account/erasure", { token })).json);
    expect(await look()).toMatchObject({ state: "erasing", step: "stack" });
    expect(await keyOf(actor.member)).toBe(key);

    await sql("create table key_at_its_end (sealed text not null)");
    await sql("create trigger key_ends before delete on member_key begin insert into key_at_its_end values (old.sealed); end");
    try {
      const [kept] = await sql("select length(sealed) as chars from member_key where member = ?", [actor.member]);
      expect(kept?.chars).toBeGreaterThan(100);
      await sql("update erasure set step = 'actor', due_at = 0 where member = ?", [actor.member]); // as if its host had spoken
      await eventually("the account is erased", async () => ((await look()).state === "erased" ? true : undefined));
      expect(await sql("select sealed from key_at_its_end")).toEqual([{ sealed: "0".repeat(Number(kept?.chars)) }]);
    } finally {
      await sql("drop trigger key_ends");
      await sql("drop table key_at_its_end");
    }
    expect((await askKey(actor.member)).status).toBe(404);
    expect(await rowsOf(actor.member)).toEqual([]);
  });
});

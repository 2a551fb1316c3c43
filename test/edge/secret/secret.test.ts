import { beforeAll, describe, expect, test } from "vitest";
import { ask, joinMachine, newMember, signed, sql, type TestMachine, type TestMember } from "../client.ts";

/** What a member keeps for the services of their own agents. */
const [origin, value] = ["https://api.tracker.example", "sk-a-very-secret-value-1"];
let owner: TestMember;
let stranger: TestMember;
let runner: TestMachine;
let host: TestMachine;
beforeAll(async () => {
  [owner, stranger, runner, host] = [await newMember(), await newMember(), await joinMachine("runner"), await joinMachine("host")];
});
const call = async (member: TestMember, method: string, where: string, body?: object) =>
  ask(method, where, { token: await member.token(), ...(body ? { body } : {}) });
const asked = (by: TestMachine, member: TestMember, name: string, at = origin) =>
  signed(by, "POST", `/stacks/${member.actor.member}/secrets/${name}`, { origin: at });

describe("a secret", () => {
  test("is kept sealed, listed without its value, and is only its member's", async () => {
    expect(await call(owner, "PUT", "/secrets/tracker-key", { value, origin })).toMatchObject({
      status: 200,
      json: { name: "tracker-key", origin },
    });
    const list = await call(owner, "GET", "/secrets");
    expect(list).toMatchObject({ status: 200, json: { secrets: [{ name: "tracker-key", origin }] } });
    expect(list.text).not.toContain(value);
    expect(JSON.stringify(await sql("select * from secret"))).not.toContain(value);
    expect((await call(stranger, "GET", "/secrets")).json).toEqual({ secrets: [] });
    expect((await call(stranger, "DELETE", "/secrets/tracker-key")).status).toBe(404);
  });
  test("is told to a runner for its origin, and to nobody else and for nowhere else", async () => {
    expect(await asked(runner, owner, "tracker-key")).toMatchObject({ status: 200, json: { value } });
    expect((await asked(runner, owner, "tracker-key", "https://evil.example")).status).toBe(404);
    expect((await asked(runner, owner, "other-key")).status).toBe(404);
    expect((await asked(runner, stranger, "tracker-key")).status).toBe(404);
    expect((await asked(host, owner, "tracker-key")).status).toBe(403);
    expect(
      (await ask("POST", `/stacks/${owner.actor.member}/secrets/tracker-key`, { token: await owner.token(), body: { origin } })).status,
    ).toBe(401);
  });
  test("moved in the database to another member does not open", async () => {
    await sql(
      "insert into secret (member, name, origin, sealed, updated_at) select ?, name, origin, sealed, updated_at from secret where member = ?",
      [stranger.actor.member, owner.actor.member],
    );
    expect((await asked(runner, stranger, "tracker-key")).status).toBe(500);
    await sql("delete from secret where member = ?", [stranger.actor.member]);
  });
  test("is replaced by the same name and forgotten when it is removed; bad ones are refused and change nothing", async () => {
    for (const body of [
      { value: "", origin },
      { value: "a\nb", origin },
      { value, origin: `${origin}/path` },
      { value, origin, more: 1 },
      { value },
    ])
      expect((await call(owner, "PUT", "/secrets/tracker-key", body)).status).toBe(400);
    expect((await call(owner, "PUT", "/secrets/Bad_Name", { value, origin })).status).toBe(404);
    expect((await asked(runner, owner, "tracker-key")).json).toEqual({ value });
    await call(owner, "PUT", "/secrets/tracker-key", { value: "newer", origin });
    expect((await asked(runner, owner, "tracker-key")).json).toEqual({ value: "newer" });
    expect((await call(owner, "DELETE", "/secrets/tracker-key")).status).toBe(200);
    expect((await asked(runner, owner, "tracker-key")).status).toBe(404);
  });
});

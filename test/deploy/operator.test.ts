import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ensureKeys } from "../../edge/deploy/keys.ts";
import { migrate } from "../../edge/deploy/migrate.ts";
import { readSettingsFile } from "../../edge/deploy/settings-file.ts";
import { limit } from "../harness/suite/limit.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { type Identity, startIdentity, userId } from "../local/identity.ts";
import { type Libsql, startLibsql } from "../local/libsql.ts";
import { root } from "../local/process.ts";

/** `npm run operator`, against a double of Clerk's Backend API and a database that asks for a token. */
const shared = testInstance("doubles");
/** Ports of their own: other files of these tests have such parts too. */
const libsqlPort = shared.ports.libsql + 33;
const instance = { ...shared, ports: { ...shared.ports, libsql: libsqlPort, identity: libsqlPort + 1 } };
const nowhere = `http://127.0.0.1:${libsqlPort + 5}`;
const folder = mkdtempSync(path.join(tmpdir(), "growqr-operator-"));
const file = path.join(folder, "settings.env");
const secretKey = "sk_live_canary-of-a-key";
const webhookSecret = `whsec_${Buffer.from("canary-of-the-webhook-1234").toString("base64")}`;
let [identity, libsql, databaseToken]: [Identity | undefined, Libsql | undefined, string] = [undefined, undefined, ""];
let everSaid = "";

function fill(values: Record<string, string>): void {
  const lines = readFileSync(file, "utf8").split("\n");
  const kept = lines.filter((line) => !Object.keys(values).some((name) => line.replace(/^# /, "").startsWith(`${name}=`)));
  writeFileSync(file, [...kept, ...Object.entries(values).map(([name, value]) => `${name}='${value}'`), ""].join("\n"));
}
type Ended = { code: number; said: string };
async function operator(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const words = [path.join(root, "edge/deploy/main.ts"), "operator", "--settings", file, ...args];
  const ended = await promisify(execFile)(process.execPath, words, { cwd: root, env: { ...process.env, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, said: error.stdout + error.stderr }),
  );
  everSaid += ended.said;
  return ended;
}
const kept = z.object({ public_metadata: z.unknown() });
async function metadataOf(email: string, change?: object): Promise<unknown> {
  const where = `${identity?.url}/v1/users/${userId(email)}${change ? "/metadata" : ""}`;
  const headers = { authorization: `Bearer ${secretKey}` };
  const body = change && { method: "PATCH", body: JSON.stringify({ public_metadata: change }) };
  return kept.parse(await (await fetch(where, { headers, ...body })).json()).public_metadata;
}
/** A person at Clerk; `otherEmails` and `unverified` are further addresses of theirs. */
const signUp = (email: string, more: { otherEmails?: string[]; unverified?: string[] } = {}) =>
  fetch(`${identity?.url}/v1/dev/sign-in`, { method: "POST", body: JSON.stringify({ email, ...more }) });
async function database(sql: string, args: string[] = []) {
  const client = createClient({ url: libsql?.url ?? "", authToken: databaseToken });
  const { rows } = await client.execute({ sql, args });
  client.close();
  return rows;
}

beforeAll(async () => {
  await ensureKeys(file);
  const { CELL_LIBSQL_JWT_KEY: jwtKey = "", LIBSQL_TOKEN = "" } = readSettingsFile(file);
  databaseToken = LIBSQL_TOKEN;
  const keys = { webhookSecret, identitySecret: secretKey };
  [libsql, identity] = await Promise.all([
    startLibsql(instance, folder, { jwtKey }),
    startIdentity(instance, path.join(folder, "identity"), { appUrl: nowhere, keys }),
  ]);
  const host = Buffer.from("clerk.growqr.example$").toString("base64");
  fill({ CLERK_PUBLISHABLE_KEY: `pk_live_${host}`, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: identity.url });
  fill({ LIBSQL_URL: nowhere, CELL_LIBSQL_URL: libsql.url, CLERK_WEBHOOK_SECRET: webhookSecret });
}, limit(60_000));
afterAll(async () => {
  await Promise.all([identity?.stop(), libsql?.stop()]);
  rmSync(folder, { recursive: true, force: true });
}, limit(60_000));

describe("npm run operator", { timeout: limit(120_000) }, () => {
  test("wants a database that has a place for roles, before it changes anything", async () => {
    await signUp("ada@example.com");
    const { code, said } = await operator(["ada@example.com"]);
    expect([code, said]).toEqual([2, expect.stringContaining("run `npm run migrate` first. Nothing was changed.")]);
    expect(await metadataOf("ada@example.com")).toEqual({});
    expect(await operator(["--list"])).toEqual({ code: 2, said: expect.stringContaining("run `npm run migrate` first") });
    await migrate(libsql?.url ?? "", databaseToken);
  });

  test("makes a person an operator by their address alone, before they have ever come; what else is kept of them stays", async () => {
    await metadataOf("ada@example.com", { theme: "dark", roles: { editor: true } });
    for (const address of ["ada@example.com", "Ada@Example.com"]) {
      const { code, said } = await operator([address]);
      expect([code, said]).toEqual([0, expect.stringContaining("is an operator at Clerk; they have not been here yet")]);
      expect(said).toContain(userId("ada@example.com"));
      expect(await metadataOf("ada@example.com")).toEqual({ theme: "dark", roles: { editor: true, operator: true } });
    }
    expect((await operator(["--list"])).said).toContain("operators: nobody");
  });

  test("brings the member's row up to date, so that it holds from the next call on, and takes the role in the same way", async () => {
    const columns = "(id, subject, name, email, created_at)";
    await database(`insert into member ${columns} values ('mem_1', ?, 'Ada', 'ada@example.com', 1)`, [userId("ada@example.com")]);
    expect(await operator(["ada@example.com"])).toEqual({ code: 0, said: expect.stringContaining("it holds from their next call on") });
    expect(await database("select roles from member")).toMatchObject([{ roles: '["operator"]' }]);
    expect((await operator(["--list"])).said).toContain("operators: Ada Lind <ada@example.com> (user_");
    for (let times = 0; times < 2; times++) {
      const { code, said } = await operator(["ada@example.com", "--remove"]);
      expect([code, said]).toEqual([0, expect.stringContaining("is no operator at Clerk; it holds from their next call on")]);
      expect(await database("select roles from member")).toMatchObject([{ roles: "[]" }]);
      expect(await metadataOf("ada@example.com")).toEqual({ theme: "dark", roles: { editor: true } });
    }
  });

  test("takes no address that nobody has, that is not shown to be somebody's, or that several have", async () => {
    expect(await operator(["nobody@example.com"])).toEqual({
      code: 2,
      said: expect.stringContaining("Nobody at Clerk has the address nobody@example.com. Sign up with it first"),
    });
    await signUp("eve@example.com", { otherEmails: ["boss@example.com"], unverified: ["boss@example.com"] });
    expect((await operator(["boss@example.com"])).said).toContain("boss@example.com is not verified");
    await signUp("boss@example.com");
    expect((await operator(["boss@example.com"])).code).toBe(0); // whoever only says that an address is theirs stops nobody
    expect([await metadataOf("boss@example.com"), await metadataOf("eve@example.com")]).toEqual([{ roles: { operator: true } }, {}]);
    await signUp("mallory@example.com", { otherEmails: ["boss@example.com"] });
    expect(await operator(["boss@example.com", "--remove"])).toEqual({ code: 2, said: expect.stringContaining("Several people") });
    expect(await metadataOf("boss@example.com")).toEqual({ roles: { operator: true } });
    // Who goes by another address by now is named by Clerk's id of them, which --list says.
    expect((await operator([userId("boss@example.com"), "--remove"])).code).toBe(0);
    expect(await metadataOf("boss@example.com")).toEqual({ roles: {} });
    expect(await operator(["user_nobody"])).toEqual({ code: 2, said: expect.stringContaining("Nobody at Clerk is user_nobody") });
  });

  test("reaches the database of a cell on this machine by the port of its edge, where the settings name no other", async () => {
    const before = readFileSync(file, "utf8");
    fill({ LIBSQL_URL: "", CELL_LIBSQL_URL: "" });
    expect(await operator(["--list"])).toEqual({ code: 2, said: expect.stringContaining("For a cell on this machine say --port") });
    expect((await operator(["--list", "--port", String(libsqlPort - 1)])).said).toContain("operators: ");
    for (const none of ["", "0", "70000", "edge"])
      expect(await operator(["--list", `--port=${none}`]), none).toEqual({
        code: 2,
        said: expect.stringContaining("backup and restore with --port"),
      });
    fill({ LIBSQL_URL: nowhere });
    expect((await operator(["--list", "--port", String(libsqlPort - 1)])).code).toBe(2);
    writeFileSync(file, before);
  });

  test("reads an address as one, whatever stands in it", async () => {
    await signUp("first.last+tag@example.com");
    expect((await operator(["first.last+tag@example.com"])).code).toBe(0);
    expect(await metadataOf("first.last+tag@example.com")).toEqual({ roles: { operator: true } });
    for (const odd of ["nobody", "ada@example.com&limit=500", "a@b", ""]) {
      const { code, said } = await operator([odd]);
      expect([odd, code, said]).toEqual([odd, 2, expect.stringContaining(`${odd} is no e-mail address, and no id of Clerk's`)]);
    }
  });

  test("another word or option is told how it is said", async () => {
    for (const args of [[], ["ada@example.com", "ben@example.com"], ["ada@example.com", "--list"], ["--dry-run", "ada@example.com"]])
      expect(await operator(args), args.join(" ")).toEqual({ code: 2, said: expect.stringContaining("npm run operator -- <e-mail>") });
    const taken = await operator(["ada@example.com"], { npm_config_remove: "true" });
    expect(taken).toEqual({ code: 2, said: expect.stringContaining("The -- belongs to npm") });
  });

  const keys: [string, Record<string, string>, RegExp][] = [
    ["another key than the instance's", { CLERK_SECRET_KEY: "sk_live_canary-of-another" }, /Clerk refuses CLERK_SECRET_KEY \(401\)/],
    ["a test key for a live deployment", { CLERK_SECRET_KEY: "sk_test_canary" }, /of different instances: one is a live key/],
    ["no key", { CLERK_SECRET_KEY: "" }, /CLERK_SECRET_KEY: is missing/],
    ["half a key", { CLERK_SECRET_KEY: "canary" }, /CLERK_SECRET_KEY/],
    ["an address of Clerk's that anybody on the way could be", { CLERK_API_URL: "http://api.example" }, /without https/],
    ["a Clerk that is away", { CLERK_API_URL: nowhere }, /Clerk's API does not answer/],
    ["something else in Clerk's place", { CLERK_API_URL: `http://127.0.0.1:${libsqlPort}` }, /Clerk's API does not answer/],
  ];
  test.each(keys)("with %s changes nothing and says so", async (_, settings, told) => {
    await signUp("ben@example.com");
    const before = readFileSync(file, "utf8");
    fill(settings);
    const { code, said } = await operator(["ben@example.com"]);
    writeFileSync(file, before);
    expect([code, said]).toEqual([2, expect.stringMatching(told)]);
    expect(await metadataOf("ben@example.com")).toEqual({});
  });

  test("changes Clerk where the database can't be reached, and says what it waits for then", async () => {
    fill({ CELL_LIBSQL_URL: nowhere });
    expect(await operator(["ben@example.com"])).toEqual({
      code: 0,
      said: expect.stringContaining("the database can't be reached from here"),
    });
    expect(await metadataOf("ben@example.com")).toEqual({ roles: { operator: true } });
    expect(await operator(["--list"])).toEqual({ code: 2, said: expect.stringContaining("The database can't be reached from here.") });
    fill({ CLERK_WEBHOOK_SECRET: "", OPERATORS: "user_of_an_older_version" });
    const { code, said } = await operator(["ben@example.com"]);
    expect([code, said]).toEqual([
      0,
      expect.stringContaining("is heard of only as Clerk is asked, each ten minutes: there is no CLERK_WEBHOOK_SECRET"),
    ]);
  });

  test("says no secret, whatever it says", () => {
    expect(everSaid).not.toContain("canary");
    for (const secret of [databaseToken, webhookSecret, secretKey]) expect(everSaid).not.toContain(secret);
  });
});

import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { readManifest } from "../../../edge/deploy/backup/archive.ts";
import { type RestoreOptions, restoreBackup } from "../../../edge/deploy/backup/restore-backup.ts";
import { takeBackup } from "../../../edge/deploy/backup/take-backup.ts";
import { migrate } from "../../../edge/deploy/migrate.ts";
import { makeDatabaseKeys } from "../../../edge/deploy/new-keys.ts";
import { NotYet } from "../../../edge/deploy/settings-file.ts";
import { limit } from "../../harness/suite/limit.ts";
import { testInstance } from "../../harness/suite/test-instance.ts";
import { type Libsql, startLibsql } from "../../local/libsql.ts";
import { root } from "../../local/process.ts";
import { startCutting } from "./cutting-proxy.ts";

/** Two servers: a deployment's, which wants a token, and an empty one. */
const shared = testInstance("doubles");
const at = (port: number) => ({ ...shared, ports: { ...shared.ports, libsql: shared.ports.libsql + port } });
const folder = mkdtempSync(path.join(tmpdir(), "growqr-backup-"));
let round = 0;
let archives: string;
let [from, to]: Libsql[] = [];
let token: string;
let [source, target]: Client[] = [];
const now = Date.now();

beforeEach(async () => {
  archives = path.join(folder, `archives-${++round}`);
  const keys = await makeDatabaseKeys();
  token = keys.token;
  from = await startLibsql(at(40), path.join(folder, `from-${round}`), { jwtKey: keys.publicKey });
  to = await startLibsql(at(41), path.join(folder, `to-${round}`));
  source = createClient({ url: from.url, authToken: token, intMode: "bigint" });
  target = createClient({ url: to.url, intMode: "bigint" });
  await migrate(from.url, token);
}, limit(60_000));
afterEach(async () => {
  source?.close();
  target?.close();
  await Promise.all([from?.stop(), to?.stop()]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const backupOf = async (database: { url: string; token: string | undefined }) =>
  (await takeBackup({ folder: archives, database, store: undefined, log: () => undefined })).archive;
const backup = () => backupOf({ url: from!.url, token });
const restore = async (archive: string, more: Partial<RestoreOptions> = {}) => {
  const said: string[] = [];
  const database = { url: to!.url, token: undefined };
  await restoreBackup({ archive, database, store: undefined, over: false, sealingKeys: ["k1"], log: (line) => said.push(line), ...more });
  return said;
};
/** Every table's rows, with their rowids, and all of the schema. */
async function everything(client: Client): Promise<unknown> {
  const { rows: schema } = await client.execute("select type, name, sql from sqlite_master where name not like 'libsql%' order by name");
  const tables = schema.filter(({ type, sql }) => type === "table" && sql !== null).map(({ name }) => String(name));
  const rows = [];
  for (const name of tables)
    rows.push([name, (await client.execute(`select rowid, * from "${name}" order by rowid`)).rows.map((row) => ({ ...row }))]);
  return [schema.map((row) => ({ ...row })), rows];
}
const addMember = (client: Client, id: string, subject = `user_${id}`) =>
  client.execute({
    sql: "insert into member (id, subject, name, email, created_at) values (?, ?, 'Ann', 'ann@example.com', ?)",
    args: [id, subject, now],
  });
const members = async (client: Client) => (await client.execute("select id from member order by id")).rows.map(({ id }) => id);
const hashOf = (subject: string) => createHash("sha256").update(subject).digest("base64url");
async function emptyDatabase(client: Client): Promise<void> {
  const { rows } = await client.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'");
  await client.migrate(rows.map(({ name }) => `drop table "${name}"`));
}
/** The product's first migrations. */
function copyMigrations(count: number): string {
  const copy = path.join(folder, "older");
  cpSync(path.join(root, "schema/migrations/database"), copy, { recursive: true });
  const file = path.join(copy, "meta/_journal.json");
  const journal = z.looseObject({ entries: z.array(z.unknown()) }).parse(JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return copy;
}
/** Archives are named by their second. */
const nextSecond = (archive: string) =>
  expect.poll(() => Date.now() - Math.floor(readManifest(archive).takenAt / 1_000) * 1_000, { interval: 50 }).toBeGreaterThan(1_000);
const [ann, ben, cat] = ["mem_01HZZZZZZZZZZZZZZZZZZZZZZA", "mem_01HZZZZZZZZZZZZZZZZZZZZZZB", "mem_01HZZZZZZZZZZZZZZZZZZZZZZC"];

describe("npm run backup, and npm run restore", { timeout: limit(120_000) }, () => {
  test("bring every row back as it was, with its rowid, whatever is in it; what came after the moment is not in it", async () => {
    await addMember(source!, ann);
    await source!.batch(
      [
        'create table odd (a blob, b, c real, d text collate nocase, "e ""f" integer default 3)',
        "create unique index odd_d on odd (d)",
        "create view odd_view as select a from odd",
        "create table counted (n integer primary key autoincrement, w text)",
        ...[1, 2, 3].map((n) => `insert into counted (w) values ('${n}')`),
        "delete from counted where n > 1",
        {
          sql: "insert into odd (rowid, a, b, c, d) values (?, ?, ?, ?, ?)",
          args: [-7n, new Uint8Array([0, 255, 1]), 9_007_199_254_740_993n, 2, "ä\n'\""],
        },
        { sql: "insert into odd (rowid, a, b, c, d) values (?, ?, ?, ?, ?)", args: [9_223_372_036_854_775_807n, null, 1.5, -0.1, ""] },
      ],
      "write",
    );
    const before = await everything(source!);
    const archive = await backup();
    await addMember(source!, ben);
    await restore(archive);
    expect(await everything(target!)).toEqual(before);
    await target!.execute("insert into counted (w) values ('next')");
    expect((await target!.execute("select max(n) as n from counted")).rows[0]?.n).toBe(4n); // a number that was given is given to no other
  });

  test("bring what does not fit into one answer or one call", async () => {
    await source!.execute("create table large (id text primary key, body blob)");
    for (let part = 0; part < 6; part++)
      await source!.batch(
        Array.from({ length: 20 }, (_, n) => ({ sql: "insert into large values (?, randomblob(100000))", args: [`${part}-${n}`] })),
        "write",
      );
    await source!.execute("create table small (n integer)");
    await source!.execute(
      "with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000) insert into small select n from c",
    );
    const sums =
      "select (select count(*) || ':' || sum(length(body)) || ':' || max(hex(body)) from large) as l, (select count(*) || ':' || sum(n) from small) as s";
    const before = (await source!.execute(sums)).rows[0];
    await restore(await backup());
    expect((await target!.execute(sums)).rows[0]).toEqual(before);
  });

  test("an archive is its owner's alone, names the keys that it needs and holds none", async () => {
    await source!.execute({
      sql: "insert into receipt_key (kid, x, y, sealed_key, created_at) values ('receipt-1', 'x', 'y', ?, 1)",
      args: ['{"k":"k7"}'],
    });
    const archive = await backup();
    const files = readdirSync(archive, { recursive: true, encoding: "utf8" });
    expect(files.sort()).toEqual(["database.sqlite", "manifest.json"]);
    expect([archive, ...files.map((name) => path.join(archive, name))].map((place) => statSync(place).mode & 0o077)).toEqual([0, 0, 0]);
    expect(readManifest(archive).database?.sealedBy).toEqual(["k7"]);
    await expect(restore(archive)).rejects.toThrow("is it another deployment's?");
    await source!.execute({
      sql: "insert into receipt_key (kid, x, y, sealed_key, created_at) values ('receipt-2', 'x', 'y', ?, 1)",
      args: ['{"k":"k1"}'],
    });
    expect(await restore(archive, { sealingKeys: ["k7"] })).not.toContainEqual(expect.stringContaining("KEKS"));
    const both = await backup();
    expect(await restore(both, { over: true })).toContainEqual(expect.stringContaining("KEKS has no k7"));
    expect(readdirSync(archives).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("a database that is not empty is refused; with --over it is replaced, and kept", async () => {
    await addMember(source!, ann);
    const archive = await backup();
    await migrate(to!.url);
    await addMember(target!, ben);
    const there = await everything(target!);
    await expect(restore(archive)).rejects.toThrow("The database is not empty");
    expect(await everything(target!)).toEqual(there);
    const said = await restore(archive, { over: true });
    expect(await members(target!)).toEqual([ann]);
    await restore(archive, { over: true });
    expect(await members(target!)).toEqual([ann]);
    const [, kept = ""] = /^(.*) has the database that is replaced/.exec(said[0] ?? "") ?? [];
    await restore(kept, { over: true });
    expect(await members(target!)).toEqual([ben]);
  });

  test("a damaged archive is refused, by each file that is, with nothing changed", async () => {
    const archive = await backup();
    const file = path.join(archive, "database.sqlite");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.with(bytes.length >> 1, (bytes.at(bytes.length >> 1)! + 1) & 255));
    await expect(restore(archive)).rejects.toThrow("database.sqlite is not what it was");
    writeFileSync(file, bytes.subarray(0, -1));
    await expect(restore(archive)).rejects.toThrow("database.sqlite is not what it was");
    rmSync(file);
    await expect(restore(archive)).rejects.toThrow("database.sqlite is missing");
    writeFileSync(path.join(archive, "manifest.json"), '{"format":2}');
    await expect(restore(archive)).rejects.toBeInstanceOf(NotYet);
    rmSync(path.join(archive, "manifest.json"));
    await expect(restore(archive)).rejects.toThrow("is no archive");
    expect(await everything(target!)).toEqual([[], []]);
  });

  test("an archive of a later version is refused; one of an older version is brought to this one", async () => {
    const later = "insert into __drizzle_migrations (hash, created_at) select 'later', max(created_at) + 1 from __drizzle_migrations";
    await source!.execute(later);
    await expect(restore(await backup())).rejects.toThrow("ahead of this version by a migration");
    expect(await everything(target!)).toEqual([[], []]);
    await emptyDatabase(source!);
    await migrate(from!.url, token, { folder: copyMigrations(20) });
    await source!.execute({
      sql: "insert into member (id, subject, name, email, created_at) values (?, 'user_a', 'Ann', '', 1)",
      args: [ann],
    });
    rmSync(archives, { recursive: true });
    expect(await restore(await backup())).toContainEqual(expect.stringContaining("brought to this version: "));
    expect(await members(target!)).toEqual([ann]);
    expect(await migrate(to!.url)).toEqual([]);
  });

  test("broken off at any call, the database is as before, or says that it is half put back; the next call does all", async () => {
    await addMember(source!, ann);
    const archive = await backup();
    await restore(archive);
    await addMember(target!, ben);
    const there = await everything(target!);
    const all = await startCutting(new URL(to!.url), Number.POSITIVE_INFINITY);
    const restoreBy = (url: string) => restore(archive, { over: true, database: { url, token: undefined } });
    await restoreBy(all.url).finally(all.close);
    const ends = { untouched: 0, half: 0 };
    // The server keeps the lock of who was cut off for five seconds: not every call is tried.
    for (const calls of [2, all.seen() >> 1, all.seen() - 4, all.seen() - 1]) {
      await restore(archive, { over: true });
      await addMember(target!, ben);
      const proxy = await startCutting(new URL(to!.url), calls);
      await expect(restoreBy(proxy.url).finally(proxy.close)).rejects.toThrow();
      const half = (await migrate(to!.url).catch((error: Error) => error)) instanceof Error;
      ends[half ? "half" : "untouched"] += 1;
      if (!half) expect(await everything(target!)).toEqual(there);
      else {
        await expect(migrate(to!.url)).rejects.toThrow("half put back");
        await expect(backupOf({ url: to!.url, token: undefined })).rejects.toThrow("half put back");
        await restore(archive); // without --over: nobody can have served from it
        expect([await members(target!), await migrate(to!.url)]).toEqual([[ann], []]);
      }
    }
    expect(ends).toEqual({ untouched: 2, half: 2 });
  });
});

describe("what was ended since is not undone by a restore", { timeout: limit(60_000) }, () => {
  const soon = now + 3_600_000; // after any archive of this file
  const erase = (client: Client, member: string | null = ann) =>
    client.batch(
      [
        { sql: "delete from member where id = ?", args: [ann] },
        {
          sql: `insert into erasure (subject_hash, member, by, asked_at, step, due_at, ended_at) values (?, ?, 'member', 5, 'rows', 5, ${soon})`,
          args: [hashOf(`user_${ann}`), member],
        },
      ],
      "write",
    );
  const erasures = async () =>
    (await target!.execute("select member, step, ended_at, asked_at from erasure")).rows.map((row) => ({ ...row }));

  test.each([
    ["an erased person is erased again", ann],
    ["one who had signed up anew by the same sign-in, in a database that had been lost", ben],
    ["one whom that database did not know", null],
  ])("by what the replaced database says: %s", async (_, member) => {
    await addMember(source!, ann);
    const archive = await backup();
    await restore(archive);
    await erase(target!, member);
    expect(await restore(archive, { over: true })).toContainEqual("erased again, as they had themselves erased since: one person");
    expect(await erasures()).toEqual([{ member: ann, step: "stack", ended_at: null, asked_at: 5n }]);
    expect((await target!.execute("select erasing_since from member")).rows[0]?.erasing_since).toBe(5n); // every door answers 410
    await restore(archive, { over: true });
    expect(await erasures()).toEqual([{ member: ann, step: "stack", ended_at: null, asked_at: 5n }]);
  });

  test("so it is by a later archive beside it, where the database was lost; who came and went since stays gone", async () => {
    await addMember(source!, ann);
    const archive = await backup();
    await erase(source!);
    await source!.execute({
      sql: `insert into erasure (subject_hash, member, by, asked_at, step, due_at, ended_at) values ('h', ?, 'member', 7, 'rows', 7, ${soon})`,
      args: [ben],
    });
    await nextSecond(archive);
    const later = await backup();
    await nextSecond(later);
    const damaged = await backup();
    appendFileSync(path.join(damaged, "database.sqlite"), "x");
    expect(await restore(archive)).toContainEqual(expect.stringContaining(`${damaged} is damaged`));
    expect(await erasures()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ member: ann, step: "stack", ended_at: null }),
        { member: ben, step: "rows", ended_at: BigInt(soon), asked_at: 7n },
      ]),
    );
  });

  test("keys that members' actors have sealed with since are there, of those whom the archive has and had none of", async () => {
    const addKey = (client: Client, member: string, sealed: string) =>
      client.execute({ sql: "insert into member_key (member, sealed, created_at) values (?, ?, ?)", args: [member, sealed, now] });
    await addMember(source!, ann);
    await addMember(source!, ben);
    await addKey(source!, ben, '{"k":"k1"}');
    const archive = await backup();
    await restore(archive);
    await addKey(target!, ann, '{"k":"k1","c":"since"}');
    await addMember(target!, cat);
    await addKey(target!, cat, '{"k":"k1"}');
    for (const _ of ["once", "and again"]) {
      await restore(archive, { over: true });
      const { rows } = await target!.execute("select member, sealed from member_key order by member");
      expect(rows.map((row) => ({ ...row }))).toEqual([
        { member: ann, sealed: '{"k":"k1","c":"since"}' },
        { member: ben, sealed: '{"k":"k1"}' },
      ]);
    }
  });

  test("a revoked machine stays revoked, a renewed one may call; keys of receipts, ended sign-ins and Clerk's waiting words are there", async () => {
    const addMachine = (id: string, ends: number) =>
      source!.execute({
        sql: "insert into machine (id, role, name, state, zone, public_key, certificate_ends, created_at) values (?, 'host', 'h', 'ready', 'z', 'key', ?, 1)",
        args: [id, ends],
      });
    await addMachine("hst_a", now + 600_000);
    await addMachine("hst_b", now + 600_000);
    await addMachine("hst_old", 1_000);
    const archive = await backup();
    await restore(archive);
    await target!.batch(
      [
        "update machine set state = 'revoked' where id = 'hst_a'",
        "insert into receipt_key (kid, x, y, sealed_key, created_at, revoked_at) values ('receipt-2', 'x', 'y', '{}', 1, 9)",
        "insert into ended_sign_in (sign_in, until) values ('sess_1', 9e15), ('sess_0', 9)",
        "insert into identity_event (id, type, received_at, body, due_at) values ('msg_1', 'user.deleted', 1, '{}', 5), ('msg_0', 'user.deleted', 1, null, null)",
      ],
      "write",
    );
    await restore(archive, { over: true });
    const { rows } = await target!.execute(`select (select group_concat(id || ' ' || state, ', ') from machine) as machines,
      (select certificate_ends from machine where id = 'hst_b') > ${now + 3_600_000} as may_call, (select certificate_ends from machine where id = 'hst_old') as old,
      (select kid || revoked_at from receipt_key) as kid, (select group_concat(sign_in) from ended_sign_in) as sign_in, (select group_concat(id) from identity_event) as word`);
    expect({ ...rows[0] }).toEqual({
      machines: "hst_a revoked, hst_b ready, hst_old ready",
      may_call: 1n,
      old: 1_000n,
      kid: "receipt-29",
      sign_in: "sess_1",
      word: "msg_1",
    });
  });
});

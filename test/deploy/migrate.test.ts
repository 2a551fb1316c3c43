import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Client, createClient } from "@libsql/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { migrate, NotMigrated } from "../../edge/deploy/migrate.ts";
import { limit } from "../harness/suite/limit.ts";
import { testInstance } from "../harness/suite/test-instance.ts";
import { type Libsql, startLibsql } from "../local/libsql.ts";
import { root } from "../local/process.ts";

/** A database server of its own, as libsql.test.ts has one. */
const shared = testInstance("doubles");
const instance = { ...shared, ports: { ...shared.ports, libsql: shared.ports.libsql + 31 } };
const product = path.join(root, "schema/migrations/database");
const folder = mkdtempSync(path.join(tmpdir(), "growqr-migrate-"));
let libsql: Libsql;
let client: Client;
let round = 0;
beforeAll(() => mkdirSync(folder, { recursive: true }));
beforeEach(async () => {
  libsql = await startLibsql(instance, path.join(folder, `${round++}`));
  client = createClient({ url: libsql.url });
}, limit(60_000));
afterEach(async () => {
  client.close();
  await libsql.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const journal = z.object({ entries: z.array(z.looseObject({ tag: z.string(), when: z.number() })) });
const readJournal = (migrations: string) => journal.parse(JSON.parse(readFileSync(path.join(migrations, "meta/_journal.json"), "utf8")));
const names = readJournal(product).entries.map(({ tag }) => tag);
/** A copy of the product's migrations with only the first `count`, and other text in some. */
function copyMigrations(name: string, count: number, texts: Record<string, (text: string) => string> = {}): string {
  const copy = path.join(folder, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(product, copy, { recursive: true });
  const { entries, ...rest } = readJournal(copy);
  writeFileSync(path.join(copy, "meta/_journal.json"), JSON.stringify({ ...rest, entries: entries.slice(0, count) }));
  for (const [tag, change] of Object.entries(texts)) {
    const file = path.join(copy, `${tag}.sql`);
    writeFileSync(file, change(readFileSync(file, "utf8")));
  }
  return copy;
}
/** All that there is in the database: its tables, indexes and how many rows the migrations' table has. */
async function whatIsThere(): Promise<unknown> {
  const { rows } = await client.execute("select name, sql from sqlite_master order by name");
  const count = rows.some(({ name }) => name === "__drizzle_migrations")
    ? await client.execute("select hash from __drizzle_migrations")
    : undefined;
  return [rows.map(({ name, sql }) => [name, sql]), count?.rows.map(({ hash }) => hash)];
}

describe("npm run migrate", { timeout: limit(120_000) }, () => {
  test("goes from the first to the last, says what it did, and has nothing to do the second time", async () => {
    expect(await migrate(libsql.url, undefined, { dryRun: true })).toEqual(names);
    expect(await whatIsThere()).toEqual([[], undefined]); // a dry run makes no table of its own either
    expect(await migrate(libsql.url)).toEqual(names);
    const there = await whatIsThere();
    expect(await migrate(libsql.url)).toEqual([]);
    expect(await whatIsThere()).toEqual(there);
  });

  test("goes on from where the database is", async () => {
    const half = Math.floor(names.length / 2);
    expect(await migrate(libsql.url, undefined, { folder: copyMigrations("half", half) })).toEqual(names.slice(0, half));
    expect(await migrate(libsql.url, undefined, { dryRun: true })).toEqual(names.slice(half));
    expect(await migrate(libsql.url)).toEqual(names.slice(half));
  });

  test("refuses a database that is ahead, with nothing changed", async () => {
    await migrate(libsql.url);
    const there = await whatIsThere();
    for (const dryRun of [true, false]) {
      const older = migrate(libsql.url, undefined, { folder: copyMigrations("older", names.length - 2), dryRun });
      await expect(older).rejects.toThrow("ahead of this version by 2 migrations");
      await expect(older).rejects.toBeInstanceOf(NotMigrated);
    }
    expect(await whatIsThere()).toEqual(there);
  });

  test("an older version that may serve from a database that is ahead changes nothing of it, and takes no other's", async () => {
    await migrate(libsql.url);
    const there = await whatIsThere();
    const folder = copyMigrations("older", names.length - 2);
    for (const dryRun of [true, false]) expect(await migrate(libsql.url, undefined, { folder, dryRun, mayBeAhead: true })).toEqual([]);
    const [last = ""] = readJournal(folder)
      .entries.slice(-1)
      .map(({ when }) => String(when));
    await client.execute({ sql: "delete from __drizzle_migrations where created_at = ?", args: [last] }); // the two after it are there
    const lacking = await whatIsThere();
    await expect(migrate(libsql.url, undefined, { folder, mayBeAhead: true })).rejects.toBeInstanceOf(NotMigrated);
    expect(lacking).not.toEqual(there);
    expect(await whatIsThere()).toEqual(lacking);
  });

  test("refuses one that has had another text by that name, or a migration that is not ours, with nothing changed", async () => {
    const [, second = ""] = names;
    await migrate(libsql.url, undefined, { folder: copyMigrations("changed", 3, { [second]: (text) => `${text}\n-- and more` }) });
    const there = await whatIsThere();
    await expect(migrate(libsql.url)).rejects.toThrow(`The migration ${second} is not what the database has had`);
    expect(await whatIsThere()).toEqual(there);
    const { when = 0 } = readJournal(product).entries[0] ?? {};
    await client.execute({ sql: "update __drizzle_migrations set created_at = created_at - 1 where created_at = ?", args: [when] });
    await expect(migrate(libsql.url)).rejects.toThrow(/had a migration of 20\S+ that this version does not have/);
    expect(await whatIsThere()).toEqual(there);
  });

  test("broken off at any statement changes nothing, and the next call does all", async () => {
    const breakpoint = "--> statement-breakpoint";
    const tags = names.map((tag) => ({ tag, statements: readFileSync(path.join(product, `${tag}.sql`), "utf8").split(breakpoint).length }));
    const places = tags.flatMap(({ tag, statements }) => Array.from({ length: statements }, (_, at) => ({ tag, at })));
    expect(places.length).toBeGreaterThan(names.length);
    const broken = (at: number) => (text: string) =>
      text
        .split(breakpoint)
        .toSpliced(at + 1, 0, "\nselect json('broken');\n")
        .join(breakpoint);
    for (const { tag, at } of places) {
      const failing = migrate(libsql.url, undefined, { folder: copyMigrations("broken", names.length, { [tag]: broken(at) }) });
      await expect(failing, `${tag} after ${at}`).rejects.toThrow("malformed JSON");
    }
    expect(await whatIsThere()).toEqual([[], undefined]);
    expect(await migrate(libsql.url)).toEqual(names);
  });

  test("by two at once is done once, and both say that it is done", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => migrate(libsql.url)));
    expect(all).toEqual([names, names, names, names]);
    const { rows } = await client.execute("select count(*) as n, count(distinct hash) as different from __drizzle_migrations");
    expect(rows).toEqual([expect.objectContaining({ n: names.length, different: names.length })]);
  });

  test("whose answer is lost on its way finds all done; whose question is cut has changed nothing", async () => {
    const { port } = new URL(libsql.url);
    const open = new Set<Socket>();
    let cut: "question" | "answer" | undefined;
    /** A cut comes at the one call that writes: the only one as long as a migration. */
    const proxy = createServer((caller) => {
      const server = connect(Number(port), "127.0.0.1");
      let sent = 0;
      const end = () => void [caller, server].map((socket) => socket.destroy());
      for (const socket of [caller, server]) open.add(socket.on("error", end).on("close", end));
      caller.on("data", (bytes: Buffer) => {
        sent += bytes.length;
        if (cut === "question" && sent > 4_000) return end();
        server.write(bytes);
      });
      server.on("data", (bytes: Buffer) => (cut === "answer" && sent > 4_000 ? end() : caller.write(bytes)));
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    const { port: proxied } = z.object({ port: z.number() }).parse(proxy.address());
    try {
      cut = "question";
      await expect(migrate(`http://127.0.0.1:${proxied}`)).rejects.toThrow();
      expect(await whatIsThere()).toEqual([[], undefined]);
      cut = "answer";
      expect(await migrate(`http://127.0.0.1:${proxied}`)).toEqual(names);
      expect(await migrate(libsql.url)).toEqual([]);
    } finally {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });
});

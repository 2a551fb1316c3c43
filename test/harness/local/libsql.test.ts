import { rmSync } from "node:fs";
import path from "node:path";
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Libsql, startLibsql } from "../../local/libsql.ts";
import { root } from "../../local/process.ts";
import { testInstance } from "../suite/test-instance.ts";

/** The database as the product starts it, under more writers than it has ever had. */
const shared = testInstance("doubles");
/** A port of its own: other files of these tests have one of these servers too. */
const instance = { ...shared, ports: { ...shared.ports, libsql: shared.ports.libsql + 30 } };
const folder = path.join(root, instance.folder, "libsql-test");
let libsql: Libsql;
beforeAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  await libsql.stop();
  rmSync(folder, { recursive: true, force: true });
});
const connect = () => createClient({ url: libsql.url });
/** The edge's own way to the database. The path is no literal: the Worker's types are not this program's. */
async function openAsEdge() {
  const shape = z.object({
    openDatabase: z.function({ input: [z.object({ LIBSQL_URL: z.string() })], output: z.custom<LibSQLDatabase>() }),
  });
  return shape.parse(await import(new URL("../../../edge/kernel/db.ts", import.meta.url).href)).openDatabase;
}
const [bursts, writers] = [25, 60];

test(`takes ${writers} writes at once again and again, loses none, and goes on`, async () => {
  libsql = await startLibsql(instance, folder);
  const open = await openAsEdge();
  await connect().batch(
    ["create table row (id text primary key, n integer, much blob)", "create table sum (n integer)", "insert into sum values (0)"],
    "write",
  );
  const write = async (writer: number) => {
    const database = open({ LIBSQL_URL: libsql.url });
    await database.all(sql`select id from row where n = ${writer}`);
    await database.run(sql`insert into row values (${crypto.randomUUID()}, ${writer}, randomblob(100000))`); // the log is moved often
    await database.batch([database.all(sql`select n from sum`), database.run(sql`update sum set n = n + 1`)]);
  };
  for (let burst = 0; burst < bursts; burst++) await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const { rows } = await connect().execute("select (select count(*) from row) as n, (select n from sum) as sum");
  expect(rows).toEqual([{ n: bursts * writers, sum: bursts * writers }]);
});

test("refuses who has waited for a connection for a second; the edge asks again, and is answered", async () => {
  libsql = await startLibsql(instance, folder, { limits: ["--max-concurrent-connections", "1"] });
  const open = await openAsEdge();
  const holder = await connect().transaction("read");
  await holder.execute("select 1"); // has the only connection
  const answer = Promise.resolve(open({ LIBSQL_URL: libsql.url }).all(sql`select 'there' as word`));
  for (let round = 0; round < 2; round++) {
    const refused = await connect()
      .execute("select 1")
      .catch((error: Error) => error.cause);
    expect(refused).toMatchObject({ status: 429 }); // the second time the edge was refused before
  }
  await holder.rollback();
  expect(await answer).toEqual([{ word: "there" }]);
});

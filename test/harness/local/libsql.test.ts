import { rmSync } from "node:fs";
import path from "node:path";
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { afterAll, beforeAll, expect, test } from "vitest";
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
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  libsql = await startLibsql(instance, folder);
});
afterAll(async () => {
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
  const open = await openAsEdge();
  await connect().batch(
    ["create table row (id text primary key, n integer)", "create table sum (n integer)", "insert into sum values (0)"],
    "write",
  );
  const write = async (writer: number) => {
    const database = open({ LIBSQL_URL: libsql.url });
    await database.all(sql`select * from row where n = ${writer}`);
    await database.run(sql`insert into row values (${crypto.randomUUID()}, ${writer})`);
    await database.batch([database.all(sql`select n from sum`), database.run(sql`update sum set n = n + 1`)]);
  };
  for (let burst = 0; burst < bursts; burst++) await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const { rows } = await connect().execute("select (select count(*) from row) as n, (select n from sum) as sum");
  expect(rows).toEqual([{ n: bursts * writers, sum: bursts * writers }]);
});

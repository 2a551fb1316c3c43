import { createClient } from "@libsql/client";
import { drizzle } from "drizzle-orm/libsql";
import { expect, test } from "vitest";
import { listChannelEvents, listChannels, listHistory } from "../../../actors/conversation/channel.ts";
import { listEventsBefore, listEventsSince } from "../../../actors/kernel/event.ts";
import type { Self } from "../../../actors/kernel/self.ts";
import { said } from "../../../actors/search/search-client.ts";
import { listTasks, newTaskOf } from "../../../actors/task/task-control.ts";
import { historyKinds } from "../../../schema/event.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { alone } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** Years of events: what is asked again and again finds its rows and walks past no others. */
const folder = ownFolder();

type Query = { sql: string; args: never[] };
/** The actor's file, opened once more, with each query on the log kept. */
function watched(file: string) {
  const client = createClient({ url: `file:${file}` });
  const asked: Query[] = [];
  const logQuery = (sql: string, args: unknown[]) => void asked.push({ sql, args: args as never[] });
  const plans = async () => {
    const all = await Promise.all(asked.map((one) => client.execute({ ...one, sql: `explain query plan ${one.sql}` })));
    return all.flatMap(({ rows }) => rows.map((row) => String(row.detail)));
  };
  return { db: drizzle(client, { logger: { logQuery } }) as unknown as Self["db"], plans, close: () => client.close() };
}

test("channels, their pages, the log's pages and tasks that wait are found by an index, not by walking the log", async () => {
  const of = await alone(folder, { places: 1 });
  for (const id of ["one", "two"]) {
    const task = specShape.parse({ id, title: id, owner: "coding", outputs: ["a.md"] });
    await newTaskOf(of.self, { spec: task }, newId("req"), newId("req"));
  }
  await of.settle();
  const { db, plans, close } = watched(of.file);
  const { channels: all } = await listChannels(db);
  const [first] = all;
  const page = await listChannelEvents(db, { channel: first!.id, limit: 50 });
  expect(first?.lastSeq).toBe(page.events.at(-1)?.seq);
  expect((await listTasks(db, { limit: 50 })).tasks.find(({ name }) => name === "two")?.hold?.why).toBe("limit");
  expect((await listEventsSince(db, 0, 50)).last).toBe((await listEventsBefore(db, 1_000, 50)).last);
  await said(db, { seq: 0 });
  for (const of of Object.keys(historyKinds) as (keyof typeof historyKinds)[]) await listHistory(db, { of, before: 1_000, limit: 50 });
  // by its kind alone only what is told of tasks that wait is asked for: of other kinds there are as many as there was work
  const seen = await plans();
  const walked = seen.filter((line) => /^SCAN event\b/.test(line));
  expect(seen.filter((line) => line.includes("USING INDEX event_kind"))).toHaveLength(1);
  close();
  of.close();
  expect(walked).toEqual([]);
});

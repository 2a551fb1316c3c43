import { expect, test } from "vitest";
import { listChannelEvents, listChannels, listHistory } from "../../../actors/conversation/channel.ts";
import { listEventsBefore, listEventsSince } from "../../../actors/kernel/event.ts";
import { readSaid } from "../../../actors/search/search-client.ts";
import { listTasks, newTaskOf } from "../../../actors/task/task-control.ts";
import { historyKinds } from "../../../schema/event.ts";
import { specShape } from "../../../schema/task/spec.ts";
import { newId } from "../../../schema/wire/id.ts";
import { databaseContext, testDatabase } from "../../harness/actor-database.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** Years of events: what is asked again and again finds its rows and walks past no others. */
const folder = ownFolder();

/** The actor's file, opened once more, with each query on the log kept. */
async function openWatched(file: string) {
  const asked: { sql: string; values: unknown[] }[] = [];
  const db = await testDatabase.createClient(databaseContext(file, (sql, values) => void asked.push({ sql, values })));
  const plans = async () => {
    const all = await Promise.all([...asked].map(({ sql, values }) => db.execute(`explain query plan ${sql}`, ...values)));
    return all.flatMap((rows) => rows.map((row) => String(row.detail)));
  };
  return { db, plans };
}

test("channels, their pages, the log's pages and tasks that wait are found by an index, not by walking the log", async () => {
  const actor = await startActor(folder, { places: 1 });
  for (const id of ["one", "two"]) {
    const task = specShape.parse({ id, title: id, owner: "coding", outputs: ["a.md"] });
    await newTaskOf(actor.self, { spec: task }, newId("req"), newId("req"));
  }
  await actor.settle();
  const { db, plans } = await openWatched(actor.file);
  const { channels: all } = await listChannels(db);
  const [first] = all;
  const page = await listChannelEvents(db, { channel: first!.id, limit: 50 });
  expect(first?.lastSeq).toBe(page.events.at(-1)?.seq);
  expect((await listTasks(db, { limit: 50 })).tasks.find(({ name }) => name === "two")?.hold?.why).toBe("limit");
  expect((await listEventsSince(db, 0, 50)).last).toBe((await listEventsBefore(db, 1_000, 50)).last);
  await readSaid(db, { seq: 0 });
  for (const kind of Object.keys(historyKinds) as (keyof typeof historyKinds)[])
    await listHistory(db, { of: kind, before: 1_000, limit: 50 });
  // by its kind alone only what is told of tasks that wait is asked for: of other kinds there are as many as
  // there was work
  const seen = await plans();
  const walked = seen.filter((line) => /^SCAN event\b/.test(line));
  expect(seen.filter((line) => line.includes("USING INDEX event_kind"))).toHaveLength(1);
  await db.close();
  await actor.close();
  expect(walked).toEqual([]);
});

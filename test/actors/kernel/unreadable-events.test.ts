import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { readTaskUsage } from "../../../actors/budget/usage.ts";
import { listChannelEvents, listHistory } from "../../../actors/conversation/channel.ts";
import { countToolRefusals, listEventsBefore, listEventsSince } from "../../../actors/kernel/event.ts";
import type { Self } from "../../../actors/kernel/self.ts";
import { record } from "../../../actors/kernel/transaction.ts";
import { readSaid } from "../../../actors/search/search-client.ts";
import { readablePage } from "../../../schema/agent/grow-agent.ts";
import { eventTable } from "../../../schema/event.table.ts";
import { readStored } from "../../../schema/event.ts";
import { eventPassages } from "../../../schema/search/search.ts";
import { newId } from "../../../schema/wire/id.ts";
import { startActor } from "../../harness/actor-fixture.ts";
import { ownFolder } from "../../harness/fixtures.ts";

/** Rows of the log that were damaged in the actor's SQLite: each reader goes on behind them. */
const folder = ownFolder();
const notice = { kind: "notice", body: { level: "warning", code: "event_unreadable", text: expect.stringMatching(/can't be read/) } };

async function withLog(): Promise<{ self: Self; channel: string; seqs: number[] }> {
  const { self } = await startActor(folder);
  const seqs: number[] = [];
  const turnId = newId("trn");
  for (let number = 1; number <= 6; number++)
    await record(self, newId("req"), async (writer) => {
      const body = { messageId: newId("msg"), clientId: `client-${number}`, text: `message ${number}`, turnId };
      seqs.push(await writer.append("message.sent", { turnId, body }));
    });
  const { events } = await listEventsSince(self.db, 0, 500);
  return { self, channel: events.at(-1)!.channel, seqs };
}
const damages: Record<string, (self: Self, seq: number) => Promise<unknown>> = {
  "a body that is no JSON": ({ db }, seq) => db.run(sql`update event set body = '{"text": "cut o' where seq = ${seq}`),
  "a body of another kind": ({ db }, seq) => db.run(sql`update event set body = '{"text": 1}' where seq = ${seq}`),
  "a body of bytes": ({ db }, seq) => db.run(sql`update event set body = x'00ff00' where seq = ${seq}`),
  "a body of a hundred thousand levels": ({ db }, seq) =>
    db.run(sql`update event set body = ${`${"[".repeat(100_000)}${"]".repeat(100_000)}`} where seq = ${seq}`),
  "a kind that nobody knows": ({ db }, seq) => db.update(eventTable).set({ kind: "made.up" }).where(eq(eventTable.seq, seq)),
  "a time that is none": ({ db }, seq) => db.run(sql`update event set at = 'noon' where seq = ${seq}`),
};

test.each(Object.entries(damages))(
  "%s is one entry that is said to be left out, for live, replay, pages and search",
  async (_name, damage) => {
    const { self, channel, seqs } = await withLog();
    const [damaged, after] = [seqs[2]!, seqs[3]!];
    await damage(self, damaged);

    const all = readablePage.parse(JSON.parse(JSON.stringify(await listEventsSince(self.db, 0, 500)))).events;
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
    expect(all.find(({ seq }) => seq === damaged)).toMatchObject(notice);
    expect(all.find(({ seq }) => seq === after)).toMatchObject({ kind: "message.sent", body: { text: "message 4" } });
    expect((await listEventsBefore(self.db, after + 1, 2)).events.map(({ seq }) => seq)).toEqual([damaged, after]);
    const page = await listChannelEvents(self.db, { channel: channel as never, limit: 500 });
    expect(page.events.filter(({ kind }) => kind === "message.sent")).toHaveLength(5);
    await listHistory(self.db, { of: "audit", limit: 500 });
    const searched = (await readSaid(self.db, { seq: 0 })).events.flatMap(eventPassages).map(({ body }) => body);
    expect(searched).toEqual(["message 1", "message 2", "message 4", "message 5", "message 6"]);
  },
);

test("what is counted from the log goes on without the entries that can't be read", async () => {
  const { self, seqs } = await withLog();
  const [{ turnId } = { turnId: null }] = await self.db
    .select({ turnId: eventTable.turnId })
    .from(eventTable)
    .where(eq(eventTable.seq, seqs[0]!));
  await self.db.run(sql`update event set kind = 'tool.refused', body = 'no' where seq = ${seqs[0]}`);
  await self.db.run(sql`update event set kind = 'usage', body = '{}' where seq = ${seqs[1]}`);
  expect(await countToolRefusals(self.db, turnId!, "plan")).toBe(0);
  await expect(readTaskUsage(self.db, newId("tsk"), Date.now())).resolves.toBeDefined();
});

test("half a character and NUL that were stored before are mended for who reads them", async () => {
  const { self, seqs } = await withLog();
  const [row] = await self.db.select().from(eventTable).where(eq(eventTable.seq, seqs[0]!));
  await self.db.run(
    sql`update event set body = ${JSON.stringify({ ...(row!.body as object), text: "a\ud800c\0" })} where seq = ${seqs[0]}`,
  );
  const { events } = await listEventsSince(self.db, seqs[0]! - 1, 1);
  expect(events[0]).toMatchObject({ kind: "message.sent", body: { text: "a\ufffdc\ufffd" } });
});

test("an event of another process is read or a notice in its place, whatever it is", () => {
  const place = { seq: 7, at: 5, channel: "chn" };
  expect(readStored({ ...place, kind: "of.tomorrow", body: {} })).toMatchObject({ ...place, ...notice });
  for (const odd of [undefined, null, 7, "x", [], { seq: "7" }]) expect(readStored(odd)).toMatchObject({ seq: 0, ...notice });
});

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "rivetkit/client";
import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { figure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { type Member, now } from "./member.ts";
import { seeded } from "./seeded-event.ts";
import { logLength, years } from "./years.ts";

const rounds = 15;
const wanted = 1_000;

/** The same rows in a file of SQLite's own, read by sequence. */
function raw(): { read(seq: number): number; close(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), "growqr-bench-"));
  const db = new DatabaseSync(path.join(folder, "log.sqlite"));
  db.exec("CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER, channel TEXT, kind TEXT, body TEXT, ref TEXT UNIQUE, turn_id TEXT)");
  db.exec("BEGIN");
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)");
  const channel = newId("chn");
  for (let seq = 1; seq <= logLength; seq++) {
    const row = seeded(seq, { channel });
    insert.run(seq, row.at, row.channel, row.kind, JSON.stringify(row.body), row.ref ?? null, row.turnId ?? null);
  }
  db.exec("COMMIT");
  const select = db.prepare("SELECT seq, at, channel, kind, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?");
  const read = (seq: number) => {
    const began = now();
    for (const row of select.all(seq, wanted)) JSON.parse(String(row.body));
    return now() - began;
  };
  return {
    read,
    close: () => {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const ticketOut = z.object({ ticket: z.string(), key: z.array(z.string()) });
/** The app's own way: one connection through the edge's /live, and `since` on it, a page at a time. */
async function overLive({ product }: Ground, member: Member, agent: string, starts: readonly number[]): Promise<Series> {
  const { ticket, key } = ticketOut.parse(await member.call("POST", `/actors/${agent}/ticket`, {}));
  const client = createClient({ endpoint: `${product.edgeUrl}/live`, encoding: "json", disableMetadataLookup: true, devtools: false });
  const connection = client.growAgent!.get(key, { params: { ticket } }).connect();
  const page = async (seq: number) => {
    const input = { seq, limit: limits.eventPage };
    const args = [{ requestId: newId("req"), key: newId("req"), input }];
    return eventPage.parse(await connection.action({ name: "since", args })).events;
  };
  try {
    await page(0);
    const times: Series = [];
    for (const start of starts) {
      const began = now();
      let count = 0;
      for (let seq = start; count < wanted; ) {
        const events = await page(seq);
        count += events.length;
        seq = events.at(-1)!.seq;
      }
      times.push(now() - began);
    }
    return times;
  } finally {
    await connection.dispose();
    await client.dispose();
  }
}

/** A program's way: a stream that begins a thousand events ago, until the last has come. */
async function overSse(member: Member, agent: string): Promise<Series> {
  const { snapshot } = z.object({ snapshot: z.object({ lastSeq: z.number() }) }).parse(await member.call("GET", `/actors/${agent}`));
  const times: Series = [];
  for (let round = 0; round < rounds; round++) {
    const began = now();
    const stream = await member.events(agent, snapshot.lastSeq - wanted);
    const isLast = (arrival: { data: unknown }) => (arrival.data as { seq?: number }).seq === snapshot.lastSeq;
    const last = await stream.until("the last event", isLast, 30_000);
    times.push(last.at - began);
    await stream.close();
  }
  return times;
}

export const bench: Bench = {
  title: `${wanted} of ${logLength} events`,
  seconds: 240,
  async run(ground) {
    const { member, agent } = await years(ground);
    const starts = Array.from({ length: rounds }, (_, index) => Math.floor(((index + 0.5) * (logLength - wanted)) / rounds));
    const beside = raw();
    const rawTimes = starts.map((start) => beside.read(start));
    beside.close();
    return [
      figure(`replay of ${wanted} of ${logLength} events, live`, await overLive(ground, member, agent, starts), rawTimes),
      figure(`replay of ${wanted} of ${logLength} events, SSE`, await overSse(member, agent), rawTimes),
    ];
  },
};

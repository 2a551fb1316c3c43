import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "rivetkit/client";
import { z } from "zod";
import { eventPage } from "../../schema/agent/grow-agent.ts";
import { newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import { makeFigure, type Series } from "./figures.ts";
import type { Bench, Ground } from "./ground.ts";
import { type Member, now } from "./member.ts";
import { makeSeededEvent } from "./years/seeded-event.ts";
import { logLength, prepareYears } from "./years/years.ts";

const rounds = 15;
const wanted = 1_000;
function requireWanted(count: number): void {
  if (count !== wanted) throw new Error(`${count} events were read instead of ${wanted}`);
}

/** The same rows in a plain SQLite file, read by sequence. */
function openRawLog(): { read(seq: number): number; close(): void } {
  const folder = mkdtempSync(path.join(os.tmpdir(), "growqr-bench-"));
  const db = new DatabaseSync(path.join(folder, "log.sqlite"));
  db.exec("CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER, channel TEXT, kind TEXT, body TEXT, ref TEXT UNIQUE, turn_id TEXT)");
  db.exec("BEGIN");
  const insert = db.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)");
  const channel = newId("chn");
  for (let seq = 1; seq <= logLength; seq++) {
    const row = makeSeededEvent(seq, { channel });
    insert.run(seq, row.at, row.channel, row.kind, JSON.stringify(row.body), row.ref ?? null, row.turnId ?? null);
  }
  db.exec("COMMIT");
  const select = db.prepare("SELECT seq, at, channel, kind, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?");
  const read = (seq: number) => {
    const began = now();
    const rows = select.all(seq, wanted);
    for (const row of rows) JSON.parse(String(row.body));
    const ms = now() - began;
    requireWanted(rows.length);
    return ms;
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
/** As the app does it: one connection through the edge's /live, and `since` on it, page by page. */
async function measureLive({ product }: Ground, member: Member, agent: string, starts: readonly number[]): Promise<Series> {
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
      requireWanted(count);
    }
    return times;
  } finally {
    await connection.dispose();
    await client.dispose();
  }
}

/** As a program does it: an event stream that begins a thousand events ago, until the last one arrives. */
async function measureSse(member: Member, agent: string): Promise<Series> {
  const { snapshot } = z.object({ snapshot: z.object({ lastSeq: z.number() }) }).parse(await member.call("GET", `/actors/${agent}`));
  const times: Series = [];
  for (let round = 0; round < rounds; round++) {
    const began = now();
    const stream = await member.events(agent, snapshot.lastSeq - wanted);
    const isLast = (arrival: { data: unknown }) => (arrival.data as { seq?: number }).seq === snapshot.lastSeq;
    const last = await stream.until("the last event", isLast, 30_000);
    times.push(last.at - began);
    const seqs = stream.seen.map(({ data }) => (data as { seq?: number }).seq ?? 0);
    requireWanted(seqs.filter((seq) => seq > snapshot.lastSeq - wanted && seq <= snapshot.lastSeq).length);
    await stream.close();
  }
  return times;
}

export const bench: Bench = {
  title: `${wanted} of ${logLength} events`,
  seconds: 240,
  async run(ground) {
    const { member, agent } = await prepareYears(ground);
    const starts = Array.from({ length: rounds }, (_, index) => Math.floor(((index + 0.5) * (logLength - wanted)) / rounds));
    const beside = openRawLog();
    const rawTimes = starts.map((start) => beside.read(start));
    beside.close();
    return [
      makeFigure(`replay of ${wanted} of ${logLength} events, live`, await measureLive(ground, member, agent, starts), rawTimes, {
        contains: true,
      }),
      makeFigure(`replay of ${wanted} of ${logLength} events, SSE`, await measureSse(member, agent), rawTimes, { contains: true }),
    ];
  },
};

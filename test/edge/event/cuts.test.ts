import { createRivetKit } from "@rivetkit/framework-base";
import type { EventSourceMessage } from "eventsource-parser";
import { createClient } from "rivetkit/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventLog } from "../../../edge/app/live/event-log.ts";
import { Live } from "../../../edge/app/live/live.ts";
import { liveClient } from "../../../edge/app/live/live-client.ts";
import { ticketOut } from "../../../schema/account/account.ts";
import { eventPage } from "../../../schema/agent/grow-agent.ts";
import { type StoredEvent, storedEvent } from "../../../schema/event.ts";
import { AppError } from "../../../schema/wire/error.ts";
import { actorOf } from "../../harness/actor-client.ts";
import { eventually } from "../../harness/eventually.ts";
import { readServerSentEvents } from "../../harness/server-sent-events.ts";
import { limit } from "../../harness/suite/limit.ts";
import { long, times } from "../../harness/suite/long-run.ts";
import { chance, seed } from "../../harness/suite/seed.ts";
import { ask, edgeUp, liveTicket, newMember } from "../client.ts";
import { type Cutting, cutting } from "./cutting-proxy.ts";

/**
 * Members read an actor's real log through the real edge, over connections that break after any number of
 * bytes: within a header, within a character, between two events. However often a connection breaks, a
 * reader has each event once. `GROWQR_SEED` repeats a run.
 */
const cuts = times({ few: 20, all: 50, long: 10_000 });
const readers = 4;

/** Each reader is a member of their own: an account may not call more than twenty times a second. */
async function newReader() {
  const member = await newMember();
  let held: { at: number; token: Promise<string> } | undefined;
  /** One session token for many calls, as a page does it: they live sixty seconds. */
  const token = () => {
    if (!held || Date.now() - held.at > 30_000) held = { at: Date.now(), token: member.token() };
    return held.token;
  };
  return { ...member, token };
}
type LogReader = Awaited<ReturnType<typeof newReader>>;

/**
 * Writes messages with characters of several bytes, as fast as the actor takes them, and stops the waiting
 * ones now and then. It asks the actor directly, because the edge would refuse so many calls.
 */
async function writer(member: LogReader, number: number) {
  const random = chance(seed + 1 + number);
  const { instance, folder } = edgeUp;
  const actor = await actorOf({ instance, folder }, member.actor.member, member.actor.id);
  let open = true;
  const texts: string[] = [];
  const write = async () => {
    while (open) {
      const text = `${texts.length} ${"späte Wörter 🌱 ".repeat(Math.floor(random() * 20))}`.trim();
      await actor.ask("send", { clientId: crypto.randomUUID(), text });
      texts.push(text);
      if (texts.length % 20 === 0) await actor.ask("stop", { scope: "turn" });
      await new Promise((resolve) => setTimeout(resolve, 80)); // leaves the machine to the readers
    }
  };
  const written = write();
  const failed = written.then(() => new Promise<never>(() => undefined)); // settles only when it can't write
  failed.catch(() => undefined); // heard by who waits for it
  const stop = async () => {
    open = false;
    await written;
    await actor.close();
  };
  return { texts, stop, failed };
}

/** The whole log, read in one piece from the actor itself. */
async function whole(member: LogReader): Promise<StoredEvent[]> {
  const { ticket, endpoint } = await liveTicket(member);
  const client = createClient({ endpoint, encoding: "json", disableMetadataLookup: true, devtools: false });
  const handle = client.get("growAgent", [member.actor.member], { params: { ticket } });
  const all: StoredEvent[] = [];
  for (let more = true; more; ) {
    const input = { seq: all.at(-1)?.seq ?? 0, limit: 500 };
    const answer = await handle.action({ name: "since", args: [{ requestId: crypto.randomUUID(), key: crypto.randomUUID(), input }] });
    const { events, last } = eventPage.parse(plain(answer));
    all.push(...events);
    more = events.length > 0 && (all.at(-1)?.seq ?? 0) < last;
  }
  await client.dispose();
  return all;
}
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, field) => (typeof field === "bigint" ? Number(field) : field)));

/**
 * Reads the event stream by the standard: a frame counts once its empty line has come, and a reader
 * reconnects with the last id that it has.
 */
function reader(member: LogReader, proxy: Cutting) {
  const stop = new AbortController();
  const events: StoredEvent[] = [];
  const take = ({ id, data }: EventSourceMessage) => {
    if (id === undefined) return; // a snapshot or running text: nothing that is stored
    const event = storedEvent.parse(JSON.parse(data));
    if (event.seq !== Number(id) || event.seq !== events.length + 1) throw new Error(`after ${events.length} came ${id} with ${event.seq}`);
    events.push(event);
  };
  const once = async () => {
    const headers = { authorization: `Bearer ${await member.token()}`, "last-event-id": String(events.length) };
    const response = await fetch(`${proxy.url}/actors/${member.actor.id}/events`, { headers, signal: stop.signal }).catch(broken);
    if (!response?.body) return;
    if (response.status === 429) return void (await new Promise((resolve) => setTimeout(resolve, 1_000))); // as it is told
    if (!response.ok) throw new Error(`events answered ${response.status}: ${await response.text()}`);
    const messages = readServerSentEvents(response.body).getReader();
    for (let part = await messages.read().catch(broken); part && !part.done; part = await messages.read().catch(broken)) take(part.value);
  };
  const read = async () => {
    while (!stop.signal.aborted) await once();
  };
  let failure: unknown;
  const reading = read().catch((error: unknown) => {
    failure = error;
  });
  const upTo = (seq: number) =>
    eventually(`event ${seq}`, async () => {
      if (failure) throw failure;
      return events.length >= seq || undefined;
    });
  const close = async () => {
    stop.abort();
    await reading;
  };
  return { events, upTo, close };
}
/** Only what the proxy does to a connection. */
function broken(error: unknown): undefined {
  if (!/terminated|fetch failed|abort|other side closed|ECONN/i.test(String(error))) throw error;
}

/** A page of the app over the stock client, as its hook keeps it. A cut is a person's “retry now”. */
function page(member: LogReader, proxy: Cutting) {
  const storage = new Map<string, string>();
  const live = new Live({
    agent: member.actor.id,
    ticket: async () => {
      const answer = await ask("POST", `/actors/${member.actor.id}/ticket`, { body: {}, token: await member.token() });
      if (answer.status !== 200) throw new AppError(answer.status === 429 ? "rate_limited" : "unavailable", { status: answer.status });
      return ticketOut.parse(answer.json);
    },
    large: async () => undefined,
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
      removeItem: (key) => void storage.delete(key),
    },
    frame: (flush) => queueMicrotask(flush),
  });
  const client = liveClient(live.link, `${proxy.url}/live`);
  const { mount } = createRivetKit(client).getOrCreateActor({ name: "growAgent", key: [member.actor.member], noCreate: true });
  live.subscribe(() => {
    if (live.state().link.retryAt) live.link.retryNow();
  });
  const leave = mount();
  const close = async () => {
    leave();
    live.link.close();
    await client.dispose();
  };
  return { live, close };
}

const told = console.warn;
beforeAll(() => {
  console.warn = () => undefined; // the page tells of each cut
});
afterAll(() => {
  console.warn = told;
});

describe(`an event log over connections that break at any byte (seed ${seed})`, () => {
  const random = chance();
  const minutes = (long ? 60 : 5) * 60_000;
  /**
   * How many bytes a connection may carry: most break in their first events, some later, in the middle of
   * live text.
   */
  const bytes = () => Math.floor(random() * (random() < 0.7 ? 3_000 : 10_000));
  /** Breaks connections until the number is reached, then leaves them alone. */
  async function proxied(): Promise<Cutting & { over: Promise<unknown> }> {
    const proxy = await cutting(edgeUp.url, () => (proxy.cuts() < cuts ? bytes() : undefined));
    const began = Date.now();
    const over = eventually(`${cuts} cuts`, async () => proxy.cuts() >= cuts || undefined, minutes - 60_000).then(() =>
      console.log(`${cuts} cuts in ${((Date.now() - began) / 1000).toFixed(1)} s`),
    );
    over.catch(() => undefined); // heard where it is awaited
    return { ...proxy, over };
  }

  /**
   * Each reader reads the log of one member while somebody writes to it. After all cuts, `compare` gets what
   * the reader has and the log.
   */
  async function cutUp<R extends { close: () => Promise<void> }>(
    read: (member: LogReader, proxy: Cutting) => R,
    compare: (reader: R, log: StoredEvent[], written: string[]) => Promise<void>,
  ): Promise<void> {
    const proxy = await proxied();
    const people = await Promise.all(Array.from({ length: readers }, newReader));
    const all = await Promise.all(
      people.map(async (member, number) => ({ member, writing: await writer(member, number), reader: read(member, proxy) })),
    );
    await Promise.race([proxy.over, ...all.map(({ writing }) => writing.failed)]);
    for (const { member, writing, reader } of all) {
      await writing.stop();
      await compare(reader, await whole(member), writing.texts);
      await reader.close();
    }
    await proxy.close();
  }

  test(
    `as server-sent events with Last-Event-ID: ${cuts} cuts, each event once, in order and whole`,
    () =>
      cutUp(reader, async (live, log) => {
        await live.upTo(log.length);
        expect(live.events).toEqual(log);
      }),
    limit(minutes),
  );

  test(
    `as the app's live log: ${cuts} cuts, and its view is that of a page that was never cut off`,
    () =>
      cutUp(page, async ({ live }, log, written) => {
        await eventually(`event ${log.length}`, async () => live.log.last === log.length || undefined);
        const { rows, first } = live.log.view(); // a page begins with the newest events and has all that follow
        const uncut = new EventLog();
        uncut.begin(
          log.filter((event) => event.seq >= first),
          log.length,
        );
        expect(rows).toEqual(uncut.view().rows);
        const texts = rows.flatMap((row) => (row.type === "member" ? [row.body.text] : []));
        expect(texts.length).toBeGreaterThan(0);
        expect(texts).toEqual(written.slice(-texts.length));
      }),
    limit(minutes),
  );
});

import { z } from "zod";
import type { TicketOut } from "../../../schema/account/account.ts";
import type { Topic } from "../../../schema/actions.ts";
import { snapshotShape } from "../../../schema/agent/grow-agent.ts";
import { channelReadOut, type TaskView } from "../../../schema/agent/team.ts";
import { deltaShape, storedEvent } from "../../../schema/event.ts";
import { limits } from "../../../schema/wire/limits.ts";
import { drawFrame } from "./draw-frame.ts";
import { EventLog } from "./event-log.ts";
import { type LinkState, LiveLink } from "./live-link.ts";
import type { LogEntry, LogView } from "./log-view.ts";
import { MessageDelivery } from "./message-delivery.ts";
import { type Ask, loadOlderEvents } from "./older-events.ts";
import { Outbox, type OutboxEntry, type Sending, type SentMessage } from "./outbox.ts";

type Deps = {
  agent: string;
  /** The Grow Agent's channel and the newest page of its log, when the document asked for it early. */
  early?: { channel: string; page: Promise<unknown> };
  ticket: () => Promise<TicketOut>;
  /** Sends a message that is too large for one frame. */
  large: (message: SentMessage) => Promise<unknown>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** Hears the topics of new events, once a frame. */
  news?: (topics: ReadonlySet<Topic>) => void;
  /** Runs a flush when the page next draws. */
  frame?: (flush: () => void) => void;
};
/** What this page knows of the member: the log, the connection, and what waits to be sent. */
export type LiveState = { view: LogView; link: LinkState; outbox: readonly OutboxEntry[] };

const pageSize = 200;
const readPause = 3_000; // milliseconds between two reports of what was read

/** Unreadable events are counted and skipped: a client ignores unknown kinds. */
const passedOn = z.object({ seq: z.number().int().positive() }).transform(({ seq }): LogEntry => ({ seq, kind: "unknown" }));
const outboxItem = z.union([storedEvent, passedOn]);
type Fetch = (first: number, ask: Ask) => Promise<{ events: LogEntry[]; ended: boolean } | undefined>;
const pageOfEvents = z.object({ events: z.array(outboxItem), last: z.number().int() });
/** An action's answer by HTTP, in the live client's JSON: a large whole number is ["$BigInt", "…"]. */
const httpPage = z.object({ output: z.unknown().transform(plainNumbers).pipe(pageOfEvents) });
function plainNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 2 && value[0] === "$BigInt" ? Number(value[1]) : value.map(plainNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainNumbers(inner)]));
}
const newestSeq = 2 ** 31; // above every sequence: the page that ends the log

/** The member's Grow Agent on this page: its log, its outbox and the one connection behind both. */
export class Live {
  readonly log = new EventLog();
  readonly outbox: Outbox;
  readonly link: LiveLink;
  readonly #deps: Deps;
  readonly #delivery: MessageDelivery;
  #state: LiveState;
  #listeners = new Set<() => void>();
  #flushing = false;
  #mending = false;
  #reads = new Map<string, number>();
  #toldRead = new Map<string, number>();
  #telling = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.outbox = new Outbox(deps.storage, deps.agent);
    this.link = new LiveLink({
      ticket: deps.ticket,
      sync: () => this.#catchUp(),
      message: (name, payload) => this.#message(name, payload),
      changed: () => this.#changed(),
    });
    this.#delivery = new MessageDelivery({ outbox: this.outbox, link: this.link, large: deps.large, changed: () => this.#changed() });
    this.#state = this.#look();
    if (deps.early) void this.#showEarly(deps.early);
  }

  /** Shows the log before the connection is open, which brings the rest. */
  async #showEarly({ channel, page: asked }: NonNullable<Deps["early"]>): Promise<void> {
    const early = httpPage.safeParse(await asked);
    if (!early.success || this.log.last !== undefined) return;
    this.log.homeIs(channel);
    this.log.begin(early.data.output.events, early.data.output.last);
    this.#changed();
  }

  #look(): LiveState {
    const { elsewhere, entries } = this.outbox;
    return { view: this.log.view(), link: this.link.state, outbox: elsewhere.length > 0 ? [...elsewhere, ...entries] : entries };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  state = (): LiveState => this.#state;

  /** One flush an animation frame, however many deltas came. */
  #changed(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const flush = () => {
      this.#flushing = false;
      this.#state = this.#look();
      for (const listener of this.#listeners) listener();
      const news = this.log.takeNews();
      if (news.size > 0) this.#deps.news?.(news);
      this.flush();
    };
    (this.#deps.frame ?? drawFrame)(flush);
  }

  /** Loads what the log lacks. Live events that come meanwhile wait in the log. */
  async #catchUp(): Promise<void> {
    const first = this.log.last === undefined;
    const [now, newest, isSame] = await Promise.all([
      this.link.call("snapshot", {}),
      first ? this.link.callAs("before", { seq: newestSeq, limit: pageSize }, pageOfEvents) : undefined,
      this.#hasNewest(),
      first ? this.#count() : undefined,
    ]);
    this.log.homeIs(now.channel);
    if (this.log.last !== undefined && (now.lastSeq < this.log.last || !isSame)) this.log.forget();
    if (this.log.last === undefined) {
      const { events, last } = newest ?? (await this.link.callAs("before", { seq: newestSeq, limit: pageSize }, pageOfEvents));
      this.log.begin(events, last);
    }
    if (!first) void this.#count();
    this.#changed();
    for (let more = true; more; ) {
      const { events, last } = await this.link.callAs("since", { seq: this.log.last ?? 0, limit: limits.eventPage }, pageOfEvents);
      for (const event of events) this.log.event(event);
      more = events.length > 0 && ((this.log.last ?? 0) < last || events.length >= limits.eventPage);
    }
    this.#confirm();
    this.#delivery.forgetAttempts();
    await this.#mend();
    void this.#know().catch((error: unknown) => console.warn("fetching the open tasks failed", error));
  }

  /** Whether the actor's log has the newest event of this one: one that was put back goes on otherwise. */
  async #hasNewest(): Promise<boolean> {
    const { newest } = this.log;
    if (!newest) return true;
    const { events } = await this.link.callAs("since", { seq: newest.seq - 1, limit: 1 }, pageOfEvents);
    return JSON.stringify(events[0]) === JSON.stringify(newest);
  }

  /** Unread and total counts by channel, which do not depend on what was loaded. */
  async #count(): Promise<void> {
    try {
      this.log.counted(await this.link.call("channels", {}));
    } catch (error) {
      console.warn("counting what is unread failed", error); // the next connection counts anew
    }
    this.#changed();
  }

  /** The person has read a channel or a thread up to an event. The actor tells their other devices. */
  read = (place: string, seq: number): void => {
    const { counts, threads } = this.log.view();
    const known = [this.#reads.get(place), this.#toldRead.get(place), (counts.get(place) ?? threads.get(place))?.read];
    if (known.some((read) => read !== undefined && read >= seq)) return;
    this.#reads.set(place, seq);
    if (!this.#telling) void this.#tellReads();
  };
  async #tellReads(): Promise<void> {
    this.#telling = true;
    while (this.link.live && this.#reads.size > 0) {
      const [[place, seq]] = [...this.#reads] as [[string, number]];
      this.#reads.delete(place);
      try {
        const input = place.startsWith("tsk_") ? { task: place, seq } : { channel: place, seq };
        this.#toldRead.set(place, (await this.link.call("read", input)).read);
      } catch (error) {
        console.warn("telling what was read failed", error);
        if (!this.#reads.has(place)) this.#reads.set(place, seq);
      }
      await new Promise((resolve) => setTimeout(resolve, readPause));
    }
    this.#telling = false;
  }
  /** Another device has read a channel, or this one has. */
  #wasRead({ channel, task, read }: z.infer<typeof channelReadOut>): void {
    const known = channel ? this.log.readUpTo("channels", channel, read) : !task || this.log.readUpTo("threads", task, read);
    if (!known && this.link.live) void this.#count();
  }

  /** Open tasks whose events are older than the loaded pages. */
  async #know(): Promise<void> {
    const known: TaskView[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const input = { state: "open" as const, limit: 100, ...(cursor ? { cursor } : {}) };
      const { tasks, next } = await this.link.call("tasks", input);
      known.unshift(...tasks.reverse());
      cursor = next;
    }
    this.log.open(known);
    this.#changed();
  }

  /** The snapshot carries the running text as a whole. */
  async #mend(): Promise<void> {
    if (this.#mending) return;
    this.#mending = true;
    try {
      this.log.snapshot(await this.link.call("snapshot", {}), Date.now());
    } finally {
      this.#mending = false;
    }
    this.#changed();
  }

  #message(name: string, payload: unknown): void {
    if (name === "snapshot") {
      const parsed = snapshotShape.safeParse(payload);
      if (parsed.success) this.log.snapshot(parsed.data, Date.now());
    } else if (name === "event") {
      const parsed = outboxItem.safeParse(payload);
      if (parsed.success) this.log.event(parsed.data);
      this.#confirm();
      if (this.log.gap && this.link.live) void this.link.resync();
    } else if (name === "read") {
      const parsed = channelReadOut.safeParse(payload);
      if (parsed.success) this.#wasRead(parsed.data);
    } else {
      const parsed = deltaShape.safeParse(payload);
      const lost = parsed.success && this.log.delta(parsed.data);
      if (lost && this.link.live) void this.#mend().catch((error: unknown) => console.warn("fetching the running text failed", error));
    }
    this.#changed();
  }

  /** Takes messages that the log shows out of the outbox. */
  #confirm(): void {
    const { elsewhere, entries } = this.outbox;
    for (const { clientId } of [...elsewhere, ...entries]) if (this.log.sent(clientId)) this.outbox.confirm(clientId);
  }

  /** Takes a message; it shows at once and goes out as soon as it can. */
  send = (text: string, to: Sending = {}): void => {
    if (to.clientId !== undefined && this.log.sent(to.clientId)) return;
    this.outbox.add(text, Date.now(), to);
    this.#changed();
  };

  /** Sends waiting messages, but none while the first provision runs. */
  flush(): void {
    if (this.link.live && this.#reads.size > 0 && !this.#telling) void this.#tellReads();
    const { stack, everReady, home } = this.log.view();
    if (this.link.live && (stack?.ready || everReady)) this.#delivery.flush(home);
  }

  retry = (clientId: string): void => {
    this.outbox.mark(clientId, { unanswered: false });
    this.link.retryNow();
    this.#changed();
  };
  discard = (clientId: string): void => {
    this.outbox.confirm(clientId);
    this.#changed();
  };
  /** Another tab wrote to the outbox. */
  outboxChanged = (): void => {
    this.outbox.refresh();
    this.#confirm();
    this.#changed();
  };

  /** Fetches an older page of one channel. */
  olderOf = (channel: string, ready?: () => Promise<void>): Promise<void> =>
    this.#prepend(
      channel,
      async (first, ask) => {
        const events = await ask(first, pageSize);
        return { events, ended: events.length === 0 };
      },
      ready,
    );

  /** Fetches older pages of one channel until the event `seq` is among them, and shows them together. */
  reach = (channel: string, seq: number): Promise<void> =>
    this.#prepend(channel, async (first, ask) => (first > seq ? loadOlderEvents(seq, first, ask) : undefined));

  async #prepend(channel: string, fetch: Fetch, ready?: () => Promise<void>): Promise<void> {
    const view = this.log.view();
    const first = Math.min(view.from.get(channel) ?? view.first, view.first);
    if (first <= 1) return;
    const older = await fetch(
      first,
      async (before, limit) => (await this.link.callAs("channelEvents", { channel, before, limit }, pageOfEvents)).events,
    );
    if (!older) return;
    await ready?.();
    this.log.prependChannel(channel, older.events, first, older.ended);
    this.#changed();
  }
}

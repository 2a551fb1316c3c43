import { eventPage, snapshot } from "../schema/agent.ts";
import { AppError } from "../schema/error.ts";
import { delta, type StoredEvent, storedEvent } from "../schema/event.ts";
import { type Id, newId } from "../schema/id.ts";
import { limits } from "../schema/limits.ts";
import { type Heard, type Link, link } from "./actor-link.ts";
import type { Config } from "./env.ts";

export type Sink = { event: (name: string, data: unknown, seq?: number) => void };
const asked = { snapshot: 1, since: 2 };

/**
 * Follows one connection to a member's log: a snapshot, then every stored event after `after` in order and once, deltas between. Ends when the
 * connection does; throws what the actor refused with.
 */
export async function follow(config: Config, member: Id<"mem">, after: number, sink: Sink, stop: AbortSignal): Promise<void> {
  let last = after;
  let live = false; // the replay has caught up
  let greeted = false;
  const waiting: StoredEvent[] = [];
  const ended = Promise.withResolvers<void>();
  const requestId = newId("req");
  const envelope = (what: string, input: unknown) => ({ requestId, key: `${what}:${requestId}:${last}`, input });
  const put = (event: StoredEvent) => {
    if (event.seq <= last) return;
    last = event.seq;
    sink.event(event.kind, event, event.seq);
  };
  const page = (output: unknown, to: Link) => {
    const { events, last: newest } = eventPage.parse(output);
    for (const event of events) put(event);
    if (events.length > 0 && last < newest) return askPage(to);
    for (const event of waiting.splice(0).sort((a, b) => a.seq - b.seq)) put(event);
    live = true;
  };
  const askPage = (to: Link) => to.ask(asked.since, "since", envelope("since", { seq: last, limit: limits.eventPage }));
  const hear = (one: Heard, to: Link) => {
    if (one.what === "closed") return ended.resolve();
    if (one.what === "refused")
      return ended.reject(new AppError(one.code === "not_found" ? "not_found" : "unavailable", { code: one.code }));
    if (one.what === "ready") return to.ask(asked.snapshot, "snapshot", envelope("snapshot", {}));
    if (one.what === "answer" && one.id === asked.snapshot) {
      sink.event("snapshot", snapshot.parse(one.output));
      greeted = true;
      return askPage(to);
    }
    if (one.what === "answer") return page(one.output, to);
    if (one.name === "delta" && greeted && live) return sink.event("delta", delta.parse(one.body));
    if (one.name !== "event") return; // the connection's own snapshot: the asked one says the same
    const event = storedEvent.parse(one.body);
    if (!live) waiting.push(event);
    else if (event.seq === last + 1) put(event);
    else if (event.seq > last) {
      live = false; // a gap: ask for what was missed
      waiting.push(event);
      askPage(to);
    }
  };
  const early: Heard[] = []; // heard before the link was handed over
  let to: Link | undefined;
  to = await link(config, member, (one) => {
    if (!to) return void early.push(one);
    try {
      hear(one, to);
    } catch (error) {
      ended.reject(error);
    }
  });
  for (const one of early) hear(one, to);
  stop.addEventListener("abort", () => ended.resolve(), { once: true });
  if (stop.aborted) ended.resolve();
  try {
    await ended.promise;
  } finally {
    to.close();
  }
}

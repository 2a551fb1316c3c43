import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { GrowqrClient } from "./client.ts";
import { GrowqrError } from "./growqr-error.ts";
import { waitUnlessAborted } from "./repeat-call.ts";

/** An event of a log. What is not stored, a snapshot or a piece of text as it comes, has no `seq`. */
export type LogEvent = { seq: number | undefined; kind: string; data: Record<string, unknown> };
export type FollowOptions = { after?: number | undefined; signal?: AbortSignal | undefined };

/** The server says each ten seconds that it is there: a connection that is silent for longer is dead. */
const longestSilence = 35_000;
const waits = { first: 250, longest: 5_000 };

function readEvent({ id, event, data }: EventSourceMessage): LogEvent {
  const parsed: unknown = JSON.parse(data);
  const body = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  return { seq: id === undefined || id === "" ? undefined : Number(id), kind: event ?? "message", data: body };
}

/** The events of one connection, until it ends; throws when it is cut off or silent. */
async function* readStream(body: ReadableStream<Uint8Array>, end: AbortController): AsyncGenerator<LogEvent> {
  const heard: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => heard.push(event) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const silent = () => end.abort(new DOMException("The stream is silent.", "TimeoutError"));
  try {
    for (;;) {
      const timer = setTimeout(silent, longestSilence);
      const { value, done } = await reader.read().finally(() => clearTimeout(timer));
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const event of heard.splice(0)) yield readEvent(event);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it may be cut off already
  }
}

/**
 * A member's log from `after` on, over as many connections as it takes: each begins after the last event
 * that was seen, so none is missed and none is told twice. Ends when `signal` does; throws what a retry can't
 * help.
 */
export async function* followLog(
  client: Pick<GrowqrClient, "GET">,
  actorId: string,
  { after = 0, signal }: FollowOptions = {},
): AsyncGenerator<LogEvent, void> {
  let last = after;
  let wait = waits.first;
  while (!signal?.aborted) {
    const end = new AbortController();
    const stop = () => end.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const params = { path: { actorId }, header: { "last-event-id": last } };
      const body = await client.GET("/actors/{actorId}/events", { params, parseAs: "stream", signal: end.signal });
      for await (const event of body ? readStream(body, end) : []) {
        wait = waits.first;
        if (event.kind === "snapshot" && Number(event.data.lastSeq) < last) last = 0; // the log was lost and begins anew
        if (event.seq !== undefined && event.seq <= last) continue;
        last = event.seq ?? last;
        yield event;
      }
    } catch (error) {
      if (error instanceof GrowqrError && !error.retryable) throw error;
    } finally {
      signal?.removeEventListener("abort", stop);
      end.abort();
    }
    await waitUnlessAborted(wait, signal).catch(() => undefined); // the loop sees that it was aborted
    wait = Math.min(wait * 2, waits.longest);
  }
}

import type { Context } from "hono";
import { z } from "zod";
import { AppError, type ErrorCode } from "../../schema/wire/error.ts";
import { id } from "../../schema/wire/id.ts";
import type { Logger } from "../../schema/wire/log.ts";
import { queryNumber } from "../../schema/wire/query-number.ts";
import { requireActor } from "../actor/actor-registry.ts";
import { reviveActor } from "../actor/rivet.ts";
import { memberDoor, mountPlain } from "../door.ts";
import type { EdgeConfig } from "../env.ts";
import { type EdgeApp, newApp, refusalAnswers } from "../http.ts";
import type { SessionVariables } from "../kernel/auth.ts";
import { type EventSink, type FollowedLog, followEvents } from "./follow-events.ts";

/**
 * The longest life of a stream. Its reader then comes back with the last id it saw, so that a token of sixty
 * seconds does not open a stream for ever.
 */
const longestStream = 15 * 60_000;
/**
 * workerd notices that a reader has gone only when it writes to it, so one beat ends a stream without a
 * reader.
 */
const beat = 10_000;
/** What a reader may leave unread before its stream is ended. */
const mostUnread = 4 * 1024 * 1024;
const encoder = new TextEncoder();
const sequence = queryNumber(z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER));

/**
 * The response's body and the means to write to it; `gone` fires
 * once, when the reader went, fell too far behind, or time is up.
 */
function stream(request: AbortSignal) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const gone = new AbortController();
  const end = () => gone.abort();
  let unread = 0;
  const write = (text: string) => {
    const bytes = encoder.encode(text);
    unread += bytes.length;
    if (unread > mostUnread) return end();
    writer.write(bytes).then(() => {
      unread -= bytes.length;
    }, end);
  };
  const timers = [setTimeout(end, longestStream), setInterval(() => write(": still here\n\n"), beat)];
  request.addEventListener("abort", end, { once: true });
  writer.closed.catch(end);
  gone.signal.addEventListener("abort", () => timers.forEach(clearTimeout), { once: true });
  const sink: EventSink = {
    event: (name, data, seq) => write(`${seq === undefined ? "" : `id: ${seq}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
  };
  return { readable, sink, gone, close: () => void writer.close().catch(() => undefined) }; // closing what the reader has closed is no failure
}

function waitFor(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const now = () => {
      clearTimeout(timer);
      resolve();
    };
    stop.addEventListener("abort", now, { once: true });
  });
}

/**
 * Follows one connection; where the engine has lost the actor, it
 * is made anew once and followed from the beginning of its new log.
 */
async function followUntilLost(config: EdgeConfig, followed: () => FollowedLog, sink: EventSink, stop: AbortSignal): Promise<void> {
  try {
    await followEvents(config, followed(), sink, stop);
  } catch (error) {
    const lost = error instanceof AppError && error.meta.lost === true;
    if (!lost || !(await reviveActor(config, followed().claims.member))) throw error;
    await followEvents(config, followed(), sink, stop);
  }
}

const endingCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["not_found", "unauthenticated"]);
/**
 * Follows the log until the reader goes, over as many connections to the
 * actor as it takes. `opened` settles with the first one's first words.
 */
async function serveEvents(
  config: EdgeConfig,
  followed: FollowedLog,
  to: ReturnType<typeof stream>,
  opened: PromiseWithResolvers<void>,
  log: Logger,
) {
  let last = followed.after;
  let wait = 250;
  const sink: EventSink = {
    event: (name, data, seq) => {
      opened.resolve();
      wait = 250;
      last = seq ?? last; // kept as it is said: a connection may break off anywhere
      to.sink.event(name, data, seq);
    },
  };
  const stop = to.gone.signal;
  let first = true;
  while (!stop.aborted) {
    try {
      await followUntilLost(config, () => ({ ...followed, after: last }), sink, stop);
    } catch (error) {
      if (first) opened.reject(error);
      // Its actor is gone, or the reader's sign-in is: nothing more is told.
      if (first || (error instanceof AppError && endingCodes.has(error.code))) to.gone.abort();
      else log("warn", "event stream lost its actor", { error });
    }
    first = false;
    if (!stop.aborted) await waitFor(wait, stop);
    wait = Math.min(wait * 2, 5_000);
  }
  to.close();
}

/** Where a reader goes on: the first that is given of the last id it saw and the sequence it names. */
export function readEventPlace(...headerAndQuery: (string | undefined)[]): number {
  const given = headerAndQuery.filter((each) => each !== undefined);
  const sequences = given.map((each) => sequence.safeParse(each));
  if (given.includes("") || sequences.some(({ success }) => !success))
    throw new AppError("invalid", { issues: [{ path: "after", message: "a sequence number" }] });
  return sequences[0]?.data ?? 0;
}

/** The stream as an answer, once the actor has said its first words; refused as the actor refuses. */
export async function answerEvents(c: Context<EdgeApp & SessionVariables>, followed: FollowedLog): Promise<Response> {
  const to = stream(c.req.raw.signal);
  const opened = Promise.withResolvers<void>();
  c.executionCtx.waitUntil(serveEvents(c.var.config, followed, to, opened, c.var.log));
  const late = setTimeout(() => opened.reject(new AppError("unavailable", { what: "no snapshot" })), 10_000);
  try {
    await opened.promise;
  } catch (error) {
    to.gone.abort();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return new Response(to.readable, { headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" } });
}

/** One event as it is sent. */
export const sentEvent = z.object({ event: z.string(), data: z.string(), id: z.string().optional() });
/** Where a reader may say that it goes on. */
export const eventPlaceIn = {
  query: z.strictObject({ after: sequence.optional() }),
  headers: z.object({ "last-event-id": sequence.optional() }),
};
const route = memberDoor({
  method: "get",
  path: "/actors/{actorId}/events",
  tags: ["Actors"],
  summary: "The Grow Agent's log as server-sent events: a snapshot, then all after `Last-Event-ID`, then what happens",
  description:
    "`id` is the sequence and `event` the kind; `data` is the stored event. `event: delta` carries text as it comes and has no id. The stream ends after fifteen minutes: come back with the last id.",
  request: { params: z.object({ actorId: id("agt") }), ...eventPlaceIn },
  responses: { 200: { description: "Events", content: { "text/event-stream": { schema: sentEvent } } }, ...refusalAnswers },
});

export const eventRoutes = newApp();
mountPlain(eventRoutes, route, async (c) => {
  const { db, member, signIn } = c.var;
  const actorId = id("agt").safeParse(c.req.param("actorId"));
  if (!actorId.success) throw new AppError("not_found");
  const after = readEventPlace(c.req.header("last-event-id"), c.req.query("after"));
  const actor = await requireActor(db, member.id, actorId.data);
  return answerEvents(c, { claims: { member: member.id, agent: actor.id, signIn }, after });
});

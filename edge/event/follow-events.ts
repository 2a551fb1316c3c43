import type { z } from "zod";
import { actions, type InputOf } from "../../schema/actions.ts";
import type { Snapshot } from "../../schema/agent/grow-agent.ts";
import { type Delta, deltaShape, readStored, type StoredEvent } from "../../schema/event.ts";
import type { SessionSnapshot } from "../../schema/opencode/session.ts";
import type { projectSnapshot } from "../../schema/project/project-events.ts";
import { AppError } from "../../schema/wire/error.ts";
import { type Id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { TicketClaims } from "../../schema/wire/ticket.ts";
import { type ActorLink, type LinkEvent, openActorLink } from "../actor/actor-link.ts";
import type { EdgeConfig } from "../env.ts";
import { issueTicket } from "../kernel/ticket.ts";

const turnsOf = (session: Id<"ses">, { turns }: Snapshot) => turns?.filter((turn) => turn.session === session) ?? [];
const snapshotOf = (session: Id<"ses">, now: Snapshot): SessionSnapshot => ({
  session,
  lastSeq: now.lastSeq,
  turn: turnsOf(session, now)[0] ?? null,
});

/** Refusals of the actor that are the reader's; any other is of the way to it. */
const passedOn = ["not_found", "unauthenticated"] as const;
export type EventSink = { event: (name: string, data: unknown, seq?: number) => void };
const callIds = { snapshot: 1, since: 2, renew: 3 } as const;
/**
 * A runner that dies takes questions with it and leaves the connection standing:
 * silence is asked about, and one without an answer ends. Milliseconds.
 */
const pulse = 5_000;
/** A connection is renewed well before its ticket ends, also by the clock of a runner that is ahead. */
const renewal = (limits.liveTicket - 2 * limits.skew) * 1000;

/** What a reader follows: a member's log after a sequence number, whole, of one session or of one project. */
export type FollowedLog = {
  claims: TicketClaims<"live">;
  after: number;
  session?: Id<"ses"> | undefined;
  /** By its name. */
  project?: string | undefined;
};

const isProjectEnd = ({ kind, body }: StoredEvent) => kind === "project.removed" && body.state === "done" && body.repository === "archive";
/**
 * Follows one connection to a member's log: a snapshot, then every stored event after `after` in
 * order and once, deltas between. Ends when the connection does; throws what the actor refused with.
 */
export async function followEvents(
  config: EdgeConfig,
  { claims, after, session, project }: FollowedLog,
  sink: EventSink,
  stop: AbortSignal,
): Promise<void> {
  const ours = { ...(session === undefined ? {} : { session }), ...(project === undefined ? {} : { project }) };
  const whole = session === undefined && project === undefined;
  const turns = new Set<Id<"trn">>(); // those of the session that run, whose text is passed on as it comes
  let last = after;
  let live = false; // the replay has caught up
  let greeted = false;
  let unanswered: number | undefined = Date.now(); // since when: the first is the connection itself
  const waiting: (StoredEvent | Delta)[] = []; // heard while the replay runs, in order
  const ended = Promise.withResolvers<void>();
  const requestId = newId("req");
  const put = (event: StoredEvent) => {
    if (event.seq <= last) return;
    last = event.seq;
    if (session !== undefined && event.session !== session) return;
    if (project !== undefined && event.project !== project) return;
    if (event.kind === "turn.state" && event.body.state === "running") turns.add(event.body.turnId);
    sink.event(event.kind, event, event.seq);
    if (project !== undefined && isProjectEnd(event)) ended.resolve(); // what comes under its name is another's
  };
  const page = (output: unknown, to: ActorLink) => {
    const { events, last: newest } = actions.since.out.parse(output);
    for (const event of events) put(event);
    if (events.length > 0 && last < newest) return askPage(to);
    if (!whole) last = Math.max(last, newest); // nothing of it is missing up to there
    live = true;
    for (const waited of waiting.splice(0)) arrive(waited, to);
  };
  const ask = <A extends keyof typeof callIds>(to: ActorLink, action: A, input: InputOf<A>) => {
    unanswered ??= Date.now();
    to.ask(callIds[action], action, { requestId, key: `${action}:${requestId}:${last}`, input });
  };
  const askPage = (to: ActorLink) => ask(to, "since", { seq: last, limit: limits.eventPage, ...ours });
  const arrive = (event: StoredEvent | Delta, to: ActorLink): void => {
    if (!live) waiting.push(event);
    else if (!("seq" in event)) (whole || turns.has(event.turnId)) && sink.event("delta", event);
    else if (event.seq === last + 1) put(event);
    else if (event.seq > last) {
      live = false; // a gap: ask for what was missed
      waiting.push(event);
      askPage(to);
    }
  };
  const greeting = (now: Snapshot) => {
    if (project !== undefined) return { project, lastSeq: now.lastSeq } satisfies z.infer<typeof projectSnapshot>;
    return session === undefined ? now : snapshotOf(session, now);
  };
  const hear = (heard: LinkEvent, to: ActorLink) => {
    if (heard.what === "closed") return ended.resolve();
    if (heard.what === "lost") return ended.reject(new AppError("not_found", { lost: true }));
    if (heard.what === "refused")
      return ended.reject(new AppError(passedOn.find((code) => code === heard.code) ?? "unavailable", { code: heard.code }));
    if (heard.what === "answer") unanswered = undefined;
    if (heard.what === "ready") return ask(to, "snapshot", {});
    if (heard.what === "answer" && heard.id === callIds.snapshot) {
      const now = actions.snapshot.out.parse(heard.output);
      if (now.lastSeq < last) last = 0; // the log was lost with the engine and begins anew
      sink.event("snapshot", greeting(now));
      if (session !== undefined) for (const { turnId } of turnsOf(session, now)) turns.add(turnId);
      greeted = true;
      return askPage(to);
    }
    if (heard.what === "answer") return heard.id === callIds.since ? page(heard.output, to) : undefined;
    if (heard.name === "delta" && greeted) return arrive(deltaShape.parse(heard.body), to); // those before the snapshot are in it
    if (heard.name === "event") arrive(readStored(heard.body), to); // and the connection's own snapshot says what the asked one says
  };
  const early: LinkEvent[] = []; // heard before the link was handed over
  let to: ActorLink | undefined;
  to = await openActorLink(config, claims, (heard) => {
    if (!to) return void early.push(heard);
    try {
      hear(heard, to);
    } catch (error) {
      ended.reject(error);
    }
  });
  for (const heard of early) hear(heard, to);
  stop.addEventListener("abort", () => ended.resolve(), { once: true });
  if (stop.aborted) ended.resolve();
  const renew = async (over: ActorLink) => ask(over, "renew", { ticket: (await issueTicket(config, "live", claims)).ticket });
  const timer = setInterval(() => renew(to).catch(ended.reject), renewal);
  const beat = setInterval(() => {
    if (unanswered !== undefined && Date.now() - unanswered >= 2 * pulse) ended.resolve();
    else if (unanswered === undefined && live) askPage(to);
  }, pulse);
  try {
    await ended.promise;
  } finally {
    clearInterval(timer);
    clearInterval(beat);
    to.close();
  }
}

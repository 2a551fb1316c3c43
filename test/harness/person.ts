import { setTimeout as after } from "node:timers/promises";
import type { EventSourceMessage } from "eventsource-parser";
import { z } from "zod";
import { type Snapshot, snapshotShape } from "../../schema/agent/grow-agent.ts";
import { type Delta, deltaShape, type EventKind, type StoredEvent, storedEvent } from "../../schema/event.ts";
import { type SignedIn, signIn } from "../local/identity.ts";
import { readServerSentEvents } from "./server-sent-events.ts";
import { limit } from "./suite/limit.ts";

export type Answer = { status: number; body: unknown; headers: Headers };
export type Received = { event: StoredEvent; at: number } | { delta: Delta; at: number } | { snapshot: Snapshot; at: number };
type KindOf<K extends EventKind> = Extract<StoredEvent, { kind: K }>;

/** What a person does with curl and a bearer token. */
export type Person = SignedIn & {
  call: (method: string, where: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /**
   * Follows an agent's events that come after `after`. A steady reader reconnects with its last sequence
   * number whenever the stream breaks.
   */
  events: (actor: string, after?: number, options?: { steady?: boolean }) => Promise<Events>;
};
export type Events = {
  received: Received[];
  /** Stored events so far, of one kind. */
  of: <K extends EventKind>(kind: K) => KindOf<K>[];
  deltas: () => { delta: Delta; at: number }[];
  /** Waits for a stored event of that kind that fits, among those received and those to come. */
  wait: <K extends EventKind>(kind: K, fits: (event: KindOf<K>) => boolean, ms?: number) => Promise<KindOf<K>>;
  until: (title: string, ready: () => boolean, ms?: number) => Promise<void>;
  ended: () => boolean;
  close: () => void;
};

/** The e-mail addresses that this file of tests has signed in with. */
export const met = new Set<string>();

export async function person(product: { identityUrl: string; edgeUrl: string }, email: string): Promise<Person> {
  met.add(email);
  const signed = await signIn(product.identityUrl, email);
  const call: Person["call"] = async (method, where, body, headers = {}) => {
    const response = await fetch(product.edgeUrl + where, {
      method,
      headers: {
        authorization: `Bearer ${await signed.token()}`,
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(method === "GET" ? {} : { body: typeof body === "string" ? body : JSON.stringify(body ?? {}) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: jsonOr(text) };
  };
  const events: Person["events"] = async (actor, from, options = {}) => {
    const stop = new AbortController();
    const open = async (after: number | undefined) => {
      const headers: Record<string, string> = { authorization: `Bearer ${await signed.token()}`, accept: "text/event-stream" };
      if (after !== undefined) headers["last-event-id"] = String(after);
      const response = await fetch(`${product.edgeUrl}/actors/${actor}/events`, { headers, signal: stop.signal });
      if (!response.ok || !response.body) throw new Error(`events answered ${response.status}: ${await response.text()}`);
      return response.body;
    };
    return follow(await open(from), stop, options.steady ? open : undefined);
  };
  return { ...signed, call, events };
}
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // some answers are text
  }
}

function readEvent({ event, data, id }: EventSourceMessage): Received {
  const body: unknown = JSON.parse(data);
  const at = Date.now();
  if (event === "delta") return { delta: deltaShape.parse(body), at };
  if (event === "snapshot") return { snapshot: snapshotShape.parse(body), at };
  const parsed = storedEvent.parse(body);
  if (id !== String(parsed.seq) || event !== parsed.kind) throw new Error(`frame ${id}/${event} carries ${parsed.seq}/${parsed.kind}`);
  return { event: parsed, at };
}

type Body = NonNullable<Response["body"]>;
async function pour(body: Body, received: Received[]): Promise<void> {
  for await (const message of readServerSentEvents(body)) received.push(readEvent(message));
}
const lastOf = (received: Received[]) => received.reduce((last, item) => ("event" in item ? Math.max(last, item.event.seq) : last), 0);

/** Comes back until it is told to stop; a refusal or a broken connection is tried again. */
async function pourSteadily(first: Body, received: Received[], open: (after: number) => Promise<Body>, stop: AbortSignal): Promise<void> {
  let body: Body | undefined = first;
  while (!stop.aborted) {
    if (body) await pour(body, received).catch((error: unknown) => broken(error, stop));
    await after(100);
    body = stop.aborted ? undefined : await open(lastOf(received)).catch((error: unknown) => broken(error, stop));
  }
}
/** Only what a test of faults causes: a connection that breaks or is refused for now. */
function broken(error: unknown, stop: AbortSignal): undefined {
  const expected = stop.aborted || /terminated|fetch failed|ECONN|other side closed|answered (401|5\d\d)|answered 50/.test(String(error));
  if (!expected) throw error;
}

function follow(body: Body, stop: AbortController, again: ((after: number) => Promise<Body>) | undefined): Events {
  const received: Received[] = [];
  let ended: unknown;
  (again ? pourSteadily(body, received, again, stop.signal) : pour(body, received)).then(
    () => {
      ended = "the stream ended";
    },
    (error: unknown) => {
      ended = error;
    },
  );
  const stored = () => received.flatMap((item) => ("event" in item ? [item.event] : []));
  const ofKind = <K extends EventKind>(kind: K) => stored().filter((event): event is KindOf<K> => event.kind === kind);
  const until: Events["until"] = async (title, ready, ms = 60_000) => {
    const most = limit(ms);
    const end = Date.now() + most;
    while (!ready()) {
      const last = () =>
        stored()
          .slice(-8)
          .map((event) => `${event.seq} ${event.kind} ${JSON.stringify(event.body).slice(0, 300)}`)
          .join("\n");
      if (ended) throw new Error(`${title}: ${ended instanceof Error ? ended.message : String(ended)}; last events:\n${last()}`);
      if (Date.now() > end) throw new Error(`${title} did not come within ${most} ms; last events:\n${last()}`);
      await after(10);
    }
  };
  return {
    received,
    of: ofKind,
    until,
    deltas: () => received.flatMap((item) => ("delta" in item ? [item] : [])),
    wait: async (kind, fits, ms) => {
      await until(`${kind}`, () => ofKind(kind).some(fits), ms);
      return ofKind(kind).find(fits)!;
    },
    ended: () => ended !== undefined,
    close: () => stop.abort(),
  };
}

const agentView = z.object({
  id: z.string(),
  member: z.string(),
  stackId: z.string(),
  workspaceId: z.string(),
  status: z.string(),
  observed: z.string(),
  epoch: z.number(),
  gitRepo: z.string(),
});
export const withActor = z.object({ actor: agentView });

/** Starts the trial and waits until the agent is ready. */
export async function provision(person: Person, ms = 120_000): Promise<{ actor: z.infer<typeof agentView>; events: Events }> {
  const trial = await person.call("POST", "/billing/trial");
  if (trial.status !== 202) throw new Error(`trial answered ${trial.status}: ${JSON.stringify(trial.body)}`);
  const { actor } = withActor.parse(trial.body);
  const events = await person.events(actor.id, 0);
  await events.wait("provision.step", (event) => event.body.step === "ready" && event.body.state === "done", ms);
  return { actor, events };
}
export const sent = z.object({ messageId: z.string(), turnId: z.string(), seq: z.number(), repeated: z.boolean() });

/** Sends a message and answers the turn it began. */
export async function send(person: Person, actor: string, text: string, clientId = `c-${crypto.randomUUID()}`) {
  const answer = await person.call("POST", `/actors/${actor}/message`, { clientId, text });
  if (answer.status !== 202) throw new Error(`message answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return { ...sent.parse(answer.body), clientId };
}
/** Steps for the demo model, as text of a message. */
export const script = (...steps: object[]) => `SCRIPT:${JSON.stringify(steps)}END`;

import { z } from "zod";
import { storedEvent } from "../../schema/event.ts";
import { id } from "../../schema/wire/id.ts";
import { readServerSentEvents } from "../harness/server-sent-events.ts";
import type { SignedIn } from "../local/identity.ts";

export const now = () => performance.timeOrigin + performance.now();
export const actorOut = z.object({ actor: z.object({ id: id("agt"), member: id("mem"), epoch: z.number().int() }) });

export type Arrival = { at: number; name: string; data: unknown };

/** A member as a program: bearer token, REST, and the event stream of the member's agent. */
export async function openMember(edgeUrl: string, person: SignedIn) {
  const call = async (method: string, where: string, body?: object): Promise<unknown> => {
    const response = await fetch(edgeUrl + where, {
      method,
      headers: {
        authorization: `Bearer ${await person.token()}`,
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${where} answered ${response.status}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const view = async () => actorOut.parse(await call("GET", "/actors/me"));
  const provision = async () => {
    await call("POST", "/billing/trial", {});
    return (await view()).actor;
  };
  return { call, provision, view, events: (agent: string, after?: number) => openEvents(edgeUrl, agent, person, after) };
}
export type Member = Awaited<ReturnType<typeof openMember>>;

/**
 * Reads an event stream into memory; `until` waits for the first arrival, past or future, that `match`
 * accepts.
 */
export async function openEvents(edgeUrl: string, agent: string, person: SignedIn, after = 0) {
  const abort = new AbortController();
  const response = await fetch(`${edgeUrl}/actors/${agent}/events?after=${after}`, {
    headers: { authorization: `Bearer ${await person.token()}`, accept: "text/event-stream" },
    signal: abort.signal,
  });
  if (!response.ok || !response.body) throw new Error(`events answered ${response.status}`);
  return collectEvents(response.body, abort);
}

/** Collects the frames of a server-sent-event body as they arrive. */
export function collectEvents(body: NonNullable<Response["body"]>, abort: AbortController) {
  const seen: Arrival[] = [];
  const waiting = new Set<() => void>();
  const read = async () => {
    for await (const { event = "message", data } of readServerSentEvents(body)) {
      if (data) seen.push({ at: now(), name: event, data: JSON.parse(data) });
      for (const wake of waiting) wake();
    }
  };
  const done = read().catch(() => undefined); // whoever waits for an event then misses the deadline and says so
  const until = (awaited: string, match: (arrival: Arrival) => boolean, ms: number, from = 0): Promise<Arrival> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const hit = seen.slice(from).find(match);
        if (!hit) return;
        end();
        resolve(hit);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${awaited}: not within ${ms} ms; last: ${seen.slice(-5).map((arrival) => arrival.name)}`));
      }, ms);
      const end = () => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      waiting.add(look);
      look();
    });
  const close = async () => {
    abort.abort();
    await done;
  };
  return { seen, until, close };
}
export type Stream = ReturnType<typeof collectEvents>;

/** Whether an arrival is a stored event of this kind with a body that `accept` takes. */
export function isEvent(arrival: Arrival, kind: string, accept: (body: Record<string, unknown>) => boolean): boolean {
  if (arrival.name !== kind) return false;
  const event = storedEvent.safeParse(arrival.data);
  return event.success && accept(event.data.body as Record<string, unknown>);
}

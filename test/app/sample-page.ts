import { expect, vi } from "vitest";
import { Live } from "../../edge/app/live/live.ts";
import type { SentMessage } from "../../edge/app/live/outbox.ts";
import { limit } from "../harness/suite/limit.ts";
import { agent, SampleActor } from "./sample-actor.ts";

vi.stubGlobal("localStorage", { getItem: () => null });

export class MemoryStorage {
  readonly #values = new Map<string, string>();
  getItem = (key: string) => this.#values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.#values.set(key, value);
  removeItem = (key: string) => void this.#values.delete(key);
}

/** A page that is connected to a sample actor, as the hook of the stock client would connect it. */
export function openPage(
  actor: SampleActor,
  storage = new MemoryStorage(),
  early?: { channel: string; page: Promise<unknown> },
  large: (message: SentMessage) => Promise<unknown> = async () => undefined,
) {
  const tickets: { given: number; refusal?: Error | undefined } = { given: 0 };
  const live = new Live({
    agent,
    ...(early ? { early } : {}),
    ticket: async () => {
      tickets.given += 1;
      if (tickets.refusal) throw tickets.refusal;
      return {
        ticket: `ticket-${tickets.given}`,
        expiresAt: Date.now() / 1000 + 300,
        endpoint: "http://localhost/live",
        key: ["mem_0" as never],
      };
    },
    large,
    storage,
    frame: (flush) => queueMicrotask(flush),
  });
  const connect = () => {
    const socket = actor.connect();
    live.link.opened(socket);
    live.link.status(socket, "connected");
    return socket;
  };
  const texts = () => live.state().view.rows.flatMap((row) => (row.type === "member" ? [row.body.text] : []));
  return { live, connect, texts, tickets, storage };
}
export const readyActor = () => {
  const actor = new SampleActor();
  actor.provision();
  return actor;
};
/** Waits for what the page does with its next answers, longer than the second of `vi.waitFor`. */
export const waitFor = (check: () => void) => vi.waitFor(check, { timeout: limit(20_000) });
export const untilLive = (live: Live) => waitFor(() => expect(live.state().link.status).toBe("live"));

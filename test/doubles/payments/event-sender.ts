import type { Ledger } from "./ledger.ts";
import { asEvent, signEvent } from "./wire.ts";

/** Where events go, and what they are signed with; false: it was not taken. */
export type EventWay = { secret: string; deliver: (body: string, signature: string) => Promise<boolean> };

/** Sends what is due, the oldest first; what is not taken waits for the next try. */
export class EventSender {
  readonly #ledger: Ledger;
  readonly #save: () => void;
  readonly #way: EventWay;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  constructor(ledger: Ledger, save: () => void, way: EventWay) {
    this.#ledger = ledger;
    this.#save = save;
    this.#way = way;
  }

  send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#ledger.events.length > 0 && !this.#closed) this.#timer ??= setTimeout(() => this.#again(), 1_000).unref();
    });
    return this.#sending;
  }
  #again(): void {
    this.#timer = undefined;
    void this.send();
  }
  async #sendAll(): Promise<void> {
    const ledger = this.#ledger;
    for (let event = ledger.events[0]; event && !this.#closed; event = ledger.events[0]) {
      const body = JSON.stringify(asEvent(event), null, 2);
      if (!(await this.#way.deliver(body, signEvent(body, this.#way.secret)).catch(() => false))) return;
      ledger.events = ledger.events.filter(({ id }) => id !== event?.id);
      this.#save();
    }
  }
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sending;
  }
}

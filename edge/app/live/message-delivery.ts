import { AppError, errorTable } from "../../../schema/wire/error.ts";
import type { LiveLink } from "./live-link.ts";
import { messagePlace, type Outbox, type OutboxEntry, type SentMessage } from "./outbox.ts";

type DeliveryDeps = {
  outbox: Outbox;
  link: Pick<LiveLink, "call">;
  /** Sends a message that is too large for one frame. */
  large: (message: SentMessage) => Promise<unknown>;
  /** Other messages may go out now. */
  changed: () => void;
};
type SendAttempt = { answered: boolean };

const againAfter = 1_000; // milliseconds
const largeMessage = 24_000; // bytes of its JSON; one frame holds 64 KiB with what stands around it

function toSentMessage(entry: OutboxEntry): SentMessage {
  const { clientId, text, attachments } = entry;
  return { clientId, text, ...messagePlace(entry), ...(attachments ? { attachments } : {}) };
}
/** A text may be six times as long in JSON as it is by itself. */
const isLarge = (message: SentMessage): boolean => new TextEncoder().encode(JSON.stringify(message)).length > largeMessage;
/**
 * One name for each place, which the actor finds by the session, else by the channel, else by the task. The
 * Grow Agent's own channel is meant by its id and by no place at all.
 */
const nameOfPlace = ({ session, channel, task }: OutboxEntry, home: string | undefined): string => session ?? channel ?? task ?? home ?? "";

/**
 * Sends what waits in the outbox. The messages to one place arrive in the order in which they were written,
 * so each waits for the answer to the one before it, whatever its size: the actor may handle the second of
 * two frames first. Other places do not wait.
 */
export class MessageDelivery {
  readonly #deps: DeliveryDeps;
  /** What was begun over the present connection, by `clientId`, until it is to be tried again. */
  readonly #attempts = new Map<string, SendAttempt>();
  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  /**
   * Sends the next message of each place. Later ones do not pass a message that waits to be tried again. They
   * do pass one that was refused for good, and one without an answer: that may have arrived, and it waits for
   * the person or for the next connection, so nothing else is held up by it for so long.
   */
  flush(home: string | undefined): void {
    const held = new Set<string>();
    for (const entry of this.#deps.outbox.entries) {
      const attempt = this.#attempts.get(entry.clientId);
      if (entry.refused || entry.unanswered || attempt?.answered) continue;
      const place = nameOfPlace(entry, home);
      if (!attempt && !held.has(place)) void this.#deliver(entry);
      held.add(place);
    }
  }

  /** After a new connection: calls on the old one may be lost, and a message that is sent twice stays one. */
  forgetAttempts(): void {
    const { outbox } = this.#deps;
    this.#attempts.clear();
    for (const { clientId, unanswered } of outbox.entries) if (unanswered) outbox.mark(clientId, { unanswered: false });
  }

  async #deliver(entry: OutboxEntry): Promise<void> {
    const { clientId } = entry;
    const attempt: SendAttempt = { answered: false };
    this.#attempts.set(clientId, attempt);
    try {
      await this.#send(toSentMessage(entry));
      attempt.answered = true; // it stays in the outbox until its event comes
    } catch (error) {
      await this.#failed(clientId, attempt, error instanceof AppError ? error.code : "internal");
    }
    this.#deps.changed();
  }
  #send(message: SentMessage): Promise<unknown> {
    const { link, large } = this.#deps;
    return isLarge(message) ? large(message) : link.call("send", message, message.clientId);
  }
  /** Says nothing of a message that has gone out over a newer connection since. */
  async #failed(clientId: string, attempt: SendAttempt, code: AppError["code"]): Promise<void> {
    const isLast = () => this.#attempts.get(clientId) === attempt;
    if (!isLast()) return;
    if (code === "timeout") this.#deps.outbox.mark(clientId, { unanswered: true });
    else if (!errorTable[code].retryable) this.#deps.outbox.mark(clientId, { refused: code });
    else await new Promise((resolve) => setTimeout(resolve, againAfter));
    if (isLast()) this.#attempts.delete(clientId);
  }
}

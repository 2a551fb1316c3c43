import { AppError, errorTable } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";

/**
 * A refusal that the edge keeps under its key: the same key would only hear it again. After 401 the first
 * try of the key may have been done, and its answer lost.
 */
function isKeptRefusal(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code === "unauthenticated") return false;
  return error.status < 500 && !errorTable[error.code].retryable;
}

type AskedChange<T> = { asked: string; key: string; answer?: Promise<T> | undefined; done: boolean };
/**
 * Sends a change under a key that stays until it is known how the change ended: a second click hears the
 * first one's answer until that is drawn, a retry after a lost answer repeats the key, and a press after a
 * refusal asks anew.
 */
export class OneChange<I, T> {
  #last: AskedChange<T> | undefined;
  ask(input: I, send: (input: I, key: string) => Promise<T>): Promise<T> {
    const asked = JSON.stringify(input);
    if (this.#last?.asked !== asked) this.#last = { asked, key: newId("req"), done: false };
    const now = this.#last;
    now.answer ??= send(input, now.key).then(
      (answer) => {
        now.done = true;
        return answer;
      },
      (error: unknown) => {
        now.answer = undefined;
        if (isKeptRefusal(error)) this.#forget(now);
        throw error;
      },
    );
    return now.answer;
  }
  /** The page shows how the change ended: the same press is another change from now on. */
  drawn(): void {
    if (this.#last?.done) this.#last = undefined;
  }
  /** Unless another change has been asked for since. */
  #forget(ended: object): void {
    if (this.#last === ended) this.#last = undefined;
  }
}

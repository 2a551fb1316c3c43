import { z } from "zod";
import type { TicketOut } from "../../../schema/account/account.ts";
import { actions, type InputOf, type LiveAction, type OutputOf } from "../../../schema/actions.ts";
import { AppError, errorCode, errorTable } from "../../../schema/wire/error.ts";
import { type Id, newId, type Prefix } from "../../../schema/wire/id.ts";

/** What we use of the stock client's connection. The lazy chunk hands it in. */
export type Socket = {
  action(call: { name: string; args: unknown[] }): Promise<unknown>;
  on(name: string, handler: (payload: unknown) => void): () => void;
  dispose(): Promise<void>;
};
export type LinkState = {
  status: "connecting" | "live" | "lost";
  /** Since when there is no live connection, or none that answers. */
  lostAt: number | undefined;
  /** The connection has been lost for long enough to be shown. */
  offline: boolean;
  retryAt: number | undefined;
  /** A refusal that a retry does not cure. */
  refused: AppError["code"] | undefined;
};
/** An action's input with plain strings for ids, as addresses and events have them. */
export type ActionInput<A extends LiveAction> = WithPlainIds<InputOf<A>>;
type WithPlainIds<T> = T extends Id<Prefix> ? string : T extends object ? { [K in keyof T]: WithPlainIds<T[K]> } : T;
type Deps = {
  ticket: () => Promise<TicketOut>;
  /** Catches up over a fresh connection; the link is live when it is through. */
  sync: () => Promise<void>;
  message: (name: string, payload: unknown) => void;
  changed: () => void;
};

const answerWithin = 10_000;
const openWithin = 15_000;
const longestPause = 15_000;
export const offlineAfter = 5_000;

/**
 * Keeps one connection to the actor. The stock client reconnects in easy cases and gives up in others, so
 * this adds what it lacks: a fresh ticket and a probe before each attempt, pauses, deadlines for answers, a
 * new socket when one is silent.
 */
export class LiveLink {
  readonly #deps: Deps;
  #state: LinkState = { status: "connecting", lostAt: Date.now(), offline: false, retryAt: undefined, refused: undefined };
  #socket: Socket | undefined;
  #connected = false;
  #syncing: Socket | undefined;
  #attempts = 0;
  #wake: () => void = () => undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #away: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  #closed = false;
  /** Presses that wait for a connection which is opening. */
  readonly #awaiting = new Set<() => void>();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#sayOffline();
  }
  /** Shows a lost connection only when it lasts. */
  #sayOffline(): void {
    this.#away ??= setTimeout(() => this.#set({ offline: true }), offlineAfter);
  }
  #heard(): void {
    this.#heardAt = Date.now();
    if (this.live && this.#state.offline) this.#set({ offline: false, lostAt: undefined });
  }
  get state(): LinkState {
    return this.#state;
  }
  get live(): boolean {
    return this.#state.status === "live";
  }

  /** Waits its turn, then fetches a fresh ticket until the edge gives one. */
  async params(): Promise<{ ticket: string }> {
    while (!this.#closed) {
      await this.#pause();
      this.#attempts += 1;
      try {
        const { ticket, expiresAt } = await this.#deps.ticket();
        this.#set({ retryAt: undefined, refused: undefined });
        this.#renewBefore(expiresAt);
        this.#watch();
        return { ticket };
      } catch (error) {
        const code = error instanceof AppError ? error.code : "internal";
        this.#set({ refused: errorTable[code].retryable ? undefined : code });
      }
    }
    throw new AppError("unavailable");
  }

  /** The stock client would wait for ever for a socket that neither opens nor fails. */
  #watch(): void {
    const socket = this.#socket;
    clearTimeout(this.#opening);
    this.#opening = setTimeout(() => {
      if (this.#socket === socket && !this.#connected && !this.#closed) this.drop();
    }, openWithin);
  }

  async #pause(): Promise<void> {
    if (this.#attempts === 0) return;
    const wait = Math.min(longestPause, 250 * 2 ** (this.#attempts - 1)) * (0.75 + Math.random() / 2);
    this.#set({ retryAt: Date.now() + wait });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  retryNow = (): void => {
    this.#attempts = 0;
    this.#wake();
  };

  /** The stock client made a new connection object. */
  opened(socket: Socket): void {
    this.#socket = socket;
    this.#connected = false;
    for (const name of ["snapshot", "event", "delta", "read"])
      socket.on(name, (payload) => {
        if (this.#socket !== socket) return;
        this.#heard();
        this.#deps.message(name, plainInput(payload));
      });
  }

  status(socket: Socket, status: string): void {
    const connected = status === "connected";
    if (this.#socket !== socket || connected === this.#connected) return;
    this.#connected = connected;
    if (connected) {
      this.#goOn();
      void this.resync();
    } else this.#lost();
  }

  /** Catches up. A call while it runs joins that run. */
  async resync(): Promise<void> {
    const socket = this.#socket;
    if (!socket || !this.#connected || this.#syncing === socket) return;
    this.#syncing = socket;
    try {
      await this.#deps.sync();
      if (this.#socket !== socket || !this.#connected) return;
      this.#attempts = 0;
      clearTimeout(this.#away);
      this.#away = undefined;
      this.#set({ status: "live", lostAt: undefined, offline: false, retryAt: undefined, refused: undefined });
    } catch (error) {
      console.warn("catching up failed", error);
      if (this.#socket === socket) this.drop();
    } finally {
      if (this.#syncing === socket) this.#syncing = undefined;
    }
  }

  #lost(): void {
    this.#syncing = undefined;
    this.#set({ status: "lost", lostAt: this.#state.lostAt ?? Date.now() });
    if (!this.#closed) this.#sayOffline();
  }

  /** Gives this socket up; the hook opens another. */
  drop = (): void => {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#connected = false;
    clearTimeout(this.#opening);
    clearTimeout(this.#renewal);
    this.#lost();
    void socket?.dispose().catch((error: unknown) => console.warn("closing a connection", error));
  };

  close(): void {
    this.#closed = true;
    this.#wake();
    this.drop();
    clearTimeout(this.#away);
    this.#goOn();
  }

  #renewBefore(expiresAt: number): void {
    clearTimeout(this.#renewal);
    const wait = Math.max(10_000, (expiresAt * 1000 - Date.now()) * 0.6); // a runner's clock may be a minute ahead
    this.#renewal = setTimeout(() => void this.#renew(), Math.min(wait, 180_000));
  }
  async #renew(): Promise<void> {
    try {
      const { ticket, expiresAt } = await this.#deps.ticket();
      await this.call("renew", { ticket });
      this.#renewBefore(expiresAt);
    } catch (error) {
      // The actor closes the connection after its ticket ends; this renews it a little sooner.
      console.warn("renewing the ticket failed", error);
      if (!this.#closed) this.#renewal = setTimeout(() => void this.#renew(), 10_000);
    }
  }

  /** Calls an action of the actor. Without an answer in time it fails with `timeout` and reconnects. */
  call = <A extends LiveAction>(name: A, input: ActionInput<A>, key?: string): Promise<OutputOf<A>> => {
    const { out }: { out: z.ZodType } = actions[name];
    return this.callAs(name, input, out as z.ZodType<OutputOf<A>>, key); // TypeScript does not see that an entry's `out` is its action's
  };
  /**
   * The same for what a person has pressed: while the connection is opened again it waits for it, until the
   * page says that it is offline.
   */
  press = async <A extends LiveAction>(name: A, input: ActionInput<A>, key?: string): Promise<OutputOf<A>> => {
    if (this.#opens) await new Promise<void>((resolve) => this.#awaiting.add(resolve));
    return this.call(name, input, key);
  };
  /** A connection is about to open, and nothing yet says otherwise. */
  get #opens(): boolean {
    return !this.#connected && !this.#closed && !this.#state.offline && this.#state.refused === undefined;
  }
  #goOn(): void {
    for (const goOn of this.#awaiting) goOn();
    this.#awaiting.clear();
  }
  /** The same, with a shape that also takes events of kinds that this page does not know. */
  async callAs<T>(name: LiveAction, input: object, out: z.ZodType<T>, key: string = newId("req")): Promise<T> {
    const socket = this.#socket;
    if (!socket || !this.#connected) throw new AppError("unavailable");
    const asked = Date.now();
    const slow = setTimeout(() => {
      if (this.#socket === socket && this.live && this.#heardAt < asked) this.#set({ offline: true, lostAt: asked });
    }, offlineAfter);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new AppError("timeout", { action: name })), answerWithin);
    });
    try {
      const answer = socket.action({ name, args: [{ requestId: newId("req"), key, input }] }).catch((error: unknown) => {
        throw actorError(error);
      });
      const said = plainInput(await Promise.race([answer, late]));
      if (this.#socket === socket) this.#heard();
      return out.parse(said);
    } catch (error) {
      if (error instanceof AppError && error.code === "timeout" && this.#socket === socket) this.drop();
      throw error;
    } finally {
      clearTimeout(timer);
      clearTimeout(slow);
    }
  }

  #set(change: Partial<LinkState>): void {
    this.#state = { ...this.#state, ...change };
    if (!this.#opens) this.#goOn();
    this.#deps.changed();
  }
}

/** The stock client gives integers above 2^32 as BigInt; ours are times and counts, which a number holds. */
function plainInput(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plainInput);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainInput(inner)]));
}

const coded = z.object({ code: errorCode, message: z.string() });
/** The stock client's error as ours: a code we know, or something between here and the actor. */
function actorError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const known = coded.safeParse(error);
  return known.success
    ? new AppError(known.data.code, {}, { cause: error, message: known.data.message })
    : new AppError("unavailable", {}, { cause: error });
}

import { z } from "zod";
import { AppError } from "../../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../../schema/wire/foreign-text.ts";
import { signInAway, waitWithin } from "./wait-within.ts";

/** Milliseconds before a token's end: from the first on it is renewed, until the second it still serves. */
const [renewedBefore, servesUntil] = [15_000, 3_000];
/** Milliseconds between two tries while the provider does not answer: at first, and after a while. */
const [firstPause, longestPause] = [5_000, 30_000];
/** How soon after a try a call makes the next one. */
const shortestPause = 2_000;
/** How long a call waits for a provider that is known to be away: what it misses is read again by itself. */
const longestWaitAway = 1_000;

type TokenSources = {
  /** A token by the provider's script. Rejects with `unauthenticated` where the session is over. */
  mint: () => Promise<string>;
  /** The same by one plain call, once the script has failed: that pauses by itself, for up to a minute. */
  ask: () => Promise<string>;
  changed: () => void;
  /** Nobody sees the page: it does not ask by itself until it is seen again. */
  isHidden: () => boolean;
};

/**
 * Keeps the session's token and renews it before its end. While the provider is away the token serves until
 * that end; from then on calls are refused as `unavailable`, nobody is signed out, and it is tried again by
 * itself.
 */
export class TokenKeeper {
  readonly #deps: TokenSources;
  #kept: { jwt: string; ends: number } | undefined;
  #renewing: Promise<string> | undefined;
  /** Tries that failed, one after another, and when the last one did. */
  #failures = 0;
  #failedAt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #awayAt: number | undefined;

  constructor(deps: TokenSources) {
    this.#deps = deps;
  }
  /** Since when there is no token to call with and the provider does not answer, milliseconds since 1970. */
  get awayAt(): number | undefined {
    return this.#awayAt;
  }
  get #left(): number {
    return this.#kept ? this.#kept.ends - Date.now() : 0;
  }

  async get(): Promise<string> {
    const { jwt } = this.#kept ?? {};
    const left = this.#left;
    if (jwt !== undefined && left > renewedBefore) return jwt;
    if (this.#awayAt !== undefined && !this.#renewing && Date.now() - this.#failedAt < shortestPause) throw signInAway();
    const renewed = this.#renew();
    if (jwt === undefined || left <= servesUntil) return this.#awayAt === undefined ? renewed : waitBriefly(renewed);
    renewed.catch(() => undefined); // it has been noted, and is tried again
    return jwt;
  }
  /** Its life is counted on this machine's clock, which may differ from the provider's. */
  keep(jwt: string): string {
    this.#kept = { jwt, ends: Date.now() + readLifetime(jwt) };
    this.#settle();
    return jwt;
  }
  /** The page is seen again, or the machine has a network again. */
  wake(): void {
    if (this.#failures > 0 && Date.now() - this.#failedAt >= shortestPause) this.#tryAgain();
  }
  #tryAgain = (): void => void this.#renew().catch(() => undefined); // noted, and tried again
  /** It was refused: the next call asks for another. */
  forget(): void {
    this.#kept = undefined;
  }
  /** The session is over. */
  end(): void {
    this.#kept = undefined;
    this.#renewing = undefined;
    this.#settle();
  }
  #settle(): void {
    this.#failures = 0;
    clearTimeout(this.#retry);
    this.#setAway(undefined);
  }

  #renew(): Promise<string> {
    const { ask, mint } = this.#deps;
    this.#renewing ??= this.#take((this.#failures > 0 ? ask : mint)());
    return this.#renewing;
  }
  #take(asked: Promise<string>): Promise<string> {
    /** An answer that comes after the session's end is nobody's. */
    const isWanted = () => this.#renewing === taken;
    const taken: Promise<string> = asked
      .then(
        (jwt) => {
          if (isWanted()) return this.keep(jwt);
          throw new AppError("unauthenticated");
        },
        (error: unknown) => {
          if (isWanted()) this.#fail(error);
          throw error;
        },
      )
      .finally(() => {
        if (isWanted()) this.#renewing = undefined;
      });
    return taken;
  }
  #fail(error: unknown): void {
    if (error instanceof AppError && error.code === "unauthenticated") return;
    this.#failures += 1;
    this.#failedAt = Date.now();
    if (this.#left <= servesUntil) this.#setAway(this.#awayAt ?? Date.now());
    clearTimeout(this.#retry);
    const pause = Math.min(firstPause * 2 ** (this.#failures - 1), longestPause);
    const wait = Math.max(pause, readRetryAfter(error) * 1_000) * (0.9 + 0.2 * Math.random()); // pages don't ask all at once
    this.#retry = setTimeout(() => this.#deps.isHidden() || this.#tryAgain(), wait);
  }
  #setAway(at: number | undefined): void {
    if (at === this.#awayAt) return;
    this.#awayAt = at;
    this.#deps.changed();
  }
}

const waitBriefly = (renewed: Promise<string>): Promise<string> =>
  waitWithin(longestWaitAway, renewed).catch((error: AppError) => {
    throw error.code === "timeout" ? signInAway(error) : error;
  });
/** In seconds. */
const readRetryAfter = (error: unknown): number => {
  const { retryAfter } = error instanceof AppError ? error.meta : {};
  return typeof retryAfter === "number" ? Math.min(retryAfter, 600) : 0;
};
const times = z.object({ exp: z.number(), iat: z.number() });
/**
 * A token's life in milliseconds, for timing only: the edge verifies tokens. None is known: it serves once.
 */
function readLifetime(jwt: string): number {
  const parsed = times.safeParse(tryParseForeignJson(decodeBase64Url(jwt.split(".")[1] ?? "")));
  return parsed.success ? (parsed.data.exp - parsed.data.iat) * 1000 : 0;
}
function decodeBase64Url(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

/** A token bucket: `burst` at once, then so many a second. */
export type Rate = { burst: number; perSecond: number };
type Bucket = { tokens: number; at: number };
const mostBuckets = 1_000;
/** Buckets of one rate, by key. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();
  constructor(rate: Rate) {
    this.#rate = rate;
  }
  /** Takes a token: 0, or the milliseconds until there is one again. */
  take(key: string, now: number): number {
    const { burst, perSecond } = this.#rate;
    const known = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, known.tokens + (Math.max(0, now - known.at) * perSecond) / 1000);
    if (this.#buckets.size >= mostBuckets) this.#buckets.delete(this.#buckets.keys().next().value ?? ""); // the one known longest: at worst it begins anew
    this.#buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
  }
}

/** What one member may take of the runner that serves others as well. */
export class Quota {
  readonly connections = new TokenBuckets({ burst: 60, perSecond: 3 });
  readonly perConnection = new TokenBuckets({ burst: 100, perSecond: 30 });
  readonly live = new TokenBuckets({ burst: 300, perSecond: 60 });
  readonly edge = new TokenBuckets({ burst: 400, perSecond: 100 });
  /** A connection that does not slow down when it is refused is closed. */
  readonly refused = new TokenBuckets({ burst: 300, perSecond: 10 });
  /** For what must be heard in any flood: stop, answers and renewals. */
  readonly urgent = new TokenBuckets({ burst: 200, perSecond: 20 });
}

/** A token bucket: `burst` at once, then so many a second. */
export type Rate = { burst: number; perSecond: number };
type Bucket = { tokens: number; at: number };
const mostBuckets = 1_000;
/** Buckets of one rate, by key. `take` answers 0, or the milliseconds until there is a token again. */
export function newBuckets({ burst, perSecond }: Rate) {
  const buckets = new Map<string, Bucket>();
  return {
    take(key: string, now: number): number {
      const known = buckets.get(key) ?? { tokens: burst, at: now };
      const tokens = Math.min(burst, known.tokens + (Math.max(0, now - known.at) * perSecond) / 1000);
      if (buckets.size >= mostBuckets) buckets.delete(buckets.keys().next().value ?? ""); // the one known longest: at worst it begins anew
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
    },
  };
}

export type Quota = ReturnType<typeof newQuota>;
export function newQuota() {
  return {
    connections: newBuckets({ burst: 60, perSecond: 3 }),
    perConnection: newBuckets({ burst: 100, perSecond: 30 }),
    live: newBuckets({ burst: 300, perSecond: 60 }),
    edge: newBuckets({ burst: 400, perSecond: 100 }),
    /** A connection that does not slow down when it is refused is closed. */
    refused: newBuckets({ burst: 300, perSecond: 10 }),
    /** What must be heard in any flood has its own. */
    urgent: newBuckets({ burst: 200, perSecond: 20 }),
  };
}

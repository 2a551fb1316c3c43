import type { AppMinute } from "../release/release-host.ts";

/** When the answers of an app are bad for long enough to be an incident. All of it is decided here. */
export const errorRateLimits = {
  /** So many of the last minutes are looked at. */
  minutes: 5,
  /** With fewer requests in them nothing is said. */
  leastRequests: 20,
  /** The share of requests that may fail. */
  mostShare: 0.1,
  /** In so many of the minutes the share must be passed: one bad minute is no incident. */
  leastBadMinutes: 2,
} as const;

export type ErrorRate = { verdict: "bad" | "good" | "unknown"; requests: number; errors: number };
export const unknownErrorRate: ErrorRate = { verdict: "unknown", requests: 0, errors: 0 };

/** What the minutes that began after `since` say. `since` and `now` are milliseconds since 1970. Pure. */
export function judgeErrorRate(all: readonly Pick<AppMinute, "at" | "requests" | "errors">[], since: number, now: number): ErrorRate {
  const { minutes, leastRequests, mostShare, leastBadMinutes } = errorRateLimits;
  const seen = all.filter(({ at }) => at >= since && at > now - (minutes + 1) * 60_000 && at <= now);
  const requests = seen.reduce((sum, minute) => sum + minute.requests, 0);
  const errors = seen.reduce((sum, minute) => sum + minute.errors, 0);
  if (requests < leastRequests) return { verdict: "unknown", requests, errors };
  const badMinutes = seen.filter((minute) => minute.requests > 0 && minute.errors / minute.requests > mostShare).length;
  if (errors / requests <= mostShare) return { verdict: "good", requests, errors };
  return { verdict: badMinutes >= leastBadMinutes ? "bad" : "unknown", requests, errors };
}
/** In words, for the reason of an incident. */
export const describeErrorRate = ({ requests, errors }: ErrorRate): string =>
  `${errors} of its last ${requests} answers were errors (${Math.round((100 * errors) / Math.max(1, requests))} %).`;

/** Why an effect failed, and with it whether and when it is tried again. */
export const errorClasses = ["rate_limited", "auth", "timeout", "stale_worker", "exhausted", "unreachable", "bug"] as const;
export type ErrorClass = (typeof errorClasses)[number];

const policy = {
  rate_limited: { first: 2_000, factor: 2, max: 60_000, attempts: 20 },
  auth: { first: 0, factor: 1, max: 0, attempts: 1 },
  timeout: { first: 1_000, factor: 2, max: 30_000, attempts: 8 },
  stale_worker: { first: 0, factor: 1, max: 0, attempts: 3 },
  exhausted: { first: 10_000, factor: 1, max: 10_000, attempts: 60 },
  unreachable: { first: 500, factor: 2, max: 10_000, attempts: 40 },
  bug: { first: 1_000, factor: 3, max: 30_000, attempts: 4 },
} as const satisfies Record<ErrorClass, { first: number; factor: number; max: number; attempts: number }>;

/** Between two tries of what is never given up. */
const slowRetryMs = 30_000;
/**
 * Milliseconds until the next try after `attempts` failures of
 * this class, or undefined: give up and say so. `endless`: never.
 */
export function retryDelay(errorClass: ErrorClass, attempts: number, endless = false): number | undefined {
  const rule = policy[errorClass];
  if (attempts >= rule.attempts) return endless ? slowRetryMs : undefined;
  return Math.min(rule.max, rule.first * rule.factor ** Math.max(0, attempts - 1));
}

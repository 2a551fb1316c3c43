import { GrowqrError } from "./growqr-error.ts";

/** How often a call is made, and how long the client waits between two tries. Milliseconds. */
export type RetryBounds = { attempts: number; firstWait: number; longestWait: number };
export const usualBounds: RetryBounds = { attempts: 4, firstWait: 250, longestWait: 20_000 };

/**
 * Milliseconds until the next try, or none where a try would not help. Without an answer, and at 429 and 503,
 * a call is made again. A repeat may meet its own first try still at work (`in_progress`), and waits for it.
 */
export function waitBefore(attempt: number, { status, code, retryAfter }: GrowqrError, bounds: RetryBounds): number | undefined {
  const again = status === undefined || status === 429 || status === 503 || (code === "in_progress" && attempt > 1);
  if (!again || attempt >= bounds.attempts) return undefined;
  const wait = Math.max(bounds.firstWait * 2 ** (attempt - 1), (retryAfter ?? 0) * 1_000);
  return wait > bounds.longestWait ? undefined : wait;
}

/** Waits, and throws the signal's reason as soon as it is aborted. */
export function waitUnlessAborted(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Makes a call until it has an answer, within the bounds. What is no GrowqrError is thrown as it is. */
export async function repeatCall<T>(call: () => Promise<T>, bounds: RetryBounds, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (failure) {
      const wait = failure instanceof GrowqrError ? waitBefore(attempt, failure, bounds) : undefined;
      if (wait === undefined) throw failure;
      await waitUnlessAborted(wait, signal);
    }
  }
}

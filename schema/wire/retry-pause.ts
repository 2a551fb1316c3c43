/** Milliseconds until what has failed so often is tried again: a second, doubling to five minutes. */
export const retryPause = (attempts: number): number => Math.min(300_000, 1_000 * 2 ** Math.min(attempts, 10));

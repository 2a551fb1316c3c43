/**
 * How often in a row the provider failed a caller (a session of a member), and until when its next call waits. One Worker's own memory: it only brakes a loop,
 * OpenCode's own waits between its tries are longer.
 */
const failing = new Map<string, { times: number; until: number }>();
const mostKept = 10_000;
const [firstWait, longestWait] = [500, 30_000]; // milliseconds

/** Milliseconds until this caller may call again. */
export function waitOf(caller: string, now: number): number {
  return Math.max(0, (failing.get(caller)?.until ?? 0) - now);
}
export function noteFailure(caller: string, now: number): void {
  const times = (failing.get(caller)?.times ?? 0) + 1;
  if (failing.size >= mostKept) failing.clear();
  failing.set(caller, { times, until: now + Math.min(longestWait, firstWait * 2 ** (times - 1)) });
}
export function noteAnswer(caller: string): void {
  failing.delete(caller);
}

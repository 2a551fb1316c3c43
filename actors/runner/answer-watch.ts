import { limits } from "../../schema/wire/limits.ts";

/**
 * Ends the wait for a host that has vanished: one that was heard beating and falls silent, or whose run,
 * which ends by itself before, does not. A run that waits its turn has no clock.
 */
export function watchAnswer(life: AbortSignal) {
  const end = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number) => {
    const timer = setTimeout(() => end.abort(), ms);
    timers.add(timer);
    return timer;
  };
  let silence: NodeJS.Timeout | undefined;
  return {
    signal: AbortSignal.any([life, end.signal]),
    heard: () => (silence ? silence.refresh() : undefined),
    beats: () => (silence ??= after(limits.hostSilent)),
    begun: () => void after(limits.cleanRoom),
    [Symbol.dispose]: () => timers.forEach(clearTimeout),
  };
}

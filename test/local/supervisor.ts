import { setTimeout as after } from "node:timers/promises";
import type { Started } from "./process.ts";

const backoff = [500, 1_000, 2_000, 4_000, 8_000];
const settled = 120_000;
/** One that ran for so long can start: what ended it says nothing of the ends before. */
const healthy = 10_000;

/** How long a start that is under way when everything stops may hold up the stop. */
const patience = 2_000;

export type Kept<T extends Started> = {
  name: string;
  now: () => T;
  restarts: () => number;
  /** Ends the part; it is started again at once, and this end is not counted. */
  renew: () => Promise<void>;
  stop: () => Promise<void>;
};

/**
 * Keeps a part running. When it ends by itself it is started again, up to five times within two minutes in
 * which it never ran for ten seconds, later each time; after that `gaveUp` is called, once. While the disk
 * is full, nothing is started or counted.
 */
export async function keep<T extends Started>(
  first: () => Promise<T>,
  tell: { log: (line: string) => void; started: (part: T) => void; gaveUp: (name: string, log: string) => void; roomy?: () => boolean },
): Promise<Kept<T>> {
  let current = await first();
  let startedAt = Date.now();
  let stopping = false;
  const stopped = new AbortController();
  let restarts = 0;
  let renewed = false;
  let recent: number[] = [];
  tell.started(current);
  const { name, log } = current;

  const pause = (ms: number) => after(ms, undefined, { signal: stopped.signal }).catch(() => undefined); // cut short by the stop
  async function waitForRoom(): Promise<void> {
    if (!tell.roomy || tell.roomy()) return;
    tell.log(`${name} ended; it is started again when the disk has room`);
    while (!stopping && !tell.roomy()) await pause(500);
    recent = []; // its end says nothing of the part itself
  }

  async function again(): Promise<boolean> {
    await waitForRoom();
    if (stopping) return true;
    if (!renewed) {
      if (Date.now() - startedAt >= healthy) recent = [];
      recent = [...recent.filter((at) => Date.now() - at < settled), Date.now()];
      const wait = backoff[recent.length - 1];
      if (wait === undefined) return false;
      tell.log(`${name} ended by itself; starting it again in ${wait / 1000} s (its log: ${log})`);
      await pause(wait);
      if (stopping) return true;
    }
    renewed = false;
    try {
      current = await first();
    } catch (error) {
      startedAt = Date.now();
      tell.log(`${name} did not start: ${error instanceof Error ? error.message : error}`);
      return again();
    }
    startedAt = Date.now();
    restarts++;
    tell.started(current);
    if (stopping) await current.stop();
    else tell.log(`${name} runs again`);
    return true;
  }

  const watching = (async () => {
    while (!stopping) {
      await current.exited;
      if (stopping) return;
      if (!(await again())) return tell.gaveUp(name, log);
    }
  })();

  return {
    name,
    now: () => current,
    restarts: () => restarts,
    async renew() {
      recent = [];
      renewed = true;
      await current.stop();
    },
    async stop() {
      stopping = true;
      stopped.abort();
      await current.stop();
      await Promise.race([watching, after(patience, undefined, { ref: false })]); // the end of this process takes a start under way along
    },
  };
}

import { setTimeout as after } from "node:timers/promises";
import type { Started } from "./process.ts";

const backoff = [500, 1_000, 2_000, 4_000, 8_000];
const settled = 120_000;

export type Kept<T extends Started> = { name: string; now: () => T; restarts: () => number; stop: () => Promise<void> };

/**
 * Keeps a part running: when it ends by itself it is started again, up to five times within two minutes, later each time.
 * After that `gaveUp` is told, once.
 */
export async function keep<T extends Started>(
  first: () => Promise<T>,
  tell: { log: (line: string) => void; started: (part: T) => void; gaveUp: (name: string, log: string) => void },
): Promise<Kept<T>> {
  let current = await first();
  let stopping = false;
  let restarts = 0;
  let recent: number[] = [];
  tell.started(current);
  const { name, log } = current;

  async function again(): Promise<boolean> {
    recent = [...recent.filter((at) => Date.now() - at < settled), Date.now()];
    const wait = backoff[recent.length - 1];
    if (wait === undefined) return false;
    tell.log(`${name} ended by itself; starting it again in ${wait / 1000} s (its log: ${log})`);
    await after(wait);
    if (stopping) return true;
    try {
      current = await first();
    } catch (error) {
      tell.log(`${name} did not start: ${error instanceof Error ? error.message : error}`);
      return again();
    }
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
      await current.stop(); // what it left in its process group
      if (!(await again())) return tell.gaveUp(name, log);
    }
  })();

  return {
    name,
    now: () => current,
    restarts: () => restarts,
    async stop() {
      stopping = true;
      await current.stop();
      await watching;
    },
  };
}

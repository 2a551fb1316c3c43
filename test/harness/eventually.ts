import { setTimeout as after } from "node:timers/promises";
import { limit } from "./suite/limit.ts";

/**
 * Asks until the answer is something other than undefined or false, and gives that. A throw is a "not yet" as
 * well, and the last one is told where the wait ends. `ms`: the limit on the reference machine.
 */
export async function eventually<T>(title: string, ask: () => Promise<T | undefined | false>, ms = 60_000): Promise<T> {
  const most = limit(ms);
  const end = Date.now() + most;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > end)
      throw new Error(`${title}: not within ${most} ms${cause instanceof Error ? `; ${cause.message}` : ""}`, { cause });
    await after(50); // between two looks
  }
}

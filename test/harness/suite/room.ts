import { readFileSync } from "node:fs";

/** How many threads run or wait for a processor at this moment; who asks is not counted. */
export const readRunnable = (): number => Number(readFileSync("/proc/loadavg", "utf8").split(" ")[3]?.split("/")[0]) - 1;

/** So many looks in a row must find room: a moment without load says little. */
const looks = 3;

/**
 * Waits until the machine was not busy for some looks in a row, or nothing else is under way, or for `most`
 * pauses. Where the first look finds room nothing is waited for.
 */
export async function waitForRoom(at: {
  busy: () => boolean;
  alone: () => boolean;
  pause: () => Promise<unknown>;
  most: number;
}): Promise<void> {
  if (!at.busy()) return;
  for (let pauses = 0, calm = 0; pauses < at.most && calm < looks && !at.alone(); pauses++) {
    await at.pause();
    calm = at.busy() ? 0 : calm + 1;
  }
}

import { existsSync, statfsSync } from "node:fs";
import path from "node:path";

/** Below this much free space no part is started: it would end again at its first write. */
const least = 4 * 1024 * 1024;

export type Disk = {
  /** Whether a part may be started. */
  roomy: () => boolean;
  stop: () => void;
};

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The state folder's disk and that of the engine's store in it, where that is another. */
function leastFree(folder: string): number {
  const engine = path.join(folder, "engine");
  return Math.min(freeBytes(folder), existsSync(engine) ? freeBytes(engine) : Number.POSITIVE_INFINITY);
}

/**
 * Watches a folder's disk once a second. Tells when it is full, and when it has room again (twice the least).
 */
export function watchDisk(
  folder: string,
  tell: { log: (line: string) => void; recovered: () => void },
  free: () => number = () => leastFree(folder),
): Disk {
  let full = false;
  const look = (): void => {
    const bytes = free();
    if (!full && bytes < least) {
      full = true;
      tell.log(`the disk of ${folder} is full; what is asked for is refused until it has room again`);
    } else if (full && bytes >= 2 * least) {
      full = false;
      tell.log(`the disk of ${folder} has room again`);
      tell.recovered();
    }
  };
  const timer = setInterval(look, 1_000);
  return {
    roomy: () => {
      look();
      return !full;
    },
    stop: () => clearInterval(timer),
  };
}

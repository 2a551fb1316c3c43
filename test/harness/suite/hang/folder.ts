import path from "node:path";

/**
 * Where the processes of one run of vitest leave what the watch over them needs: `workers/<pid>` names the
 * file that a worker serves, `turns/<pid>` the one that has begun there (`turn.ts`), and `alive` was touched
 * when vitest last went on. `outcome`: the file that `GROWQR_OUTCOME` names.
 */
export function watchFolder(outcome: string): { folder: string; workers: string; turns: string; alive: string } {
  const folder = outcome.replace(/\.json$/, ".watch");
  return { folder, workers: path.join(folder, "workers"), turns: path.join(folder, "turns"), alive: path.join(folder, "alive") };
}

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { afterFile } from "./after-file.ts";
import { watchFolder } from "./hang/folder.ts";
import { limit } from "./limit.ts";
import { readRunnable, waitForRoom } from "./room.ts";

/**
 * A file of tests begins when the machine has room for it. That is how many run at a time: as many as their
 * load lets, beside what others ran when the run began, and never more than `workers` of `projects.ts`, for
 * each of which parts were brought up.
 */
const most = 2 * availableParallelism() + Number(process.env.GROWQR_OTHERS ?? 0);
const outcome = process.env.GROWQR_OUTCOME;
const file = expect.getState().testPath;
if (outcome && file) {
  const { turns } = watchFolder(outcome);
  const mine = path.join(turns, String(process.pid));
  mkdirSync(turns, { recursive: true });
  rmSync(mine, { force: true }); // of a file that did not load
  await waitForRoom({
    busy: () => readRunnable() > most,
    alone: () => readdirSync(turns).every((pid) => !runs(Number(pid))),
    pause: () => wait(100),
    most: limit(30_000) / 100,
  });
  writeFileSync(mine, file);
  afterFile(() => rmSync(mine, { force: true }));
}

/** A worker that was ended has left its file here. */
function runs(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

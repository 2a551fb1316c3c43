import { readdirSync, readFileSync } from "node:fs";
import { afterFile } from "./after-file.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Whether a file of tests started a process. */
    startsProcess?: boolean;
  }
}

/** Page faults of the children that ended (`cminflt` of proc(5)): each of them adds some. */
const endedChildren = (): number => Number(readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ")[8]);
const liveChildren = (): string[] =>
  readdirSync("/proc/self/task").flatMap((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean);
    } catch {
      return []; // the thread ended meanwhile
    }
  });

const ended = endedChildren();
const live = new Set(liveChildren());
/**
 * The kernel counts, whichever call of Node started it. The run tells of a small file that starts one. Where
 * an earlier file of this worker left a process, which may end meanwhile, only what lives still is told.
 */
afterFile(({ meta }) => {
  const endedOnes = live.size === 0 && endedChildren() > ended;
  meta.startsProcess = endedOnes || liveChildren().some((child) => !live.has(child));
});

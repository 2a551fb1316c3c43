import { limit } from "../limit.ts";

/** A file of tests that a worker has begun, as far as vitest's main process has heard of it. */
export type FileProgress = {
  /** Its absolute path. */
  file: string;
  /** When a test or hook of it, or the file itself, last began, ended or printed, in milliseconds. */
  at: number;
  /** What it was last heard to do. */
  doing: string;
  /** The limits of its running tests by their ids, on this machine's scale, in milliseconds. */
  running: ReadonlyMap<string, number>;
  /** Its tests and hooks ended. Its worker may hang all the same before it leaves the file. */
  over: boolean;
};
/** A file that goes on no more. */
export type Hanging = { progress: FileProgress; why: string };
/** `silence`: how long a file may make no progress. `grace`: what a test has beyond a limit of its own. */
export type Allowed = { silence: number; grace: number };

/** `GROWQR_HANG` is for trials and tests of this watch: a silence in milliseconds, without a grace. */
const trial = Number(process.env.GROWQR_HANG ?? 0);
export const allowedSilence = (): Allowed => (trial > 0 ? { silence: trial, grace: 0 } : { silence: limit(180_000), grace: limit(30_000) });
/** How long vitest may go on with no file in progress: parts come up before the files, and go down after. */
export const longestWithoutFile = (): number => (trial > 0 ? 2 * trial : limit(300_000));
/** How often somebody looks, in milliseconds. */
export const lookEvery = trial > 0 ? 200 : 2_000;
/** More files of a project than this that hang are no accident: its other files do not run. */
export const mostHanging = 3;

/**
 * Which files hang. Vitest's own timers end a test that merely waits too long, so a running test has its own
 * limit and a grace; the watch is for what they cannot end, such as an event loop that is blocked.
 */
export function findHanging(files: Iterable<FileProgress>, now: number, { silence, grace }: Allowed): Hanging[] {
  return [...files].flatMap((progress) => {
    const most = Math.max(silence, ...[...progress.running.values()].map((limitOfTest) => limitOfTest + grace));
    const quiet = now - progress.at;
    return quiet > most ? [{ progress, why: `no progress for ${Math.round(quiet / 1_000)} s in ${progress.doing}` }] : [];
  });
}

/** What is known of the files in progress. Each change of it is progress. */
export class ProgressBook {
  readonly files = new Map<string, FileProgress>();
  /** A file goes on. `doing`: where it has something new to tell. */
  note(file: string, at: number, doing?: string): void {
    const known = this.files.get(file) ?? { file, at, doing: "its imports", running: new Map(), over: false };
    this.files.set(file, { ...known, at, doing: doing ?? known.doing });
  }
  /** Its tests and hooks have ended. Its worker still has to leave it. */
  setOver(file: string): void {
    const known = this.files.get(file);
    if (known) this.files.set(file, { ...known, doing: "what follows its end", running: new Map(), over: true });
  }
  /** A test begins with its limit, or ends: `undefined`. */
  setRunning(file: string, test: string, limitOfTest: number | undefined): void {
    const known = this.files.get(file);
    if (!known) return;
    const running = new Map(known.running);
    if (limitOfTest === undefined) running.delete(test);
    else running.set(test, limitOfTest);
    this.files.set(file, { ...known, running });
  }
}

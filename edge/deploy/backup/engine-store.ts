import { execFile, spawn } from "node:child_process";
import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { undoAtExit } from "../at-exit.ts";
import { inCheckout } from "../checkout.ts";
import { NotYet } from "../settings-file.ts";

/**
 * The engine's store: a folder of RocksDB. Whenever the engine is killed, what it has written stands in its
 * files, and a process that is held still leaves them as a killed one does. So a copy that is made meanwhile
 * is whole. Tables (`.sst`, `.blob`) are written once and never change: they are linked, which takes no time.
 */
const storeFile = /^(?:CURRENT|IDENTITY|MANIFEST-\d+|OPTIONS-\d+|\d+\.(?:sst|blob|log))$/;
const writtenOnce = /\.(?:sst|blob)$/;
/** The copy lies in the store itself: links reach no other file system. RocksDB leaves it alone. */
const copyName = "growqr-backup";
/** There while a store is being put back; an engine that started then would find half of it. */
export const unfinishedStore = "growqr-restore-unfinished";

const engineProgram = inCheckout("node_modules/@rivetkit/engine-cli-linux-x64-musl/rivet-engine");
/** Whether an engine opens this store and reads it. It writes into it, as any start of an engine does. */
async function opensStore(folder: string): Promise<boolean> {
  const env = { PATH: process.env.PATH ?? "", RIVET__FILE_SYSTEM__PATH: folder, RUST_BACKTRACE: "0" };
  return promisify(execFile)(engineProgram, ["udb", "-q", "ls"], { env, timeout: 300_000 }).then(
    () => true,
    () => false,
  );
}

/** Whether this process has that file open. */
function hasOpen(pid: number, file: { dev: number; ino: number }): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false }) ?? {};
      return dev === file.dev && ino === file.ino;
    });
  } catch {
    return false; // it has ended, or is another user's
  }
}
/** The process of the engine that has the store open, by the lock that it holds. */
export function findEngine(store: string): number | undefined {
  const lock = statSync(path.join(store, "LOCK"), { throwIfNoEntry: false });
  if (!lock) return undefined;
  const lines = readFileSync("/proc/locks", "utf8").split("\n");
  const held = lines
    .map((line) => /\bWRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line))
    .filter((found) => Number(found?.[2]) === lock.ino);
  return held.map((found) => Number(found?.[1])).find((pid) => hasOpen(pid, lock));
}
function requireStore(store: string): void {
  if (!existsSync(path.join(store, "CURRENT")))
    throw new NotYet(`${store} is no store of an engine: name the folder that RIVET__FILE_SYSTEM__PATH is.`);
}

/** The state of a thread as Linux has it: `T` stands still, `Z` and `X` have ended. */
function readThreadState(pid: number, thread: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .slice(0, 1);
  } catch {
    return "X";
  }
}
/** Whether every thread of a process stands still. */
function isStill(pid: number): boolean {
  const threads = existsSync(`/proc/${pid}/task`) ? readdirSync(`/proc/${pid}/task`) : [];
  return threads.length > 0 && threads.every((thread) => /[TtZX]/.test(readThreadState(pid, thread)));
}
/** In milliseconds: until it stands, and how long it may. */
const [stillWithin, stillAtMost] = [2_000, 10_000];
/**
 * Holds the engine still until the answer is called. A process of its own lets it go on when this one ends,
 * however that happens, or hangs.
 */
async function holdStill(pid: number): Promise<() => void> {
  const script = `timeout ${stillAtMost / 1_000} cat > /dev/null; kill -CONT ${pid}`;
  const guard = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  await new Promise<void>((resolve, reject) => guard.once("spawn", resolve).once("error", reject));
  guard.stdin.on("error", () => undefined); // it has ended, and the engine goes on
  const release = () => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGCONT");
    guard.stdin.end();
  };
  process.kill(pid, "SIGSTOP");
  try {
    const end = Date.now() + stillWithin;
    while (!isStill(pid)) {
      if (Date.now() > end) throw new NotYet("The engine does not stand still: try again when it has less to do. Nothing was changed.");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return release;
  } catch (error) {
    release();
    throw error;
  }
}

function linkOrCopy(from: string, to: string, mayCopy: boolean): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!mayCopy) throw new NotYet(`The file system of the engine's store has no hard links: stop the engine for a back-up. (${error})`);
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
/** `mayCopy`: tables too, which takes its time. */
function copyStore(store: string, copy: string, mayCopy: boolean): void {
  for (const name of readdirSync(store).filter((each) => storeFile.test(each))) {
    const [from, to] = [path.join(store, name), path.join(copy, name)];
    if (writtenOnce.test(name)) linkOrCopy(from, to, mayCopy);
    else copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

export type StoreCopy = {
  /** Where it lies until it is removed. */
  folder: string;
  files: readonly string[];
  /** How long the engine stood still, in milliseconds; 0 where none runs. */
  heldMs: number;
  /** Whether an engine opens the copy. It is good for nothing else afterwards. */
  opens: () => Promise<boolean>;
  remove: () => void;
};
/**
 * A copy of the store as it is at one moment; `atMoment` runs in it, while the engine stands still. Throws
 * `NotYet` where an engine has the store open that can't be seen from here.
 */
export async function copyEngineStore(store: string, atMoment: () => Promise<void>): Promise<StoreCopy> {
  requireStore(store);
  if (existsSync(path.join(store, unfinishedStore))) throw new NotYet(`${store} is half put back: run the restore again.`);
  const pid = findEngine(store);
  if (pid === undefined && !(await opensStore(store)))
    throw new NotYet(`An engine that can't be seen from here has ${store} open, or none can: run this where the engine runs, as its user.`);
  const folder = path.join(store, copyName);
  const removeLeft = () => rmSync(folder, { recursive: true, force: true });
  removeLeft(); // of one that was killed
  const forget = undoAtExit(removeLeft);
  const remove = () => {
    removeLeft();
    forget();
  };
  mkdirSync(folder, { mode: 0o700 });
  try {
    const began = performance.now();
    const release = pid === undefined ? () => undefined : await holdStill(pid);
    try {
      await atMoment();
      copyStore(store, folder, pid === undefined);
      if (pid === undefined ? findEngine(store) !== undefined : !isStill(pid))
        throw new NotYet("The engine wrote while its store was copied. Nothing was kept; try again.");
    } finally {
      release();
    }
    const heldMs = pid === undefined ? 0 : performance.now() - began;
    return { folder, files: readdirSync(folder), heldMs, opens: () => opensStore(folder), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

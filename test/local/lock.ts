import {
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { z } from "zod";

const proc = z.object({ pid: z.number().int(), started: z.string(), name: z.string().default("") });
const shape = z.object({ holder: proc, url: z.string(), since: z.string(), parts: z.array(proc) });
export type Held = z.infer<typeof shape>;

/**
 * When a process started, in kernel ticks; undefined when it is gone. With the pid this names one process for
 * good.
 */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined; // no such process
  }
}
const lives = (process: { pid: number; started: string }) => startOf(process.pid) === process.started;

export class AlreadyRuns extends Error {
  constructor(held: Held) {
    super(`GrowQR runs already: process ${held.holder.pid}, since ${held.since}, at ${held.url}`);
  }
}

/** Kills the parts that a dead holder left behind, and nothing else: both pid and start time must match. */
function sweep(held: Held, log: (line: string) => void): void {
  for (const part of held.parts.filter(lives)) {
    log(`ending ${part.name} (process ${part.pid}), left by a run that died`);
    try {
      process.kill(-part.pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function read(file: string): Held | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} is damaged; when nothing of GrowQR runs, remove it`, { cause: error });
  }
}

/**
 * Overwrites a small file in place. This needs no space beyond what the file has, so it works on a full disk.
 */
function writeOver(file: string, text: string): void {
  const target = openSync(file, "r+");
  try {
    writeSync(target, text, 0);
    ftruncateSync(target, Buffer.byteLength(text));
  } finally {
    closeSync(target);
  }
}

/** One running copy per instance. Throws AlreadyRuns; a lock whose holder is gone is taken over. */
export function lock(folder: string, url: string, log: (line: string) => void) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "lock.json");
  const mine = `${file}.${process.pid}`;
  const held: Held = {
    holder: { pid: process.pid, started: startOf(process.pid)!, name: "supervisor" },
    url,
    since: new Date().toISOString(),
    parts: [],
  };
  const write = (target: string) => writeFileSync(target, JSON.stringify(held), { mode: 0o600 });
  write(mine);
  for (let tries = 0; ; tries++) {
    try {
      linkSync(mine, file); // whole or not at all, and only where none is
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || tries > 5) throw error;
      const other = read(file);
      if (other && lives(other.holder)) {
        rmSync(mine);
        throw new AlreadyRuns(other);
      }
      const stale = `${file}.stale.${process.pid}`;
      if (existsSync(file)) renameSync(file, stale); // of several that find it stale, one wins
      if (other && existsSync(stale)) sweep(other, log);
      rmSync(stale, { force: true });
    }
  }
  rmSync(mine);
  return {
    /** Notes a part's process, so that a later start can end it should this one die. */
    note(name: string, pid: number): void {
      held.parts = [...held.parts.filter((part) => part.name !== name), { name, pid, started: startOf(pid) ?? "" }];
      try {
        write(mine);
        renameSync(mine, file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        rmSync(mine, { force: true });
        writeOver(file, JSON.stringify(held));
      }
    },
    release: () => rmSync(file, { force: true }),
  };
}
export type Lock = ReturnType<typeof lock>;

/** Who runs this instance now, or undefined. */
export function holder(folder: string): Held | undefined {
  const held = read(path.join(folder, "lock.json"));
  return held && lives(held.holder) ? held : undefined;
}

import { machineCallTable } from "../../schema/machine/machine.table.ts";
import { AppError } from "../../schema/wire/error.ts";
import type { Database } from "./db.ts";

/**
 * What the database's server says of a write that its disk did
 * not take: SQLite's own word, or that of its write-ahead log.
 */
const codes: ReadonlySet<unknown> = new Set(["SQLITE_FULL", "SQLITE_IOERR"]);

/** Whether the database found no room for a write, from the error of the query. */
export function isDatabaseFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && codes.has(error.code)) || isDatabaseFull(error.cause);
}

/** What a write came to, or undefined where the database had no room for it. */
export async function unlessFull<T>(write: PromiseLike<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (isDatabaseFull(error)) return undefined;
    throw error;
  }
}

/** When an actor last said that the engine takes no write; it is away soon after, and then says nothing. */
let engineFullAt = 0;
const engineRemembered = 60_000;
export function noteEngineFull(now: number): void {
  engineFullAt = now;
}
/** The engine has taken a write. */
export function noteEngineRoom(): void {
  engineFullAt = 0;
}
/** Throws `storage_full` for a call that failed without a reason shortly after an actor had said that one. */
export function requireEngineRoom(now: number): void {
  if (now - engineFullAt < engineRemembered) throw new AppError("storage_full", { what: "engine" });
}

/** When a write last found no room, in this process; until then nothing is asked before it is tried. */
let fullAt = 0;
const remembered = 30_000;

/**
 * Throws `storage_full` while the database takes no write: engine and
 * database of a cell share a disk, and the engine does not say why it fails.
 */
export async function requireDatabaseRoom(db: Database): Promise<void> {
  try {
    const probe = { jti: "room", expiresAt: 0 };
    await db
      .insert(machineCallTable)
      .values(probe)
      .onConflictDoUpdate({ target: machineCallTable.jti, set: { expiresAt: 0 } });
    fullAt = 0;
  } catch (error) {
    if (!isDatabaseFull(error)) return; // unreachable: the call that follows says so
    fullAt = Date.now();
    throw new AppError("storage_full", { what: "database" }, { cause: error });
  }
}
/** Asks before a change while the disk was full a moment ago: the engine would let the caller wait. */
export async function requireDatabaseRoomAgain(db: Database): Promise<void> {
  if (Date.now() - fullAt < remembered) await requireDatabaseRoom(db);
}

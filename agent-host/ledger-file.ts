import type { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { isNoRoomError } from "./disk.ts";

const int = z.number().int();
/**
 * Room inside the ledger's own files, for the small writes of a machine whose disk is full: more pages than
 * the write-ahead log holds before SQLite begins it anew, written once and given back to the file.
 */
const reserveBytes = 5 * 1024 * 1024;
const freePages = z.object({ freelist_count: int });
export function keepReserve(db: DatabaseSync, walBytes: number): void {
  const free = freePages.parse(db.prepare("PRAGMA freelist_count").get()).freelist_count * 4096;
  if (free >= reserveBytes / 2 && walBytes >= reserveBytes / 2) return;
  db.exec("PRAGMA secure_delete = OFF"); // it is nothing but zeros already
  try {
    db.exec(`INSERT INTO reserve VALUES (zeroblob(${reserveBytes})); DELETE FROM reserve;`);
  } finally {
    db.exec("PRAGMA secure_delete = ON");
  }
}

const userVersion = z.object({ user_version: int });
/**
 * A ledger of before `secure_delete` has rows that were deleted among its free pages: it is written anew
 * once, as soon as it is opened with room for that.
 */
export function vacuumOnce(db: DatabaseSync): void {
  if (userVersion.parse(db.prepare("PRAGMA user_version").get()).user_version > 0) return;
  try {
    db.exec("VACUUM; PRAGMA user_version = 1;");
  } catch (error) {
    if (!isNoRoomError(error)) throw error;
  }
}

const checkpointed = z.object({ busy: int });
/** The write-ahead log keeps pages as they were. False where somebody reads it just now. */
export function beginLogAnew(db: DatabaseSync): boolean {
  return checkpointed.parse(db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()).busy === 0;
}

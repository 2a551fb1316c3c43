import { existsSync, statfsSync } from "node:fs";
import path from "node:path";
import { AppError } from "../schema/wire/error.ts";

/** Free and whole bytes of the file system that holds a folder. */
export type DiskSpace = { free: number; size: number };

/** What is kept free for the stacks that are here: a twentieth of the disk, a gigabyte at most. */
export function diskReserve(size: number): number {
  return Math.min(1024 ** 3, size / 20);
}

/** Whether one of these disks has less than its reserve left: then nothing new begins on this machine. */
export function isDiskFull(spaces: readonly DiskSpace[]): boolean {
  return spaces.some(({ free, size }) => free < diskReserve(size));
}

/** The disks of these folders. One that this process can't see (Docker on another machine) is left out. */
export function readDiskSpaces(folders: readonly string[]): DiskSpace[] {
  return folders.flatMap((folder) => {
    try {
      const { bavail, blocks, bsize } = statfsSync(folder);
      return [{ free: bavail * bsize, size: blocks * bsize }];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}

/**
 * Looks whether Docker's own folder is where this daemon sees it; answers false where it is not (Docker on
 * another machine). Throws where the daemon was told another (`said`): it runs in a container then, and would
 * notice no full disk and keep no app's data.
 */
export function seesDockerFolder(folder: string, said: string | undefined): boolean {
  if (said !== undefined && path.resolve(said) !== path.resolve(folder))
    throw new Error(`Docker's own folder is ${folder}, not ${said}: say it as DOCKER_FOLDER, in .env for docker compose.`);
  return existsSync(folder);
}

/** SQLite's numbers of a write that found no room, and what the kernel and Docker say of it. */
const sqliteFull = 13;
/**
 * Whether an error, or what caused it, is a disk without room. Docker passes the kernel's words on and gives
 * no code.
 */
export function isNoRoomError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === "ENOSPC" || errcode === sqliteFull || code === "storage_full") return true;
  return /no space left on device/i.test(error.message.slice(0, 2_000)) || isNoRoomError(error.cause);
}
/** How a failure of the platform is told: by its own code, or as a lack of room, which Docker says too. */
export function describeFailure(error: unknown): Pick<AppError, "code" | "message"> {
  if (error instanceof AppError) return error;
  return new AppError(isNoRoomError(error) ? "storage_full" : "internal");
}

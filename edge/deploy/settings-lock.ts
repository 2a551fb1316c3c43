import { createHash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { NotYet } from "./settings-file.ts";

/** A folder is the same one under each path that it has: a container's is another than the machine's. */
function nameOnMachine(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) return `${found.dev}:${found.ino}`;
  return found ? realpathSync(file) : path.resolve(file);
}
/**
 * Does something as the only one on this machine that works with this file of settings, or this folder. The
 * lock is a name of Linux's own (an abstract socket): it goes with the process, however that ends.
 */
export async function withSettingsLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const name = createHash("sha256").update(nameOnMachine(file)).digest("hex").slice(0, 32);
  const lock = createServer();
  await new Promise<void>((resolve, reject) => {
    lock.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new NotYet(`Another call works with ${file} just now. Nothing was changed.`) : error),
    );
    lock.listen(`\0growqr-settings-${name}`, resolve);
  });
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

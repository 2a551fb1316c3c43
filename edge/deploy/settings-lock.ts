import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { NotYet } from "./settings-file.ts";

/**
 * Does something as the only one on this machine that works with this file of settings. The lock is a name of
 * Linux's own (an abstract socket): it goes with the process, however that ends.
 */
export async function withSettingsLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const place = existsSync(file) ? realpathSync(file) : path.resolve(file);
  const name = createHash("sha256").update(place).digest("hex").slice(0, 32);
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

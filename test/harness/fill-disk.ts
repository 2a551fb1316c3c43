import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";

/**
 * Fills the disk of a folder to the last byte, with a file `fill` in it. Answers how the last write failed.
 * Use it on small disks only.
 */
export function fillDisk(folder: string): string | undefined {
  const file = openSync(path.join(folder, "fill"), "w");
  let code: string | undefined;
  for (const bytes of [1024 * 1024, 4_096, 1])
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes, 1));
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code;
    }
  closeSync(file);
  return code;
}

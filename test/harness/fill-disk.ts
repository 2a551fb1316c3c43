import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";

/** Fills the disk that a folder lies on, by a file `fill` in it, to the last byte. Answers how the last write failed. Only for small disks of a test. */
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

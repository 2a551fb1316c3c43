import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import path from "node:path";

/**
 * Fills the disk of a folder with a file `fill` in it: to the last byte, then gives `left` bytes back (what
 * others write meanwhile takes from neither). Answers how the last write failed. Use it on small disks only.
 */
export function fillDisk(folder: string, left = 0): string | undefined {
  const file = openSync(path.join(folder, "fill"), "w");
  let code: string | undefined;
  for (const bytes of [1024 * 1024, 4_096, 1])
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes, 1));
    } catch (error) {
      code = (error as NodeJS.ErrnoException).code;
    }
  ftruncateSync(file, Math.max(0, fstatSync(file).size - left));
  closeSync(file);
  return code;
}

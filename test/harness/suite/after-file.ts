import { afterAll } from "vitest";

type File = Parameters<Parameters<typeof afterAll>[0]>[1];

/** After the last test of each file: for a setup file that reads or marks the file itself. */
export function afterFile(act: (file: File) => void): void {
  // biome-ignore lint/correctness/noEmptyPattern: vitest takes a pattern only
  afterAll(({}, file) => act(file));
}

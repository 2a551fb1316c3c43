import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { inject } from "vitest";
import { eventually } from "../harness/eventually.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The files of this run by their names, and the folder that has an entry of each that has ended. */
    stories: { files: string[]; ended: string };
  }
}

export function tellEnd(file: string): void {
  writeFileSync(path.join(inject("stories").ended, path.basename(file)), "");
}
/** Resolves when no other story uses the product any more: one file may ask, or two wait for each other. */
export async function othersEnded(file: string): Promise<void> {
  const { files, ended } = inject("stories");
  const others = files.filter((each) => each !== path.basename(file));
  const all = async () => {
    const there = new Set(readdirSync(ended));
    return others.every((each) => there.has(each));
  };
  await eventually("the other stories have ended", all, 280_000);
}

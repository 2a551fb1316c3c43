import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isMeasureDue, measureFolders } from "../../../agent-host/stack/disk-use.ts";
import { dayMs } from "../../../schema/wire/duration.ts";

const mb = 1024 * 1024;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "disk-use-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
const make = (name: string) => {
  const made = path.join(folder, name);
  mkdirSync(made);
  return made;
};
const fill = (file: string, size: number) => writeFileSync(file, Buffer.alloc(size, 1), { flush: true });

describe("a stack's disk", () => {
  it("is measured when it is new, each hour while something writes to it, and else each day", () => {
    const hour = 3_600_000;
    expect(isMeasureDue(undefined, 0, 0)).toBe(true);
    const due = (changed: boolean, after: number) => isMeasureDue({ at: 1_000, took: 0, changed }, 1_000 + after, 0.79);
    expect([due(true, hour - 1), due(true, hour)]).toEqual([false, true]);
    expect([due(false, dayMs - 1), due(false, dayMs)]).toEqual([false, true]);
  });
  it("is measured each minute where it is as much as the plan allows, and each five minutes before that", () => {
    const minute = 60_000;
    const due = (share: number, after: number, took = 0, changed = true) => isMeasureDue({ at: 0, took, changed }, after, share);
    for (const share of [1, 40]) expect([due(share, minute - 10_000), due(share, minute)]).toEqual([false, true]);
    for (const share of [0.8, 0.999]) expect([due(share, 5 * minute - 10_000), due(share, 5 * minute)]).toEqual([false, true]);
    expect([due(1, dayMs - 1, 0, false), due(1, dayMs, 0, false)]).toEqual([false, true]); // nothing writes to it, or deletes of it
    expect([due(1, 19 * minute, 2 * minute), due(1, 20 * minute, 2 * minute)]).toEqual([false, true]); // a tenth of the time
  });

  it("is what its folders take together, a file with several names once", async () => {
    const [first, second] = [make("first"), make("second")];
    const empty = (await measureFolders([first, second]))!;
    fill(path.join(first, "a"), 3 * mb);
    linkSync(path.join(first, "a"), path.join(first, "same"));
    linkSync(path.join(first, "a"), path.join(second, "same"));
    fill(path.join(second, "b"), mb);
    const grown = (await measureFolders([first, second]))! - empty;
    expect(grown).toBeGreaterThanOrEqual(4 * mb);
    expect(grown).toBeLessThan(5 * mb);
  });
  it("counts what lies on the disk: no file's length, nothing that a link leads to, under whatever name", async () => {
    const box = make("box");
    const outside = make("outside");
    fill(path.join(outside, "large"), 8 * mb);
    const empty = (await measureFolders([box]))!;
    writeFileSync(path.join(box, "sparse"), "");
    truncateSync(path.join(box, "sparse"), 1024 ** 4);
    symlinkSync("/", path.join(box, "root"));
    symlinkSync(outside, path.join(box, "beside"));
    mkdirSync(path.join(box, "9999999999\ttotal\n9999999999\ttotal"));
    writeFileSync(path.join(box, "-files0-from=x"), "x");
    expect((await measureFolders([box]))! - empty).toBeLessThan(mb);
  });
  it("is measured without the folders that are gone, and not at all where it takes too long", async () => {
    const left = make("left");
    fill(path.join(left, "a"), mb);
    expect(await measureFolders([path.join(folder, "gone"), left])).toBeGreaterThanOrEqual(mb);
    expect(await measureFolders(["/usr"], 1)).toBeUndefined();
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, vi } from "vitest";

/** A folder of this file's own, gone when it ends. */
export function ownFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "growqr-actors-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Each test of this file begins at the same moment, and its dates go on when the test says so. */
export function ownClock(begins: number): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(begins);
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

import { describe, expect, it } from "vitest";
import { chooseEvicted, snapshotLimits } from "../../../../agent-host/run/setup/snapshots.ts";

/** Which snapshots go, from what the ledger says of all of them. */
const now = 1_800_000_000_000;
const snapshot = (member: string, key: string, over: { used_at?: number; mb?: number } = {}) => ({
  member,
  key,
  used_at: now,
  mb: 100,
  ...over,
});
const keysOf = (gone: { key: string }[]) => gone.map(({ key }) => key);

describe("snapshots of what was installed", () => {
  it("are so many of one member, the ones used last", () => {
    const all = [..."abcdefghij"].map((key) => snapshot("ada", key));
    expect(keysOf(chooseEvicted([...all, snapshot("ben", "x")], now, 100_000))).toEqual(["i", "j"]);
  });
  it("go when nobody has used them for long", () => {
    const all = [snapshot("ada", "new"), snapshot("ada", "old", { used_at: now - snapshotLimits.unusedMs - 1 }), snapshot("ben", "kept")];
    expect(keysOf(chooseEvicted(all, now, 100_000))).toEqual(["old"]);
  });
  it("take no more than their share of the disk, the newest one excepted", () => {
    const all = [snapshot("ada", "huge", { mb: 900 }), snapshot("ben", "small", { mb: 10 }), snapshot("cy", "fits", { mb: 1 })];
    expect(keysOf(chooseEvicted(all, now, 100))).toEqual(["small", "fits"]); // a quarter of 1,011 MB is all there is
    expect(keysOf(chooseEvicted(all, now, 10_000))).toEqual([]);
    const later = [snapshot("ben", "small", { mb: 10 }), snapshot("ada", "huge", { mb: 900 }), snapshot("cy", "fits", { mb: 1 })];
    expect(keysOf(chooseEvicted(later, now, 100))).toEqual(["huge"]);
  });
});

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeArchive, readManifest, removeOldArchives } from "../../../edge/deploy/backup/archive.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "growqr-archives-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An archive of a database with so many people, in the order of their days. */
const keep = (day: number, people: number) =>
  makeArchive(folder, Date.UTC(2026, 0, day), async (place) => {
    writeFileSync(path.join(place, "database.sqlite"), "");
    return { database: { applied: [], rows: { member: people }, sealedBy: [] }, engine: false };
  });
const keepEngine = (day: number) => makeArchive(folder, Date.UTC(2026, 0, day), async () => ({ database: null, engine: false }));

test("the newest of those that hold the same stay; who has others, and what is no archive, is left alone", async () => {
  writeFileSync(path.join(folder, "a-film.part"), "");
  await keepEngine(1);
  for (const day of [2, 3, 4]) await keep(day, 10);
  await keepEngine(5);
  const { manifest } = await keep(6, 10);
  expect(removeOldArchives(folder, 2, manifest)).toEqual([
    expect.stringMatching(/2026-01-02T00-00-00 is removed$/),
    expect.stringMatching(/2026-01-03T00-00-00 is removed$/),
  ]);
  expect(readdirSync(folder).sort()).toEqual(["01", "04", "05", "06"].map((day) => `2026-01-${day}T00-00-00`).concat("a-film.part"));
});

test("where most of the people are gone from a database, no archive of before is removed", async () => {
  for (const day of [1, 2]) await keep(day, 100);
  const { manifest } = await keep(3, 1);
  expect(removeOldArchives(folder, 1, manifest)).toEqual([expect.stringContaining("an older one 100: none is removed")]);
  expect(readdirSync(folder)).toHaveLength(3);
});

test("two of one second have names of their own; a manifest without what it says to hold is damaged", async () => {
  const [{ archive: first }, { archive: second }] = [await keep(1, 1), await keep(1, 2)];
  expect([first, second].map((each) => readManifest(each).database?.rows.member)).toEqual([1, 2]);
  writeFileSync(path.join(first, "manifest.json"), JSON.stringify({ ...readManifest(first), files: [] }));
  expect(() => readManifest(first)).toThrow("can't be read");
});

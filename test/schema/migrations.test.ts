import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";

const journal = z.object({ entries: z.array(z.object({ idx: z.number(), when: z.number(), tag: z.string() })).min(1) });
const snapshot = z.object({ id: z.string(), prevId: z.string() });
const read = (...at: string[]): unknown => JSON.parse(readFileSync(path.join("schema/migrations", ...at), "utf8"));

/** Drizzle runs what is dated after the last one that ran: what is dated before its neighbour never runs. */
it.for(["actor", "database"])("migrations of the %s are dated in their order, and each was made from the one before", (kind) => {
  const { entries } = journal.parse(read(kind, "meta", "_journal.json"));
  const dates = entries.map(({ when }) => when);
  expect(dates).toEqual([...new Set(dates)].sort((a, b) => a - b));
  const files = readdirSync(path.join("schema/migrations", kind)).filter((name) => name.endsWith(".sql"));
  expect(files.sort()).toEqual(entries.map(({ tag }) => `${tag}.sql`));
  const newest = entries.slice(-2).map(({ idx }) => snapshot.parse(read(kind, "meta", `${String(idx).padStart(4, "0")}_snapshot.json`)));
  expect(newest[1]?.prevId).toBe(newest[0]?.id);
});

import { setImmediate } from "node:timers/promises";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import { normalizeText } from "../../schema/search/normalize-text.ts";
import { indexedWords, type Passage, searchSources } from "../../schema/search/search.ts";
import type { Seal } from "../kernel/seal.ts";
import { countRows, type Index, idRange, readRows, type Store, sealRef } from "./search-index.ts";
import { sealWords } from "./search-words.ts";

/** What of a passage is sealed. */
const passageText = z.object({ repo: z.string(), path: z.string(), line: z.number(), title: z.string(), body: z.string() });
export type PassageText = z.infer<typeof passageText>;
/** In hexadecimal, as JSON carries it to SQLite. */
const sealText = ({ sealBytes }: Seal, text: PassageText): string =>
  sealBytes(deflateRawSync(JSON.stringify(passageText.parse(text)))).toString("hex");
/** Undefined for one that was damaged. */
export function openText({ openBytes }: Seal, sealed: string): PassageText | undefined {
  const open = openBytes(Buffer.from(sealed, "hex"));
  return open && passageText.parse(JSON.parse(inflateRawSync(open).toString("utf8")));
}

/** A passage as the tables are given it. */
type SealedPassage = { row: [ref: string, seq: number, at: number, text: string]; words: string[] };
function sealPassage(index: Index, { ref, seq, at, ...text }: Passage): SealedPassage {
  const words = [text.title, text.body].map((each) => sealWords(index, indexedWords(normalizeText(each))));
  return { row: [sealRef(index, ref), seq, at, sealText(index.seal, text)], words };
}
/** Passages that are sealed in one go: others who have this thread wait for it. */
const sealedAtOnce = 50;
/** Characters of words that one statement is given: each statement leaves the index in one more piece. */
const givenAtOnce = 2_000_000;
/** As many from the first on as one statement is given. */
async function sealPassages(index: Index, passages: readonly Passage[]): Promise<SealedPassage[]> {
  const sealed: SealedPassage[] = [];
  for (let size = 0; sealed.length < passages.length && size < givenAtOnce; ) {
    const some = passages.slice(sealed.length, sealed.length + sealedAtOnce).map((passage) => sealPassage(index, passage));
    sealed.push(...some);
    size += some.flatMap(({ words }) => words).reduce((sum, words) => sum + words.length, 0);
    await setImmediate();
  }
  return sealed;
}
/**
 * Adds passages; those of the same `ref` from before go. Repeating it changes nothing. One at a time: each
 * counts on from the last id.
 */
export async function addPassages(index: Index, passages: readonly Passage[]): Promise<void> {
  for (const source of searchSources) {
    const some = passages.filter((each) => each.source === source);
    if (some.length === 0) continue;
    const refs = [...new Set(some.map((each) => each.ref))].map((ref) => sealRef(index, ref));
    await index.execute("DELETE FROM passage WHERE ref IN (SELECT value FROM json_each(?))", JSON.stringify(refs));
    const [from, to] = idRange(source);
    const last = await countRows(index, "SELECT coalesce(max(id), ?) AS n FROM passage WHERE id BETWEEN ? AND ?", from, from, to);
    for (let at = 0; at < some.length; ) {
      const sealed = await sealPassages(index, some.slice(at));
      await index.execute(
        "INSERT INTO passage (id, ref, seq, at, text) SELECT ? + key + 1, value->>0, value->>1, value->>2, unhex(value->>3) FROM json_each(?)",
        last + at,
        JSON.stringify(sealed.map(({ row }) => row)),
      );
      await index.execute(
        "INSERT INTO found (rowid, title, body) SELECT ? + key + 1, value->>0, value->>1 FROM json_each(?)",
        last + at,
        JSON.stringify(sealed.map(({ words }) => words)),
      );
      at += sealed.length;
    }
  }
}
const mergePages = 64;
/**
 * Brings together what many writings left in pieces: a query after a wake reads pages of each piece, from
 * afar. A little at a time, while `goOn`. True when all is one.
 */
export async function tidyIndex(store: Store, goOn: () => Promise<boolean>): Promise<boolean> {
  const changes = () => countRows(store, "SELECT total_changes() AS n");
  for (let pages = -mergePages; await goOn(); pages = mergePages) {
    const before = await changes();
    await store.execute("INSERT INTO found (found, rank) VALUES ('merge', ?)", pages); // negative: of all pieces, not only of many alike
    if ((await changes()) - before < 2) return true;
  }
  return false;
}

const warmStep = 40;
/**
 * After a wake every page comes from afar once; this fetches those that a ranked query needs, a little at a
 * time, while `goOn`.
 */
export async function warmIndex(store: Store, goOn: () => Promise<boolean>): Promise<void> {
  for (const [table, column] of [
    ["found_data", "block"],
    ["found_docsize", "sz"],
  ] as const) {
    const step = table === "found_data" ? warmStep : 50 * warmStep;
    for (let from: number | undefined = -1; from !== undefined && (await goOn()); ) {
      const sql = `SELECT max(id) AS last, sum(length(${column})) AS bytes FROM (SELECT id, ${column} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?)`;
      const [read]: { last: number | null }[] = await readRows(
        store,
        z.object({ last: z.union([z.number(), z.bigint().transform(Number)]).nullable() }),
        sql,
        from,
        step,
      );
      from = read?.last ?? undefined;
    }
  }
  if (await goOn()) await store.execute("SELECT count(*) FROM found_idx");
}

import { z } from "zod";
import {
  citePassage,
  queryTerms,
  type SearchHit,
  type SearchIn,
  type SearchSource,
  scoreWords,
  searchSources,
} from "../../schema/search/search.ts";
import { countRows, type Index, idRange, readRows, type Store, sourceOfId } from "./search-index.ts";
import { openText, type PassageText } from "./search-passages.ts";
import { quoteBeginning, quoteWord } from "./search-words.ts";

/** A word in more passages than this says little, and ranking by it costs much. */
const common = 4_000;
const ranked = 8_000;
type Found = { id: number; rank: number };
const foundRow = z.object({ id: z.coerce.number(), rank: z.coerce.number() });

/**
 * How to match: by the rarest words, ranked; or, when there are only everyday ones, all of them, the newest
 * first.
 */
async function choose(index: Index, words: readonly string[], prefix: string | undefined): Promise<{ match: string; ranked: boolean }> {
  const counts: { word: string; n: number }[] = [];
  for (const each of words) {
    const word = each === prefix ? await quoteBeginning(index, each) : quoteWord(index, each);
    const n = await countRows(index, "SELECT count(*) AS n FROM (SELECT 1 FROM found WHERE found MATCH ? LIMIT ?)", word, common + 1);
    counts.push({ word, n });
  }
  counts.sort((a, b) => a.n - b.n);
  const rare: typeof counts = [];
  let total = 0;
  for (const each of counts) {
    total += each.n;
    if (each.n > 0 && each.n <= common && total <= ranked) rare.push(each);
  }
  if (rare.length > 0) return { match: rare.map((each) => each.word).join(" OR "), ranked: true };
  const known = counts.filter(({ n }) => n > 0);
  return { match: known.map((each) => each.word).join(" AND "), ranked: false };
}

async function candidates(
  store: Store,
  wanted: { match: string; ranked: boolean },
  within: readonly SearchSource[],
  most: number,
): Promise<Found[]> {
  if (wanted.match === "") return [];
  const all: Found[] = [];
  for (const source of within) {
    const sql = wanted.ranked
      ? "SELECT rowid AS id, bm25(found, 3.0, 1.0) AS rank FROM found WHERE found MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rank LIMIT ?"
      : "SELECT rowid AS id, 0 AS rank FROM found WHERE found MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?";
    all.push(...(await readRows(store, foundRow, sql, wanted.match, ...idRange(source), most)));
  }
  return all;
}

const passageRow = z.object({ id: z.coerce.number(), seq: z.coerce.number(), at: z.coerce.number(), text: z.string() });
type OpenPassage = Omit<z.infer<typeof passageRow>, "text"> & PassageText;
/**
 * Those that hold more of the words first, then by rank, then the newer; of one file the best passage alone.
 */
async function best(index: Index, found: readonly Found[], words: readonly string[], limit: number): Promise<SearchHit[]> {
  const ids = JSON.stringify(found.map((each) => each.id));
  const sealed = await readRows(
    index,
    passageRow,
    "SELECT id, seq, at, hex(text) AS text FROM passage WHERE id IN (SELECT value FROM json_each(?))",
    ids,
  );
  const texts = sealed.flatMap(({ text, ...row }): OpenPassage[] => {
    const open = openText(index.seal, text);
    return open ? [{ ...row, ...open }] : []; // one that was damaged, and no more
  });
  const rank = new Map(found.map((each) => [each.id, each.rank]));
  const scored = texts.map((text) => ({ text, held: scoreWords(`${text.title}\n${text.body}`, words), rank: rank.get(text.id) ?? 0 }));
  scored.sort((a, b) => b.held - a.held || a.rank - b.rank || b.text.at - a.text.at);
  const seen = new Set<string>();
  const out: SearchHit[] = [];
  for (const { text } of scored) {
    const file = text.path === "" ? `#${text.seq}` : `${text.repo}:${text.path}`;
    if (seen.has(file) || out.length >= limit) continue;
    seen.add(file);
    out.push(hitOf(text, words));
  }
  return out;
}
function hitOf(row: OpenPassage, words: readonly string[]): SearchHit {
  const at = citePassage(row, words);
  const file = row.path !== "";
  const title = file ? row.title.slice(0, Math.max(1, row.title.length - row.path.length - 1)) : row.title;
  return {
    source: sourceOfId(row.id),
    title,
    excerpt: at.excerpt,
    repo: file ? row.repo : null,
    path: file ? row.path : null,
    line: file ? at.line : null,
    commit: null,
    seq: file ? null : row.seq,
    at: row.at,
  };
}

/** Of each source its newest in turn: every text that is read comes from afar. */
function spread(found: readonly Found[], most: number): Found[] {
  const rows = searchSources.map((source) => found.filter(({ id }) => sourceOfId(id) === source));
  const deepest = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: deepest }, (_, at) => rows.flatMap((row) => row.slice(at, at + 1)))
    .flat()
    .slice(0, most);
}
const fewWords = 3;
/**
 * The newest passages that hold all the words, or any: this reads few pages. Whole words first, and what
 * begins with the last one only in a short question or when nothing else is found: all words that begin so
 * are brought together before the first of them is told.
 */
async function newest(index: Index, words: readonly string[], prefix: string | undefined, input: SearchIn): Promise<Found[]> {
  const exact = words.map((word) => quoteWord(index, word));
  const begun = async () => Promise.all(words.map((word) => (word === prefix ? quoteBeginning(index, word) : quoteWord(index, word))));
  const ways = [
    async () => exact.join(" AND "),
    async () => (words.length > fewWords ? "" : (await begun()).join(" AND ")),
    async () => exact.join(" OR "),
    async () => (await begun()).join(" OR "),
  ];
  const tried = new Set<string>();
  for (const way of ways) {
    const match = await way();
    if (tried.has(match)) continue;
    tried.add(match);
    const found = await candidates(index, { match, ranked: false }, input.in, input.limit);
    if (found.length > 0) return spread(found, input.limit);
  }
  return [];
}

/** `cold`: no page is at hand yet. */
export async function queryIndex(index: Index, input: SearchIn, cold: boolean): Promise<SearchHit[]> {
  const words = queryTerms(input.query);
  if (words.length === 0) return [];
  const prefix = /[\p{L}\p{N}\p{M}]$/u.test(input.query) ? words.at(-1) : undefined;
  if (cold) return best(index, await newest(index, words, prefix, input), words, input.limit);
  const way = await choose(index, words, prefix);
  return best(index, await candidates(index, way, input.in, Math.max(3 * input.limit, 30)), words, input.limit);
}

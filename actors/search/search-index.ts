import { db, type RawAccess } from "rivetkit/db";
import { z } from "zod";
import { normalizeText, separateCharacters } from "../../schema/search/normalize-text.ts";
import {
  citePassage,
  type Passage,
  queryTerms,
  quoteTerm,
  type SearchHit,
  type SearchIn,
  type SearchSource,
  scoreWords,
  searchSources,
} from "../../schema/search/search.ts";
import { AppError } from "../../schema/wire/error.ts";
import { searchFullText } from "../budget/storage-limit.ts";
import { limitStatements } from "../kernel/limit-statements.ts";

/**
 * The search actor's own SQLite: a cache of texts, rebuilt from Git and the log. Passages of one source have
 * ids of one range, the newest last. `passage` has a text as it is, `found` the words of it, folded.
 */
const made = [
  `CREATE TABLE IF NOT EXISTS passage (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, repo TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL,
     seq INTEGER NOT NULL, at INTEGER NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL)`,
  "CREATE INDEX IF NOT EXISTS passage_ref ON passage (ref)",
  `CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (title, body, content='', contentless_delete=1,
     tokenize="unicode61 remove_diacritics 0 categories 'L* N* M* Co'", prefix='3')`,
  "CREATE TRIGGER IF NOT EXISTS passage_out AFTER DELETE ON passage BEGIN DELETE FROM found WHERE rowid = old.id; END",
  "CREATE TABLE IF NOT EXISTS file (repo TEXT NOT NULL, path TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (repo, path))",
];
const forgotten = ["DROP TABLE IF EXISTS found", "DROP TABLE IF EXISTS passage", "DROP TABLE IF EXISTS file", "DELETE FROM place"];
/**
 * Counts up when these tables, `normalizeText` or what a passage is changes: an index of before is thrown
 * away, and all is read anew.
 */
const format = "2";
export async function prepareIndex(index: Index): Promise<void> {
  await index.execute("CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  const known = (await readPlace(index, "format")) === format;
  for (const statement of [...(known ? [] : forgotten), ...made]) await index.execute(statement);
  if (!known) await setPlace(index, "format", format);
}
export async function eraseIndex(index: Index): Promise<void> {
  for (const table of ["passage", "file", "place"]) await index.execute(`DELETE FROM ${table}`);
}
export const searchDatabase = limitStatements(db({ onMigrate: prepareIndex, profiling: { enabled: false } }));
export type Index = Pick<RawAccess, "execute">;

const width = 2 ** 40;
const range = (source: SearchSource): [number, number] => {
  const at = searchSources.indexOf(source) * width;
  return [at, at + width - 1];
};
const sourceOfId = (id: number): SearchSource => searchSources[Math.floor(id / width)] ?? "messages";

async function rows<T extends z.ZodType>(index: Index, shape: T, sql: string, ...values: unknown[]): Promise<z.infer<T>[]> {
  return z.array(shape).parse(await index.execute(sql, ...values));
}
const counted = z.object({ n: z.coerce.number() });
async function count(index: Index, sql: string, ...values: unknown[]): Promise<number> {
  return (await rows(index, counted, sql, ...values))[0]?.n ?? 0;
}

// ── writing
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * How far was read: `seq` of the log, `head:<repo>`, and how much was `written` since the index was in order.
 */
export async function readPlaces(index: Index): Promise<Map<string, string>> {
  const all = await rows(index, z.object({ name: z.string(), value: z.string() }), "SELECT name, value FROM place");
  return new Map(all.map(({ name, value }) => [name, value]));
}
export async function readPlace(index: Index, name: string): Promise<string | undefined> {
  return (await readPlaces(index)).get(name);
}
export async function setPlace(index: Index, name: string, value: string): Promise<void> {
  await index.execute("INSERT INTO place (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
}
export async function dropPassages(index: Index, ref: string): Promise<void> {
  await index.execute("DELETE FROM passage WHERE ref = ?", ref);
}
/**
 * Before something is added. What is there may go or be replaced, and is found as before; the pages that were
 * given back are used again.
 */
export async function requireIndexRoom(index: Index, most: number): Promise<void> {
  const used =
    "SELECT (page_count - freelist_count) * page_size AS n FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
  if ((await count(index, used)) >= most) throw new AppError("quota_full", { most }, { message: searchFullText(most) });
}
/**
 * Adds passages; those of the same `ref` from before go. Repeating it changes nothing. One at a time: each
 * counts on from the last id.
 */
export async function addPassages(index: Index, passages: readonly Passage[]): Promise<void> {
  for (const source of searchSources) {
    const some = passages.filter((each) => each.source === source);
    if (some.length === 0) continue;
    const refs = JSON.stringify([...new Set(some.map((each) => each.ref))]);
    await index.execute("DELETE FROM passage WHERE ref IN (SELECT value FROM json_each(?))", refs);
    const [from, to] = range(source);
    const last = await count(index, "SELECT coalesce(max(id), ?) AS n FROM passage WHERE id BETWEEN ? AND ?", from, from, to);
    const values = some.map(({ ref, repo, path, line, seq, at, title, body }) => [ref, repo, path, line, seq, at, title, body]);
    await index.execute(
      `INSERT INTO passage (id, ref, repo, path, line, seq, at, title, body)
       SELECT ? + key + 1, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?)`,
      last,
      JSON.stringify(values),
    );
    await index.execute(
      "INSERT INTO found (rowid, title, body) SELECT ? + key + 1, value->>0, value->>1 FROM json_each(?)",
      last,
      JSON.stringify(some.map(({ title, body }) => [separateCharacters(normalizeText(title)), separateCharacters(normalizeText(body))])),
    );
  }
}
export async function readFileHashes(index: Index, repo: string): Promise<Map<string, string>> {
  const known = await rows(index, z.object({ path: z.string(), sha: z.string() }), "SELECT path, sha FROM file WHERE repo = ?", repo);
  return new Map(known.map(({ path, sha }) => [path, sha]));
}
export async function setFiles(index: Index, repo: string, files: readonly { path: string; sha: string }[]): Promise<void> {
  await index.execute(
    `INSERT INTO file (repo, path, sha) SELECT ?, value->>0, value->>1 FROM json_each(?) WHERE true
     ON CONFLICT (repo, path) DO UPDATE SET sha = excluded.sha`,
    repo,
    JSON.stringify(files.map(({ path, sha }) => [path, sha])),
  );
}
export async function dropFile(index: Index, repo: string, path: string): Promise<void> {
  await index.execute("DELETE FROM file WHERE repo = ? AND path = ?", repo, path);
}

const mergePages = 64;
/**
 * Brings together what many writings left in pieces: a query after a wake reads pages of each piece, from
 * afar. A little at a time, while `goOn`. True when all is one.
 */
export async function tidyIndex(index: Index, goOn: () => Promise<boolean>): Promise<boolean> {
  const changes = () => count(index, "SELECT total_changes() AS n");
  for (let pages = -mergePages; await goOn(); pages = mergePages) {
    const before = await changes();
    await index.execute("INSERT INTO found (found, rank) VALUES ('merge', ?)", pages); // negative: of all pieces, not only of many alike
    if ((await changes()) - before < 2) return true;
  }
  return false;
}

// ── reading
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const warmStep = 40;
/**
 * After a wake every page comes from afar once; this fetches those that a ranked query needs, a little at a
 * time, while `goOn`.
 */
export async function warmIndex(index: Index, goOn: () => Promise<boolean>): Promise<void> {
  for (const [table, column] of [
    ["found_data", "block"],
    ["found_docsize", "sz"],
  ] as const) {
    const step = table === "found_data" ? warmStep : 50 * warmStep;
    for (let from: number | undefined = -1; from !== undefined && (await goOn()); ) {
      const sql = `SELECT max(id) AS last, sum(length(${column})) AS bytes FROM (SELECT id, ${column} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?)`;
      const [read]: { last: number | null }[] = await rows(
        index,
        z.object({ last: z.union([z.number(), z.bigint().transform(Number)]).nullable() }),
        sql,
        from,
        step,
      );
      from = read?.last ?? undefined;
    }
  }
  if (await goOn()) await index.execute("SELECT count(*) FROM found_idx");
}

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
  const word = (term: string) => quoteTerm(term, term === prefix);
  const counts: { word: string; n: number }[] = [];
  for (const each of words)
    counts.push({
      word: word(each),
      n: await count(index, "SELECT count(*) AS n FROM (SELECT 1 FROM found WHERE found MATCH ? LIMIT ?)", word(each), common + 1),
    });
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
  index: Index,
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
    all.push(...(await rows(index, foundRow, sql, wanted.match, ...range(source), most)));
  }
  return all;
}

const passageRow = z.object({
  id: z.coerce.number(),
  repo: z.string(),
  path: z.string(),
  line: z.coerce.number(),
  seq: z.coerce.number(),
  at: z.coerce.number(),
  title: z.string(),
  body: z.string(),
});
/**
 * Those that hold more of the words first, then by rank, then the newer; of one file the best passage alone.
 */
async function best(index: Index, found: readonly Found[], words: readonly string[], limit: number): Promise<SearchHit[]> {
  const ids = JSON.stringify(found.map((each) => each.id));
  const texts = await rows(
    index,
    passageRow,
    "SELECT id, repo, path, line, seq, at, title, body FROM passage WHERE id IN (SELECT value FROM json_each(?))",
    ids,
  );
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
function hitOf(row: z.infer<typeof passageRow>, words: readonly string[]): SearchHit {
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
  const exact = words.map((word) => quoteTerm(word, false));
  const begun = words.map((word) => quoteTerm(word, word === prefix));
  const ways = [exact.join(" AND "), words.length > fewWords ? "" : begun.join(" AND "), exact.join(" OR "), begun.join(" OR ")];
  for (const match of new Set(ways)) {
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

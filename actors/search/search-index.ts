import { db, type RawAccess } from "rivetkit/db";
import { z } from "zod";
import { isUnspaced, normalizeText } from "../../schema/search/normalize-text.ts";
import {
  citePassage,
  indexedWords,
  type Passage,
  queryTerms,
  type SearchHit,
  type SearchIn,
  type SearchSource,
  scoreWords,
  searchSources,
} from "../../schema/search/search.ts";
import { AppError } from "../../schema/wire/error.ts";
import { searchFullText } from "../budget/storage-limit.ts";
import { limitStatements } from "../kernel/limit-statements.ts";
import { wrapNative } from "../kernel/native-database.ts";
import { type Seal, wordChars } from "../kernel/seal.ts";

/**
 * The search actor's own SQLite: a cache of texts, rebuilt from Git and the log. What says or names something
 * is sealed with the member's key (actors/README.md, "Search"). Passages of one source have ids of one range,
 * the newest last. `passage` has a text as it is, `found` a hash of each folded word of it, `word` the longer
 * words, sealed, for the questions whose last word is a beginning.
 */
const made = [
  "CREATE TABLE IF NOT EXISTS passage (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL)",
  "CREATE INDEX IF NOT EXISTS passage_ref ON passage (ref)",
  `CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (title, body, content='', contentless_delete=1, tokenize='ascii', prefix='${wordChars}')`,
  "CREATE TRIGGER IF NOT EXISTS passage_out AFTER DELETE ON passage BEGIN DELETE FROM found WHERE rowid = old.id; END",
  `CREATE TABLE IF NOT EXISTS word (start TEXT NOT NULL, size INTEGER NOT NULL, sealed TEXT NOT NULL,
     PRIMARY KEY (start, size, sealed)) WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS file (repo TEXT NOT NULL, path TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (repo, path)) WITHOUT ROWID",
];
const forgotten = [...["found", "passage", "word", "file"].map((table) => `DROP TABLE IF EXISTS ${table}`), "DELETE FROM place"];
/**
 * Counts up when these tables, `normalizeText` or what a passage is changes: an index of before is thrown
 * away, and all is read anew.
 */
const format = "3";
export async function prepareIndex(store: Store): Promise<void> {
  await store.execute("CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  const known = (await readPlace(store, "format")) === format;
  for (const statement of [...(known ? [] : forgotten), ...made]) await store.execute(statement);
  if (!known) await setPlace(store, "format", format);
}
export async function eraseIndex(store: Store): Promise<void> {
  for (const table of ["passage", "word", "file", "place"]) await store.execute(`DELETE FROM ${table}`);
}
export const searchDatabase = wrapNative(db({ onMigrate: prepareIndex, profiling: { enabled: false } }), limitStatements);
export type Store = Pick<RawAccess, "execute">;
/** With the seal of the member whose texts are in it. `words`: those it was just given, with their hashes. */
export type Index = Store & { seal: Seal; words: Map<string, string> };
export const openIndex = (store: Store, seal: Seal): Index => ({ execute: store.execute.bind(store), seal, words: new Map() });

const width = 2 ** 40;
const range = (source: SearchSource): [number, number] => {
  const at = searchSources.indexOf(source) * width;
  return [at, at + width - 1];
};
const sourceOfId = (id: number): SearchSource => searchSources[Math.floor(id / width)] ?? "messages";

async function rows<T extends z.ZodType>(store: Store, shape: T, sql: string, ...values: unknown[]): Promise<z.infer<T>[]> {
  return z.array(shape).parse(await store.execute(sql, ...values));
}
const counted = z.object({ n: z.coerce.number() });
async function count(store: Store, sql: string, ...values: unknown[]): Promise<number> {
  return (await rows(store, counted, sql, ...values))[0]?.n ?? 0;
}

// ── writing
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const placeRow = z.object({ name: z.string(), value: z.string() });
/** `seq`: how far the log was read. `written`: how much was, since the index was in order. */
export async function readPlace(store: Store, name: "format" | "seq" | "written"): Promise<string | undefined> {
  return (await rows(store, placeRow, "SELECT name, value FROM place WHERE name = ?", name))[0]?.value;
}
export async function setPlace(store: Store, name: string, value: string): Promise<void> {
  await store.execute("INSERT INTO place (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
}
/** The head of a repository that was read; `partial` is "1" while it has more files than are read. */
export async function setRepoPlace(index: Index, name: "head" | "partial", repo: string, value: string): Promise<void> {
  await setPlace(index, `${name}:${index.seal.seal(repo)}`, value);
}
/** How far was read: of the log, and of each repository. */
export async function readPlaces(index: Index): Promise<{ seq: number; heads: Map<string, string>; partial: boolean }> {
  const all = await rows(index, placeRow, "SELECT name, value FROM place");
  const heads = all.filter(({ name }) => name.startsWith("head:"));
  return {
    seq: Number(all.find(({ name }) => name === "seq")?.value ?? 0),
    heads: new Map(heads.map(({ name, value }) => [index.seal.open(name.slice("head:".length)), value])),
    partial: all.some(({ name, value }) => name.startsWith("partial:") && value === "1"),
  };
}
/** An event's has its number alone. */
const sealRef = (index: Index, ref: string) => (/^event:\d+$/.test(ref) ? ref : index.seal.seal(ref));
export async function dropPassages(index: Index, ref: string): Promise<void> {
  await index.execute("DELETE FROM passage WHERE ref = ?", sealRef(index, ref));
}
/**
 * Before something is added. What is there may go or be replaced, and is found as before; the pages that were
 * given back are used again.
 */
export async function requireIndexRoom(store: Store, most: number): Promise<void> {
  const used =
    "SELECT (page_count - freelist_count) * page_size AS n FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()";
  if ((await count(store, used)) >= most) throw new AppError("quota_full", { most }, { message: searchFullText(most) });
}

/** From so many characters on, a question's last word is the beginning of others. */
const beginning = 3;
/** In `word`, words stand beside those that begin with as many characters alike: many may begin with few. */
const together = [8, 4];
const startOf = (word: string, length: number) => `^${word.slice(0, length)}`;
/** What stands for a word in `found`: its hash, and in front of it the one of its beginning. */
const hashWord = ({ word: hash }: Seal, word: string) =>
  word.length < beginning ? hash(word) : hash(startOf(word, beginning)) + hash(word);
const mostRemembered = 50_000;
function rememberHash({ words, seal }: Index, word: string): string {
  const hash = words.get(word) ?? hashWord(seal, word);
  if (words.size >= mostRemembered) words.clear();
  words.set(word, hash);
  return hash;
}
/**
 * What FTS5 is given for the words of a text. In no order, so that nothing can be read from it; but those of
 * scripts without spaces, which are found as phrases, stay where they are.
 */
function hashWords(index: Index, words: readonly string[]): string {
  const hashes = words.map((word) => rememberHash(index, word));
  const mixed = hashes.filter((_, at) => !isUnspaced(words[at] ?? "")).sort();
  return hashes.map((hash, at) => (isUnspaced(words[at] ?? "") ? hash : mixed.pop())).join(" ");
}
/** Passages that are sealed at once: others who have this thread wait for it. */
const sealedAtOnce = 50;
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
    const [from, to] = range(source);
    const last = await count(index, "SELECT coalesce(max(id), ?) AS n FROM passage WHERE id BETWEEN ? AND ?", from, from, to);
    for (let at = 0; at < some.length; at += sealedAtOnce) await insert(index, last + at, some.slice(at, at + sealedAtOnce));
  }
}
async function insert(index: Index, last: number, some: readonly Passage[]): Promise<void> {
  const { seal } = index.seal;
  const sealed = some.map(({ ref, seq, at, ...text }) => [sealRef(index, ref), seq, at, seal(JSON.stringify(passageText.parse(text)))]);
  const texts = some.map(({ title, body }) => [title, body].map((text) => indexedWords(normalizeText(text))));
  const fresh = [...new Set(texts.flat(2))].filter((word) => !index.words.has(word));
  const hashed = texts.map((words) => words.map((each) => hashWords(index, each)));
  await index.execute(
    "INSERT INTO passage (id, ref, seq, at, text) SELECT ? + key + 1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?)",
    last,
    JSON.stringify(sealed),
  );
  await index.execute(
    "INSERT INTO found (rowid, title, body) SELECT ? + key + 1, value->>0, value->>1 FROM json_each(?)",
    last,
    JSON.stringify(hashed),
  );
  await index.execute(
    "INSERT OR IGNORE INTO word (start, size, sealed) SELECT value->>0, value->>1, value->>2 FROM json_each(?)",
    JSON.stringify(fresh.flatMap((word) => rowsOfWord(index, word))),
  );
}
function rowsOfWord(index: Index, word: string): [start: string, size: number, sealed: string][] {
  const lengths = together.filter((length) => length <= word.length);
  const sealed = lengths.length > 0 ? index.seal.seal(word) : "";
  return lengths.map((length) => [index.seal.word(startOf(word, length)), word.length, sealed]);
}
export async function readFileHashes(index: Index, repo: string): Promise<Map<string, string>> {
  const { seal, open } = index.seal;
  const known = await rows(index, z.object({ path: z.string(), sha: z.string() }), "SELECT path, sha FROM file WHERE repo = ?", seal(repo));
  return new Map(known.map(({ path, sha }) => [open(path), sha]));
}
export async function setFiles(index: Index, repo: string, files: readonly { path: string; sha: string }[]): Promise<void> {
  const { seal } = index.seal;
  await index.execute(
    `INSERT INTO file (repo, path, sha) SELECT ?, value->>0, value->>1 FROM json_each(?) WHERE true
     ON CONFLICT (repo, path) DO UPDATE SET sha = excluded.sha`,
    seal(repo),
    JSON.stringify(files.map(({ path, sha }) => [seal(path), sha])),
  );
}
export async function dropFile(index: Index, repo: string, path: string): Promise<void> {
  const { seal } = index.seal;
  await index.execute("DELETE FROM file WHERE repo = ? AND path = ?", seal(repo), seal(path));
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
    if ((await changes()) - before < 2) return forgetWords(index, goOn);
  }
  return false;
}
const wordRow = z.object({ start: z.string(), size: z.coerce.number(), sealed: z.string() });
const wordStep = 500;
/** Takes out the words that no passage holds any more. */
async function forgetWords(index: Index, goOn: () => Promise<boolean>): Promise<boolean> {
  const { seal } = index;
  index.words.clear();
  const after = "SELECT start, size, sealed FROM word WHERE (start, size, sealed) > (?, ?, ?) ORDER BY start, size, sealed LIMIT ?";
  for (let last = { start: "", size: 0, sealed: "" }; await goOn(); ) {
    const some = await rows(index, wordRow, after, last.start, last.size, last.sealed, wordStep);
    await index.execute(
      `DELETE FROM word WHERE (start, size, sealed) IN (SELECT value->>1, value->>2, value->>3 FROM json_each(?)
         WHERE NOT EXISTS (SELECT 1 FROM found WHERE found MATCH value->>0))`,
      JSON.stringify(some.map(({ start, size, sealed }) => [quoteHashes(hashWord(seal, seal.open(sealed))), start, size, sealed])),
    );
    const end = some.at(-1);
    if (!end) return true;
    last = end;
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
export async function warmIndex(store: Store, goOn: () => Promise<boolean>): Promise<void> {
  for (const [table, column] of [
    ["found_data", "block"],
    ["found_docsize", "sz"],
  ] as const) {
    const step = table === "found_data" ? warmStep : 50 * warmStep;
    for (let from: number | undefined = -1; from !== undefined && (await goOn()); ) {
      const sql = `SELECT max(id) AS last, sum(length(${column})) AS bytes FROM (SELECT id, ${column} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?)`;
      const [read]: { last: number | null }[] = await rows(
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

const quoteHashes = (hashes: string) => `"${hashes}"`;
/** A word of a question for FTS5's MATCH: of a script without spaces, a phrase of its characters. */
const quoteWord = ({ seal }: Index, term: string) =>
  quoteHashes(
    indexedWords(term)
      .map((word) => hashWord(seal, word))
      .join(" "),
  );
/** Of the words that begin so: how many are looked at, and how many are looked for. The shortest first. */
const mostBegun = { seen: 2_000, asked: 200 } as const;
async function quoteBeginning(index: Index, term: string): Promise<string> {
  const { open, word } = index.seal;
  if (isUnspaced(term) || term.length < beginning) return quoteWord(index, term);
  if (term.length === beginning) return `${quoteHashes(word(startOf(term, beginning)))}*`;
  const sql = "SELECT sealed FROM word WHERE start = ? AND size >= ? ORDER BY size LIMIT ?";
  const start = word(startOf(term, together.find((length) => length <= term.length) ?? 0));
  const near = await rows(index, z.object({ sealed: z.string() }), sql, start, term.length, mostBegun.seen);
  const begun = near.map(({ sealed }) => open(sealed)).filter((each) => each.startsWith(term));
  const all = new Set([term, ...begun.slice(0, mostBegun.asked)]);
  return `(${[...all].map((each) => quoteHashes(hashWord(index.seal, each))).join(" OR ")})`;
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
  const counts: { word: string; n: number }[] = [];
  for (const each of words) {
    const word = each === prefix ? await quoteBeginning(index, each) : quoteWord(index, each);
    const n = await count(index, "SELECT count(*) AS n FROM (SELECT 1 FROM found WHERE found MATCH ? LIMIT ?)", word, common + 1);
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
    all.push(...(await rows(store, foundRow, sql, wanted.match, ...range(source), most)));
  }
  return all;
}

/** What of a passage is sealed. */
const passageText = z.object({ repo: z.string(), path: z.string(), line: z.number(), title: z.string(), body: z.string() });
const passageRow = z.object({ id: z.coerce.number(), seq: z.coerce.number(), at: z.coerce.number(), text: z.string() });
type OpenPassage = Omit<z.infer<typeof passageRow>, "text"> & z.infer<typeof passageText>;
/**
 * Those that hold more of the words first, then by rank, then the newer; of one file the best passage alone.
 */
async function best(index: Index, found: readonly Found[], words: readonly string[], limit: number): Promise<SearchHit[]> {
  const ids = JSON.stringify(found.map((each) => each.id));
  const sealed = await rows(index, passageRow, "SELECT id, seq, at, text FROM passage WHERE id IN (SELECT value FROM json_each(?))", ids);
  const texts = sealed.map(({ text, ...row }): OpenPassage => ({ ...row, ...passageText.parse(JSON.parse(index.seal.open(text))) }));
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

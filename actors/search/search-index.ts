import { db, type RawAccess } from "rivetkit/db";
import { z } from "zod";
import { type SearchSource, searchSources } from "../../schema/search/search.ts";
import { AppError } from "../../schema/wire/error.ts";
import { searchFullText } from "../budget/storage-limit.ts";
import { limitStatements } from "../kernel/limit-statements.ts";
import { wrapNative } from "../kernel/native-database.ts";
import { type Seal, wordChars } from "../kernel/seal.ts";

/**
 * The search actor's own SQLite: a cache of texts, rebuilt from Git and the log. What says or names something
 * is sealed with the member's key (actors/README.md, "Search"). Passages of one source have ids of one range,
 * the newest last. `passage` has a text as it is, `found` its folded words, each sealed; `word` tells which
 * there are.
 */
const made = [
  "CREATE TABLE IF NOT EXISTS passage (id INTEGER PRIMARY KEY, ref TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, text BLOB NOT NULL)",
  "CREATE INDEX IF NOT EXISTS passage_ref ON passage (ref)",
  `CREATE VIRTUAL TABLE IF NOT EXISTS found USING fts5 (title, body, content='', contentless_delete=1, tokenize='ascii', prefix='${wordChars + 1}')`,
  "CREATE TRIGGER IF NOT EXISTS passage_out AFTER DELETE ON passage BEGIN DELETE FROM found WHERE rowid = old.id; END",
  "CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5vocab (found, row)",
  "CREATE TABLE IF NOT EXISTS file (repo TEXT NOT NULL, path TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (repo, path)) WITHOUT ROWID",
];
const forgotten = [...["word", "found", "passage", "file"].map((table) => `DROP TABLE IF EXISTS ${table}`), "DELETE FROM place"];
/**
 * Counts up when these tables, `normalizeText` or what a passage is changes: an index of before is thrown
 * away, and all is read anew.
 */
const format = "5";
export async function prepareIndex(store: Store): Promise<void> {
  await store.execute("CREATE TABLE IF NOT EXISTS place (name TEXT PRIMARY KEY, value TEXT NOT NULL)");
  const known = (await readPlace(store, "format")) === format;
  for (const statement of [...(known ? [] : forgotten), ...made]) await store.execute(statement);
  if (!known) await setPlace(store, "format", format);
}
export async function eraseIndex(store: Store): Promise<void> {
  for (const table of ["passage", "file", "place"]) await store.execute(`DELETE FROM ${table}`);
}
export const searchDatabase = wrapNative(db({ onMigrate: prepareIndex, profiling: { enabled: false } }), limitStatements);
export type Store = Pick<RawAccess, "execute">;
/** With the seal of the member whose texts are in it. `words`: some of theirs, as they stand in `found`. */
export type Index = Store & { seal: Seal; words: Map<string, string> };
export const openIndex = (store: Store, seal: Seal): Index => ({ execute: store.execute.bind(store), seal, words: new Map() });

const width = 2 ** 40;
export const idRange = (source: SearchSource): [number, number] => {
  const at = searchSources.indexOf(source) * width;
  return [at, at + width - 1];
};
export const sourceOfId = (id: number): SearchSource => searchSources[Math.floor(id / width)] ?? "messages";

export async function readRows<T extends z.ZodType>(store: Store, shape: T, sql: string, ...values: unknown[]): Promise<z.infer<T>[]> {
  return z.array(shape).parse(await store.execute(sql, ...values));
}
const counted = z.object({ n: z.coerce.number() });
export async function countRows(store: Store, sql: string, ...values: unknown[]): Promise<number> {
  return (await readRows(store, counted, sql, ...values))[0]?.n ?? 0;
}

const placeRow = z.object({ name: z.string(), value: z.string() });
/** `seq`: how far the log was read. `written`: how much was, since the index was in order. */
export async function readPlace(store: Store, name: "format" | "seq" | "written"): Promise<string | undefined> {
  return (await readRows(store, placeRow, "SELECT name, value FROM place WHERE name = ?", name))[0]?.value;
}
export async function setPlace(store: Store, name: string, value: string): Promise<void> {
  await store.execute("INSERT INTO place (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value);
}
/** The head of a repository that was read; `partial` is "1" while it has more files than are read. */
export async function setRepoPlace(index: Index, name: "head" | "partial", repo: string, value: string): Promise<void> {
  const { seal } = index.seal;
  await setPlace(index, `${name}:${seal(repo)}`, name === "head" ? seal(value) : value);
}
/** How far was read: of the log, and of each repository. */
export async function readPlaces(index: Index): Promise<{ seq: number; heads: Map<string, string>; partial: boolean }> {
  const all = await readRows(index, placeRow, "SELECT name, value FROM place");
  const { open } = index.seal;
  const heads = all.filter(({ name }) => name.startsWith("head:"));
  return {
    seq: Number(all.find(({ name }) => name === "seq")?.value ?? 0),
    heads: new Map(heads.map(({ name, value }) => [open(name.slice("head:".length)), open(value)])),
    partial: all.some(({ name, value }) => name.startsWith("partial:") && value === "1"),
  };
}
/** An event's has its number alone. */
export const sealRef = (index: Index, ref: string) => (/^event:\d+$/.test(ref) ? ref : index.seal.seal(ref));
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
  if ((await countRows(store, used)) >= most) throw new AppError("quota_full", { most }, { message: searchFullText(most) });
}

export async function readFileHashes(index: Index, repo: string): Promise<Map<string, string>> {
  const { seal, open } = index.seal;
  const known = await readRows(
    index,
    z.object({ path: z.string(), sha: z.string() }),
    "SELECT path, sha FROM file WHERE repo = ?",
    seal(repo),
  );
  return new Map(known.map(({ path, sha }) => [open(path), open(sha)]));
}
export async function setFiles(index: Index, repo: string, files: readonly { path: string; sha: string }[]): Promise<void> {
  const { seal } = index.seal;
  await index.execute(
    `INSERT INTO file (repo, path, sha) SELECT ?, value->>0, value->>1 FROM json_each(?) WHERE true
     ON CONFLICT (repo, path) DO UPDATE SET sha = excluded.sha`,
    seal(repo),
    JSON.stringify(files.map(({ path, sha }) => [seal(path), seal(sha)])), // Git's hash of a short text tells it
  );
}
export async function dropFile(index: Index, repo: string, path: string): Promise<void> {
  const { seal } = index.seal;
  await index.execute("DELETE FROM file WHERE repo = ? AND path = ?", seal(repo), seal(path));
}

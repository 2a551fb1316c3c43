import { eq, isNull } from "drizzle-orm";
import { z } from "zod";
import type { FileContent } from "../../schema/git/file-content.ts";
import { applyMemoryChange, type MemoryChange, memoryChange } from "../../schema/memory/memory-change.ts";
import { type MemoryFileRow, memoryFileTable } from "../../schema/memory/memory-file.table.ts";
import { type IndexEntry, indexPath, printIndex, readFileTitle, readIndex } from "../../schema/memory/memory-index.ts";
import { outboxTable } from "../../schema/memory/outbox.table.ts";
import { memoryRepository } from "../../schema/stack/stack.ts";
import { limits } from "../../schema/wire/limits.ts";
import { archiveFrom, type ReadFile, readArchived, type WantedFile } from "../git/archive.ts";
import { findBranchHead } from "../git/branch-head.ts";
import { readFiles, readFileText } from "../git/file-content.ts";
import type { FileChange, Git, GitCommit } from "../git/git.ts";
import type { Self } from "../kernel/self.ts";
import type { Db } from "../kernel/tables.ts";
import type { Writer } from "../kernel/writer.ts";

/**
 * The files of the memory repository: as Git has them, as they will be, and the cache of them in the actor.
 */
export const mostFiles = 50_000;
/** Texts by path; undefined: the file is not there. */
export type Texts = Map<string, string | undefined>;
/** `commit`: the commit itself, where Gitea has just told it. */
export type Written = { hash: string; after: Texts; commit?: GitCommit };

/** Whose text the actor keeps at hand: what prompts and policies are made of. */
export const isKeptText = (path: string): boolean => path === "profile.md" || /^(?:profile|goals|policies|patterns)\/[^/]+$/.test(path);
const dated = /^(?:decisions|plans|summaries|summaries\/conversation)\/(\d{4}-\d{2}-\d{2})-/;

type MemoryFile = { text: string | undefined; sha: string | undefined };
const asMemoryFile = (found: FileContent | undefined): MemoryFile =>
  found ? { text: readFileText(found, limits.fileBytes) ?? undefined, sha: found.sha } : { text: undefined, sha: undefined };
export async function textAt(git: Git, ref: string, paths: readonly string[]): Promise<Texts> {
  const wanted = [...new Set(paths)].filter((path) => path !== indexPath);
  const found = await readFiles(git, memoryRepository, ref, wanted);
  return new Map(wanted.map((path) => [path, asMemoryFile(found.get(path)).text]));
}

function changeOf(path: string, before: MemoryFile, text: string | undefined): FileChange | undefined {
  const there = before.sha === undefined ? {} : { sha: before.sha };
  if (text === undefined) return before.sha === undefined ? undefined : { path, content: "", operation: "delete", ...there };
  if (before.sha !== undefined && before.text === text) return undefined;
  return { path, content: text, operation: before.sha === undefined ? "create" : "update", ...there };
}

/**
 * Turns what waits into the changes of one commit, `index.md` with them, by the files as they are in Git now.
 */
export async function commitChanges(
  self: Self,
  git: Git,
  wanted: readonly MemoryChange[],
): Promise<{ changes: FileChange[]; after: Texts }> {
  const entries = await index(self, git);
  const there = await git.contents(memoryRepository, "main", [...wanted.map(({ path }) => path), indexPath]);
  const after: Texts = new Map();
  const changes: FileChange[] = [];
  for (const change of wanted) {
    if (change.path === indexPath) continue; // the writer's own
    // Gitea refuses to make a file that is there after all; what can't be read is not taken for removed.
    const unsure = "remove" in change && !there.has(change.path);
    const files = unsure ? await readFiles(git, memoryRepository, "main", [change.path]) : there;
    const before = asMemoryFile(files.get(change.path));
    const text = applyMemoryChange(before.text, change);
    after.set(change.path, text);
    const made = changeOf(change.path, before, text);
    if (made) changes.push(made);
  }
  if (changes.length === 0) return { changes, after };
  const now = Date.now();
  for (const [path, text] of after) {
    if (text === undefined) entries.delete(path);
    else entries.set(path, { path, title: readFileTitle(path, text), at: now });
  }
  const listed = changeOf(indexPath, asMemoryFile(there.get(indexPath)), printIndex([...entries.values()]));
  return { changes: listed ? [...changes, listed] : changes, after };
}

/**
 * What Git has, by the cache; read from Git when the actor has none, or Git has a commit that the actor has
 * not taken over.
 */
async function index(self: Self, git: Git): Promise<Map<string, IndexEntry>> {
  const rows = await self.db.select().from(memoryFileTable);
  const seen = await findBranchHead(self.db, memoryRepository, "main");
  const [newest] = await git.commits(memoryRepository, "main", 1); // from Git itself: what Gitea says of a branch is what was last pushed through it
  const current = rows.length > 0 && newest !== undefined && newest.sha === seen;
  const there = rows.filter((row) => row.hash !== null);
  const known = current ? there : await readRows(git, newest?.sha ?? "main");
  if (!current) await correct(self.db, there, known);
  return new Map(known.map(({ path, title, at }) => [path, { path, title, at }]));
}
/**
 * Files that somebody else brought or took away, in the cache. What it has of the others stays: something
 * newer may wait for them.
 */
async function correct(db: Db, before: readonly MemoryFileRow[], after: readonly MemoryFileRow[]): Promise<void> {
  const paths = new Set(after.map(({ path }) => path));
  for (const { path } of before) if (!paths.has(path)) await db.delete(memoryFileTable).where(eq(memoryFileTable.path, path));
  const had = new Set(before.map(({ path }) => path));
  for (const row of after) if (!had.has(row.path)) await db.insert(memoryFileTable).values(row).onConflictDoNothing();
}

/** The files of the memory repository at a commit. */
export async function listMemoryFiles(git: Git, ref: string): Promise<WantedFile[]> {
  return (await git.wholeTree(memoryRepository, ref, mostFiles)).filter((entry) => entry.type === "blob");
}
/** The texts of these files: by one stream when they are many, the rest a few at a time. */
export async function textsOf(git: Git, ref: string, wanted: readonly WantedFile[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const left = new Map(wanted.map((file) => [file.path, file]));
  const take = async (some: ReadFile[]) => {
    for (const { path, text } of some) {
      left.delete(path);
      if (text !== null) found.set(path, text);
    }
  };
  const source = { repo: memoryRepository, ref, limit: limits.fileBytes, deadline: Date.now() + 60_000 };
  if (wanted.length >= archiveFrom) await readArchived(git, source, wanted, take).catch(() => undefined); // broken off or refused: the rest is read one by one, and says why
  for (const [path, file] of await readFiles(git, memoryRepository, ref, [...left.keys()])) {
    const { text } = asMemoryFile(file);
    if (text !== undefined) found.set(path, text);
  }
  return found;
}

/** Whose texts the cache's rows are made of. */
export const ofRows = (path: string): boolean => path === indexPath || isKeptText(path);
/**
 * The cache's rows as Git has them at a commit, from its tree and those texts: how the cache is made anew.
 */
export function rowsOf(tree: readonly WantedFile[], texts: ReadonlyMap<string, string>, hash: string | null): MemoryFileRow[] {
  const listed = new Map(readIndex(texts.get(indexPath) ?? "").map((entry) => [entry.path, entry]));
  return tree.flatMap(({ path }) => {
    if (path === indexPath) return [];
    const content = isKeptText(path) ? (texts.get(path) ?? null) : null;
    const entry = listed.get(path);
    const at = entry?.at ?? Date.parse(dated.exec(path)?.[1] ?? "1970-01-01");
    return [{ path, title: entry?.title ?? readFileTitle(path, content ?? ""), content, hash, at }];
  });
}
async function readRows(git: Git, at: string): Promise<MemoryFileRow[]> {
  const tree = await listMemoryFiles(git, at);
  const texts = await textsOf(
    git,
    at,
    tree.filter(({ path }) => ofRows(path)),
  );
  return rowsOf(tree, texts, at);
}

/**
 * What will be, as soon as it is in the outbox: the member sees their change at once, an agent's policy holds
 * at once.
 */
export async function expectChanges(writer: Writer, changes: readonly MemoryChange[]): Promise<void> {
  for (const change of changes) {
    if (change.path === indexPath || !isKeptText(change.path)) continue;
    const [row] = await writer.db.select().from(memoryFileTable).where(eq(memoryFileTable.path, change.path));
    const content = applyMemoryChange(row?.content ?? undefined, change) ?? null;
    const set = { content, title: content === null ? (row?.title ?? change.path) : readFileTitle(change.path, content), at: writer.now };
    await writer.db
      .insert(memoryFileTable)
      .values({ path: change.path, hash: null, ...set })
      .onConflictDoUpdate({ target: memoryFileTable.path, set });
  }
}

/** Takes over what a commit made of the files. A text for which something newer waits stays as it will be. */
export async function noteFiles(writer: Writer, hash: string, after: Texts): Promise<void> {
  const open = await writer.db.select({ files: outboxTable.files }).from(outboxTable).where(isNull(outboxTable.hash));
  const newer = new Set(
    open.flatMap((row) =>
      z
        .array(memoryChange)
        .parse(row.files)
        .map((file) => file.path),
    ),
  );
  for (const [path, text] of after) {
    if (newer.has(path)) await writer.db.update(memoryFileTable).set({ hash }).where(eq(memoryFileTable.path, path));
    else if (text === undefined) await writer.db.delete(memoryFileTable).where(eq(memoryFileTable.path, path));
    else {
      const set = { title: readFileTitle(path, text), content: isKeptText(path) ? text : null, hash, at: writer.now };
      await writer.db
        .insert(memoryFileTable)
        .values({ path, ...set })
        .onConflictDoUpdate({ target: memoryFileTable.path, set });
    }
  }
}

/** The text of a kept file as it is, or will be once the outbox is empty. */
export async function keptText(db: Db, path: string): Promise<string | undefined> {
  const [row] = await db.select({ content: memoryFileTable.content }).from(memoryFileTable).where(eq(memoryFileTable.path, path));
  return row?.content ?? undefined;
}

import { z } from "zod";
import { type EventKind, readableEvent, type StoredEvent } from "../event.ts";
import { indexPath, readFileTitle } from "../memory/memory-index.ts";
import { type Id, id, siblingId } from "../wire/id.ts";
import { queryNumber } from "../wire/query-number.ts";
import { isUnspaced, normalizeText, separateCharacters, splitWords } from "./normalize-text.ts";

/**
 * Search over what a member has: how texts become passages, words
 * a query, and a passage a line that can be cited. All pure.
 */
export const searchSources = ["memory", "files", "messages", "decisions"] as const;
export type SearchSource = (typeof searchSources)[number];

/**
 * One passage as the index keeps it. `ref` names all passages that are replaced together: a file or an event.
 */
export type Passage = {
  ref: string;
  source: SearchSource;
  repo: string;
  path: string;
  /** Of its first line, from 1. */
  line: number;
  seq: number;
  at: number;
  title: string;
  body: string;
};
export const passageChars = 1_200;
/** What is read of one file, in bytes, and of a project's tree, in entries with its folders. */
export const searchFileLimits = { bytes: 256 * 1024, entries: 5_000 } as const;
type TreeEntry = { path: string; type: string; sha: string; size: number };
/**
 * What is to be done about a tree, of which `most` entries were asked for,
 * where `known` files are read already. `partial`: there may be more.
 */
export function compareTree<E extends TreeEntry>(tree: readonly E[], known: ReadonlyMap<string, string>, most: number) {
  const files = tree.filter((entry) => entry.type === "blob");
  const there = new Set(files.map((entry) => entry.path));
  return {
    fresh: files.filter((entry) => known.get(entry.path) !== entry.sha),
    gone: [...known.keys()].filter((path) => !there.has(path)),
    partial: tree.length >= most,
  };
}

const overlap = 60;
/**
 * A line in pieces that fit into a passage, cut between words;
 * where no space is near, what stands at the cut is in both pieces.
 */
function pieces(line: string): string[] {
  const out: string[] = [];
  let from = 0;
  while (line.length - from > passageChars) {
    const space = line.slice(from, from + passageChars).search(/\s\S{0,200}$/);
    const end = space > 0 ? from + space + 1 : wholeCharacterAt(line, from + passageChars);
    out.push(line.slice(from, end));
    from = space > 0 ? end : wholeCharacterAt(line, end - overlap);
  }
  return [...out, line.slice(from)];
}
/** Not between the halves of a character. */
const wholeCharacterAt = (text: string, at: number) => ((text.codePointAt(at - 1) ?? 0) > 0xffff ? at - 1 : at);

/**
 * Cuts a text into passages at line ends, at a blank line or heading
 * where one is near; a long line is several, all of its number.
 */
export function splitPassages(text: string): { line: number; body: string }[] {
  const out: { line: number; body: string }[] = [];
  let lines: string[] = [];
  let first = 1;
  let size = 0;
  const close = (next: number) => {
    const body = lines.join("\n");
    if (body.trim() !== "") out.push({ line: first, body });
    [lines, first, size] = [[], next, 0];
  };
  for (const [index, line] of text.split("\n").entries())
    for (const [nth, piece] of pieces(line).entries()) {
      const breaks = nth > 0 || (size > passageChars / 2 && (line.trim() === "" || line.startsWith("#")));
      if (lines.length > 0 && (breaks || size + piece.length > passageChars)) close(index + 1);
      lines.push(piece);
      size += piece.length + 1;
    }
  close(0);
  return out;
}

export function searchSourceOf(repo: string, path: string, memory: string): SearchSource {
  if (repo !== memory) return "files";
  return path.startsWith("decisions/") || path.startsWith("policies/") ? "decisions" : "memory";
}
export const fileRef = (repo: string, path: string) => `file:${repo}:${path}`;
export function filePassages(file: { repo: string; path: string; source: SearchSource; at: number; text: string | null }): Passage[] {
  const { repo, path, source, at, text } = file;
  if (source === "memory" && path.startsWith("snapshots/open/")) return []; // what waits for the member is not remembered yet
  if (source !== "files" && (path === indexPath || path.endsWith("README.md"))) return []; // lists and titles of folders: nothing of the member
  const title = text === null ? path : readFileTitle(path, text);
  const same = { ref: fileRef(repo, path), source, repo, path, seq: 0, at, title: `${title} ${path.replace(/[/._-]+/g, " ")}` };
  const found = text === null ? [] : splitPassages(text);
  return (found.length > 0 ? found : [{ line: 1, body: "" }]).map((passage) => ({ ...same, ...passage }));
}

const spokenSources: Partial<Record<EventKind, SearchSource>> = { "message.sent": "messages", "message.text": "messages" };
/** What of an event can be searched: what was said, and what the member decided. */
export function eventPassages(event: StoredEvent): Passage[] {
  const source = spokenSources[event.kind] ?? "decisions";
  const text = searchedText(event);
  if (!text) return [];
  const same = { ref: `event:${event.seq}`, source, repo: "", path: "", seq: event.seq, at: event.at };
  const title = event.kind === "message.sent" ? "You" : event.kind === "message.text" ? "Agent" : "Decided";
  return splitPassages(text).map((passage) => ({ ...same, title, ...passage }));
}
function searchedText(event: StoredEvent): string {
  if (event.kind === "message.sent" || event.kind === "message.text") return event.body.text;
  return event.kind === "proposal.decided" || event.kind === "approval.decided" ? `${event.body.state}: ${event.body.title}` : "";
}
/** Kinds whose texts are searched: a reader of the log asks for these alone. */
export const searchedKinds = [
  "message.sent",
  "message.text",
  "proposal.decided",
  "approval.decided",
] as const satisfies readonly EventKind[];

const everyday = new Set(
  "a about all an and any are as at be been but by can could did do does for from had has have he her his how i if in into is it its me my of on or our she so some than that the their them then there they this to was we were what when where which who why will with would you your".split(
    " ",
  ),
);
export const mostTerms = 16;
const longestTerm = 60;
/** As much of a word as is looked for, and is in the index. */
const cutTerm = (term: string) => term.slice(0, wholeCharacterAt(term, longestTerm));
/** The words of a folded text as the index has them: each character of a script without spaces is one. */
export const indexedWords = (folded: string): string[] =>
  (separateCharacters(folded).match(/[\p{L}\p{N}\p{M}\p{Co}]+/gu) ?? []).map(cutTerm);
const particle = /^\p{Script=Hiragana}$/u;
/**
 * The words of a query that are looked for, folded, each once. Everyday words only when there are no others.
 */
export function queryTerms(query: string): string[] {
  const all = [...new Set(splitWords(normalizeText(query)).map(cutTerm))];
  const telling = all.filter((term) => !everyday.has(term) && !particle.test(term));
  return (telling.length > 0 ? telling : all).slice(0, mostTerms);
}
/** How many of the words a text holds; one that stands there as a word counts twice. */
export function scoreWords(text: string, words: readonly string[]): number {
  const folded = normalizeText(text);
  const wordsInText = new Set(folded.match(/[\p{L}\p{N}\p{M}]+/gu));
  const worth = (word: string) => (wordsInText.has(word) || isUnspaced(word) ? 2 : 1);
  return words.reduce((sum, word) => sum + (folded.includes(word) ? worth(word) : 0), 0);
}

export const excerptChars = 320;
/** The line of a passage that holds most of the words, with what stands around it. */
export function citePassage(passage: { line: number; body: string }, words: readonly string[]): { line: number; excerpt: string } {
  const lines = passage.body.split("\n");
  const score = (text: string) => {
    const folded = normalizeText(text);
    return words.filter((word) => folded.includes(word)).length;
  };
  const best = lines.reduce((at, text, index) => (score(text) > score(lines[at] ?? "") ? index : at), 0);
  let excerpt = (lines[best] ?? "").trim();
  if (excerpt.length > excerptChars) excerpt = around(excerpt, words);
  for (let next = best + 1; next < lines.length && excerpt.length < excerptChars / 2; next++) excerpt += ` ${(lines[next] ?? "").trim()}`;
  return { line: passage.line + best, excerpt: excerpt.trim().slice(0, excerptChars + 2) };
}
function around(text: string, words: readonly string[]): string {
  const folded = normalizeText(text);
  const found = Math.min(...words.map((word) => folded.indexOf(word)).filter((at) => at >= 0), folded.length);
  const at = unfolded(text, found);
  const from = Math.max(0, Math.min(at - 80, text.length - excerptChars));
  return `${from > 0 ? "…" : ""}${text.slice(from, from + excerptChars)}${from + excerptChars < text.length ? "…" : ""}`;
}

/** Where in a text stands what is at this place of it when folded. */
function unfolded(text: string, folded: number): number {
  let [from, to] = [0, text.length];
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (normalizeText(text.slice(0, middle)).length <= folded) from = middle;
    else to = middle - 1;
  }
  return from;
}

/**
 * One answer of a search. A hit in a file says file, line and commit; one in the conversation its sequence.
 */
export const searchHit = z.object({
  source: z.enum(searchSources),
  title: z.string(),
  excerpt: z.string(),
  repo: z.string().nullable(),
  path: z.string().nullable(),
  line: z.number().int().nullable(),
  /** The commit at which the line stands there: the last that changed the file, or the head that was read. */
  commit: z.string().nullable(),
  seq: z.number().int().nullable(),
  /** The sub-agent in whose channel it was said; absent: the Grow Agent's, or no message. */
  agent: z.string().optional(),
  at: z.number(),
});
export type SearchHit = z.infer<typeof searchHit>;
export const searchIn = z.strictObject({
  query: z.string().trim().min(1).max(400),
  in: z
    .array(z.enum(searchSources))
    .min(1)
    .max(4)
    .default([...searchSources]),
  limit: queryNumber(z.number().int().min(1).max(50)).default(20),
});
export type SearchIn = z.infer<typeof searchIn>;
/**
 * `behind`: something newer was not read yet when it answered. `partial`: a repository has more files than
 * are read. `hot`: it was ranked; a search just woken answers with the newest first. `ms`: inside the search.
 */
export const searchOut = z.object({
  hits: z.array(searchHit),
  ms: z.number(),
  hot: z.boolean(),
  seq: z.number().int(),
  behind: z.boolean(),
  partial: z.boolean().default(false),
});
export type SearchOut = z.infer<typeof searchOut>;

/** How a hit is told to an agent: text, then where it stands. */
export function describeHit(hit: SearchHit, index: number): string {
  const where =
    hit.path !== null
      ? `${hit.repo} ${hit.path}:${hit.line}${hit.commit ? ` @ ${hit.commit.slice(0, 12)}` : ""}`
      : `conversation #${hit.seq}, ${new Date(hit.at).toISOString().slice(0, 10)}`;
  return `${index + 1}. [${hit.source}] ${hit.title}\n   ${hit.excerpt.replace(/\s+/g, " ")}\n   (${where})`;
}

// ── the search actor, key `[member]` ───────────────────────────────────────────────────────────────────────

/** What it is called in peer tickets. */
export const searchActorId = (member: string): Id<"agt"> => siblingId("agt", member as Id<"mem">);
const mostRepos = 200;
/** Repositories with the head that shall be read, and the log's last sequence. */
export const searchSyncIn = z.strictObject({
  agent: id("agt"),
  lastSeq: z.number().int().nonnegative(),
  repos: z.array(z.strictObject({ repo: z.string(), head: z.string() })).max(mostRepos),
});
export type SearchSyncIn = z.infer<typeof searchSyncIn>;
/** The calls that together read all of it: at least one, for there is the log. */
export function splitSearchSync({ repos, ...rest }: SearchSyncIn): SearchSyncIn[] {
  const pages = Math.max(1, Math.ceil(repos.length / mostRepos));
  return Array.from({ length: pages }, (_, page) => ({ ...rest, repos: repos.slice(page * mostRepos, (page + 1) * mostRepos) }));
}
/** `done`: nothing is left to read of what was asked for. `added`: passages written by this reading. */
export const searchSyncOut = z.object({ done: z.boolean(), seq: z.number().int(), added: z.number().int() });
export type SearchSyncOut = z.infer<typeof searchSyncOut>;
/** Action `said` of the growAgent: the events that are searched, after a sequence. `next`: where to go on. */
export const saidIn = z.strictObject({ seq: z.number().int().nonnegative() });
export const saidOut = z.object({ events: z.array(readableEvent), next: z.number().int() });

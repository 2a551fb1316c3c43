import { z } from "zod";
import { isUnspaced } from "../../schema/search/normalize-text.ts";
import { indexedWords } from "../../schema/search/search.ts";
import type { Seal } from "../kernel/seal.ts";
import { type Index, readRows } from "./search-index.ts";

/** From so many characters on, a question's last word is the beginning of others. */
const beginning = 3;
/** What all words with this beginning begin with in `found`: longer than shorter words, for its `prefix`. */
const hashBeginning = ({ word: hash }: Seal, word: string) => `${hash(word.slice(0, beginning))}x`;
/** A word as it stands in `found`. */
const sealWord = (seal: Seal, word: string) =>
  word.length < beginning ? seal.word(word) : hashBeginning(seal, word) + seal.sealTerm(word);
const mostRemembered = 50_000;
function rememberWord({ words, seal }: Index, word: string): string {
  const sealed = words.get(word) ?? sealWord(seal, word);
  if (words.size >= mostRemembered) words.clear();
  words.set(word, sealed);
  return sealed;
}
/**
 * What FTS5 is given for the words of a text. In no order, so that nothing can be read from it; but those of
 * scripts without spaces, which are found as phrases, stay where they are.
 */
export function sealWords(index: Index, words: readonly string[]): string {
  const sealed = words.map((word) => rememberWord(index, word));
  const mixed = sealed.filter((_, at) => !isUnspaced(words[at] ?? "")).sort();
  return sealed.map((word, at) => (isUnspaced(words[at] ?? "") ? word : mixed.pop())).join(" ");
}
/** A word of a question for FTS5's MATCH: of a script without spaces, a phrase of its characters. */
export function quoteWord({ seal }: Index, term: string): string {
  const words = indexedWords(term).map((word) => sealWord(seal, word));
  return `"${words.join(" ")}"`;
}
/** Of the words with the same beginning: how many are looked at, in all and at once, and looked for. */
const mostBegun = { seen: 40_000, atOnce: 4_000, asked: 200 } as const;
const wordRow = z.object({ term: z.string(), doc: z.coerce.number() });
/** Words that begin so: of the first that have any, those that most passages hold. */
async function listBegun(index: Index, term: string): Promise<string[]> {
  const sql = "SELECT term, doc FROM word WHERE term >= ? AND term < ? ORDER BY term LIMIT ?";
  const from = hashBeginning(index.seal, term);
  let next = from;
  for (let seen = 0; seen < mostBegun.seen; seen += mostBegun.atOnce) {
    const near = await readRows(index, wordRow, sql, next, `${from}x`, mostBegun.atOnce);
    const opened = near.map((each) => ({ word: index.seal.openTerm(each.term.slice(from.length)), doc: each.doc }));
    const begun = opened.filter(({ word }) => word.startsWith(term)).sort((a, b) => b.doc - a.doc);
    if (begun.length > 0 || near.length < mostBegun.atOnce) return begun.slice(0, mostBegun.asked).map(({ word }) => word);
    next = `${near.at(-1)?.term}0`; // the next after it: no term has a character below
  }
  return [];
}
/** What begins so. */
export async function quoteBeginning(index: Index, term: string): Promise<string> {
  if (isUnspaced(term) || term.length < beginning) return quoteWord(index, term);
  if (term.length === beginning) return `"${hashBeginning(index.seal, term)}"*`;
  const all = new Set([term, ...(await listBegun(index, term))]);
  return `(${[...all].map((word) => quoteWord(index, word)).join(" OR ")})`;
}

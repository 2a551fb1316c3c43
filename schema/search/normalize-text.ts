/**
 * Texts as they are searched, in any script: without case, accents and other forms of the same
 * character. The index keeps texts so and questions are made so, or a word would not find
 * itself. Vowel signs of Indic scripts and the sound marks of kana stay: they are letters there.
 */
const accents = /[[\p{M}&&[\p{Script=Inherited}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}]]--[\u3099\u309a]]/gv;
export function normalizeText(text: string): string {
  const plain = text.normalize("NFKD").replace(accents, "").toLowerCase().replace(/ς/g, "σ");
  return plain.normalize("NFC"); // syllables of Hangul are one letter again
}

/**
 * Scripts that don't put spaces between words, and Hangul, which puts endings
 * behind them: each character is a word of the index, a word a phrase of them.
 */
const unspaced =
  /[[\p{L}\p{N}\p{M}]&&[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]/v;
const each = new RegExp(unspaced.source, "gv");
const runs = new RegExp(`${unspaced.source}+|[[\\p{L}\\p{N}\\p{M}]--${unspaced.source}]+`, "gv");
export const isUnspaced = (word: string): boolean => unspaced.test(word);
/** A folded text as the index takes it. */
export const separateCharacters = (folded: string): string => folded.replace(each, " $& ");

const dictionary = new Intl.Segmenter("ja", { granularity: "word" }); // it knows Chinese, Thai, Lao, Khmer and Burmese as well
/**
 * The words of a folded text; where none are marked, by a
 * dictionary: right or wrong, each is a piece of the text.
 */
export function splitWords(folded: string): string[] {
  const cut = (run: string) => (isUnspaced(run) ? [...dictionary.segment(run)].map(({ segment }) => segment) : [run]);
  return (folded.match(runs) ?? []).flatMap(cut).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

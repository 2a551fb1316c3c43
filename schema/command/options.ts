import type { ShellWord } from "./shell-word.ts";

/**
 * The options a program may be given, in few words: `"ln n: -# --color=? --sort= --all"` is the letters
 * `-l` and `-n` without a value, `-n` with one, a number (`-5`), `--color` with or without `=value`,
 * `--sort` with a value, `--all` without. `u?` is `-u` with or without a value in the same word.
 */
export type ProgramOptions = {
  flags: Set<string>;
  values: Set<string>;
  maybe: Set<string>;
  long: Map<string, "none" | "value" | "maybe">;
  number: boolean;
};
export function parseOptions(text: string): ProgramOptions {
  const options: ProgramOptions = { flags: new Set(), values: new Set(), maybe: new Set(), long: new Map(), number: false };
  for (const token of text.split(" ").filter(Boolean)) {
    const name = token.replace(/=\??$/, "");
    if (token === "-#") options.number = true;
    else if (token.startsWith("--")) options.long.set(name, token.endsWith("=?") ? "maybe" : token.endsWith("=") ? "value" : "none");
    else if (/[:?]/.test(token))
      for (const [, letter, kind] of token.matchAll(/(.)([:?]?)/g))
        (kind === ":" ? options.values : kind === "?" ? options.maybe : options.flags).add(letter!);
    else for (const letter of token) options.flags.add(letter);
  }
  return options;
}

/** `given`: each option by its name, with the word that is its value, if any. */
export type GivenOptions = { given: { name: string; value?: ShellWord }[]; operands: ShellWord[] };

/** Whether the program may take it for an option, as far as can be told before it runs. */
export function mayBeOption(word: ShellWord): boolean {
  if (!word.literal && /^"?\$([?!$#]"?$|TMPDIR\b|\{TMPDIR\})/.test(word.text)) return false; // a number; the folder, which nobody may set unasked
  return word.literal || word.prefix !== "" ? word.prefix.startsWith("-") : true;
}
const notKnown = (word: ShellWord) => `what “${word.text.slice(0, 60)}” makes it do is not known to be harmless`;

/**
 * The words after a program's name as its options and operands, or why they
 * are not of those it may be given. `first`: no option comes after an operand.
 */
export function readOptions(words: readonly ShellWord[], options: ProgramOptions, first = false): GivenOptions | string {
  const read: GivenOptions = { given: [], operands: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word.literal && word.text === "--") return { ...read, operands: [...read.operands, ...words.slice(at + 1)] };
    if (!mayBeOption(word) || (word.literal && word.text === "-")) {
      if (first) return { ...read, operands: words.slice(at) };
      read.operands.push(word);
      continue;
    }
    if (!word.literal) return "a word of it could become an option";
    const option = word.text.startsWith("--") ? longOption(word, options) : shortOptions(word, options);
    if (!option) return notKnown(word);
    read.given.push(...option.given);
    if (!option.open) continue;
    const value = words[++at];
    if (!value || value.splits || (value.literal && /^-./.test(value.text))) return notKnown(word);
    read.given.push({ name: option.open, value });
  }
  return read;
}
/** `open`: the option whose value is the next word. */
type Read = { given: GivenOptions["given"]; open?: string };
const literal = (text: string): ShellWord => ({ text, literal: true, prefix: text });

function longOption({ text }: ShellWord, { long }: ProgramOptions): Read | undefined {
  const [name = ""] = text.split("=", 1);
  const kind = long.get(name);
  if (kind === undefined) return undefined;
  if (name === text) return kind === "value" ? { given: [], open: name } : { given: [{ name }] };
  return kind === "none" ? undefined : { given: [{ name, value: literal(text.slice(name.length + 1)) }] };
}
function shortOptions({ text }: ShellWord, { flags, values, maybe, number }: ProgramOptions): Read | undefined {
  if (number && /^-[0-9]+$/.test(text)) return { given: [] };
  const given: GivenOptions["given"] = [];
  for (let at = 1; at < text.length; at++) {
    const name = `-${text[at]}`;
    if (values.has(text[at]!)) {
      const value = text.slice(at + 1);
      return value === "" ? { given, open: name } : { given: [...given, { name, value: literal(value) }] };
    }
    if (maybe.has(text[at]!)) return { given: [...given, { name, value: literal(text.slice(at + 1)) }] };
    if (!flags.has(text[at]!)) return undefined;
    given.push({ name });
  }
  return { given };
}

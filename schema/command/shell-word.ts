/**
 * Words of a shell command line, read byte by byte: what a word is
 * after bash has removed its quotes, or that it becomes something else.
 */
export type ShellWord = {
  /** What the command is given, or for a word that is not literal: as it is written. */
  text: string;
  literal: boolean;
  /** What is known of its beginning. */
  prefix: string;
  /** Bash may make several words of it, or none. */
  splits?: true;
};
/** `end`: where the word ends. `odd`: why it is not of the grammar that is read. */
export type ReadShellWord = { word: ShellWord; end: number; odd?: string };

const meta = new Set([" ", "\t", "\n", ";", "&", "|", "(", ")", "<", ">"]);
const parameter = /(?:[A-Za-z_][A-Za-z0-9_]{0,200}|[0-9@*#?$!-])/y;
const braced = /\{(?:[A-Za-z_][A-Za-z0-9_]{0,200}|[0-9@*#?$!-])\}/y;

/**
 * The word that begins at `start`. `substitutions` says where each `$(…)`
 * and backtick ends: that takes a parser, and without one they are odd.
 */
export function readShellWord(text: string, start: number, substitutions: ReadonlyMap<number, number> = new Map()): ReadShellWord {
  return new WordReader(text, start, substitutions).read();
}

class WordReader {
  private at: number;
  private readonly text: string;
  private readonly start: number;
  private readonly substitutions: ReadonlyMap<number, number>;
  private readonly word: ShellWord = { text: "", literal: true, prefix: "" };
  private odd: string | undefined;
  private braces: boolean | undefined;
  constructor(text: string, start: number, substitutions: ReadonlyMap<number, number>) {
    this.text = text;
    this.start = start;
    this.at = start;
    this.substitutions = substitutions;
  }

  read(): ReadShellWord {
    if (this.text[this.at] === "#") this.odd = "it has a comment";
    while (this.at < this.text.length && !meta.has(this.text[this.at]!)) this.piece(this.text[this.at]!);
    const { word, odd, at } = this;
    const read = word.literal ? word : { ...word, text: this.text.slice(this.start, at) };
    return { word: read, end: at, ...(odd === undefined ? {} : { odd }) };
  }
  private add(text: string): void {
    this.word.text += text;
    if (this.word.literal) this.word.prefix += text;
  }
  private dynamic(splits: boolean): void {
    this.word.literal = false;
    if (splits) this.word.splits = true;
  }
  private piece(char: string): void {
    if (char === "'") this.single();
    else if (char === '"') this.double();
    else if (char === "\\") this.escaped();
    else if (char === "$" || char === "`") this.expansion(char, false);
    else {
      if (char === "*" || char === "?" || char === "[") this.dynamic(true);
      if (char === "~" && /(^|[=:])$/.test(this.text.slice(Math.max(this.start, this.at - 1), this.at))) this.dynamic(false);
      if (char === "{" && this.expandsBraces()) this.odd = "it has braces";
      this.at++;
      this.add(char);
    }
  }
  /**
   * Bash makes words of `{a,b}` and `{1..9}`, and leaves `{}` and `stash@{0}`
   * as they are. What follows the first brace of a word is looked at once.
   */
  private expandsBraces(): boolean {
    this.braces ??= /^\S*?(,|\.\.)/.test(this.text.slice(this.at));
    return this.braces;
  }
  private escaped(): void {
    const next = this.text[this.at + 1];
    if (next === undefined || next === "\n") this.odd = "a line ends with a backslash";
    this.at += 2;
    if (next !== undefined && next !== "\n") this.add(next);
  }
  private single(): void {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) this.odd = "a quote is left open";
    this.add(this.text.slice(this.at + 1, end < 0 ? undefined : end));
    this.at = end < 0 ? this.text.length : end + 1;
  }
  private double(): void {
    for (this.at++; this.text[this.at] !== '"'; ) {
      const char = this.text[this.at];
      const next = this.text[this.at + 1];
      if (char === undefined) {
        this.odd = "a quote is left open";
        return;
      }
      if (char === "\\" && next !== undefined && '$`"\\\n'.includes(next)) this.escaped();
      else if (char === "`" || (char === "$" && next !== undefined && /[A-Za-z0-9_@*#?$!\-({[]/.test(next))) this.expansion(char, true);
      else {
        this.at++;
        this.add(char);
      }
    }
    this.at++;
  }
  /**
   * A variable or a substitution; all that does more than stand
   * for its value (`${a:-b}`, `$((1))`, `$'a'`) is odd.
   */
  private expansion(char: string, quoted: boolean): void {
    const end = this.substitutions.get(this.at) ?? (char === "$" ? this.parameterEnd() : undefined);
    const next = this.text[this.at + 1];
    if (end === undefined && char === "$" && (next === undefined || meta.has(next)) && next !== "(") {
      this.at++;
      this.add("$");
      return;
    }
    if (end === undefined) this.odd = "what it expands can't be told";
    this.dynamic(!quoted || this.text.startsWith("$@", this.at) || this.text.startsWith("$" + "{@}", this.at));
    this.at = end ?? this.at + 1;
  }
  private parameterEnd(): number | undefined {
    for (const form of [parameter, braced]) {
      form.lastIndex = this.at + 1;
      if (form.test(this.text)) return form.lastIndex;
    }
    return undefined;
  }
}

/**
 * The words of one plain command without expansions, lists, redirections
 * or variables; a `*` alone stays. Undefined: it is more than that.
 */
export function splitPlainCommand(text: string): ShellWord[] | undefined {
  const words: ShellWord[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === " " || text[at] === "\t") at++;
    else {
      const { word, end, odd } = readShellWord(text, at);
      if (odd !== undefined || end === at || !(word.literal || word.text === "*")) return undefined;
      words.push(word);
      at = end;
    }
  }
  const [name] = words;
  return name === undefined || assignmentPattern.test(name.text) || reservedWords.has(name.text) ? undefined : words;
}
/** What stands before a command and is a variable's. */
export const assignmentPattern = /^[A-Za-z_][A-Za-z0-9_]*(\[[^\]]*\])?\+?=/;
/** Words that begin something else than a command when they are not quoted. */
export const reservedWords: ReadonlySet<string> = new Set(
  "if then else elif fi do done while until for case esac select function coproc in time [[ ]] { } !".split(" "),
);
/**
 * Text that bash does not read as it looks: a control character, or half of one that UTF-16 writes in two.
 */
export function isPlainText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text) && !/\p{Surrogate}/u.test(text);
}

/** Words as one command line that reads back as the same words. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/**
 * Reads a shell command line into the simple commands it can run, whichever way they hide: lists, pipes, subshells, substitutions,
 * heredocs. It errs on the strict side: what it can't read for sure is named in `unclear`, and nothing is ever dropped silently.
 */
export type Word = { text: string; literal: boolean /** What is known of its beginning. */; prefix: string };
export type Redirect = { op: string; target: Word };
export type Simple = { env: { name: string; value: Word }[]; words: Word[]; redirects: Redirect[] };
export type Script = { commands: Simple[]; unclear: string[] };

const maxLength = 64_000;
const maxDepth = 24;
const skipped = new Set(["if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "esac"]);
const opaque = new Set(["for", "case", "select", "function", "coproc", "[[", "]]"]);
const separators = new Set([";", "&", "|", "\n"]);
const meta = new Set([" ", "\t", "\n", ";", "&", "|", "(", ")", "<", ">"]);

export function parseShell(text: string, depth = 0): Script {
  const script: Script = { commands: [], unclear: [] };
  if (text.length > maxLength || depth > maxDepth) return { commands: [], unclear: ["it is too long or too deeply nested"] };
  const reader = new Reader(text, depth, script);
  reader.list(undefined);
  return script;
}

class Reader {
  private at = 0;
  private readonly text: string;
  private readonly depth: number;
  private readonly script: Script;
  private readonly heredocs: { end: string; tabs: boolean; quoted: boolean }[] = [];
  private nesting = 0;
  private readonly lastBrace: number;
  constructor(text: string, depth: number, script: Script) {
    this.text = text;
    this.lastBrace = text.lastIndexOf("}");
    this.depth = depth;
    this.script = script;
  }

  private unclear(why: string): void {
    if (!this.script.unclear.includes(why)) this.script.unclear.push(why);
  }
  private nested(text: string): void {
    const inner = parseShell(text, this.depth + 1);
    this.script.commands.push(...inner.commands);
    for (const why of inner.unclear) this.unclear(why);
  }

  /** Commands up to `until` (consumed) or the end of the text. */
  list(until: ")" | undefined): void {
    this.deeper();
    let current = this.empty();
    const end = () => {
      if (current.words.length + current.env.length + current.redirects.length > 0) this.script.commands.push(current);
      current = this.empty();
    };
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (char === ")") {
        this.at++;
        end();
        if (until) return void this.nesting--;
        this.unclear("a bracket is closed that was not opened");
      } else if (!this.separator(char, end) && !this.bracket(char, current)) this.word(current);
    }
    end();
    if (until) this.unclear("a bracket or quote is left open");
    if (this.heredocs.length > 0) this.unclear("a heredoc has no end");
    this.nesting--;
  }
  /** Past the limit nothing more is read, and that is said. */
  private deeper(): void {
    if (++this.nesting <= maxDepth) return;
    this.unclear("it is too long or too deeply nested");
    this.at = this.text.length;
  }
  private empty(): Simple {
    return { env: [], words: [], redirects: [] };
  }

  private separator(char: string, end: () => void): boolean {
    const next = this.text[this.at + 1];
    if (char === " " || char === "\t") this.at++;
    else if (char === "\\" && next === "\n") this.at += 2;
    else if (char === "&" && next === ">") return false;
    else if (char === "#") this.comment();
    else if (separators.has(char)) {
      this.at++;
      end();
      if (char === "\n") this.bodies();
    } else return false;
    return true;
  }
  /** A comment runs to the end of its line; what stands in it is judged all the same, for shells that know no comments. */
  private comment(): void {
    const line = this.upTo(this.text.indexOf("\n", this.at));
    this.unclear("it has a comment");
    this.nested(line.slice(1));
  }
  private upTo(end: number): string {
    const piece = this.text.slice(this.at, end < 0 ? undefined : end);
    this.at += piece.length;
    return piece;
  }
  private bracket(char: string, current: Simple): boolean {
    if (char !== "(") return false;
    if (current.words.length + current.env.length > 0) this.unclear("a bracket stands inside a command");
    if (this.text[this.at + 1] === "(") this.unclear("it may calculate");
    this.at++;
    this.list(")");
    return true;
  }

  private word(current: Simple): void {
    if (this.redirect(current)) return;
    const start = this.at;
    const word = this.piece();
    const raw = this.text.slice(start, this.at);
    const next = this.text[this.at];
    if (/^[0-9]+$/.test(raw) && (next === "<" || next === ">")) return; // a descriptor: the redirection follows
    const assignment = /^([A-Za-z_][A-Za-z0-9_]*)(\[[^\]]*\])?\+?=/.exec(raw);
    if (current.words.length === 0 && assignment) current.env.push({ name: assignment[1]!, value: word });
    else if (current.words.length === 0 && skipped.has(raw)) return;
    else {
      if (current.words.length === 0 && opaque.has(raw)) this.unclear(`it uses ${raw}`);
      current.words.push(word);
    }
  }

  private redirect(current: Simple): boolean {
    const op = /^(&>>|&>|<<<|<<-|<<|<>|<&|>&|>>|>\||<(?!\()|>(?!\())/.exec(this.text.slice(this.at, this.at + 3))?.[0];
    if (!op) return false;
    this.at += op.length;
    while (this.text[this.at] === " " || this.text[this.at] === "\t") this.at++;
    const start = this.at;
    const target = this.piece();
    if (op === "<<" || op === "<<-") {
      const raw = this.text.slice(start, this.at);
      if (raw === "" || !target.literal) this.unclear("a heredoc's end is not plain");
      this.heredocs.push({ end: target.text, tabs: op === "<<-", quoted: /['"\\]/.test(raw) });
    } else current.redirects.push({ op, target });
    return true;
  }
  private bodies(): void {
    for (let doc = this.heredocs.shift(); doc; doc = this.heredocs.shift()) {
      const body: string[] = [];
      for (let ended = false; !ended; ) {
        if (this.at >= this.text.length) {
          this.unclear("a heredoc has no end");
          break;
        }
        const line = this.upTo(this.text.indexOf("\n", this.at));
        this.at++;
        ended = (doc.tabs ? line.replace(/^\t+/, "") : line) === doc.end;
        if (!ended) body.push(line);
      }
      if (!doc.quoted) this.substitutions(body.join("\n"));
    }
  }
  /** Text in which only `$` and backticks mean something. */
  private substitutions(text: string): void {
    if (this.depth > maxDepth) this.unclear("it is too long or too deeply nested");
    else new Reader(text, this.depth + 1, this.script).quotedText(undefined);
  }

  /** One word, or as much of one as there is. */
  private piece(): Word {
    const word: Word = { text: "", literal: true, prefix: "" };
    const start = this.at;
    let open = 0;
    const add = (text: string) => {
      word.text += text;
      if (word.literal) word.prefix += text;
    };
    const dynamic = () => {
      word.literal = false;
    };
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      const next = this.text[this.at + 1];
      if ((char === "<" || char === ">") && next === "(") {
        this.at += 2;
        dynamic();
        this.list(")");
      } else if (meta.has(char)) break;
      else if (char === "'") add(this.single());
      else if (char === '"') this.quoted(add, dynamic);
      else if (char === "\\") {
        this.at += 2;
        if (next === undefined) this.unclear("it ends with a backslash");
        else if (next !== "\n") add(next);
      } else if (char === "$" || char === "`") this.expansion(add, dynamic);
      else {
        if (char === "[") open++;
        if (char === "]") open--;
        if (this.expands(char, word.text)) dynamic();
        if (char < " " || char === "\u007f") this.unclear("it has a control character");
        this.at++;
        add(char);
      }
    }
    if (this.at === start) this.unclear("something is missing");
    if (open > 0) this.unclear("a bracket or quote is left open");
    return word.literal ? word : { ...word, text: this.text.slice(start, this.at) };
  }
  /** Globs, homes and braces: the shell puts something else in their place. */
  private expands(char: string, before: string): boolean {
    if (char === "{") return this.listInBraces();
    return char === "*" || char === "?" || char === "[" || (char === "~" && /(^|[=:])$/.test(before));
  }
  private listInBraces(): boolean {
    const marks = [this.text.indexOf(",", this.at), this.text.indexOf("..", this.at)].filter((at) => at >= 0);
    return marks.length > 0 && Math.min(...marks) < this.lastBrace;
  }
  private single(): string {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) this.unclear("a bracket or quote is left open");
    const inner = this.text.slice(this.at + 1, end < 0 ? undefined : end);
    this.at += inner.length + 2;
    return inner;
  }
  private quoted(add: (text: string) => void, dynamic: () => void): void {
    this.at++;
    this.quotedText('"', add, dynamic);
  }
  /** Inside double quotes (until `"`), a heredoc's body (until the end) or `${…}` (until `}`). */
  quotedText(until: '"' | "}" | undefined, add: (text: string) => void = () => undefined, dynamic: () => void = () => undefined): void {
    this.deeper();
    let open = until !== undefined;
    while (this.at < this.text.length) {
      const char = this.text[this.at]!;
      if (char === until) {
        this.at++;
        open = false;
        break;
      }
      if (until === "}" && (char === "'" || char === '"')) this.unclear("quotes stand inside braces");
      if (char === "\\") {
        const next = this.text[this.at + 1] ?? "";
        add(next === "\n" ? "" : '$`"\\'.includes(next) && next !== "" ? next : `\\${next}`);
        this.at += 2;
      } else if (char === "$" || char === "`") this.expansion(add, dynamic);
      else {
        this.at++;
        add(char);
      }
    }
    if (open) this.unclear("a bracket or quote is left open");
    this.nesting--;
  }
  private expansion(add: (text: string) => void, dynamic: () => void): void {
    const next = this.text[this.at + 1] ?? "";
    if (this.text[this.at] === "`") {
      dynamic();
      this.backticks();
      return;
    }
    this.at++;
    if (next === "(" || next === "[") {
      if (next === "[" || this.text[this.at + 1] === "(") this.unclear("it may calculate");
      dynamic();
      if (next === "[") return;
      this.at++;
      this.list(")");
    } else if (next === "{") {
      this.at++;
      dynamic();
      this.quotedText("}");
    } else if (next === "'") {
      dynamic();
      this.unclear("it uses $'…'");
    } else if (/[A-Za-z0-9_@*#?$!-]/.test(next) || next === '"') dynamic();
    else add("$");
  }
  private backticks(): void {
    const end = /^`((?:[^`\\]|\\[\s\S])*)`/.exec(this.text.slice(this.at));
    if (!end) {
      this.unclear("a bracket or quote is left open");
      this.nested(this.text.slice(this.at + 1));
      this.at = this.text.length;
      return;
    }
    this.at += end[0].length;
    this.nested(end[1]!.replace(/\\([`\\$])/g, "$1"));
  }
}

/** Words as one command line that reads back as the same words. */
export function quoteWords(words: readonly string[]): string {
  return words.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

import { type Command, forEachChild, type HereDoc, type Word as ParsedWord, parse, type Redirection, type SyntaxNode } from "unbash";
import { assignmentPattern, isPlainText, readShellWord, reservedWords, type ShellWord } from "./shell-word.ts";

/**
 * Reads a shell command line into the simple commands it can run. A kept parser (unbash) reads
 * bash's grammar; what is let through of it is listed here, and each byte of the text must belong
 * to a word that was read, or be one of a few marks between them. All else is named in `unclear`.
 */
export type Redirect = { op: string; target: ShellWord };
/** `group`: its redirections are those of a group, whose commands stand beside it. */
export type SimpleCommand = { env: { name: string; value: ShellWord }[]; words: ShellWord[]; redirects: Redirect[]; group?: true };
export type ShellScript = { commands: SimpleCommand[]; unclear: string[] };

/** Of any text that is to be judged: what a member can be shown. What is longer is not even looked at. */
export const maxCommandLength = 20_000;
const maxDepth = 12;
const maxWords = 4_000;
/** Of the parser's tree: each substitution in it is parsed again when it is looked into. */
const maxLevel = 32;
/** What only orders commands: lists, pipes, groups. */
const structure = new Set(["Script", "Statement", "AndOr", "Pipeline", "Negation", "Subshell", "BraceGroup", "CompoundList"]);
const tooMuch = "it is too long or too deeply nested";

export function parseShell(text: string, depth = 0): ShellScript {
  if (text.length > maxCommandLength || depth > maxDepth) return { commands: [], unclear: [tooMuch] };
  const reader = new Reader(text, depth);
  try {
    return reader.read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // its stack: it is nested beyond what anybody writes
    return { commands: reader.script.commands, unclear: [...reader.script.unclear, tooMuch] };
  }
}

type Span = { from: number; to: number; glued: boolean };

class Reader {
  readonly script: ShellScript = { commands: [], unclear: [] };
  private readonly text: string;
  private readonly depth: number;
  /** What was read as words, redirections and heredocs. */
  private readonly spans: Span[] = [];
  constructor(text: string, depth: number) {
    this.text = text;
    this.depth = depth;
  }

  read(): ShellScript {
    if (!isPlainText(this.text)) this.unclear("it has a control character");
    const script = parse(this.text);
    if (script.errors?.length) this.unclear("it can't be read to its end");
    this.visit(script);
    this.between();
    return this.script;
  }
  private unclear(why: string): void {
    if (!this.script.unclear.includes(why)) this.script.unclear.push(why);
  }
  private cover(from: number, to: number, glued = false): void {
    if (this.spans.push({ from, to, glued }) > maxWords) throw new RangeError(tooMuch);
  }

  private level = 0;
  private deeper(node: SyntaxNode, look: (child: SyntaxNode) => void): void {
    if (++this.level > maxLevel) throw new RangeError(tooMuch);
    forEachChild(node, look);
    this.level--;
  }
  private visit = (node: SyntaxNode): void => {
    if (node.type === "Command") return void this.command(node);
    if (node.type === "Word") return void this.word(node);
    if (node.type === "CommandExpansion") return void this.nested(node.pos, node.end);
    if (node.type === "Redirected") {
      this.script.commands.push({ env: [], words: [], redirects: node.redirects.flatMap((each) => this.redirect(each)), group: true });
      this.visit(node.command);
      return;
    }
    if (node.type === "Time") this.cover(node.pos, node.end);
    else if (!structure.has(node.type)) this.unclear(`it uses ${called[node.type] ?? node.type}`);
    else if (node.type === "Pipeline" && node.operators.includes("|&")) this.unclear("it uses |&");
    this.deeper(node, this.visit);
  };

  private command({ prefix, name, suffix }: Command): void {
    const simple: SimpleCommand = { env: [], words: [], redirects: [] };
    for (const part of prefix) {
      if (part.type === "Assignment") {
        const value = this.piece(part.pos, part.end, part);
        const plain = /^[A-Za-z_][A-Za-z0-9_]*=/.exec(value.text)?.[0];
        if (plain !== `${part.name}=`) this.unclear("it sets more than a variable");
        simple.env.push({ name: part.name, value });
      } else simple.redirects.push(...this.redirect(part));
    }
    if (name) simple.words.push(this.word(name));
    if (name && (reservedWords.has(name.text) || assignmentPattern.test(name.text)))
      this.unclear("it begins with a word of the shell's own");
    for (const part of suffix)
      if (part.type === "Word") simple.words.push(this.word(part));
      else if (part.type === "Assignment") simple.words.push(this.piece(part.pos, part.end, part));
      else simple.redirects.push(...this.redirect(part));
    this.script.commands.push(simple);
  }

  private redirect(part: Redirection): Redirect[] {
    if (part.type === "HereDoc") return this.hereDoc(part);
    const { pos, operator, target } = part;
    const mark = target && /^([0-9]*)([<>&|]+)[ \t]*$/.exec(this.text.slice(pos, target.pos));
    if (!target || mark?.[2] !== operator) {
      this.unclear("where a redirection goes can't be told");
      return [];
    }
    this.cover(pos, pos + mark[1]!.length + operator.length, mark[1] === "");
    return [{ op: operator, target: this.word(target, true) }];
  }
  private hereDoc({ pos, end, body, closing, delimiter, operator }: HereDoc): Redirect[] {
    const mark = /^[0-9]*(<<-?)[ \t]*('[\w.-]+'|"[\w.-]+"|[\w.-]+)$/.exec(this.text.slice(pos, end));
    const word = mark?.[2] ?? "";
    const value = word.replace(/['"]/g, "");
    const text = this.text.slice(body.pos, body.end);
    const last = closing ? this.text.slice(closing.pos, closing.end).replace(/^\t+/, "") : undefined;
    const ended =
      closing &&
      last === value &&
      !text
        .split("\n")
        .slice(0, -1)
        .some((line) => line.replace(/^\t+/, "") === value);
    if (!mark || !ended || delimiter?.value !== value || operator !== mark[1]) this.unclear("a heredoc's end is not plain");
    if (this.depth > 0) this.unclear("a heredoc stands inside something else");
    if (word === value && /[$`\\]/.test(text)) {
      this.unclear("a heredoc has expansions");
      this.deeper(body, this.visit);
    }
    this.cover(pos, end, true);
    if (closing) this.cover(body.pos, closing.end);
    return [];
  }

  private word(node: ParsedWord, glued = false): ShellWord {
    return this.piece(node.pos, node.end, node, glued);
  }
  /** A word, read anew from its bytes: the parser only says where substitutions end. */
  private piece(from: number, to: number, node: SyntaxNode, glued = false): ShellWord {
    const substitutions = new Map<number, number>();
    const look = (part: SyntaxNode): void => {
      if (part.type === "CommandExpansion") substitutions.set(part.pos, part.end);
      else if (wholeNodes.has(part.type) || part === node) this.deeper(part, look);
      else if (!plainParts.has(part.type) && !(part.type === "ParameterExpansion" && !part.operation && !part.index)) {
        this.unclear(`it uses ${called[part.type] ?? part.type}`);
        this.deeper(part, this.visit);
      }
    };
    look(node);
    const { word, end, odd } = readShellWord(this.text.slice(0, to), from, substitutions);
    if (odd) this.unclear(odd);
    if (end !== to || (from === to && !glued)) this.unclear("where a word ends can't be told");
    this.cover(from, to, glued);
    for (const [start, stop] of substitutions) this.nested(start, stop);
    return word;
  }
  private nested(from: number, to: number): void {
    const text = this.text.slice(from, to);
    const dollar = text.startsWith("$(") && text.endsWith(")");
    if (!dollar && !/^`[^\\]*`$/.test(text)) this.unclear("where a substitution ends can't be told");
    const inner = parseShell(text.slice(dollar ? 2 : 1, -1).replace(dollar ? /(?!)/ : /\\([`\\$])/g, "$1"), this.depth + 1);
    this.script.commands.push(...inner.commands);
    for (const why of inner.unclear) this.unclear(why);
  }

  /** Between what was read stand only blanks and marks that order commands. */
  private between(): void {
    if (this.script.unclear.length > 0) return;
    let at = 0;
    let rest = "";
    for (const { from, to, glued } of this.spans.sort((a, b) => a.from - b.from || a.to - b.to)) {
      if (from < at || (from === at && at > 0 && !glued)) this.unclear("two words can't be told apart");
      rest += `${this.text.slice(at, from)} `;
      at = to;
    }
    rest += this.text.slice(at);
    if (rest.includes("#")) this.unclear("it has a comment");
    else if (!/^[ \t\n;&|(){}!]*$/.test(rest)) this.unclear("something stands between its words");
  }
}

/** Parts of words that the reader of words knows. */
const plainParts = new Set(["Literal", "SingleQuoted", "SimpleExpansion"]);
const wholeNodes = new Set(["Word", "DoubleQuoted", "Glob"]);
const called: Partial<Record<SyntaxNode["type"], string>> = {
  AnsiCQuoted: "$'…'",
  LocaleString: '$"…"',
  ArithmeticExpansion: "arithmetic",
  ArithmeticCommand: "arithmetic",
  BraceExpansion: "braces",
  ExtendedGlob: "patterns of its own",
  ProcessSubstitution: "process substitution",
  TestCommand: "[[",
  Function: "functions",
  ArrayValue: "arrays",
  Assignment: "variables",
  If: "if",
  For: "for",
  ArithmeticFor: "for",
  Select: "select",
  While: "while",
  Case: "case",
  Coproc: "coproc",
};

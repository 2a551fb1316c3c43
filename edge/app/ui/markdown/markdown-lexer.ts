import { Lexer, type MarkedToken, type Token, type TokensList } from "marked";
import { startOfText } from "../../../../schema/wire/foreign-text.ts";

/**
 * Bounds on an agent's text, far above what a person reads: past them marked is slow or overflows the stack.
 */
const mostBlocks = { chars: 60_000, levels: 24, marks: 400 } as const;
const marks = /[*_~[!<`&\\]/g;
const asText = (text: string): MarkedToken => ({ type: "text", raw: text, text, escaped: false });

class BoundedLexer extends Lexer {
  #level = 0;
  override blockTokens(src: string, tokens: Token[] = [], last = false): TokensList {
    if (this.#level >= mostBlocks.levels) {
      tokens.push(asText(src));
      return tokens as TokensList;
    }
    this.#level += 1;
    try {
      return super.blockTokens(src, tokens, last) as TokensList;
    } finally {
      this.#level -= 1;
    }
  }
  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if ((src.match(marks)?.length ?? 0) <= mostBlocks.marks) return super.inlineTokens(src, tokens);
    tokens.push(asText(src));
    return tokens;
  }
}
/** Markdown as blocks. Past the bounds it stays plain text. */
export function splitBlocks(text: string): Token[] {
  const some = startOfText(text, mostBlocks.chars);
  const rest = text.slice(some.length);
  const blocks = new BoundedLexer({ gfm: true }).lex(some);
  return rest === "" ? blocks : [...blocks, asText(rest)];
}

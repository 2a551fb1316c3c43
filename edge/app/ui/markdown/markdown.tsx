import type { Token, Tokens } from "marked";
import { createElement, memo, type ReactNode, use } from "react";
import remend from "remend";
import { keyedByIndex } from "../keyed-by-index.ts";
import { splitBlocks } from "./markdown-lexer.ts";
import { longestSaying, Say, sayHref } from "./say.ts";

/**
 * Markdown to React elements by marked's lexer. Nothing an agent writes becomes HTML: raw HTML shows as the
 * text it is, links go only to http, https and mailto, images show as links (a remote image would tell its
 * server who reads).
 */
export const Markdown = memo(function Markdown({ text, live = false, level = 3 }: { text: string; live?: boolean; level?: 2 | 3 }) {
  const blocks = splitBlocks(live ? remend(text) : text);
  return keyedByIndex(blocks.map((token) => createElement(Block, { raw: token.raw, token, level })));
});

/** The words of a text as one reads them aloud. At most about `most` characters. */
export function extractWords(text: string, most: number): string {
  const read = (token: Token): string => {
    if (token.type === "space" || token.type === "hr" || token.type === "def") return "";
    if (token.type === "list") return (token as Tokens.List).items.map(read).join(". ");
    if (token.type === "table")
      return (token as Tokens.Table).rows.map((row) => row.map((cell) => plainElement(cell.text)).join(", ")).join(". ");
    if (token.type === "br") return " ";
    return "tokens" in token && token.tokens
      ? token.tokens.map(read).join("")
      : "text" in token
        ? plainElement(String(token.text))
        : token.raw;
  };
  const words = splitBlocks(text.slice(0, 2 * most))
    .map(read)
    .filter(Boolean)
    .join(" ");
  return words.replace(/\s+/g, " ").slice(0, most).trim();
}

/** A block whose source did not change is not rendered again while later ones stream. */
const Block = memo(
  function Block({ token, level }: { token: Token; raw: string; level: 2 | 3 }) {
    return token.type === "heading" ? heading(token as Tokens.Heading, level) : block(token);
  },
  (a, b) => a.raw === b.raw,
);

function block(token: Token): ReactNode {
  switch (token.type) {
    case "heading":
      return heading(token as Tokens.Heading, 3);
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "code":
      return <Code token={token as Tokens.Code} />;
    case "blockquote":
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case "list":
      return listElement(token as Tokens.List);
    case "table":
      return tableElement(token as Tokens.Table);
    case "hr":
      return <hr />;
    case "space":
    case "def":
      return null;
    case "text":
      return token.tokens ? <p>{inline(token.tokens)}</p> : <p>{plainElement(token.text)}</p>;
    default:
      return <p>{token.raw}</p>;
  }
}

function blocks(tokens: Token[] | undefined): ReactNode {
  return keyedByIndex(tokens?.map((token) => (token.type === "text" ? inline([token]) : block(token))));
}

/** An agent's headings are all one level below their place, so that the page's outline stays whole. */
function heading(token: Tokens.Heading, level: 2 | 3): ReactNode {
  return createElement(`h${level}`, { className: `d${Math.min(3, token.depth)}` }, inline(token.tokens));
}

function Code({ token }: { token: Tokens.Code }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a code block scrolls, so the keyboard must reach it
    <section className="code" tabIndex={0} aria-label={token.lang ? `Code, ${token.lang}` : "Code"}>
      <pre>
        <code>{token.text}</code>
      </pre>
    </section>
  );
}

function listElement(token: Tokens.List): ReactNode {
  const items = keyedByIndex(token.items.map((item) => createElement("li", null, listItem(item))));
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function listItem(item: Tokens.ListItem): ReactNode {
  return (
    <>
      {item.task && (
        <input type="checkbox" checked={item.checked ?? false} disabled readOnly aria-label={item.checked ? "done" : "to do"} />
      )}
      {blocks(item.tokens.filter((inner) => inner.type !== "checkbox"))}
    </>
  );
}

function tableElement(token: Tokens.Table): ReactNode {
  const row = (cells: Tokens.TableCell[], tag: "th" | "td") => (
    <tr>{keyedByIndex(cells.map((cell) => createElement(tag, null, inline(cell.tokens))))}</tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, so the keyboard must reach it
    <section className="table" tabIndex={0} aria-label="Table">
      <table>
        <thead>{row(token.header, "th")}</thead>
        <tbody>{keyedByIndex(token.rows.map((cells) => row(cells, "td")))}</tbody>
      </table>
    </section>
  );
}

function inline(tokens: Token[] | undefined): ReactNode {
  return keyedByIndex(tokens?.map(inlineSpan));
}

function inlineSpan(token: Token): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens)}</strong>;
    case "em":
      return <em>{inline(token.tokens)}</em>;
    case "del":
      return <del>{inline(token.tokens)}</del>;
    case "codespan":
      return <code>{plainElement(token.text)}</code>;
    case "br":
      return <br />;
    case "link":
      if (token.href === sayHref) return <SayButton words={plainElement(token.text)}>{inline(token.tokens)}</SayButton>;
      return <MarkdownLink href={token.href}>{inline(token.tokens)}</MarkdownLink>;
    case "image":
      return <MarkdownLink href={token.href}>{plainElement(token.text) || "image"}</MarkdownLink>;
    case "escape":
      return token.text;
    case "text":
      return token.tokens ? inline(token.tokens) : plainElement(token.text);
    default:
      return token.raw;
  }
}

/** The address if it is one that a click may open. */
export function safeHref(href: string): string | undefined {
  const url = URL.parse(href);
  return url && ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
}

function MarkdownLink({ href, children }: { href: string; children: ReactNode }) {
  const safe = safeHref(href);
  if (!safe) return <span title="This link is not opened">{children}</span>;
  return (
    <a className="link" href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** What a person reads is all that is said: nothing in it that is not seen, and no more than is read. */
const isPlainSaying = (words: string) => words.trim() !== "" && words.length <= longestSaying && !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u.test(words);
function SayButton({ words, children }: { words: string; children: ReactNode }) {
  const say = use(Say);
  if (!say || !isPlainSaying(words)) return <span>{children}</span>;
  return (
    <button type="button" className="say" onClick={() => say(words)}>
      {words}
    </button>
  );
}

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: "\u00a0" };
function plainElement(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_whole, name: string) => entities[name]!);
}
